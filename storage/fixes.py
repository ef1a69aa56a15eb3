"""The fixes that remove the most findings. A pure ranking: findings in, fixes out.

Three kinds: `closes` (one change closes several: a control says so by its key `closes`), `resource` (one resource
with several findings), `control` (the same fix on one or many resources). A finding is counted in one fix alone.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from storage.model import Finding

CLOSES, RESOURCE, CONTROL = "closes", "resource", "control"
ACCOUNT = "aws.account"  # what is wrong with an account as a whole has no cause in common
_KINDS = (CLOSES, RESOURCE, CONTROL)
Closes = Mapping[str, Sequence[str]]  # control -> the controls that its fix closes in the same account


@dataclass(frozen=True, slots=True)
class Fix:
    """One thing to do. `removes` findings go with it, `worst` is the one to begin with.

    Of the kind `closes` that is the finding whose own fix closes the others.
    """

    kind: str
    removes: int
    worst: Finding
    controls: tuple[str, ...]


def biggest(findings: Iterable[Finding], closes: Closes, most: int = 10) -> list[Fix]:
    """The `most` fixes that remove most of `findings`, each chosen from what the ones before it leave.

    Ties go to one change, then to the worst severity, then to the order of names.
    """
    every = {finding.id: finding for finding in findings}
    candidates = _candidates(every.values(), closes)
    heap = [(_rank(kind, key, members, every), kind, key) for (kind, key), members in candidates.items()]
    heapq.heapify(heap)
    left, chosen = set(every), list[Fix]()
    while heap and len(chosen) < most:
        rank, kind, key = heapq.heappop(heap)
        members = candidates[kind, key] & left
        if kind == CLOSES and key not in left:
            members = set()  # the change itself is part of an earlier fix
        if not members or (kind != CONTROL and len(members) < 2):
            continue
        now = _rank(kind, key, members, every)
        if now != rank:  # an earlier fix took some of it: it goes back to where it belongs now
            heapq.heappush(heap, (now, kind, key))
            continue
        left -= members
        chosen.append(_fix(kind, key, [every[one] for one in members], every))
    return chosen


def _candidates(findings: Iterable[Finding], closes: Closes) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    by_place: dict[tuple[str, str], set[str]] = defaultdict(set)
    for finding in findings:
        if finding.resource_type != ACCOUNT:
            found[RESOURCE, finding.resource].add(finding.id)
        found[CONTROL, finding.control].add(finding.id)
        by_place[finding.control, _account(finding)].add(finding.id)
    for finding in findings:
        for control in closes.get(finding.control, ()):
            found[CLOSES, finding.id] |= by_place.get((control, _account(finding)), set())
        if (CLOSES, finding.id) in found:
            found[CLOSES, finding.id].add(finding.id)
    return found


def _account(finding: Finding) -> str:
    """ "aws/<account>" of "aws/<account>/<region or global>"."""
    return "/".join(finding.scope.split("/")[:2])


def _rank(
    kind: str, key: str, members: set[str], every: Mapping[str, Finding]
) -> tuple[int, int, int, str, str]:
    worst = min((every[one].severity.rank for one in members), default=9)
    return -len(members), _KINDS.index(kind), worst, kind, key


def _fix(kind: str, key: str, members: Sequence[Finding], every: Mapping[str, Finding]) -> Fix:
    ordered = sorted(members, key=lambda one: (one.severity.rank, one.due, one.resource_id, one.id))
    worst = every[key] if kind == CLOSES else ordered[0]
    return Fix(kind, len(members), worst, tuple(dict.fromkeys(one.control for one in ordered)))
