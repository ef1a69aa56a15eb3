"""Teams made up for the back-test: quick and slow, steady and in bulk, with easy findings and hard ones."""

from dataclasses import dataclass
from random import Random

from storage.figures.values import Episode
from tests.storage.figures.made import episode

TODAY = 30.0


@dataclass(frozen=True, slots=True)
class Truth:
    """A finding of which the future is known: the day it will be fixed."""

    team: str
    control: str
    target: str
    opened: float
    fixed: float
    name: str


def company(seed: int, teams: int = 6) -> list[Truth]:
    """The highs of one company over sixty days and more."""
    random = Random(seed)  # noqa: S311
    made: list[Truth] = []
    for team in range(teams):
        pace = random.lognormvariate(-3.4, 0.8)  # fixes per finding-day: a median of about 30 days
        bulk = random.choice([0.0, 0.2, 0.6])
        start = [0.0] * random.randint(10, 60)
        days = start + [random.uniform(0, TODAY) for _ in range(random.randint(0, 25))]
        for number, opened in enumerate(days):
            control, target = f"c{random.randint(0, 5)}", f"t{team}{random.randint(0, 3)}"
            ease = random.gammavariate(3, 1 / 3)
            fixed = opened + random.expovariate(pace * max(ease, 0.01))
            made.append(Truth(f"team{team}", control, target, opened, fixed, f"pf1_{seed}_{team}_{number}"))
        made = _in_bulk(made, f"team{team}", bulk, random)
    return made


def _in_bulk(made: list[Truth], team: str, bulk: float, random: Random) -> list[Truth]:
    """Some controls of a target are fixed all at once, with the first of them."""
    together = {(one.control, one.target): random.random() < bulk for one in made if one.team == team}
    firsts: dict[tuple[str, str], float] = {}
    for one in sorted(made, key=lambda one: one.fixed):
        if together.get((one.control, one.target)) and one.team == team:
            firsts.setdefault((one.control, one.target), one.fixed)
    return [
        Truth(one.team, one.control, one.target, one.opened, max(at, one.opened + 0.5), one.name)
        if one.team == team and (at := firsts.get((one.control, one.target))) is not None
        else one
        for one in made
    ]


def known_today(made: list[Truth]) -> list[Episode]:
    """What the ledger knows on day 30."""
    return [
        episode(
            one.name, one.opened, one.fixed if one.fixed <= TODAY else None, team=one.team, control=one.control,
            target=one.target,
        )
        for one in made
        if one.opened <= TODAY
    ]  # fmt: skip
