"""What a collector hands to the engine: records of resources, and the gaps in what was seen.

A field that could not be read is left out of `fields` and named in `gaps`, never filled with a guess:
CEL then evaluates three-valued (an error is absorbed where the other side of `||` or `&&` decides), so a
control stays conclusive exactly where the missing value could not have changed the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scanners.model import CoverageStatus, Json, Resource


@dataclass(frozen=True, slots=True)
class Gap:
    """Why something could not be seen.

    `status` is DENIED (a permission was refused), ERROR (fault, throttled out, broken answer) or PARTIAL
    (a list that ended early). `missing_permission` is the IAM action ("s3:GetBucketPolicy") when DENIED.
    """

    status: CoverageStatus
    reason: str
    missing_permission: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One resource as collected. Every field of the dataset's schema is in `fields` or in `gaps`.

    `fields` are JSON values ready for predicates; null means "the service says there is none". `as_of` is set
    where the service told of an earlier moment than the scan's (a report that is made every few hours).
    """

    resource: Resource
    fields: Mapping[str, Json]
    gaps: Mapping[str, Gap] = field(default_factory=dict)
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """All resources of one dataset in one scope ("aws/<account>/<region or global>").

    `gap` is set where the list itself is not whole; then `records` holds what was seen, and nothing may
    be concluded from an absence. `as_of` is set where the list is of an earlier moment than the scan.
    """

    dataset: str
    scope: str
    records: tuple[Record, ...]
    gap: Gap | None = None
    as_of: datetime | None = None
