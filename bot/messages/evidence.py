"""What a scan saw of a resource: one sentence where the control has one, else the values."""

import json
from collections.abc import Mapping

from bot.blockkit import redact
from bot.messages.words import account, inline, sentence, shown
from commands import catalogue
from scanners.errors import ControlError
from scanners.model import Json, Resource
from storage.imported import is_imported
from storage.manual import is_manual
from storage.model import FindingView

MOST_VALUES = 6
_EMPTY: tuple[Json, ...] = ({}, [], "", None)


def seen(view: FindingView, evidence: Mapping[str, Json] | None = None) -> str:
    """One escaped sentence of what the newest scan saw: "Bucket acme can be reached by anyone (...)".

    `evidence` (of an event) takes the place of the newest.
    """
    return sentence(seen_plain(view, evidence), 500)


def seen_plain(view: FindingView, evidence: Mapping[str, Json] | None = None) -> str:
    """As `seen`, not yet escaped: for a terminal."""
    saw = view.evidence if evidence is None else evidence
    if is_manual(view.finding):
        return said(saw)
    if is_imported(view.finding):
        return _reported(saw)
    return _told(view, saw) or brief_plain(saw, MOST_VALUES)


def said(evidence: Mapping[str, Json]) -> str:
    """The words of what is tracked by hand, and where they were said; not yet escaped."""
    link = str(evidence.get("link", ""))
    return str(evidence.get("said", "")) + (f" ({link})" if link else "")


def _reported(evidence: Mapping[str, Json]) -> str:
    """The words of another tool, and the line in its file."""
    line = evidence.get("line")
    return str(evidence.get("said", "")) + (f" (line {line})" if isinstance(line, int) else "")


def values(view: FindingView) -> list[tuple[str, str]]:
    """The evidence as short (name, value) pairs, secrets taken out, not yet escaped."""
    if is_manual(view.finding) or is_imported(view.finding):
        return []
    pairs = [(shown(key)[:40], _short(value)) for key, value in view.evidence.items() if value not in _EMPTY]
    more = len(pairs) - MOST_VALUES
    return [*pairs[:MOST_VALUES], ("and", f"{more} more")] if more > 0 else pairs


def brief(evidence: Mapping[str, Json]) -> str:
    """The values of an event in a few escaped words."""
    return inline(brief_plain(evidence), 200)


def brief_plain(evidence: Mapping[str, Json], most: int = 3) -> str:
    """As `brief`, not yet escaped: for a terminal."""
    if "title" in evidence and "said" in evidence:  # of an import
        return _reported(evidence)
    return "; ".join(f"{shown(key)[:40]}: {_short(value)}" for key, value in list(evidence.items())[:most])


def why(view: FindingView) -> str:
    """Why it matters in two lines, escaped; "" where nothing is kept."""
    if view.remediation:
        return why_lines(view.remediation.why)
    control = catalogue.controls().get(view.finding.control)
    return why_lines(control.why) if control else ""


def why_lines(text: str) -> str:
    """The first two lines of a control's reason, escaped."""
    return "\n".join(inline(line, 300) for line in text.strip().splitlines()[:2])


def _told(view: FindingView, evidence: Mapping[str, Json]) -> str:
    finding = view.finding
    control = catalogue.controls().get(finding.control)
    if control is None or not evidence:
        return ""
    resource = Resource(finding.resource_type, finding.resource, finding.resource_id, finding.region)
    from scanners.remediation import fail_text

    try:
        return fail_text(control, resource, account(finding.scope), evidence)
    except (ControlError, TypeError, ValueError, AttributeError):
        return ""  # the sentence needs a value that is not kept as evidence, or kept in an older shape


def _short(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = redact(shown(text))
    return text if len(text) <= 120 else text[:119] + "\u2026"
