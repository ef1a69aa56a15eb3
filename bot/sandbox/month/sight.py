"""What scans see of the estate, on good days and on bad ones: refused, out of order, stopped, late."""

from datetime import datetime, timedelta
from random import Random

from bot.sandbox.month.estate import Estate, of_rule
from bot.sandbox.month.organisation import Account, Rule
from scanners.model import (
    Coverage,
    CoverageStatus,
    Remediation,
    Resource,
    Scan,
    ScanStats,
    Status,
    Verdict,
)

TAKES = timedelta(seconds=40)
WELL, SILENT, BROKEN, STOPPED, LATE = "well", "silent", "broken", "stopped", "late"
_FAULTS = ((0.010, BROKEN), (0.006, STOPPED), (0.008, LATE))
OUTAGE_DAYS = 3
_FIX = Remediation(
    why="It is open to more people than it should be.",
    cli="aws help",
    terraform="# see the module of the resource",
    console="Open the resource in the console and change the setting that is named above.",
    undo="Set the former value again.",
    effort="10 minutes, no downtime",
)


def weather(account: Account, day: int, seed: int) -> str:
    """How a scan of an account goes on a day: well, not at all, with errors, stopped half-way, or told a day late."""
    name = account.target.name
    outage = Random(f"outage {seed} {name}")  # noqa: S311
    if outage.random() < 0.08 and 0 <= day - outage.randint(5, 22) < OUTAGE_DAYS:
        return SILENT
    if day == 0:
        return WELL
    luck = Random(f"weather {seed} {name} {day}").random()  # noqa: S311
    for chance, fault in _FAULTS:
        if luck < chance:
            return fault
        luck -= chance
    return WELL


def denied(account: Account, rule: Rule, day: int, seed: int) -> bool:
    """True where a permission is refused there; most are granted after a while."""
    luck = Random(f"denied {seed} {account.target.name} {rule.control}")  # noqa: S311
    return luck.random() < 0.02 and day < luck.randint(4, 45)


def full_scan(estate: Estate, account: Account, day: int, at: datetime, fault: str, seed: int) -> Scan:
    """One full scan of an account."""
    verdicts: list[Verdict] = []
    coverage: list[Coverage] = []
    for rule in estate.rules:
        status, reason, missing = CoverageStatus.COMPLETE, "", ""
        if fault == BROKEN:
            status, reason = CoverageStatus.ERROR, "the service did not answer in time"
        elif denied(account, rule, day, seed):
            status, reason = CoverageStatus.DENIED, "a permission was refused"
            missing = f"{rule.control.split('.')[0]}:Describe*"
        coverage.append(Coverage(rule.control, account.scope, status, reason, missing))
        if status is CoverageStatus.COMPLETE:
            verdicts += [_verdict(estate, account, rule, thing) for thing in of_rule(account, rule)]
    return _scan(
        account, f"{account.target.name}-{day}", at, verdicts, coverage, estate, stopped=fault == STOPPED
    )


def targeted_check(
    estate: Estate, account: Account, control: str, arn: str, at: datetime, number: int
) -> Scan:
    """The check of one resource after a claim."""
    rule = next(rule for rule in estate.rules if rule.control == control)
    (thing,) = [thing for thing in account.resources if thing.arn == arn]
    coverage = [Coverage(control, account.scope, CoverageStatus.COMPLETE)]
    verdicts = [_verdict(estate, account, rule, thing)]
    return _scan(account, f"check-{number}", at, verdicts, coverage, estate, only=arn)


def _verdict(estate: Estate, account: Account, rule: Rule, thing: Resource) -> Verdict:
    flaw = (rule.control, thing.arn)
    bad = flaw in estate.flaws
    return Verdict(
        rule.control, account.scope, thing, Status.FAIL if bad else Status.PASS, rule.severity,
        evidence={"wrong": bad}, remediation=_FIX if bad else None, exploited=bad and flaw in estate.exploited,
    )  # fmt: skip


def _scan(
    account: Account, name: str, at: datetime, verdicts: list[Verdict], coverage: list[Coverage], estate: Estate,
    *, only: str = "", stopped: bool = False,
) -> Scan:  # fmt: skip
    return Scan(
        id=f"month-{name}",
        target=account.target.name,
        kind="aws",
        identity=account.identity,
        started=at,
        finished=at + TAKES,
        verdicts=tuple(verdicts),
        coverage=tuple(coverage),
        stats=ScanStats(10 + len(verdicts), TAKES.total_seconds(), len(verdicts)),
        versions={rule.control: "1" for rule in estate.rules},
        trigger="claim" if only else "schedule",
        only_resource=only,
        cancelled=stopped,
    )
