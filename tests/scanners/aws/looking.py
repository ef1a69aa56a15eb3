"""Scans of one region of the folder's account, for the files that test one service each."""

from datetime import UTC, datetime
from functools import cache

from scanners.aws.scan import scan_aws
from scanners.controls import load_controls
from scanners.model import Scan, Status, Target, Verdict

NOW = datetime(2026, 11, 24, tzinfo=UTC)
_controls = cache(load_controls)


def look(region: str, *controls: str, only: str = "") -> Scan:
    """A scan of `region` for `controls`; `only` is the ARN of a targeted check."""
    target = Target("prod", "aws", "payments", (region,))
    return scan_aws(target, _controls(controls), clock=lambda: NOW, new_id=lambda: "scan", only_resource=only)


def told(scan: Scan, control: str) -> dict[str, str]:
    """Last part of the resource's ARN -> PASS, FAIL or UNKNOWN."""
    return {name_of(v): str(v.status) for v in scan.verdicts if v.control == control and v.locus != "listing"}


def name_of(verdict: Verdict) -> str:
    """What follows the account in the ARN, less its kind: "sg-1", "rds:db-2026-11-01"."""
    return verdict.resource.arn.split(":", 6)[-1].split("/", 1)[-1]


def failing(scan: Scan, control: str) -> Verdict:
    """The one that fails."""
    return next(v for v in scan.verdicts if v.control == control and v.status is Status.FAIL)
