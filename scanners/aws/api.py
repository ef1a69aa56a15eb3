"""What a dataset may do: call, page, map, reuse. One `Api` per dataset and scope."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeVar

from scanners.dataset import Gap, Listing, Record
from scanners.model import CoverageStatus, Json, Resource

if TYPE_CHECKING:
    from scanners.aws.collector import Collector

T = TypeVar("T")
R = TypeVar("R")
# XML of these services holds its list where it is empty too, so that a missing one is a broken answer.
_LISTS_ALWAYS = frozenset({"ec2", "rds", "elbv2"})


class CallFailed(Exception):
    """A call that gave no usable answer. `code` is AWS's error code, so that "there is none" can be told apart."""

    def __init__(self, gap: Gap, code: str) -> None:
        super().__init__(gap.reason)
        self.gap, self.code = gap, code


def broken(where: str, what: str = "the answer is not whole") -> CallFailed:
    """For an answer that lacks what AWS always sends: nothing is concluded from it. `where`: "rds describe_db_instances"."""
    return CallFailed(Gap(CoverageStatus.ERROR, f"{where}: {what}"), "")


def sent(answer: Mapping[str, Json], name: str, where: str) -> Json:
    """The member `name`, which AWS always sends. Raises CallFailed where it is missing: absence is no answer."""
    if answer.get(name) is None:
        raise broken(where, f"the answer has no {name}")
    return answer[name]


def flag(answer: Mapping[str, Json], name: str, where: str) -> bool:
    """The same for a member that is true or false. Raises CallFailed for anything else."""
    value = sent(answer, name, where)
    if not isinstance(value, bool):
        raise broken(where, f"{name} is neither true nor false")
    return value


@dataclass(frozen=True, slots=True)
class Dataset:
    """Declared data: fetched once per scan and scope, shared by every control that names it.

    `schema` maps each field to its type and meaning. `fetch_one` reads a single resource by ARN for a
    targeted check; without it the whole scope is fetched. `permissions` are the IAM actions that its calls
    need ("s3:GetBucketPolicy"), for the least-privilege policy.
    """

    name: str
    service: str
    place: Literal["global", "regional"]
    schema: Mapping[str, str]
    fetch: Callable[["Api"], Listing]
    fetch_one: Callable[["Api", str], Listing] | None = None
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Api:
    """The collector as one dataset sees it, in one scope. `region` is "" where the dataset is global."""

    collector: "Collector"
    dataset: str
    account: str
    region: str
    now: datetime
    wanted: frozenset[str] = field(default_factory=frozenset)

    @property
    def scope(self) -> str:
        """ "aws/<account>/<region or global>"."""
        return f"aws/{self.account}/{self.region or 'global'}"

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions of this scan."""
        return self.collector.regions

    def wants(self, *fields: str) -> bool:
        """True where a selected control reads one of `fields`: nothing else is fetched."""
        return any(name in self.wanted for name in fields)

    def call(self, service: str, method: str, /, *, region: str = "", **params: Json) -> Mapping[str, Json]:
        """One API call. Raises CallFailed where it was refused, failed, or answered with half a body."""
        return self.collector.call(service, method, region or self.region, params)

    def pages(
        self, service: str, method: str, key: str, /, *, region: str = "", **params: Json
    ) -> tuple[list[Json], Gap | None]:
        """Every item under `key` of every page; the gap says where the list ended early."""
        items: list[Json] = []
        gap: Gap | None = None
        try:
            for page in self.collector.pages(service, method, region or self.region, params):
                always = service in _LISTS_ALWAYS or self.collector.is_json(service)
                if key not in page and always:
                    raise CallFailed(
                        Gap(CoverageStatus.ERROR, f"{service} {method}: the answer has no {key}"), "NoMember"
                    )
                items += page.get(key) or []
        except CallFailed as failure:
            gap = failure.gap
            if items and gap.status is not CoverageStatus.DENIED:
                gap = Gap(CoverageStatus.PARTIAL, f"the list ended early: {gap.reason}")
        return items, gap

    def map(self, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """`work` over `items` on the shared threads, in order."""
        return self.collector.map(work, items)

    def once(self, key: str, make: Callable[[], T]) -> T:
        """`make()` the first time in this scan that `key` is asked for, its value ever after."""
        return self.collector.once(f"{self.scope}:{key}", make)

    def listing(
        self, records: Sequence[Record], gap: Gap | None = None, *, as_of: datetime | None = None
    ) -> Listing:
        """The dataset's answer in this scope; `as_of` where it is of an earlier moment than the scan."""
        return Listing(self.dataset, self.scope, tuple(records), gap, as_of)

    def account_resource(self) -> Resource:
        """The account itself, in this region where the dataset is regional."""
        return Resource("aws.account", f"arn:aws:iam::{self.account}:root", self.account, self.region)


class Reading:
    """Collects the fields of one record, turning each refusal into a gap instead of a guess."""

    def __init__(self) -> None:
        self.fields: dict[str, Json] = {}
        self.gaps: dict[str, Gap] = {}

    def read(self, names: Sequence[str], make: Callable[[], Sequence[Json]]) -> None:
        """Fill `names` from `make()`; a failed call leaves a gap under each of them."""
        try:
            values = make()
        except CallFailed as failure:
            self.gaps.update(dict.fromkeys(names, failure.gap))
            return
        self.fields.update(zip(names, values, strict=True))

    def record(self, resource: Resource) -> Record:
        """The record as read."""
        return Record(resource, self.fields, self.gaps)


def tags_of(listed: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """AWS's list of Key and Value as a mapping."""
    return {str(tag.get("Key", "")): str(tag.get("Value", "")) for tag in listed or ()}
