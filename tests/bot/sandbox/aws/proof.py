"""How a shown fix is proved: paste it, look again, paste the undo, look again."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.sandbox.aws import REGIONS, SandboxAws, apply_fix
from bot.scanning import make_scanner
from bot.times import now_utc
from scanners.aws.watches import WATCHES
from scanners.model import Scan, Status, Target, Verdict
from tests.warm import WarmCli

TARGET = Target("prod", "aws", "payments", REGIONS)
ELSEWHERE_REGION = "eu-north-1"
# What no command can bring about here, and why.
NO_FIX = {
    "iam.root_mfa": "only root itself can add its MFA device, in the console",
    "iam.root_access_key": "only root itself can delete its keys, and moto has none",
}
# Controls that are proved on an account of their own, in test_fixes_iam.py: the company has nothing there, or all wrong.
IAM = frozenset(
    [
        "iam.access_key_unused_45", "iam.console_unused_45", "iam.password_reuse_24", "iam.user_admin_policy",
        "iam.support_role", "iam.user_policy", "iam.setup_access_key", "iam.aws_admin_attached",
        "iam.cloudshell_full_access", "iam.expired_certificate", "iam.root_hardware_mfa", "iam.root_used",
        "account.security_contact", "accessanalyzer.enabled",
    ]
)  # fmt: skip
# Fixes that leave the old thing beside the new one: there is nothing to switch back.
NO_UNDO = {
    "ec2.ebs_volume_encrypted": "the plain volume is gone; the undo names the snapshot that holds it",
    "rds.encrypted": "the plain database is kept under another name; the undo names it",
    "rds.snapshot_encrypted": "the plain snapshot is gone; the undo names its encrypted copy",
}
# Controls that are proved on an account of their own, in test_fixes_watch.py: the company has nothing there, or all wrong.
WATCH = frozenset(
    [
        "cloudtrail.bucket_logging", "cloudtrail.kms", "cloudtrail.log_validation", "cloudtrail.s3_read_events",
        "cloudtrail.s3_write_events", "config.recorder", "guardduty.enabled", "logs.retention_365", "securityhub.enabled",
        *(f"monitoring.{watch}" for watch in WATCHES),
    ]
)  # fmt: skip
# Controls that are proved on resources of their own, in test_fixes_data.py: the company has none of them, or none right.
DATA = frozenset(
    [
        "s3.kms_encryption", "s3.acl_disabled", "s3.access_logging", "s3.mfa_delete", "kms.public", "sns.public",
        "sns.encrypted", "sqs.public", "sqs.encrypted", "lambda.public", "lambda.supported_runtime", "ecr.scan_on_push",
        "ecr.tag_immutable", "ecr.public", "secrets.rotation", "dynamodb.pitr", "efs.encrypted",
    ]
)  # fmt: skip
ELSEWHERE = DATA | IAM | WATCH
# The plain one is replaced by an encrypted copy: it is gone, which two complete scans then prove.
GONE = {"ec2.ebs_volume_encrypted", "rds.snapshot_encrypted"}
# The same control failing in another shape: by tag Name or by id.
SHAPES = [
    ("ec2.sg_ssh_world", "build-agents"),
    ("ec2.sg_ssh_world", "sftp"),
    ("ec2.sg_rdp_world", "vendor-range"),
    ("s3.public", "acme-status-page"),
    ("iam.access_key_rotated_90", "ci-deploy"),
]

needs_the_cli = pytest.mark.skipif(
    shutil.which("aws", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    is None,
    reason="the AWS CLI is not installed (extra `sandbox`), so no fix can be applied",
)


@dataclass(frozen=True)
class Company:
    """The account, and the scan of it before anything was fixed."""

    aws: SandboxAws
    scan: Scan
    cli: WarmCli

    def environment(self) -> dict[str, str]:
        """What leads the AWS CLI to this account; the CLI itself is found ready to run.

        The region is one where nothing is: what is shown must say its own, for whoever pastes it may have another.
        """
        path = os.pathsep.join([str(self.cli.folder), str(Path(sys.executable).parent), os.environ["PATH"]])
        return {**self.aws.environment(), "AWS_DEFAULT_REGION": ELSEWHERE_REGION, "PATH": path}


@contextmanager
def opened(
    build: Callable[[SandboxAws], object], folder: Path, controls: tuple[str, ...] = ()
) -> Iterator[Company]:
    """An account of its own that `build` fills, and the scan of it; the environment leads to it alone meanwhile."""
    before = dict(os.environ)
    cli = WarmCli(folder)
    try:
        with SandboxAws() as aws:
            build(aws)
            os.environ.update(aws.environment())
            os.environ.pop("AWS_PROFILE", None)
            yield Company(aws, make_scanner(now_utc)(TARGET, controls), cli)
    finally:
        cli.close()
        os.environ.clear()
        os.environ.update(before)


def scanned(control: str = "", arn: str = "") -> Scan:
    """A scan of everything, or the targeted check that a claim starts."""
    return make_scanner(now_utc)(TARGET, (control,) if control else (), only_resource=arn)


def prove(company: Company, control: str, name: str = "") -> None:
    """The shown command makes `control` pass on one failing resource, and its undo makes it fail again."""
    verdict = _choose(company.scan, control, name)
    assert verdict.remediation is not None
    _paste(company, verdict.remediation.cli)
    assert _look(verdict) == ([] if control in GONE else [Status.PASS])
    _paste(company, verdict.remediation.undo)
    if control not in NO_UNDO:
        assert _look(verdict) == [Status.FAIL]


def _paste(company: Company, text: str) -> None:
    applied = apply_fix(text, company.environment())
    assert applied.returncode == 0, f"{text}\n{applied.output}"


def _look(verdict: Verdict) -> list[Status]:
    scan = scanned(verdict.control, verdict.resource.arn)
    return [v.status for v in scan.verdicts if v.scope == verdict.scope]


def _choose(scan: Scan, control: str, name: str) -> Verdict:
    failing = [v for v in scan.verdicts if v.control == control and v.status is Status.FAIL]
    if name:
        return next(v for v in failing if name in (v.resource.id, v.resource.tags.get("Name")))
    if control == "ec2.ebs_volume_encrypted":  # moto cannot detach a root volume
        failing = [v for v in failing if "on i-" not in v.reason]
    return failing[0]
