"""Every figure of one view as one JSON value: what a snapshot freezes and every face reads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date

from scanners.model import Json, Severity
from storage.clock import iso
from storage.figures import attention, cohort, dates, flow, forecast, score, survival
from storage.figures.coverage import Covered, joined
from storage.figures.happenings import Happening
from storage.figures.lens import WINDOWS, Lens
from storage.figures.tally import Cell, Heavy, Tally, controls
from storage.figures.values import COMPANY, SEVERITIES, Standing, View


@dataclass(frozen=True)
class Estate:
    """What is known beside the episodes: coverage of each target, who owns it, days 0, what happened today.

    `day0` maps views to their day 0, where that is not the company's. `first` is the company's, None before any scan.
    """

    covered: Mapping[str, Covered]
    owners: Mapping[str, str]
    first: date | None
    day0: Mapping[View, date] = field(default_factory=dict)
    happenings: tuple[Happening, ...] = ()

    def day0_of(self, view: View) -> date | None:
        """The day 0 of a view."""
        return self.day0.get(view, self.first)

    def targets_of(self, view: View) -> list[str]:
        """The targets by which a view's coverage and capacity are measured.

        Never by its findings: else one more finding could raise a score. A team that owns no target lives in those
        of others, so all of them are its.
        """
        if view.kind == "target":
            return [view.name]
        if view.kind == "team":
            owned = sorted(target for target, owner in self.owners.items() if owner == view.name)
            if owned:
                return owned
        return sorted(self.covered)


def views(tallied: Tally, estate: Estate) -> list[View]:
    """The company, then every team, then every target."""
    teams = {*tallied.teams(), *(owner for owner in estate.owners.values() if owner)}
    targets = {*tallied.targets(), *estate.covered}
    return [
        COMPANY,
        *(View("team", name) for name in sorted(teams)),
        *(View("target", name) for name in sorted(targets)),
    ]


def reports(tallied: Tally, estate: Estate) -> dict[str, dict[str, Json]]:
    """The figures of every view, by its key."""
    company = tallied.view(COMPANY)
    return {
        str(view): report(
            company if view == COMPANY else tallied.view(view), company, view, tallied.lens, estate
        )
        for view in views(tallied, estate)
    }


def report(cell: Cell, company: Cell, view: View, lens: Lens, estate: Estate) -> dict[str, Json]:
    """All figures of one view. `company` lends its pace to a team with little history."""
    day0 = estate.day0_of(view)
    after = lens.buckets_after(day0)
    counts = cell.counts
    targets = estate.targets_of(view)
    load = load_of(cell, estate, targets)
    return {
        "as_of": iso(lens.as_of),
        "view": str(view),
        "day0": day0.isoformat() if day0 else None,
        "cohort": _cohort(cell, lens, day0),
        "arrived_open": cell.number(cohort.names(after, Standing.OPEN)),
        "standing": {
            str(state): {str(s): counts[f"{state}.{s}"] for s in SEVERITIES} for state in cohort.COUNTED
        },
        "windows": {str(days): _window(cell, after, days) for days in WINDOWS},
        "weeks": [[week.monday, week.arrived, week.fixed] for week in flow.weeks(counts, lens, after)],
        "breached": {str(s): counts[f"breached.{s}"] for s in SEVERITIES},
        "due_7d": {str(s): counts[f"due.{s}"] for s in SEVERITIES},
        "ages": dates.ages(counts),
        "time_to_fix": {str(s): asdict(survival.median(cell.lives[s])) for s in SEVERITIES},
        "closed_mean_days": {str(s): _closed_mean(cell.lives[s], lens, day0) for s in SEVERITIES},
        "first_action": asdict(survival.median(cell.acts)),
        "coverage": _coverage(joined(estate.covered, targets)),
        "score": score.tenths(load),
        "load": asdict(load),
        "fixes": [_fix(one, load) for one in cell.heaviest],
        "oldest": [{**asdict(old), "opened_at": iso(old.opened_at)} for old in cell.oldest],
        "forecast": {str(s): _forecast(cell, company, s) for s in forecast.SEVERITIES},
        "controls": {name: list(pair) for name, pair in controls(counts).items()},
        "marks": [asdict(one) for one in estate.happenings if _concerns(one, targets)],
        **{name: counts[name] for name in ("exploited", "waiting", "expiring", "snoozed")},
    }  # fmt: skip


def load_of(cell: Cell, estate: Estate, targets: Iterable[str]) -> score.Load:
    """What the score of a view is made of."""
    checked = [estate.covered[target].checked for target in targets if target in estate.covered]
    return score.Load(score.capacity(checked), cell.load, cell.exploited)


def _cohort(cell: Cell, lens: Lens, day0: date | None) -> dict[str, Json]:
    buckets = lens.buckets_by(day0)
    whole = cohort.cohort_of(cell.counts, buckets)
    each = {str(s): asdict(cohort.cohort_of(cell.counts, buckets, [s])) for s in SEVERITIES}
    return {**asdict(whole), "total": whole.total, "severities": each}


def _window(cell: Cell, after: Sequence[str], days: int) -> dict[str, Json]:
    counts = cell.counts
    back = attention.recurrence(counts, days)
    kept = {str(s): dates.kept(counts, s, days) for s in SEVERITIES}
    return {
        "new": cell.number(flow.new(after, days)),
        **{name: counts[f"{name}.{days}"] for name in ("fixed", "regressed", "decided", "refuted", "lapsed")},
        "recurred": [back.part, back.of],
        "due_met": {name: one.met for name, one in kept.items()},
        "due_missed": {name: one.missed for name, one in kept.items()},
    }


def _closed_mean(lives: survival.Lives, lens: Lens, day0: date | None) -> float | None:
    if day0 is None:
        return None
    return survival.closed_mean(lives, (lens.as_of.astimezone(lens.zone).date() - day0).days)


def _coverage(covered: Covered) -> dict[str, Json]:
    return {"checked": covered.checked, "of": covered.of, "gaps": [asdict(gap) for gap in covered.gaps]}


def _fix(one: Heavy, load: score.Load) -> dict[str, Json]:
    exploited = bool(one.minus_exploited)
    return {
        "finding": one.finding,
        "team": one.team,
        "severity": one.severity,
        "due": iso(one.due),
        "delta": score.delta_tenths(load, -one.minus_weight, exploited),
    }


def _forecast(cell: Cell, company: Cell, severity: Severity) -> dict[str, Json]:
    rate = forecast.rate_of(cell.pace(severity), company.pace(severity), severity)
    left = {hours: count for (of, hours), count in cell.left.items() if of is severity}
    return {**asdict(forecast.forecast(rate, left)), **asdict(rate)}


def _concerns(one: Happening, targets: Sequence[str]) -> bool:
    return one.what == "new control" or one.name in targets
