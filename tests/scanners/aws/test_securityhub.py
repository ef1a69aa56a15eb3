"""Security Hub as a scanner: paged, filtered, and honest when refused, throttled or cut."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from bot.sandbox.aws import SandboxAws
from scanners.aws.securityhub import PERMISSIONS, scan_security_hub
from scanners.aws.securityhub_filters import asked, filter_mistake
from scanners.model import CoverageStatus, Scan, Status, Target
from tests.scanners.aws.front import BROKEN, CUT, DENIED, HIDDEN, THROTTLED, Front

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
REGION, EMPTY = "eu-west-1", "us-east-1"
FINDINGS: list[dict[str, Any]] = json.loads(Path("tests/data/imports/securityhub.asff.json").read_text())[
    "Findings"
]
MANY = 130  # more than a page
HUB = Target("hub", "securityhub", regions=(REGION, EMPTY))


@pytest.fixture(scope="module")
def hub(account: SandboxAws, front: Front) -> Iterator[Front]:
    """The sandbox's account with the sample's findings in one region, and none in the other."""
    client = boto3.client("securityhub", region_name=REGION)
    more = [
        {
            **FINDINGS[0],
            "Id": f"f{at}",
            "Resources": [{**FINDINGS[0]["Resources"][0], "Id": f"arn:aws:s3:::b{at}"}],
        }
        for at in range(MANY)
    ]
    for at in range(0, MANY, 50):
        client.batch_import_findings(Findings=more[at : at + 50])
    client.batch_import_findings(Findings=FINDINGS)
    yield front
    front.faults.clear()


def scan(target: Target = HUB) -> Scan:
    return scan_security_hub(target, clock=lambda: NOW, new_id=lambda: "scan-1")


def test_every_page_is_read_and_every_product_is_told_apart(hub: Front) -> None:
    found = scan()
    assert (found.kind, found.identity, found.target) == ("securityhub", "import/securityhub", "hub")
    assert sum(v.status is Status.FAIL for v in found.verdicts) == MANY + 4
    assert {v.control for v in found.verdicts} >= {
        "securityhub/s3.8", "securityhub/ec2.19", "securityhub/inspector/cve-2026-1234",
    }  # fmt: skip
    # A region without a finding closes nothing, so that nothing is said of it.
    assert [(c.control, c.scope, c.status) for c in found.coverage] == [
        ("securityhub/*", f"import/securityhub/aws/111122223333/{REGION}", CoverageStatus.COMPLETE)
    ]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (DENIED, CoverageStatus.DENIED), (THROTTLED, CoverageStatus.ERROR), (CUT, CoverageStatus.ERROR),
        (BROKEN, CoverageStatus.ERROR), (HIDDEN + "Findings", CoverageStatus.ERROR),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_told_and_nothing_is_made_up(
    hub: Front, fault: str, status: CoverageStatus
) -> None:
    # No operation's name stands in the request: the front tells REST calls by their path.
    operation = next(name for name in _asked(hub) if "finding" in name.lower())
    with hub.failing(operation, fault):
        found = scan()
    assert found.verdicts == ()
    assert {cover.status for cover in found.coverage} == {status}
    assert len(found.coverage) == 2
    if fault == DENIED:
        assert {cover.missing_permission for cover in found.coverage} == set(PERMISSIONS)


def _asked(hub: Front) -> list[str]:
    before = len(hub.seen)
    scan()
    return hub.seen[before:]


def test_another_filter_is_another_scope(hub: Front) -> None:
    filtered = Target("hub", "securityhub", regions=(REGION,), settings={"filters": ("SeverityLabel=HIGH",)})
    assert [c.scope for c in scan(filtered).coverage] == [
        f"import/securityhub/aws/111122223333/{REGION}/SeverityLabel=HIGH"
    ]


def test_filters_are_asked_as_the_service_takes_them() -> None:
    assert asked(("ProductName=GuardDuty", "ProductName=Inspector", "SeverityLabel=HIGH")) == {
        "ProductName": [
            {"Value": "GuardDuty", "Comparison": "EQUALS"},
            {"Value": "Inspector", "Comparison": "EQUALS"},
        ],
        "SeverityLabel": [{"Value": "HIGH", "Comparison": "EQUALS"}],
    }
    assert filter_mistake("SeverityLabel=HIGH") == ""
    assert "no filter" in filter_mistake("Severity=HIGH")
    assert "no filter" in filter_mistake("SeverityLabel=")
