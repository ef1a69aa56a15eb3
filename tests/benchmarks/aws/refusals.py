"""What must hold of a scan that was refused something: nothing made up, nothing silent, the missing permission named."""

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from tests.benchmarks.aws.truth import key_of

UNKNOWN = "UNKNOWN"


def subsets(permissions: Collection[str], seed: int, parts: Sequence[float]) -> Iterator[frozenset[str]]:
    """Subsets by chance, each of such a part of all: 0 is one permission, 1 is all of them."""
    chance = random.Random(seed)  # noqa: S311
    listed = sorted(permissions)
    for part in parts:
        yield frozenset(chance.sample(listed, max(1, round(part * len(listed)))))


def untruths(whole: Mapping[str, Any], scan: Mapping[str, Any], denied: Collection[str]) -> list[str]:
    """What the refused `scan` says that the `whole` one does not bear out, in words; empty where it is honest.

    Both are `patrol.scan/1` documents of the same account.
    """
    before, after = _by_key(whole["verdicts"]), _by_key(scan["verdicts"])
    coverage = {(each["control"], _region(each["scope"])): each for each in scan["coverage"]}
    found = []
    for key, verdict in after.items():
        known = before.get(key)
        if verdict["status"] != UNKNOWN and (known is None or known["status"] != verdict["status"]):
            found.append(
                f"made up: {key} is told {verdict['status']}, was {known['status'] if known else 'not there'}"
            )
        if verdict["status"] == UNKNOWN:
            found += _named(key, verdict, denied)
            cover = coverage.get((verdict["control"], verdict["region"])) or coverage.get(
                (verdict["control"], "")
            )
            if cover is None or cover["status"] == "complete":
                found.append(f"silent: {key} is UNKNOWN and its coverage says complete")
    for key, known in before.items():
        if key not in after and not _told(known, coverage, scan["verdicts"], denied):
            found.append(f"silent: {key} ({known['status']}) is gone and nothing says why")
    return found


def lost(whole: Mapping[str, Any], scan: Mapping[str, Any]) -> int:
    """Verdicts of the `whole` scan that this one has not, or not the same."""
    before, after = _by_key(whole["verdicts"]), _by_key(scan["verdicts"])
    return sum(key not in after or after[key]["status"] != known["status"] for key, known in before.items())


def _by_key(verdicts: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str, str], Mapping[str, Any]]:
    return {key_of(each["control"], each["resource_arn"], each["region"]): each for each in verdicts}


def _region(scope: str) -> str:
    region = scope.rsplit("/", 1)[-1]
    return "" if region == "global" else region


def _named(key: object, verdict: Mapping[str, Any], denied: Collection[str]) -> Iterator[str]:
    missing = verdict["missing_permission"]
    if not missing:
        yield f"unnamed: {key} is UNKNOWN and names no permission ({verdict['reason']})"
    elif missing not in denied:
        yield f"misnamed: {key} names {missing}, which was not refused"


def _told(
    known: Mapping[str, Any],
    coverage: Mapping[Any, Any],
    verdicts: Sequence[Mapping[str, Any]],
    denied: Collection[str],
) -> bool:
    """A resource that could not be listed is told by its control's UNKNOWN of that scope, and by the coverage."""
    control = known["control"]
    scopes = [
        cover for (of, region), cover in coverage.items() if of == control and region in (known["region"], "")
    ]
    named = any(
        each["control"] == control and each["status"] == UNKNOWN and each["missing_permission"] in denied
        and each["region"] in (known["region"], "")
        for each in verdicts
    )  # fmt: skip
    return named and any(cover["status"] != "complete" for cover in scopes)
