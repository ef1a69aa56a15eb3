"""What a scan could not check, each cause once, with its mend."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.messages.words import count, inline, sentence
from storage.imported import SCOPE
from storage.scans import GapLine

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """One cause: the permission that is missing ("" where it is something else), and what it hides."""

    permission: str
    reason: str
    status: str
    controls: tuple[str, ...]
    scopes: tuple[str, ...]


def grouped(lines: Iterable[GapLine]) -> list[Gap]:
    """Gaps by cause, missing permissions first, then the one that hides most."""
    by_cause: dict[tuple[str, str, str], list[GapLine]] = defaultdict(list)
    for line in lines:
        told = "" if line.missing_permission else line.reason
        status = "" if line.missing_permission else line.status
        by_cause[line.missing_permission, told, status].append(line)
    found = [
        Gap(permission, reason, status, _once(g.control for g in group), _once(g.scope for g in group))
        for (permission, reason, status), group in by_cause.items()
    ]
    return sorted(found, key=lambda gap: (not gap.permission, -len(gap.controls), gap.permission, gap.reason))


def told(gap: Gap) -> str:
    """One escaped line: what could not be checked, where, why, and what to do."""
    controls = [_every(one) for one in gap.controls]
    return f"Could not check {_named(controls, 'control')} in {_named(gap.scopes, 'place')}: {_cause(gap)}"


def told_all(lines: Sequence[GapLine], most: int = 6) -> list[str]:
    """`told` for each cause, `most` of them, then how many more."""
    gaps = grouped(lines)
    said = [told(gap) for gap in gaps[:most]]
    if len(gaps) > most:
        said.append(f"... and {count(len(gaps) - most, 'more cause')}: `/patrol status`")
    return said


def permissions(lines: Iterable[GapLine]) -> list[str]:
    """Every missing permission once, sorted."""
    return sorted({line.missing_permission for line in lines if line.missing_permission})


def _cause(gap: Gap) -> str:
    if gap.permission:
        return f"{inline(gap.permission)} is refused. Add it to Patrol's role."
    reason = sentence(gap.reason, 300) or "no reason was given"
    if not reason.endswith((".", "!", "?")):
        reason += "."
    if gap.status == "skipped":
        return f"nobody looked: {reason}"
    if all(scope.startswith(SCOPE) for scope in gap.scopes):
        return f"{reason} So nothing counts as no longer reported."
    return f"{reason} The next scan tries again."


def _every(control: str) -> str:
    """An import covers all checks of its tool at once."""
    return f"all of {control.removesuffix('/*')}" if control.endswith("/*") else control


def _named(names: Sequence[str], noun: str) -> str:
    said = ", ".join(inline(name) for name in names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    if more > 0:
        return f"{count(len(names), noun)} ({said} and {more:,} more)"
    return said if len(names) == 1 else f"{count(len(names), noun)} ({said})"


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
