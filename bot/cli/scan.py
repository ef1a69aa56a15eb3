"""`patrol scan aws` needs no Slack and no configuration; `patrol scan NAME` records what it sees."""

import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from bot.cli.invocation import Invocation, parse
from bot.cli.progress import ProgressLine
from bot.cli.scan_options import FLAGS, VALUES, ad_hoc_target, ceilings, listed, refuse_ad_hoc
from bot.scanning import make_scanner
from bot.times import now_utc
from commands.people import Organisation, Person
from scanners.errors import UsageError
from scanners.model import CoverageStatus, Scan, Status, Target
from scanners.stop import StopSignal

if TYPE_CHECKING:
    from commands.reply import ScanDone

HELP = """
patrol scan aws [--regions A,B] [--controls ID,...] [--store FILE]
patrol scan aws --role ARN [--external-id X]
patrol scan aws --organization --role-name R [--external-id X] [--accounts ID,...] [--skip-accounts ID,...]
patrol scan [NAME] [--controls ID,...]
patrol scan stop [NAME]

The first form scans the AWS account of your credentials (AWS_PROFILE, keys, SSO, a role) and needs
nothing else. All enabled regions, unless you name some. With --store FILE what it sees is recorded.
The second assumes a role and scans its account. The third lists the organisation's accounts with your
credentials and assumes the role of that name in each; --accounts without --organization lists nothing.
The fourth scans a [[target]] of patrol.toml and records it; the last ends one that runs, here or in the bot.

--controls takes ids and wildcards: --controls 's3.*',iam.root_mfa
--max-calls N          API calls at most: the scan then stops, and says what it left out
--calls-per-second N   at most, for each account, service and region

--format table|json   JSON is one document, patrol.scan/1, whatever the number of accounts
Exit codes: 0 nothing failed and all was checked, 1 findings, 2 something could not be checked,
3 a scan of that target is under way, 64 usage
"""
AD_HOC = "aws"
STOP = "stop"


@dataclass(frozen=True, slots=True)
class _Plan:
    target: Target
    organisation: Organisation
    store: Path | None
    person: Person


def run(words: Sequence[str]) -> int:
    """Scan; returns the exit code."""
    if words and words[0] == STOP:
        return _stop(words)
    invocation = parse(words, own=VALUES, flags=FLAGS)
    if len(invocation.words) > 1:
        raise UsageError(f"{invocation.words[1][:60]!r} is one word too many. Usage:{HELP.split(chr(10))[1]}")
    plan = _plan(invocation)
    controls = _controls(invocation)
    cancel = StopSignal()
    progress = ProgressLine(sys.stderr, plan.target.name)
    before = signal.signal(signal.SIGINT, _stopper(cancel))
    try:
        scan, done = _scan(plan, controls, progress, cancel)
    finally:
        progress.end()
        signal.signal(signal.SIGINT, before)
    _print(invocation, scan, done)
    return exit_code(scan)


def _plan(invocation: Invocation) -> _Plan:
    name = invocation.words[0] if invocation.words else ""
    ad_hoc = name == AD_HOC
    if ad_hoc and not invocation.config and not invocation.environ.get("PATROL_CONFIG"):
        kept = invocation.store or _path(invocation.environ.get("PATROL_STORE", ""))
        target = ad_hoc_target(invocation, AD_HOC)
        return _Plan(target, Organisation(targets=(target,)), kept, Person("os:scan", operator=True))
    return _configured(invocation, name)


def _configured(invocation: Invocation, name: str) -> _Plan:
    from bot.cli.person import acting_person
    from commands.model import Arguments
    from commands.people import Role
    from commands.scan import named_target

    settings = invocation.settings()
    person = acting_person(settings, invocation.environ, invocation.acting_as)
    organisation = settings.organisation
    if name == AD_HOC and organisation.target(AD_HOC) is None:
        kept = invocation.store or _path(invocation.environ.get("PATROL_STORE", ""))
        return _Plan(ad_hoc_target(invocation, AD_HOC), organisation, kept, person)
    refuse_ad_hoc(invocation)
    seen = organisation.seen_by(organisation.visible(person))
    target = named_target(seen, Arguments(words=invocation.words))
    seen.require_somewhere(person, Role.MEMBER, "start a scan")
    target = replace(target, settings={**target.settings, **ceilings(invocation)})
    return _Plan(target, organisation, settings.store, person)


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _controls(invocation: Invocation) -> tuple[str, ...]:
    wanted = listed(invocation, "controls")
    if wanted:
        from scanners.controls import load_controls

        load_controls(wanted)  # an unknown id is told before anything is asked of AWS
    return wanted


def _scan(
    plan: _Plan, controls: tuple[str, ...], progress: ProgressLine, cancel: StopSignal
) -> tuple[Scan, "ScanDone | None"]:
    scanner = make_scanner(now_utc)
    if plan.store is None:
        return scanner(plan.target, controls, progress=progress.show, cancel=cancel), None
    from bot.cli.held import Held
    from commands.model import Context
    from commands.scan import scan_now
    from storage.store import Store

    store = Store(plan.store)
    try:
        context = Context(store, plan.organisation, plan.person, now_utc, scanner, "terminal")
        with Held(context, plan.target, cancel) as held:

            def show(what: str, done: int, of: int) -> None:
                held.progress(what, done, of)
                progress.show(what, done, of)

            scan, recorded = scan_now(context, plan.target, controls, progress=show, cancel=cancel)
            held.scan = scan.id
        return scan, recorded
    finally:
        store.close()


def _print(invocation: Invocation, scan: Scan, done: "ScanDone | None") -> None:
    if invocation.format == "json":
        from bot.messages.documents import scan_document

        print(json.dumps(scan_document(scan), indent=2))
        return
    from bot.messages.terminal_scan import scan_text

    print(scan_text(scan, colour=invocation.colour))
    if done is not None:
        from bot.messages.scanned import changes, held

        print(f"Recorded: {changes(done)}")
        for hold in done.held:
            print(held(hold).replace("*", ""))


def exit_code(scan: Scan) -> int:
    """2 where anything could not be checked, else 1 where anything failed."""
    if scan.cancelled or any(cover.status is not CoverageStatus.COMPLETE for cover in scan.coverage):
        return 2
    if any(verdict.status is Status.UNKNOWN for verdict in scan.verdicts):
        return 2
    return int(any(verdict.status is Status.FAIL for verdict in scan.verdicts))


def _stop(words: Sequence[str]) -> int:
    from bot.cli.chat import run_chat
    from bot.cli.invocation import take_common

    plain, common = take_common(words)
    return run_chat(["scan", *plain], common)


def _stopper(cancel: StopSignal):  # type: ignore[no-untyped-def]
    def stop(_number: int, _frame: FrameType | None) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt
        cancel.stop("stopped by Ctrl-C")
        print("\nStopping; what was read so far is kept. Ctrl-C again ends at once.", file=sys.stderr)

    return stop
