"""The numbers of a summary by name, and the labels of which each is the count: one for the number and for its list."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from storage.figures import cohort, flow
from storage.figures.dates import BAND_NAMES
from storage.figures.lens import Lens, within
from storage.figures.values import SEVERITIES, Standing

Names = Callable[[Lens, date | None, int], Sequence[str]]


def _of_day0(state: Standing) -> Names:
    return lambda lens, day0, _days: cohort.names(lens.buckets_by(day0), state)


PARTS: Mapping[str, Names] = {
    "late": lambda _lens, _day0, _days: [f"breached.{severity}" for severity in SEVERITIES],
    "due": lambda _lens, _day0, _days: [f"due.{severity}" for severity in SEVERITIES],
    "new": lambda lens, day0, days: flow.new(lens.buckets_after(day0), days),
    "fixed": lambda _lens, _day0, days: within("fixed", days),
    "regressed": lambda _lens, _day0, days: flow.regressed(days),
    "waiting": lambda _lens, _day0, _days: ["waiting"],
    "expiring": lambda _lens, _day0, _days: ["expiring"],
    "open": lambda _lens, _day0, _days: [f"age.{band}" for band in BAND_NAMES],
    "first_fixed": _of_day0(Standing.FIXED),
    "first_accepted": _of_day0(Standing.ACCEPTED),
    "first_false_positive": _of_day0(Standing.FALSE_POSITIVE),
    "first_open": _of_day0(Standing.OPEN),
}
