"""Series of snapshots as the store would give them, for the pictures' tests."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from storage.progress_snapshots import Snapshot

DAY0 = date(2026, 10, 3)


def day(
    number: int, fixed: int = 0, accepted: int = 0, false_positive: int = 0, open_: int = 0, arrived: int = 0,
    marks: Sequence[tuple[str, str]] = (),
) -> Snapshot:  # fmt: skip
    """One day's snapshot with what the burn-down reads of it."""
    counts = {
        "fixed": fixed,
        "accepted": accepted,
        "false_positive": false_positive,
        "open": open_,
        "ended": 0,
    }
    data: Mapping[str, Any] = {
        "day0": DAY0.isoformat(),
        "cohort": {**counts, "total": sum(counts.values())},
        "arrived_open": arrived,
        "marks": [{"what": what, "name": name} for what, name in marks],
    }
    return Snapshot(DAY0 + timedelta(days=number), data)


def missed(number: int) -> Snapshot:
    """A day of which no snapshot was taken."""
    return Snapshot(DAY0 + timedelta(days=number), None)


def month(total: int = 150, days: int = 30) -> list[Snapshot]:
    """A lively month: work that slows down, arrivals, a new control on day 12, an outage on days 19 and 20."""
    found = []
    for number in range(days + 1):
        fixed = int(total * 0.78 * (1 - 0.93**number))
        accepted, false = total * number // 600, total * number // 1500
        arrived = total * number // 400 + (total // 12 if number >= 12 else 0)
        marks = [("new control", "ec2.ebs_volume_encrypted")] * (number == 12)
        marks += [("outage", "web-3"), ("outage", "web-4")] if number in (19, 20) else []
        left = total - fixed - accepted - false
        found.append(day(number, fixed, accepted, false, left, arrived, marks))
    return found


CASES: Mapping[str, list[Snapshot]] = {
    "month": month(),
    "nothing_open": [day(n, fixed=3 * n, open_=60 - 3 * n) for n in range(21)],
    "one_day": [day(0, open_=83)],
    "ten_thousand": month(10_000),
    "end_together": [day(n, fixed=n * 2, accepted=n // 10, false_positive=n // 15, open_=200 - n * 2 - n // 10 - n // 15, arrived=n // 10) for n in range(31)],
    "missed_week": [one if not 9 <= n <= 15 else missed(n) for n, one in enumerate(month())],
    "all_accepted": [day(n, accepted=40 if n > 4 else 8 * n, open_=0 if n > 4 else 40 - 8 * n) for n in range(12)],
    "nothing_found": [day(n) for n in range(4)],
    "all_ended": [day(0, open_=4), day(1)],
    "never_scanned": [],
    "ninety_days": month(150, 90),
    "first_week": month(150, 6),
}  # fmt: skip
