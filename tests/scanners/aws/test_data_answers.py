"""What answers of data services say, and what half of them do not: pure functions, no server."""

from datetime import date
from typing import Any

import pytest

from scanners.aws.api import CallFailed
from scanners.aws.datasets import s3_fields
from scanners.aws.datasets.lambda_ import _grant
from scanners.aws.datasets.secretsmanager import _rotation
from scanners.aws.datasets.sqs import _encryption
from scanners.aws.resource_policy import read_policy
from scanners.aws.runtimes import DEPRECATED_ON, successor
from scanners.controls import load_controls
from scanners.model import Severity
from tests.scanners.aws.data_services import ROOT, allow, document

ARN = "arn:aws-cn:sns:cn-north-1:123456789012:orders"
ACCOUNT = "123456789012"
ME = {"Type": "CanonicalUser", "ID": "me"}
EVERYONE = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}


def test_the_severities_are_those_agreed_upon() -> None:
    agreed = {
        Severity.CRITICAL: "s3.public kms.public sqs.public lambda.public ecr.public",
        Severity.HIGH: "s3.account_public_access_block sns.public",
        Severity.MEDIUM: "s3.bucket_public_access_block s3.tls_only s3.kms_encryption s3.versioning s3.acl_disabled"
        " s3.access_logging kms.rotation sns.encrypted sqs.encrypted lambda.supported_runtime ecr.scan_on_push"
        " ecr.tag_immutable secrets.rotation dynamodb.pitr efs.encrypted",
        Severity.LOW: "s3.mfa_delete",
    }
    wanted = {control: severity for severity, names in agreed.items() for control in names.split()}
    assert {control.id: control.severity for control in load_controls(tuple(wanted))} == wanted


def test_a_closed_policy_lets_the_account_in_where_it_let_anyone_in_and_keeps_the_rest() -> None:
    own, open_one = allow(ROOT, "sns:*", ARN, Sid="Own"), allow("*", "sns:Publish", ARN)
    text, public, sids, closed = read_policy(document(own, open_one), ARN, ACCOUNT, "sns")
    assert (public, sids) == (True, ["Given"]) and text["Statement"][1] == open_one
    assert closed["Statement"] == [own, open_one | {"Principal": {"AWS": f"arn:aws-cn:iam::{ACCOUNT}:root"}}]
    nobody_but = {k: v for k, v in open_one.items() if k not in ("Principal", "Sid")} | {"NotPrincipal": ROOT}
    closed = read_policy(document(nobody_but), ARN, ACCOUNT, "sns")
    assert closed[2] == ["statement 1"] and "NotPrincipal" not in closed[3]["Statement"][0]
    again = read_policy(document(*closed[3]["Statement"]), ARN, ACCOUNT, "sns")
    assert again[1:3] == [False, []]


def test_two_equal_statements_are_both_closed() -> None:
    same = allow("*", "sns:Publish", ARN)
    closed = read_policy(document(same, same), ARN, ACCOUNT, "sns")[3]
    assert "*" not in [statement["Principal"] for statement in closed["Statement"]]


def test_no_policy_is_closed_and_a_broken_one_says_nothing() -> None:
    assert read_policy(None, ARN, ACCOUNT, "sns") == [None, False, [], None]
    for text in ("", "{}", "[1]", '{"Statement": [{"Effect": "Perhaps"}]}'):
        with pytest.raises(CallFailed):
            read_policy(text, ARN, ACCOUNT, "sns")


def test_a_service_that_anyone_can_send_must_be_held_to_an_account() -> None:
    loose = allow({"Service": "s3.amazonaws.com"}, "lambda:InvokeFunction", ARN)
    held = loose | {"Condition": {"StringEquals": {"AWS:SourceAccount": ACCOUNT}}}
    said = [read_policy(document(s), ARN, ACCOUNT, "lambda", ("s3.amazonaws.com",))[1] for s in (loose, held)]
    assert said == [True, False]
    assert read_policy(document(loose), ARN, ACCOUNT, "sns")[1] is False


@pytest.mark.parametrize(
    ("runtime", "newest"),
    [
        ("python2.7", "python3.14"), ("nodejs", "nodejs24.x"), ("java8.al2", "java25"), ("go1.x", "provided.al2023"),
        ("dotnetcore3.1", "dotnet10"), ("provided", "provided.al2023"), ("ruby2.5", "ruby3.4"),
    ],
)  # fmt: skip
def test_a_runtime_is_followed_by_the_newest_of_its_language(runtime: str, newest: str) -> None:
    assert successor(runtime) == newest


