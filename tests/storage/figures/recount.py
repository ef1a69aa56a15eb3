"""`patrol.summary/1` worked out a second time, from exported events alone, sharing no code with `storage`.

An event is a dict as the export writes it: seq, at, kind, finding, actor, data. Beside the events it needs what is in
the configuration: who owns which target. Written to be checked by eye, not to be quick.
"""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from math import exp, log, sqrt
from typing import Any

Event = dict[str, Any]
SLA = {"critical": 7, "high": 30, "medium": 90, "low": 120, "unknown": 90}
WEIGHT = {"critical": 40, "high": 10, "medium": 3, "low": 1, "unknown": 3}
PROVEN = ("proven", "gone")
DAY = timedelta(days=1)


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)


def recount(
    events: list[Event], owners: dict[str, str], view: str, days: int, now: datetime
) -> dict[str, Any]:
    """The document of `view` ("all", a team, "target:x") as of `now`, days in UTC."""
    known = [e for e in events if when(e["at"]) <= now]
    episodes = [e for e in _episodes(known) if _in_view(e, view)]
    covered = _coverage(known, now)
    scans = [e for e in known if e["kind"] == "scan_recorded" and not e["data"]["only_resource"]]
    first_of_target: dict[str, datetime] = {}
    for event in scans:
        first_of_target.setdefault(event["data"]["target"], when(event["data"]["started"]))
    if view.startswith("target:"):
        day0 = first_of_target[view.removeprefix("target:")].date()
    else:
        day0 = min(first_of_target.values()).date()
    since = now - days * DAY
    mine = _targets(view, owners, covered)
    newest = {e["finding"]: e for e in episodes}
    was_there = [e for e in newest.values() if e["first_seen"].date() <= day0]
    stands = Counter(_stands(e, now) for e in was_there)
    return {
        "as_of": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "team": view,
        "days": days,
        "cohort": {
            "day0": day0.isoformat(),
            "total": sum(stands[s] for s in ("fixed", "accepted", "false_positive", "open")),
            **{s: stands[s] for s in ("fixed", "accepted", "false_positive", "open")},
        },
        "new": sum(e["number"] == 1 and e["opened"] > since and e["opened"].date() > day0 for e in episodes),
        "fixed": sum(_stands(e, now) == "fixed" and e["closed"] > since for e in episodes),
        "regressed": sum(e["number"] > 1 and e["opened"] > since for e in episodes),
        "time_to_fix": {s: _time_to_fix([e for e in episodes if e["severity"] == s], now) for s in SLA},
        "sla": {s: _sla([e for e in episodes if e["severity"] == s], since, now) for s in SLA},
        "ages": _ages([e for e in episodes if _stands(e, now) == "open"], now),
        "coverage": _told_coverage(covered, mine),
        "score": _score(episodes, [len(covered[t][0]) for t in mine if t in covered], now),
    }


def _in_view(episode: dict[str, Any], view: str) -> bool:
    return view in ("all", episode["team"], "target:" + episode["target"])


def _targets(view: str, owners: dict[str, str], covered: dict[str, Any]) -> list[str]:
    if view.startswith("target:"):
        return [view.removeprefix("target:")]
    return sorted(t for t, owner in owners.items() if owner == view) or sorted(covered)


def _episodes(events: list[Event]) -> list[dict[str, Any]]:
    """Each with the acceptances and false positives over it, from the words of the events."""
    by_finding: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event["finding"]:
            by_finding[event["finding"]].append(event)
    return [episode for told in by_finding.values() for episode in _of_finding(told)]


