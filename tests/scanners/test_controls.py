"""The packaged controls, their examples, their fixes; and mistakes in a control's file."""

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.aws.watches import WATCHES
from scanners.controls import load_controls, loader
from scanners.controls.examples import run_examples
from scanners.controls.loader import load_file
from scanners.errors import ControlError, UsageError
from scanners.model import Resource
from scanners.remediation import render
from tests.examples import examples

WANTED = [
    "iam.root_mfa",
    "iam.root_access_key",
    "iam.password_length_14",
    "iam.user_mfa_console",
    "iam.access_key_rotated_90",
    "iam.two_active_keys",
    "iam.inline_admin",
    "iam.customer_policy_admin_attached",
    "iam.password_reuse_24",
    "iam.access_key_unused_45",
    "iam.console_unused_45",
    "iam.user_admin_policy",
    "iam.support_role",
    "iam.user_policy",
    "iam.setup_access_key",
    "iam.aws_admin_attached",
    "iam.cloudshell_full_access",
    "iam.expired_certificate",
    "iam.root_hardware_mfa",
    "iam.root_used",
    "account.security_contact",
    "accessanalyzer.enabled",
    "s3.account_public_access_block",
    "s3.bucket_public_access_block",
    "s3.public",
    "s3.tls_only",
    "s3.versioning",
    "s3.kms_encryption",
    "s3.acl_disabled",
    "s3.access_logging",
    "s3.mfa_delete",
    "ec2.sg_ssh_world",
    "ec2.sg_rdp_world",
    "ec2.sg_all_world",
    "ec2.sg_default_closed",
    "ec2.imdsv2",
    "ec2.ebs_volume_encrypted",
    "ec2.ebs_default_encryption",
    "ec2.snapshot_public",
    "rds.public",
    "rds.encrypted",
    "cloudtrail.multi_region",
    "kms.rotation",
    "cloudtrail.bucket_logging",
    "cloudtrail.kms",
    "cloudtrail.log_validation",
    "cloudtrail.s3_read_events",
    "cloudtrail.s3_write_events",
    "config.recorder",
    "guardduty.enabled",
    "logs.retention_365",
    "securityhub.enabled",
    "ec2.instance_profile",
    "ec2.launch_template_imdsv2",
    "ec2.sg_cifs_world",
    "ec2.sg_mongodb_world",
    "ec2.sg_mysql_world",
    "ec2.sg_postgres_world",
    "ec2.sg_redis_world",
    "ec2.sg_sqlserver_world",
    "eks.logging",
    "eks.public_endpoint",
    "elbv2.deletion_protection",
    "elbv2.tls_listener",
    "rds.backup",
    "rds.deletion_protection",
    "rds.minor_upgrade",
    "rds.multi_az",
    "rds.snapshot_encrypted",
    "rds.snapshot_public",
    "vpc.flow_logs",
    "vpc.nacl_rdp_world",
    "vpc.nacl_ssh_world",
    "vpc.subnet_public_ip",
    *(f"monitoring.{watch}" for watch in WATCHES),
    "kms.public",
    "sns.public",
    "sns.encrypted",
    "sqs.public",
    "sqs.encrypted",
    "lambda.public",
    "lambda.supported_runtime",
    "ecr.scan_on_push",
    "ecr.tag_immutable",
    "ecr.public",
    "secrets.rotation",
    "dynamodb.pitr",
    "efs.encrypted",
]
SCHEMAS = {"things": {"name": "str", "open": "bool"}}
GOOD = """\
id: x.thing
version: "1"
title: Things must be closed
severity: high
resource: aws.thing
dataset: things
pass: "!resource.open"
evidence: [open]
fail_text: Thing {{ id }} is open.
why: |
  It matters.
  Much.
remediation:
  cli: aws close --name {{ resource.name|sh }}
  terraform: closed = true
  console: Things > Close.
  undo: aws open --name {{ resource.name|sh }}
  effort: 1 minute
references: ["https://example.com"]
mappings: {cis-5.0: ["1.1"]}
examples:
  - {name: closed, status: PASS, resource: {name: a, open: false}}
  - {name: open, status: FAIL, resource: {name: a, open: true}}
"""


def _load(folder: Path, text: str) -> None:
    path = folder / "thing.yaml"
    path.write_text(text, encoding="utf-8")
    load_file(path, "x.thing", SCHEMAS)


def test_the_first_set_is_there() -> None:
    assert sorted(control.id for control in load_controls()) == sorted(WANTED)


def test_every_example_is_judged_as_it_says() -> None:
    results = run_examples(load_controls())
    assert [result for result in results if not result.ok] == []
    assert len(results) >= 3 * len(WANTED)


def test_every_control_maps_to_a_benchmark_or_names_its_source() -> None:
    for control in load_controls():
        assert control.references and control.why.strip().count("\n") == 1, control.id


