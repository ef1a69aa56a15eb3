"""One scan of one AWS account or of many: identity, regions, datasets once, controls judged, coverage for all."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scanners.aws.accounts import Account, accounts_of, entered
from scanners.aws.api import CallFailed
from scanners.aws.clients import make_session
from scanners.aws.collector import Collector
from scanners.aws.failures import Stopped
from scanners.aws.gather import Wanted, read_account, unread
from scanners.aws.limiter import Limiter
from scanners.aws.meter import Meter, Progress
from scanners.aws.options import Options, options_of
from scanners.aws.paths import settled
from scanners.aws.pool import Pool
from scanners.controls.model import Control
from scanners.dataset import Gap
from scanners.engine import judge
from scanners.errors import CollectError, CredentialError, UsageError
from scanners.model import Coverage, CoverageStatus, Scan, ScanStats, Target, Verdict

WORKERS = 16
ACCOUNTS_AT_ONCE = 4
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d\Z")


@dataclass(frozen=True, slots=True)
class _Part:
    """One account's share of a scan. `identity` is "" where the account was not entered, `only` what was looked at."""

    identity: str
    verdicts: tuple[Verdict, ...]
    coverage: tuple[Coverage, ...]
    only: str = ""


@dataclass(frozen=True, slots=True)
class _Run:
    """What all accounts of one scan share."""

    target: Target
    options: Options
    wanted: Wanted
    pool: Pool
    limiter: Limiter
    meter: Meter

    def collector(self, session: Any, account: str = "") -> Collector:
        """The collector of one account."""
        return Collector(
            session, self.target.regions, pool=self.pool, limiter=self.limiter, meter=self.meter, account=account
        )  # fmt: skip


def scan_aws(
    target: Target,
    controls: Sequence[Control],
    *,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    only_resource: str = "",
    trigger: str = "command",
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
    session: Any = None,
) -> Scan:
    """Scan with ambient credentials (or `session`). A targeted check names one ARN in `only_resource`.

    `target.settings` are read by `options_of`. Raises CredentialError or CollectError where not even the account (or
    the list of the organisation's accounts) can be learnt; everything after that becomes UNKNOWN verdicts and coverage.
    """
    started = clock()
    cancel = cancel or threading.Event()
    for region in target.regions:
        if not _REGION.match(region):
            raise UsageError(f"{region!r} is no AWS region. Write it like eu-west-1.")
    options = options_of(target)
    meter = Meter(cancel, progress, options.max_calls)
    limiter = Limiter(wait=cancel.wait, most=options.calls_per_second)
    with Pool(WORKERS) as pool:
        run = _Run(target, options, Wanted(tuple(controls), started, only_resource), pool, limiter, meter)
        own, parts = _parts(run, session or make_session())
    finished = clock()
    entered_accounts = [part.identity for part in parts if part.identity]
    verdicts = tuple(verdict for part in parts for verdict in part.verdicts)
    return Scan(
        id=new_id(),
        target=target.name,
        kind="aws",
        identity=entered_accounts[0] if entered_accounts else own,
        others=tuple(entered_accounts[1:]),
        started=started,
        finished=finished,
        verdicts=verdicts,
        coverage=tuple(cover for part in parts for cover in part.coverage),
        stats=ScanStats(
            meter.calls,
            round((finished - started).total_seconds(), 3),
            len({verdict.resource.arn for verdict in verdicts}),
            accounts=len(parts),
            most_calls=options.max_calls,
            throttled=limiter.refused,
        ),
        versions={control.id: control.version for control in controls},
        trigger=trigger,
        only_resource=next((part.only for part in parts if part.only), only_resource),
        cancelled=meter.stopped,
    )


def _parts(run: _Run, session: Any) -> tuple[str, list[_Part]]:
    """Our own identity, and every account's share."""
    base = run.collector(session)
    try:
        base.account, partition = identity_of(base)
        accounts = accounts_of(base, partition, run.options)
        if not accounts:
            raise UsageError(
                "No account is left to scan: `accounts` and `skip_accounts` rule all of them out."
            )
        run.meter.accounts(len(accounts))
        parts = run.pool.map(lambda account: _part(run, base, account), accounts, most=ACCOUNTS_AT_ONCE)
        return f"aws/{base.account}", parts
    except Stopped as stopped:
        raise CollectError(f"Nothing was read: {stopped}.") from stopped
    finally:
        base.close()


