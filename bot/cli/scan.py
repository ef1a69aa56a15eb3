"""`patrol scan aws` needs no Slack and no configuration; `patrol scan NAME` records what it sees."""

import json
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from bot.cli.invocation import Invocation, parse
from bot.cli.progress import ProgressLine
from bot.scanning import make_scanner
from bot.times import now_utc
from commands.people import Organisation, Person
from scanners.errors import UsageError
from scanners.model import CoverageStatus, Scan, Status, Target

if TYPE_CHECKING:
    from commands.reply import ScanDone

HELP = """
patrol scan aws [--regions A,B] [--controls ID,...] [--store FILE]
patrol scan [NAME] [--controls ID,...]

The first form scans the AWS account of your credentials (AWS_PROFILE, keys, SSO, a role) and needs
nothing else. All enabled regions, unless you name some. With --store FILE what it sees is recorded.
The second form scans a [[target]] of patrol.toml and records it.
--controls takes ids and wildcards: --controls 's3.*',iam.root_mfa

--format table|json   JSON is one document, patrol.scan/1
Exit codes: 0 nothing failed and all was checked, 1 findings, 2 something could not be checked, 64 usage
"""
AD_HOC = "aws"


@dataclass(frozen=True, slots=True)
class _Plan:
    target: Target
    organisation: Organisation
    store: Path | None
    person: Person


def run(words: Sequence[str]) -> int:
    """Scan; returns the exit code."""
    invocation = parse(words, own=("regions", "controls"))
    if len(invocation.words) > 1:
        raise UsageError(f"{invocation.words[1][:60]!r} is one word too many. Usage:{HELP.split(chr(10))[1]}")
    plan = _plan(invocation)
    controls = _controls(invocation)
    cancel = threading.Event()
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
        target = Target(AD_HOC, "aws", regions=_regions(invocation))
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
        return _Plan(Target(AD_HOC, "aws", regions=_regions(invocation)), organisation, kept, person)
    if "regions" in invocation.options:
        raise UsageError("--regions is for `scan aws`; the regions of a target are set in patrol.toml.")
    seen = organisation.seen_by(organisation.visible(person))
    target = named_target(seen, Arguments(words=invocation.words))
    seen.require_somewhere(person, Role.MEMBER, "start a scan")
    return _Plan(target, organisation, settings.store, person)


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _regions(invocation: Invocation) -> tuple[str, ...]:
    return _list(invocation, "regions", "eu-west-1,us-east-1")


def _controls(invocation: Invocation) -> tuple[str, ...]:
    wanted = _list(invocation, "controls", "s3.public,iam.*")
    if wanted:
        from scanners.controls import load_controls

        load_controls(wanted)  # an unknown id is told before anything is asked of AWS
    return wanted


def _list(invocation: Invocation, name: str, example: str) -> tuple[str, ...]:
    if name not in invocation.options:
        return ()
    found = tuple(dict.fromkeys(part.strip() for part in invocation.options[name].split(",") if part.strip()))
    if not found:
        raise UsageError(f"--{name} is empty. Write it like --{name} {example}, or leave it out.")
    return found


def _scan(
    plan: _Plan, controls: tuple[str, ...], progress: ProgressLine, cancel: threading.Event
) -> tuple[Scan, "ScanDone | None"]:
    scanner = make_scanner(now_utc)
    if plan.store is None:
        return scanner(plan.target, controls, progress=progress.show, cancel=cancel), None
    from commands.model import Context
    from commands.scan import scan_now
    from storage.store import Store

    store = Store(plan.store)
    try:
        context = Context(store, plan.organisation, plan.person, now_utc, scanner, "terminal")
        return scan_now(context, plan.target, controls, progress=progress.show, cancel=cancel)
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


def _stopper(cancel: threading.Event):  # type: ignore[no-untyped-def]
    def stop(_number: int, _frame: FrameType | None) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt
        cancel.set()
        print("\nStopping; what was read so far is kept. Ctrl-C again ends at once.", file=sys.stderr)

    return stop