def _of_finding(told: list[Event]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for event in told:
        at, kind, data = when(event["at"]), event["kind"], event["data"]
        if kind in ("opened", "regressed"):
            start = {
                "finding": event["finding"], "number": len(found) + 1, "opened": at, "closed": None, "cause": "",
                "severity": data["severity"], "exploited": "exploited" in data, "decisions": [], "live": None,
                "team": data.get("team", found[-1]["team"] if found else ""),
                "target": data["target"] if kind == "opened" else found[-1]["target"],
                "first_seen": found[0]["opened"] if found else at,
            }  # fmt: skip
            found.append(start)
            continue
        now = found[-1]
        if kind in ("fixed", "out_of_scope"):
            _end(now, at)
            now["closed"], now["cause"] = at, data.get("cause", "out_of_scope")
        elif kind == "severity_changed":
            now["severity"] = data["to"]
        elif kind == "exploited_changed":
            now["exploited"] = data["to"]
        elif kind == "owner_changed":
            now["team"] = data["to"]
        elif kind in ("approved", "acknowledged", "started", "snoozed"):
            _end(now, at)
            now["live"] = {"what": data.get("what", kind), "from": at, "to": when(data["until"])}
        elif kind == "noted" and "until" in data:
            now["live"]["to"] = when(data["until"])
        elif kind == "revoked" or (kind == "lapsed" and data["was"] != "request"):
            _end(now, at)
        elif kind == "undone":
            raise ValueError("the made-up month takes nothing back")
    for one in found:
        if one["live"]:
            one["decisions"].append(one["live"])
    return found


def _end(episode: dict[str, Any], at: datetime) -> None:
    if episode["live"]:
        episode["live"]["to"] = max(episode["live"]["from"], min(episode["live"]["to"], at))
        episode["decisions"].append(episode["live"])
        episode["live"] = None


def _stands(episode: dict[str, Any], at: datetime) -> str:
    if episode["closed"] and episode["closed"] <= at:
        return "fixed" if episode["cause"] in PROVEN else "ended"
    for decision in episode["decisions"]:
        if decision["from"] <= at < decision["to"]:
            if decision["what"] == "risk_accepted":
                return "accepted"
            if decision["what"] == "false_positive":
                return "false_positive"
    return "open"


def _due(episode: dict[str, Any], now: datetime) -> datetime:
    due: datetime = episode["opened"] + SLA[episode["severity"]] * DAY
    for decision in episode["decisions"]:
        if decision["what"] == "risk_accepted" and decision["from"] < min(due, now):
            due += timedelta(seconds=int((min(decision["to"], now) - decision["from"]).total_seconds()))
    return due


def _sla(episodes: list[dict[str, Any]], since: datetime, now: datetime) -> dict[str, int]:
    fell = [e for e in episodes if since < _due(e, now) <= now]
    waiting = [_due(e, now) for e in episodes if _stands(e, now) == "open"]
    return {
        "due_met": sum(_stands(e, _due(e, now)) == "fixed" for e in fell),
        "breached": sum(due <= now for due in waiting),
        "due_7d": sum(now < due <= now + 7 * DAY for due in waiting),
    }


def _ages(episodes: list[dict[str, Any]], now: datetime) -> dict[str, int]:
    found = {"0-7": 0, "8-30": 0, "31-90": 0, "90+": 0}
    for episode in episodes:
        age = (now - episode["opened"]).days
        found["0-7" if age <= 7 else "8-30" if age <= 30 else "31-90" if age <= 90 else "90+"] += 1
    return found


def _time_to_fix(episodes: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    lives, still = [], 0
    for episode in episodes:
        if episode["opened"] <= now - 365 * DAY:
            continue
        decided = [
            d["from"] for d in episode["decisions"] if d["what"] in ("risk_accepted", "false_positive")
        ]
        ends = [episode["closed"] or now, *decided]
        fixed = (
            bool(episode["closed"])
            and episode["cause"] in PROVEN
            and min(ends) == episode["closed"]
            and not decided
        )
        still += not decided and not episode["closed"]
        lives.append((max(0, int((min(ends) - episode["opened"]).total_seconds()) // 3600), fixed))
    height, spread = 1.0, 0.0
    found: list[float | None] = [None, None, None]
    for t in sorted({t for t, fixed in lives if fixed}):
        there = sum(until >= t for until, _ in lives)
        fell = sum(fixed and until == t for until, fixed in lives)
        height *= 1 - fell / there
        band: list[float | None] = [0.0, None]
        if fell < there:
            spread += fell / (there * (there - fell))
            error = 1.959963984540054 * sqrt(spread) / abs(log(height))
            band = [exp(-exp(log(-log(height)) + error)), exp(-exp(log(-log(height)) - error))]
        for place, value in enumerate((height, *band)):
            if found[place] is None and value is not None and value <= 0.5 + 1e-12:
                found[place] = round(t / 24, 2)
    return {"median_days": found[0], "ci95": found[1:], "n": len(lives), "open": still}


def _coverage(events: list[Event], now: datetime) -> dict[str, tuple[set[Any], dict[Any, str]]]:
    by_target: dict[str, list[tuple[datetime, Any]]] = defaultdict(list)
    for event in events:
        if event["kind"] == "scan_recorded" and not event["data"]["only_resource"]:
            by_target[event["data"]["target"]].append(
                (when(event["data"]["started"]), event["data"]["checks"])
            )
    found = {}
    for target, scans in by_target.items():
        newest = max(at for at, _ in scans)
        good: set[Any] = set()
        bad: dict[Any, str] = {}
        for at, checks in sorted(scans, key=lambda scan: scan[0], reverse=True):
            if at < newest - 7 * DAY:
                continue
            for part in checks:
                for pair in [(c, s) for c in part["controls"] for s in part["scopes"]]:
                    if at > now - DAY and part["status"] == "complete":
                        good.add(pair)
                    else:
                        why = part["reason"] or part["status"]
                        bad.setdefault(pair, why if at > now - DAY else "no full scan in the last 24 hours")
        found[target] = (good, {pair: why for pair, why in bad.items() if pair not in good})
    return found


def _told_coverage(covered: dict[str, Any], targets: list[str]) -> dict[str, Any]:
    gaps = [
        {"control": c, "scope": s, "target": target, "reason": why}
        for target in targets
        if target in covered
        for (c, s), why in sorted(covered[target][1].items())
    ]
    checked = sum(len(covered[target][0]) for target in targets if target in covered)
    return {"checked": checked, "of": checked + len(gaps), "gaps": gaps}


def _score(episodes: list[dict[str, Any]], checked: list[int], now: datetime) -> float | None:
    there = [e for e in episodes if _stands(e, now) in ("open", "accepted")]
    load = sum(WEIGHT[e["severity"]] * (2 if _due(e, now) <= now else 1) for e in there)
    capacity = sum(50 + pairs for pairs in checked if pairs)
    if not capacity:
        return None
    tenths = 1000 * capacity // (capacity + load)
    return min(tenths, 490 if any(e["exploited"] for e in there) else 1000) / 10