def test_wildcards_choose_controls_and_an_unknown_one_gets_the_nearest() -> None:
    assert {c.id.split(".")[0] for c in load_controls(("s3.*", "kms.rotation"))} == {"s3", "kms"}
    with pytest.raises(UsageError, match=r"Did you mean s3\.public"):
        load_controls(("s3.pubic",))


def test_the_account_wide_block_closes_what_it_fences() -> None:
    """Each control that it names must pass in an account whose block is on whole, by its own predicate."""
    known = {control.id: control for control in load_controls()}
    closers = [control for control in known.values() if control.closes]
    assert [control.id for control in closers] == ["s3.account_public_access_block"]
    fenced = {"restrict_public_buckets": True, "ignore_public_acls": True, "all_four": True}
    for name in closers[0].closes:
        failing = [example for example in known[name].examples if example.status == "FAIL"]
        mended = [replace(example, status="PASS", context={"s3_account": fenced}) for example in failing]
        results = run_examples((replace(known[name], examples=tuple(mended)),))
        assert results and all(result.ok for result in results), name


def test_a_good_file_is_read(tmp_path: Path) -> None:
    _load(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("stands", "instead", "told"),
    [
        ("severity: high", "severity: hihg", r"thing\.yaml:4.*high"),
        ("dataset: things", "dataset: thigns", r"thing\.yaml:6.*things"),
        ("resource.open", "resource.opne", r"thing\.yaml:7.*resource\.open"),
        ("evidence: [open]", "evidence: [opne]", r"thing\.yaml:8"),
        ("fail_text:", "fail_txt:", r"thing\.yaml:9.*fail_text"),
        ("  undo: aws open --name {{ resource.name|sh }}\n", "", "undo"),
        ("resource.name|sh }}\n  terraform", "resource.name }}\n  terraform", r"\|sh"),
        (
            "  - {name: open, status: FAIL, resource: {name: a, open: true}}\n",
            "",
            "at least one PASS and one FAIL",
        ),
        ("status: FAIL", "status: FIAL", r"FAIL"),
        ("id: x.thing", "id: x.other", r"x\.thing"),
        ('version: "1"', "version: [", r"thing\.yaml:\d+"),
        ("fail_text:", "closes: [s3.pubic]\nfail_text:", r"thing\.yaml:9.*s3\.public"),
        ("fail_text:", "closes: s3.public\nfail_text:", r"closes must be a list"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_mend(
    tmp_path: Path, stands: str, instead: str, told: str
) -> None:
    assert stands in GOOD
    with pytest.raises(ControlError, match=told):
        _load(tmp_path, GOOD.replace(stands, instead, 1))


@pytest.mark.parametrize(
    "text", ["", "[]", "a: &a [*a]", "a: &x [1]\nb: [*x,*x,*x]", "!!python/object/apply:os.system ['id']"]
)
def test_yaml_that_is_no_control_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ControlError):
        _load(tmp_path, text)


@given(
    name=st.text(min_size=1, max_size=40).filter(
        lambda n: "\x00" not in n and not any("\ud800" <= c <= "\udfff" for c in n)
    )
)
@settings(max_examples=examples(60), deadline=None)
def test_whatever_a_resource_is_called_the_command_names_exactly_it(name: str) -> None:
    (control,) = load_controls(("s3.versioning",))
    fields = {"name": name, "versioning": "Disabled", "mfa_delete": False}
    try:
        fix = render(
            control, Resource("aws.s3.bucket", f"arn:aws:s3:::{name}", name, "eu-west-1"), "1", fields, {}
        )
    except ControlError:
        return  # refused outright: a name that looks like a placeholder
    words = shlex.split(fix.cli)
    assert words[words.index("--bucket") + 1] == name.strip() or name in words


def test_policies_in_a_command_are_whole_json() -> None:
    (control,) = load_controls(("s3.tls_only",))
    example = next(example for example in control.examples if example.status == "FAIL")
    thing = Resource("aws.s3.bucket", "arn:aws:s3:::acme", "acme", "eu-west-1")
    words = shlex.split(render(control, thing, "1", example.resource, {}).cli)
    assert json.loads(words[words.index("--policy") + 1])["Statement"]


def test_every_shown_call_says_its_region() -> None:
    """Whoever pastes it may have none configured, or another; IAM alone is one for all regions."""
    folder = Path(loader.__file__).parent
    files = [*folder.rglob("*.yaml"), *folder.rglob("*.j2")]
    asked = 0
    for file in files:
        _before, *calls = re.split(
            r"(?<![\w-])aws (?=[a-z0-9-]+ [a-z0-9]+-)", file.read_text(encoding="utf-8")
        )
        asked += len(calls)
        regional = [call.split("\n")[0] for call in calls if not call.startswith("iam ")]
        assert [call for call in regional if "--region" not in call] == [], file.name
    assert asked > 200
