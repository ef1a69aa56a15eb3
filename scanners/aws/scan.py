"""One scan of one AWS account: identity, regions, datasets once, controls judged, coverage for all."""

import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset
from scanners.aws.collector import Cancelled, Collector, session_or_error
from scanners.aws.datasets import DATASETS
from scanners.controls.model import Control
from scanners.dataset import Gap, Listing
from scanners.engine import judge
from scanners.errors import CollectError, CredentialError, UsageError
from scanners.model import CoverageStatus, Scan, ScanStats, Target

Progress = Callable[[str, int, int], None]
_FIELD = re.compile(r"\bresource\.([A-Za-z_]\w*)")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d\Z")
_STOPPED = Gap(CoverageStatus.SKIPPED, "the scan was stopped before this was read")


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

    Raises CredentialError or CollectError where not even the account can be learnt; everything after that
    becomes UNKNOWN verdicts and coverage.
    """
    started = clock()
    cancel = cancel or threading.Event()
    for region in target.regions:
        if not _REGION.match(region):
            raise UsageError(f"{region!r} is no AWS region. Write it like eu-west-1.")
    collector = Collector(session or session_or_error(), target.regions, cancel=cancel)
    try:
        account = _identity(collector)
        collector.regions = target.regions or _enabled_regions(collector)
        listings = _collect(collector, account, controls, started, only_resource, progress, cancel)
    finally:
        collector.close()
    verdicts, coverage = judge(controls, listings, only_resource)
    finished = clock()
    return Scan(
        id=new_id(),
        target=target.name,
        kind="aws",
        identity=f"aws/{account}",
        started=started,
        finished=finished,
        verdicts=verdicts,
        coverage=coverage,
        stats=ScanStats(
            collector.api_calls,
            round((finished - started).total_seconds(), 3),
            len({verdict.resource.arn for verdict in verdicts}),
        ),
        versions={control.id: control.version for control in controls},
        trigger=trigger,
        only_resource=only_resource,
        cancelled=cancel.is_set(),
    )


def _identity(collector: Collector) -> str:
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

    try:
        answer = collector.client(
            "sts", collector.regions[0] if collector.regions else ""
        ).get_caller_identity()
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
    except Exception as error:
        raise CollectError(f"AWS gave an answer that can't be read: {error}. Try again.") from error
    account = str(answer.get("Account", ""))
    if not re.fullmatch(r"\d{12}", account):
        raise CollectError("AWS did not say which account this is. Nothing was scanned; try again.")
    return account


def _enabled_regions(collector: Collector) -> tuple[str, ...]:
    try:
        answer = collector.call("ec2", "describe_regions", "", {})
    except CallFailed as failure:
        raise CollectError(
            f"The list of regions could not be read: {failure.gap.reason}. Name them with --regions, or with"
            " `regions` of the target in patrol.toml."
        ) from failure
    found = tuple(sorted(region["RegionName"] for region in answer.get("Regions", [])))
    if not found:
        raise CollectError("AWS listed no enabled region. Name them with --regions.")
    return found


def _collect(
    collector: Collector,
    account: str,
    controls: Sequence[Control],
    now: datetime,
    only: str,
    progress: Progress | None,
    cancel: threading.Event,
) -> dict[str, list[Listing]]:
    wanted = wanted_fields(controls)
    primary = {control.dataset for control in controls}
    tasks = [
        (DATASETS[name], Api(collector, name, account, region, now, frozenset(fields)))
        for name, fields in wanted.items()
        for region in (collector.regions if DATASETS[name].place == "regional" else ("",))
        if not only or name not in primary or _in_place(DATASETS[name], region, only)
    ]
    listings: dict[str, list[Listing]] = {name: [] for name in wanted}
    lock = threading.Lock()
    done = 0

    def work(task: tuple[Dataset, Api]) -> None:
        nonlocal done
        dataset, api = task
        listing = _fetch(dataset, api, only if dataset.name in primary else "", cancel)
        with lock:
            listings[dataset.name].append(listing)
            done += 1
            if progress:
                progress(f"{dataset.name} {api.region or 'global'}", done, len(tasks))

    with ThreadPoolExecutor(16, thread_name_prefix="patrol-dataset") as pool:
        list(pool.map(work, tasks))
    for found in listings.values():
        found.sort(key=lambda listing: listing.scope)
    return listings


def _fetch(dataset: Dataset, api: Api, only: str, cancel: threading.Event) -> Listing:
    if cancel.is_set():
        return api.listing([], _STOPPED)
    try:
        if only and dataset.fetch_one:
            return dataset.fetch_one(api, only)
        return dataset.fetch(api)
    except CallFailed as failure:
        return api.listing([], failure.gap)
    except Cancelled:
        return api.listing([], _STOPPED)
    except Exception as error:
        # An answer of a shape nobody foresaw must cost this dataset, never the scan, and never a verdict.
        reason = f"{dataset.name}: the answer can't be understood ({type(error).__name__}: {error})"
        return api.listing([], Gap(CoverageStatus.ERROR, reason[:300]))


def _in_place(dataset: Dataset, region: str, arn: str) -> bool:
    """A targeted check looks only in the region its ARN names; an account-level ARN names none."""
    parts = arn.split(":", 5)
    place = parts[3] if len(parts) > 3 else ""
    return dataset.place == "global" or not place or place == region


def wanted_fields(controls: Sequence[Control]) -> dict[str, set[str]]:
    """Dataset -> the fields that the selected controls read, in predicates, evidence and templates."""
    wanted: dict[str, set[str]] = {}
    for control in controls:
        fields = wanted.setdefault(control.dataset, set())
        for predicate in (control.passes, control.applies):
            if predicate is None:
                continue
            fields |= predicate.resource_fields
            for name, field_name in predicate.context_fields:
                wanted.setdefault(control.context[name], set()).add(field_name)
        fields.update(name.split(".")[0] for name in control.evidence if not name.startswith("ctx."))
        for text in (control.fail_text, *control.remediation.values()):
            fields.update(_FIELD.findall(text))
    return wanted