def test_every_runtime_has_a_successor_that_lasts_as_long_at_least() -> None:
    for runtime, until in DEPRECATED_ON.items():
        assert DEPRECATED_ON[successor(runtime)] >= until > date(2016, 1, 1)


def test_a_removed_permission_can_be_given_back_word_for_word() -> None:
    source = f"arn:aws:sns:*:{ACCOUNT}:*"
    policy = {
        "Statement": [
            allow("*", "lambda:InvokeFunctionUrl", Sid="url", Condition={"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}),
            allow({"Service": "s3.amazonaws.com"}, "lambda:InvokeFunction", Sid="s3", Condition={"ArnLike": {"AWS:SourceArn": source}}),
        ]
    }  # fmt: skip
    assert _grant("url", policy)["words"] == [
        "--action", "lambda:InvokeFunctionUrl", "--principal", "*", "--function-url-auth-type", "NONE",
    ]  # fmt: skip
    assert _grant("s3", policy)["words"] == [
        "--action", "lambda:InvokeFunction", "--principal", "s3.amazonaws.com", "--source-arn", source,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"SqsManagedSseEnabled": "true"}, [None, True, True]),
        ({"SqsManagedSseEnabled": "False"}, [None, False, False]),
        ({"SqsManagedSseEnabled": "false", "KmsMasterKeyId": ""}, [None, False, False]),
        (
            {"SqsManagedSseEnabled": "false", "KmsMasterKeyId": "alias/aws/sqs"},
            ["alias/aws/sqs", False, True],
        ),
    ],
)
def test_a_queue_is_encrypted_by_either_key(attributes: dict[str, str], said: list[Any]) -> None:
    assert _encryption(attributes) == said


@pytest.mark.parametrize("attributes", [{}, {"SqsManagedSseEnabled": "perhaps"}])
def test_a_queue_that_does_not_say_is_not_judged(attributes: dict[str, str]) -> None:
    with pytest.raises(CallFailed, match="SqsManagedSseEnabled"):
        _encryption(attributes)


def test_a_secret_that_was_never_rotated_says_nothing_of_rotation_and_half_an_answer_is_none() -> None:
    assert _rotation({"Name": "a"}) is False
    assert _rotation({"RotationEnabled": True, "RotationRules": {}}) is True
    for trace in ({"RotationLambdaARN": "arn"}, {"RotationRules": {"AutomaticallyAfterDays": 30}}):
        with pytest.raises(CallFailed, match="RotationEnabled"):
            _rotation(trace)


def test_an_acl_is_kept_where_it_grants_anything_to_others() -> None:
    mine = {"Grantee": ME, "Permission": "FULL_CONTROL"}
    friend = {"Grantee": {"Type": "CanonicalUser", "ID": "friend"}, "Permission": "READ"}
    world = {"Grantee": EVERYONE, "Permission": "READ"}
    assert s3_fields.acl({"Owner": ME, "Grants": [mine]}) == [False, None]
    public, whole = s3_fields.acl({"Owner": ME, "Grants": [mine, friend]})
    assert public is False and whole == {"Owner": {"ID": "me"}, "Grants": [mine, friend]}
    assert s3_fields.acl({"Owner": ME, "Grants": [mine, world]})[0] is True
    for half in ({}, {"Grants": [mine]}, {"Owner": ME}):
        with pytest.raises(CallFailed):
            s3_fields.acl(half)


def test_ownership_that_was_never_set_lets_acls_count_and_an_empty_answer_says_nothing() -> None:
    def said(*rules: str) -> list[Any]:
        return s3_fields.ownership(
            {"OwnershipControls": {"Rules": [{"ObjectOwnership": rule} for rule in rules]}}
        )

    assert s3_fields.ownership(None) == [None, True]
    assert said("BucketOwnerEnforced") == ["BucketOwnerEnforced", False]
    assert said("ObjectWriter") == ["ObjectWriter", True]
    with pytest.raises(CallFailed):
        said()


def test_encryption_is_what_the_default_rule_says() -> None:
    def said(*rules: dict[str, Any]) -> list[Any]:
        return s3_fields.encryption({"ServerSideEncryptionConfiguration": {"Rules": list(rules)}})

    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms:dsse"}, "BucketKeyEnabled": True}
    assert s3_fields.encryption(None) == [None]
    assert said({"BucketKeyEnabled": False}, rule) == ["aws:kms:dsse"]
    for rules in ((), ({"BucketKeyEnabled": True},)):
        with pytest.raises(CallFailed):
            said(*rules)
