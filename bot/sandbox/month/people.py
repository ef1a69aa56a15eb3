"""What the people of a team do on a working day: fix, claim (sometimes falsely), decide, or leave it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp
from random import Random

from bot.sandbox.month.organisation import Crew, Organisation
from storage import lifecycle
from storage.decisions import Rule
from storage.model import Disposition, Event, Finding, FindingView, State
from storage.rules import ACCEPTANCE_CAP, SECURITY_APPROVES, SNOOZE_DAYS_MEMBER

REASON = "Only reachable from the office network, and replaced next quarter."
OPEN = (State.OPEN, State.REGRESSED)
HIDDEN = (State.RISK_ACCEPTED, State.FALSE_POSITIVE, State.SNOOZED, State.FIX_CLAIMED)


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a person does. `rule` is None where they fix without a word; `fixed` where it is truly gone.

    `claim` acts are followed by a check of the resource.
    """

    at: datetime
    actor: str
    finding: Finding
    rule: Rule | None
    fixed: bool = False
    claim: bool = False


def working_day(
    organisation: Organisation, crew: Crew, open_findings: Sequence[FindingView], morning: datetime, random: Random
) -> list[Act]:  # fmt: skip
    """What the crew does from 09:00 on, in the order of time; nothing at the weekend."""
    if morning.weekday() >= 5:
        return []
    hours = Hours(morning + timedelta(hours=9), random)
    acts = list(_answers(organisation, crew, open_findings, hours, random))
    acts += _glances(crew, open_findings, hours, random)
    acts += _fixes(crew, open_findings, hours, random)
    return sorted(acts, key=lambda act: act.at)


@dataclass
class Hours:
    """Instants between nine and five, no two alike."""

    start: datetime
    random: Random

    def some(self) -> datetime:
        """Some instant of the working day."""
        return self.start + timedelta(
            seconds=self.random.randint(0, 8 * 3600), milliseconds=self.random.randint(0, 999)
        )


def _answers(
    organisation: Organisation, crew: Crew, views: Sequence[FindingView], hours: Hours, random: Random
) -> Iterator[Act]:
    """Requests of the days before are answered: by security for the worst, else by the lead."""
    for view in views:
        finding = view.finding
        if finding.request and random.random() < 0.6:
            worst = finding.severity in SECURITY_APPROVES or finding.request_by == crew.lead
            rule = lifecycle.approve if random.random() < 0.75 else _reject
            yield Act(hours.some(), organisation.security if worst else crew.lead, finding, rule)


def _reject(finding: Finding, actor: str, now: datetime) -> Event:
    return lifecycle.reject(finding, actor, now, "Please fix it instead.")


def _glances(crew: Crew, views: Sequence[FindingView], hours: Hours, random: Random) -> Iterator[Act]:
    """Somebody reads the channel and says something of a few findings."""
    habits = crew.habits
    unread = [view.finding for view in views if view.state in OPEN and not view.finding.request]
    for finding in random.sample(unread, min(len(unread), 6)):
        actor, luck = random.choice(crew.members), random.random()
        for chance, rule in (
            (habits.acknowledges, lifecycle.acknowledge),
            (habits.snoozes, _snooze(random.randint(1, SNOOZE_DAYS_MEMBER))),
            (habits.asks, _ask(random)),
            (0.05, _note),
        ):
            if luck < chance:
                yield Act(hours.some(), actor, finding, rule)
                break
            luck -= chance


def _snooze(days: int) -> Rule:
    return lambda finding, actor, now: lifecycle.snooze(finding, actor, now, days, SNOOZE_DAYS_MEMBER)


def _note(finding: Finding, actor: str, now: datetime) -> Event:
    return lifecycle.note(finding, actor, now, "We look at this next week.")


def _ask(random: Random) -> Rule:
    what = Disposition.RISK_ACCEPTED if random.random() < 0.6 else Disposition.FALSE_POSITIVE
    share = random.uniform(0.2, 0.9)

    def ask(finding: Finding, actor: str, now: datetime) -> Event:
        until = now + ACCEPTANCE_CAP[finding.severity] * share
        return lifecycle.request(
            finding, actor, now, what, REASON, until if what is Disposition.RISK_ACCEPTED else None
        )

    return ask


def _fixes(crew: Crew, views: Sequence[FindingView], hours: Hours, random: Random) -> Iterator[Act]:
    """Work is done: worst first, more or less, and now and then a whole control of an account at once."""
    habits = crew.habits
    todo = [view.finding for view in views if view.state not in HIDDEN]
    todo.sort(key=lambda finding: (finding.severity.rank + random.uniform(0, 2.5), finding.id))
    done: set[str] = set()
    for finding in todo[: _poisson(habits.fixes, random)]:
        alike = [f for f in todo if (f.control, f.target) == (finding.control, finding.target)]
        batch = alike[:8] if random.random() < habits.bulk else [finding]
        for one in batch:
            if one.id not in done:
                done.add(one.id)
                yield from _fix(crew, one, hours, random)


def _fix(crew: Crew, finding: Finding, hours: Hours, random: Random) -> Iterator[Act]:
    actor, at = random.choice(crew.members), hours.some()
    if random.random() < 0.3:
        yield Act(at, actor, finding, lifecycle.start)
        at += timedelta(minutes=random.randint(5, 50))
    fixed = random.random() >= crew.habits.false_claims
    silent = fixed and random.random() < crew.habits.silent
    claim: Callable[..., Event] = lifecycle.claim
    yield Act(at, actor, finding, None if silent else claim, fixed=fixed, claim=not silent)


def _poisson(mean: float, random: Random) -> int:
    limit, count, product = exp(-mean), 0, random.random()
    while product > limit:
        count, product = count + 1, product * random.random()
    return count