def _part(run: _Run, base: Collector, account: Account) -> _Part:
    """Never raises for what one account does: the others are still scanned."""
    try:
        return _seen(run, base, account)
    except CallFailed as failure:
        if not run.options.many:
            raise _told(failure, account) from failure
        return _unseen(run, base, account, failure.gap)
    except Stopped as stopped:
        return _unseen(run, base, account, stopped.gap)
    except (CredentialError, CollectError) as error:
        if not run.options.many:
            raise
        return _unseen(run, base, account, Gap(CoverageStatus.ERROR, f"the account {account.label}: {error}"))
    finally:
        run.meter.account_done()


def _seen(run: _Run, base: Collector, account: Account) -> _Part:
    run.meter.check()
    if account.gap is not None:
        raise CallFailed(account.gap, "")
    if not account.role:
        return _read(run, base)
    there = run.collector(entered(base, account, run.options.external_id, run.target.name), account.id)
    try:
        found, _partition = identity_of(there)
        if found != account.id:
            raise CallFailed(
                Gap(CoverageStatus.ERROR, f"{account.role} leads to the account {found}, not to {account.label}"), ""
            )  # fmt: skip
        return _read(run, there)
    finally:
        there.close()


def _read(run: _Run, collector: Collector) -> _Part:
    wanted = settled(collector, run.wanted)
    listings = read_account(collector, wanted, run.pool, run.meter)
    verdicts, coverage = judge(wanted.controls, listings, wanted.only)
    return _Part(f"aws/{collector.account}", verdicts, coverage, wanted.only)


def _unseen(run: _Run, base: Collector, account: Account, gap: Gap) -> _Part:
    """Coverage says what was not looked at; an account that is merely closed needs no verdicts beside it."""
    closed = gap.status is CoverageStatus.SKIPPED
    regions = () if closed else _known_regions(base, run.wanted)
    verdicts, coverage = judge(run.wanted.controls, unread(account.id, regions, run.wanted, gap))
    return _Part("", () if closed else verdicts, coverage)


def _known_regions(base: Collector, wanted: Wanted) -> tuple[str, ...]:
    """Those that would have been read; our own account's where none are named."""
    try:
        return base.regions if wanted.regional else ()
    except (CallFailed, Stopped):
        return ()


def _told(failure: CallFailed, account: Account) -> CollectError | CredentialError:
    """The one account there is could not even be begun with."""
    if account.role and account.role in failure.gap.reason:
        return CredentialError(f"AWS: {failure.gap.reason}")
    return CollectError(
        f"The list of regions could not be read: {failure.gap.reason}. Name them with --regions, or with"
        " `regions` of the target in patrol.toml."
    )


def identity_of(collector: Collector) -> tuple[str, str]:
    """Account and partition ("aws", "aws-cn", ...) as AWS says them."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

    try:
        answer = collector.caller()
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise CredentialError(
            "AWS: no credentials were found. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from error
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise CredentialError(
            f"AWS refused the credentials ({code}). Log in again (`aws sso login`) or renew the keys."
        ) from error
    except BotoCoreError as error:
        text = " ".join(str(error).split())[:300]
        raise CollectError(
            f"AWS can't be reached: {text}. Check the network, the region and AWS_ENDPOINT_URL."
        ) from error
    except Stopped:
        raise
    except Exception as error:
        raise CollectError(f"AWS gave an answer that can't be read: {error}. Try again.") from error
    account = str(answer.get("Account", ""))
    if not re.fullmatch(r"\d{12}", account):
        raise CollectError("AWS did not say which account this is. Nothing was scanned; try again.")
    return account, str(answer.get("Arn", "::")).split(":")[1] or "aws"
