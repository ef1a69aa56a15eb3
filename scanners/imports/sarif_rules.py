"""The rules of one SARIF run: which one a result means, its words, and how bad it is."""

import re
from dataclasses import dataclass

from scanners.imports.fields import first, items, number, table, text
from scanners.imports.model import Table
from scanners.model import Json, Severity

_LEVELS = {"error": Severity.HIGH, "warning": Severity.MEDIUM, "note": Severity.LOW, "none": Severity.LOW}
# GitHub's reading of `security-severity`, which is a CVSS score.
_SCORES = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM), (0.0, Severity.LOW))
_EXPLOITED = {"kev", "cisa-kev", "cisa_kev", "known-exploited", "known_exploited", "exploited-in-the-wild"}
_MARK = re.compile(r"\{(\d{1,2})\}")
_NONE: Table = {}


@dataclass(frozen=True, slots=True)
class Rules:
    """`components` are the tool's driver and its extensions, each with its rules in the order of the file."""

    components: tuple[tuple[Table, ...], ...]
    by_id: dict[str, Table]

    @classmethod
    def of(cls, run: Table) -> "Rules":
        """Those of `run`."""
        tool = table(run.get("tool"))
        parts = [table(tool.get("driver")), *map(table, items(tool.get("extensions")))]
        components = tuple(tuple(map(table, items(part.get("rules")))) for part in parts)
        by_id: dict[str, Table] = {}
        for rule in (rule for component in components for rule in component):
            by_id.setdefault(text(rule.get("id"), 1 << 16), rule)
        by_id.pop("", None)
        return cls(components, by_id)

    @property
    def ids(self) -> frozenset[str]:
        """Every rule that the run lists."""
        return frozenset(self.by_id)

    def named(self, result: Table) -> tuple[str, Table]:
        """The id of the result's rule ("" where none is told), and the rule where the run lists it."""
        reference = table(result.get("rule"))
        told = first(result.get("ruleId"), reference.get("id"), most=1 << 16)
        index = result.get("ruleIndex", reference.get("index"))
        listed = self._at(table(reference.get("toolComponent")).get("index"), index)
        own = text(listed.get("id"), 1 << 16)
        # The id decides where the two disagree: an index is easily off, a name is not.
        if not told or told == own or told.startswith(own + "/"):
            return told or own, listed
        return told, self.by_id.get(told) or self.by_id.get(told.rpartition("/")[0]) or _NONE

    def _at(self, component: Json, index: Json) -> Table:
        extension = component + 1 if isinstance(component, int) and not isinstance(component, bool) else 0
        if not isinstance(index, int) or isinstance(index, bool) or index < 0:
            return _NONE
        for part in (extension, 0):
            if 0 <= part < len(self.components) and index < len(self.components[part]):
                return self.components[part][index]
        return _NONE

    def message(self, result: Table, rule: Table) -> str:
        """What the result says, its arguments filled in."""
        message = table(result.get("message"))
        said = first(message.get("text"), message.get("markdown"))
        if not said:
            words = table(table(rule.get("messageStrings")).get(text(message.get("id"), 200)))
            said = first(words.get("text"), words.get("markdown"))
        arguments = [text(one, 500) for one in items(message.get("arguments"))]

        def filled(mark: re.Match[str]) -> str:
            at = int(mark[1])
            return arguments[at] if at < len(arguments) else mark[0]

        return (_MARK.sub(filled, said) if arguments else said)[:4_000]


def severity(result: Table, rule: Table) -> Severity:
    """By the score where there is one, else by the level: the result's, its rule's, or the standard's "warning"."""
    for holder in (result, rule):
        score = number(table(holder.get("properties")).get("security-severity"))
        if score is not None:
            return next((word for least, word in _SCORES if score >= least), Severity.UNKNOWN)
    default = table(rule.get("defaultConfiguration")).get("level")
    level = first(result.get("level"), default, most=20).lower() or "warning"
    return _LEVELS.get(level, Severity.UNKNOWN)


def exploited(result: Table, rule: Table) -> bool:
    """True where the tool says that attackers use this flaw (not merely that an exploit exists)."""
    for holder in (result, rule):
        properties = table(holder.get("properties"))
        words = {text(tag, 60).lower() for tag in items(properties.get("tags"))}
        if words & _EXPLOITED or any(properties.get(key) is True for key in ("kev", "knownExploited")):
            return True
    return False


def is_suppressed(result: Table) -> bool:
    """By the standard: some suppression, and none that is under review or rejected."""
    told = [text(table(one).get("status"), 20).lower() for one in items(result.get("suppressions"))]
    return bool(told) and all(status in ("", "accepted") for status in told)
