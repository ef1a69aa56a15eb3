"""The policy that Patrol prints is enough for every call that it makes, and is well formed."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore import xform_name

from bot.cli.aws import FORMATS, run, written
from bot.sandbox.aws import SandboxAws
from scanners.aws.datasets import DATASETS
from scanners.aws.least_privilege import ALWAYS, LONGEST, actions, declared, policy
from scanners.aws.permissions import iam_action
from scanners.aws.scan import scan_aws
from scanners.controls import Control, load_controls
from scanners.errors import ControlError, UsageError
from scanners.model import Scan, Target
from tests.scanners.aws.fresh import Fresh
from tests.scanners.aws.front import Front
from tests.scanners.aws.one_of_each import build

TARGET = Target("prod", "aws", "payments", ("us-east-1",))
NOW = datetime(2026, 11, 24, tzinfo=UTC)
CONTROLS = load_controls()


class Recording:
    """The session of an account that has one of each; it notes the IAM action of every call.

    Its clients are made once for all scans: making them anew took most of their time.
    """

    def __init__(self, fresh: Fresh) -> None:
        self._session = fresh.session
        self._session.events.register("before-call.*.*", self._note)
        self._clients: dict[tuple[str, str], Any] = {}
        self.actions: set[str] = set()

    def client(self, service: str, region_name: str = "", **settings: Any) -> Any:
        """As of a boto3 session."""
        key = (service, region_name)
        if key not in self._clients:
            self._clients[key] = self._session.client(service, region_name=region_name, **settings)
        return self._clients[key]

    def _note(self, model: Any, **_event: Any) -> None:
        self.actions.add(iam_action(model.service_model.service_name, xform_name(model.name)))

    def scan(self, controls: Sequence[Control], only: str = "") -> Scan:
        """A scan, or a targeted check, whose actions are noted."""
        return scan_aws(
            TARGET,
            controls,
            clock=lambda: NOW,
            new_id=lambda: "scan",
            session=self,
            only_resource=only,
        )


@pytest.fixture(scope="module")
def recording(account: SandboxAws, front: Front) -> Recording:
    fresh = Fresh(account, "111100000031")
    build(fresh)
    return Recording(fresh)


@pytest.mark.parametrize("dataset", sorted({control.dataset for control in CONTROLS}))
def test_every_call_of_a_dataset_is_covered_by_what_it_declares(recording: Recording, dataset: str) -> None:
    controls = [control for control in CONTROLS if control.dataset == dataset]
    allowed = {*actions(controls, DATASETS), *ALWAYS, "sts:GetCallerIdentity"}
    recording.actions.clear()
    verdicts = recording.scan(controls).verdicts
    if DATASETS[dataset].fetch_one and verdicts:
        recording.scan(controls, verdicts[0].resource.arn)
    assert len(recording.actions) >= 2, "nothing was asked"
    missing = sorted(recording.actions - allowed)
    assert not missing, f"add {missing} to the permissions of the Dataset {dataset}"


def test_every_dataset_declares_what_it_needs() -> None:
    silent = [name for name, dataset in DATASETS.items() if not dataset.permissions]
    assert not silent, (
        f"give these datasets their permissions=(...), the IAM actions of their calls: {silent}"
    )
    for dataset in DATASETS.values():
        declared(dataset)


def test_a_dataset_that_declares_nothing_or_nonsense_is_refused() -> None:
    controls = load_controls(("cloudtrail.kms",))
    for given, told in (
        ((), "does not say which IAM actions"),
        (("cloudtrail:*",), "which is no IAM action"),
    ):
        broken = {"cloudtrail.trails": replace(DATASETS["cloudtrail.trails"], permissions=given)}
        with pytest.raises(ControlError, match=told):
            actions(controls, broken)


def test_the_policy_of_all_controls_is_read_only_and_fits_in_one() -> None:
    made = policy(actions(CONTROLS, DATASETS))
    assert len(json.dumps(made, separators=(",", ":"))) < LONGEST
    allowed = [action for statement in made["Statement"] for action in statement["Action"]]
    assert allowed == sorted(set(allowed)) and set(ALWAYS) <= set(allowed)
    verbs = {action.split(":")[1] for action in allowed}
    # GenerateCredentialReport makes a report of what is there; it changes nothing.
    assert all(verb.startswith(("Describe", "Get", "List")) for verb in verbs - {"GenerateCredentialReport"})
    sids = [statement["Sid"] for statement in made["Statement"]]
    assert len(set(sids)) == len(sids) and all(sid.isalnum() for sid in sids)


def test_fewer_controls_need_fewer_permissions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "--controls", "logs.retention_365,guardduty.*"]) == 0
    statements = json.loads(capsys.readouterr().out)["Statement"]
    assert [s["Action"] for s in statements] == [
        ["ec2:DescribeRegions"], ["guardduty:GetDetector", "guardduty:ListDetectors"], ["logs:DescribeLogGroups"],
        ["tag:GetResources"],
    ]  # fmt: skip


def test_a_security_hub_target_needs_one_permission_more(capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for words in ([], ["--security-hub"]):
        assert run(["policy", *words]) == 0
        statements = json.loads(capsys.readouterr().out)["Statement"]
        said.append({action for statement in statements for action in statement["Action"]})
    assert said[1] - said[0] == {"securityhub:GetFindings"}


def test_the_policy_comes_in_three_forms() -> None:
    made = policy(("s3:GetBucketPolicy",))
    texts = {form: written(form, made) for form in FORMATS}
    assert json.loads(texts["json"]) == made
    template = json.loads(texts["cloudformation"])["Resources"]["PatrolScan"]
    assert template["Properties"]["PolicyDocument"] == made
    inner = texts["terraform"].split("jsonencode(", 1)[1].rsplit(")", 1)[0]
    assert json.loads(inner) == made and texts["terraform"].startswith('resource "aws_iam_policy"')


@pytest.mark.parametrize(
    "words", [[], ["polcy"], ["policy", "--controls", ""], ["policy", "--controls", "s3.pubic"]]
)
def test_a_wrong_word_is_told(words: list[str]) -> None:
    with pytest.raises(UsageError):
        run(words)
