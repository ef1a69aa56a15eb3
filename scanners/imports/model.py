"""What the parsers of other tools' files hand over: results, refusals, and which tool spoke of which place."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scanners.model import Json, Resource, Severity, Status

FORMATS = ("ocsf", "asff", "sarif")
MOST_BYTES = 100 * 1024 * 1024
MOST_RESULTS = 200_000
MOST_REFUSED = 1_000
LONGEST_ID = 2_048
_LONGEST_RULE = 160
_LONGEST_TOOL = 40
_NOT_RULE = re.compile(r"[^a-z0-9._/-]+")
_NOT_TOOL = re.compile(r"[^a-z0-9]+")
# One tool under several names is one scanner.
_TOOLS = {
    "security-hub": "securityhub", "aws-security-hub": "securityhub", "semgrep-oss": "semgrep", "semgrep-pro": "semgrep",
    "semgrep-ce": "semgrep",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refused:
    """What could not be read: its line in the file (from 1; 0 for the file itself) and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Result:
    """One result of another tool, in the words of this house.

    `rule` is the tool's own name of the check. `place` is where the tool looked ("aws/123456789012/eu-west-1",
    "github.com/acme/shop"), "" where the file does not say. `at` is when the tool saw it, None likewise. `said`, `why` and
    `fix` are the tool's words, and as hostile as anything scanned. `reason` belongs to UNKNOWN; `muted` marks one that
    people told the tool not to report.
    """

    tool: str
    rule: str
    title: str
    status: Status
    severity: Severity
    resource: Resource
    place: str = ""
    locus: str = ""
    at: datetime | None = None
    said: str = ""
    why: str = ""
    fix: str = ""
    links: tuple[str, ...] = ()
    line: int = 0
    reason: str = ""
    muted: bool = False
    exploited: bool = False


@dataclass(frozen=True, slots=True)
class Spoke:
    """A tool that reported on a place, even where it found nothing there.

    `rules` are checks that it lists as run without a result of theirs. `trouble` says why its report is not whole.
    """

    tool: str
    version: str = ""
    place: str = ""
    rules: frozenset[str] = frozenset()
    at: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file holds. `cut` says where and why it breaks off; what stands behind that was not read.

    `refused` lists the first thousand items that could not be read, `refused_count` counts them all.
    """

    format: str
    results: tuple[Result, ...] = ()
    spoke: tuple[Spoke, ...] = ()
    refused: tuple[Refused, ...] = ()
    refused_count: int = 0
    cut: Refused | None = None

    @property
    def whole(self) -> bool:
        """True where everything in it was read."""
        return self.cut is None and not self.refused_count


@dataclass
class Gathering:
    """Collects refusals while a file is read: how many is counted, how many are kept is bounded."""

    refused: list[Refused] = field(default_factory=list)
    count: int = 0
    cut: Refused | None = None

    def refuse(self, line: int, reason: str) -> None:
        """One item is left out."""
        self.count += 1
        if len(self.refused) < MOST_REFUSED:
            self.refused.append(Refused(line, reason))

    def parsed(self, form: str, results: Iterable[Result], spoke: Iterable[Spoke]) -> Parsed:
        """What was read of the file in all, refusals in the order of their lines."""
        refused = tuple(sorted(self.refused, key=lambda one: one.line))
        return Parsed(form, tuple(results), tuple(spoke), refused, self.count, self.cut)

    def end(self, line: int, reason: str) -> None:
        """Nothing behind this line is read."""
        if self.cut is None:
            self.cut = Refused(line, reason)


class Unreadable(Exception):
    """This one item can't be read; the text says why."""


def tool_name(text: str) -> str:
    """The tool's name as a scanner's: "Security Hub" is `securityhub`. "" where no letter is left."""
    plain = _NOT_TOOL.sub("-", text.lower()).strip("-")[:_LONGEST_TOOL].strip("-")
    return _TOOLS.get(plain, plain)


def control_id(tool: str, rule: str) -> str:
    """ "prowler/s3_bucket_public": small letters, no blanks or commas, so that it can be typed in a filter.

    A Patrol control has no slash, so that the two never meet. What had to be changed beyond its case carries a digest
    of the whole name, so that two rules never become one.
    """
    small = rule.lower()
    plain = _NOT_RULE.sub("-", small).strip("-/") or "rule"
    if plain != small or len(plain) > _LONGEST_RULE:
        digest = hashlib.sha256(rule.encode("utf-8", "backslashreplace")).hexdigest()[:8]
        plain = f"{plain[: _LONGEST_RULE - 9]}-{digest}"
    return f"{tool}/{plain}"


def every_control(tool: str) -> str:
    """The name under which coverage speaks of all checks of a tool at once."""
    return f"{tool}/*"


Table = Mapping[str, Json]
