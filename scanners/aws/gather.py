"""What the selected controls need of one account, read once: datasets by scope, gaps included."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scanners.aws.api import Api, CallFailed, Dataset
from scanners.aws.collector import Collector
from scanners.aws.datasets import DATASETS
from scanners.aws.failures import Stopped
from scanners.aws.meter import Meter
from scanners.aws.pool import Pool
from scanners.controls.model import Control
from scanners.dataset import Gap, Listing
from scanners.model import CoverageStatus

Listings = dict[str, list[Listing]]
_FIELD = re.compile(r"\bresource\.([A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a scan is to read. `only` is the ARN of a targeted check, "" for everything; `now` is its instant."""

    controls: tuple[Control, ...]
    now: datetime
    only: str = ""

    @property
    def regional(self) -> bool:
        """True where some dataset is read by region."""
        return any(DATASETS[name].place == "regional" for name in wanted_fields(self.controls))


def read_account(collector: Collector, wanted: Wanted, pool: Pool, meter: Meter) -> Listings:
    """Every dataset that the controls need, in each of its scopes. Raises CallFailed where no region is known."""
    fields = wanted_fields(wanted.controls)
    primary = {control.dataset for control in wanted.controls}
    places = _regions(collector, wanted) if wanted.regional else ()
    tasks = [
        (DATASETS[name], Api(collector, name, collector.account, region, wanted.now, frozenset(names)))
        for name, names in fields.items()
        for region in (places if DATASETS[name].place == "regional" else ("",))
        if not wanted.only or name not in primary or _in_place(DATASETS[name], region, wanted.only)
    ]
    tasks.sort(key=lambda task: task[0].place)  # the whole account's lists are the long ones: they go first
    meter.lists(len(tasks))

    def read(task: tuple[Dataset, Api]) -> Listing:
        dataset, api = task
        meter.reading(f"{dataset.name} in {api.region}" if api.region else dataset.name)
        listing = _fetch(dataset, api, wanted.only if dataset.name in primary else "", meter)
        meter.list_done()
        return listing

    listings: Listings = {name: [] for name in fields}
    for listing in pool.map(read, tasks):
        listings[listing.dataset].append(listing)
    return {name: sorted(found, key=lambda listing: listing.scope) for name, found in listings.items()}


def unread(account: str, regions: Sequence[str], wanted: Wanted, gap: Gap) -> Listings:
    """The same for an account that was not entered: the gap in every scope that would have been read."""
    return {
        name: [
            Listing(name, f"aws/{account}/{place}", (), gap)
            for place in (regions if regions and DATASETS[name].place == "regional" else ("global",))
        ]
        for name in wanted_fields(wanted.controls)
    }


def _regions(collector: Collector, wanted: Wanted) -> tuple[str, ...]:
    """A targeted check of a regional resource need not ask which regions there are."""
    named = _place(wanted.only)
    return (named,) if named and not collector.named_regions else collector.regions


def _fetch(dataset: Dataset, api: Api, only: str, meter: Meter) -> Listing:
    try:
        meter.check()
        if only and dataset.fetch_one:
            return dataset.fetch_one(api, only)
        return dataset.fetch(api)
    except CallFailed as failure:
        return api.listing([], failure.gap)
    except Stopped as stopped:
        return api.listing([], stopped.gap)
    except Exception as error:
        # An answer of a shape nobody foresaw must cost this dataset, never the scan, and never a verdict.
        reason = f"{dataset.name}: the answer can't be understood ({type(error).__name__}: {error})"
        return api.listing([], Gap(CoverageStatus.ERROR, reason[:300]))


def _in_place(dataset: Dataset, region: str, arn: str) -> bool:
    """A targeted check looks only in the region its ARN names; an account-level ARN names none."""
    place = _place(arn)
    return dataset.place == "global" or not place or place == region


def _place(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[3] if len(parts) > 3 else ""


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
