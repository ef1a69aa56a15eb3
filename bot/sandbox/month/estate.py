"""What is truly wrong in the company, whoever knows of it: flaws come, go, and come back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from bot.sandbox.month.organisation import Account, Habits, Organisation, Rule
from scanners.model import Resource

FALL_BACK = 0.01  # of what was fixed in the last days, a day
EXPLOITED_DAY = 16
Flaw = tuple[str, str]  # control, ARN


@dataclass
class Estate:
    """The flaws that are there; `fixed` those that were, by the day on which they went."""

    organisation: Organisation
    flaws: set[Flaw] = field(default_factory=set)
    fixed: dict[Flaw, int] = field(default_factory=dict)
    exploited: set[Flaw] = field(default_factory=set)
    rules: tuple[Rule, ...] = ()

    def begin(self, random: Random) -> None:
        """Day 0: years of neglect."""
        self.rules = self.organisation.rules
        for account in self.organisation.accounts:
            for rule in (*self.rules, *self.organisation.later):
                for thing in of_rule(account, rule):
                    if random.random() < self.organisation.flawed:
                        self.flaws.add((rule.control, thing.arn))

    def dawn(self, day: int, random: Random) -> None:
        """What a night brings: new flaws, old ones that are back, a rule that is new."""
        if day == self.organisation.later_day:
            self.rules = (*self.rules, *self.organisation.later)
        for account in self.organisation.accounts:
            if random.random() < self._habits(account).breaks:
                rule = random.choice(self.rules)
                things = list(of_rule(account, rule))
                self.flaws.add((rule.control, random.choice(things).arn))
        for flaw in sorted(flaw for flaw, gone in self.fixed.items() if gone >= day - 8):
            if random.random() < FALL_BACK:
                self.flaws.add(flaw)
                del self.fixed[flaw]
        if day == EXPLOITED_DAY:
            known = sorted(flaw for flaw in self.flaws if flaw[0] == "ec2.imdsv2")
            self.exploited |= set(random.sample(known, min(2, len(known))))

    def fix(self, flaw: Flaw, day: int) -> None:
        """It is truly gone."""
        self.flaws.discard(flaw)
        self.fixed[flaw] = day

    def _habits(self, account: Account) -> Habits:
        owner = account.target.owner
        return next(crew.habits for crew in self.organisation.crews if crew.name == owner)


def of_rule(account: Account, rule: Rule) -> Iterator[Resource]:
    """The resources of an account that a rule speaks of."""
    return (thing for thing in account.resources if thing.type == rule.resource_type)
