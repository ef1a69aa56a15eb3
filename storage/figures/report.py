"""Every figure of one view as one JSON value: what a snapshot freezes and every face reads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from scanners.model import Json, Severity
from storage.clock import iso
from storage.figures import attention, cohort, dates, flow, forecast, score, survival
from storage.figures.coverage import Covered, joined
from storage.figures.happenings import Happening
from storage.figures.lens import WINDOWS, Lens, within
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


Rates = Mapping[tuple[str, Severity], forecast.Rate]


def reports(tallied: Tally, estate: Estate) -> dict[str, dict[str, Json]]:
    """The figures of every view, by its key."""
    rates = rates_of(tallied)
    return {str(view): report(tallied, view, rates, estate) for view in views(tallied, estate)}


def rates_of(tallied: Tally) -> Rates:
    """(team, severity) -> the team's pace, drawn towards the company's."""
    company = tallied.view(COMPANY)
    teams = {team: tallied.view(View("team", team)) for team in tallied.teams()}
    return {
        (team, severity): forecast.rate_of(cell.pace(severity), company.pace(severity), severity)
        for team, cell in teams.items()
        for severity in forecast.SEVERITIES
    }


def report(tallied: Tally, view: View, rates: Rates, estate: Estate) -> dict[str, Json]:
    """All figures of one view. `rates` are the paces of all teams, of `rates_of`."""
    cell, lens = tallied.view(view), tallied.lens
    day0 = estate.day0_of(view)
    after = lens.buckets_after(day0)
    everything = lens.buckets_after(None)
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
            str(state): {str(s): cell.number(cohort.names(everything, state, [s])) for s in SEVERITIES}
            for state in cohort.COUNTED
        },
        "windows": {str(days): _window(cell, after, days) for days in WINDOWS},
        "weeks": [[week.monday, week.arrived, week.fixed] for week in flow.weeks(counts, lens, after)],
        "breached": {str(s): counts[f"breached.{s}"] for s in SEVERITIES},
        "due_7d": {str(s): counts[f"due.{s}"] for s in SEVERITIES},
        "ages": dates.ages(counts),
        "time_to_fix": {str(s): _flat(survival.median(cell.lives[s])) for s in SEVERITIES},
        "closed_mean_days": {str(s): _closed_mean(cell.lives[s], lens, day0) for s in SEVERITIES},
        "first_action": _flat(survival.median(cell.acts)),
        "coverage": _coverage(joined(estate.covered, targets)),
        "score": score.tenths(load),
        "load": _flat(load),
        "fixes": [_fix(one, load) for one in cell.heaviest],
        "oldest": [{**_flat(old), "opened_at": iso(old.opened_at)} for old in cell.oldest],
        "forecast": _forecast(tallied, view, rates),
        "controls": {name: list(pair) for name, pair in controls(counts).items()},
        "marks": [_flat(one) for one in estate.happenings if _concerns(one, targets)],
        **{name: counts[name] for name in ("exploited", "waiting", "expiring", "snoozed")},
    }  # fmt: skip


def load_of(cell: Cell, estate: Estate, targets: Iterable[str]) -> score.Load:
    """What the score of a view is made of."""
    checked = [estate.covered[target].checked for target in targets if target in estate.covered]
    return score.Load(score.capacity(checked), cell.load, cell.exploited)


def _cohort(cell: Cell, lens: Lens, day0: date | None) -> dict[str, Json]:
    buckets = lens.buckets_by(day0)
    whole = cohort.cohort_of(cell.counts, buckets)
    each = {str(s): _flat(cohort.cohort_of(cell.counts, buckets, [s])) for s in SEVERITIES}
    return {**_flat(whole), "total": whole.total, "severities": each}


def _window(cell: Cell, after: Sequence[str], days: int) -> dict[str, Json]:
    counts = cell.counts
    back = attention.recurrence(counts, days)
    kept = {str(s): dates.kept(counts, s, days) for s in SEVERITIES}
    return {
        "new": cell.number(flow.new(after, days)),
        "regressed": cell.number(flow.regressed(days)),
        **{name: cell.number(within(name, days)) for name in ("fixed", "decided", "refuted", "lapsed")},
        "recurred": [back.part, back.of],
        "due_met": {name: one.met for name, one in kept.items()},
        "due_missed": {name: one.missed for name, one in kept.items()},
    }


def _closed_mean(lives: survival.Lives, lens: Lens, day0: date | None) -> float | None:
    if day0 is None:
        return None
    return survival.closed_mean(lives, (lens.as_of.astimezone(lens.zone).date() - day0).days)


def _coverage(covered: Covered) -> dict[str, Json]:
    return {"checked": covered.checked, "of": covered.of, "gaps": [_flat(gap) for gap in covered.gaps]}


def _fix(one: Heavy, load: score.Load) -> dict[str, Json]:
    exploited = bool(one.minus_exploited)
    return {
        "finding": one.finding,
        "team": one.team,
        "severity": one.severity,
        "due": iso(one.due),
        "delta": score.delta_tenths(load, -one.minus_weight, exploited),
    }


def _forecast(tallied: Tally, view: View, rates: Rates) -> dict[str, Json]:
    """Per severity; empty for a target: what is fixed in it when is its teams' doing."""
    if view.kind == "target":
        return {}
    found: dict[str, Json] = {}
    for severity in forecast.SEVERITIES:
        parts = [(rates[team, severity], left) for team, left in tallied.left(view, severity).items()]
        found[str(severity)] = _flat(forecast.forecast(parts))
    return found


def _flat(one: Any) -> dict[str, Json]:
    """A dataclass as a dict. Not `asdict`, which copies deeply: a bad day has thousands of gaps in each view."""
    return {part.name: getattr(one, part.name) for part in fields(one)}


def _concerns(one: Happening, targets: Sequence[str]) -> bool:
    return one.what == "new control" or one.name in targets
