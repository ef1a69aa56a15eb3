"""Policies by meaning, not by text."""

import json
import time
from urllib.parse import quote

import pytest

from scanners.aws.policy import (
    MalformedPolicy,
    Policy,
    grants_admin,
    matches,
    open_services,
    parse,
    public_statements,
    requires_tls,
)

BUCKET = "arn:aws:s3:::acme"
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}


def _policy(*statements: dict[str, object]) -> Policy:
    found = parse({"Version": "2012-10-17", "Statement": list(statements)})
    assert isinstance(found, Policy)
    return found


@pytest.mark.parametrize(
    "statement",
    [
        ALLOW_ALL,
        {"Effect": "Allow", "Action": ["*"], "Resource": ["*"]},
        {"Effect": "Allow", "Action": ["s3:Get*", "*:*"], "Resource": ["arn:aws:s3:::a", "*"]},
        {"Effect": "Allow", "Action": "**", "Resource": "arn:aws:*:*:*:*"},
        {"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "*"},
        {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::secret"},
    ],
)
def test_full_administration_is_seen(statement: dict[str, object]) -> None:
    assert grants_admin(_policy(statement))


@pytest.mark.parametrize(
    "statements",
    [
        [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
        [{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::acme/*"}],
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
        [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
        [ALLOW_ALL, {"Effect": "Deny", "Action": "*", "Resource": "*"}],
        [],
    ],
)
def test_less_than_everything_is_no_administration(statements: list[dict[str, object]]) -> None:
    assert grants_admin(_policy(*statements)) == ()


def test_a_conditional_deny_takes_nothing_away() -> None:
    deny = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
    }
    assert grants_admin(_policy(ALLOW_ALL, deny))


@pytest.mark.parametrize(
    "principal", ["*", {"AWS": "*"}, {"AWS": ["*"]}, {"AWS": ["arn:aws:iam::1:root", "*"]}, {"*": "*"}]
)
def test_everyone_is_everyone_however_it_is_written(principal: object) -> None:
    assert public_statements(_policy({**OPEN, "Principal": principal}), BUCKET)


@pytest.mark.parametrize(
    "principal", [{"AWS": "arn:aws:iam::123456789012:root"}, {"Service": "cloudtrail.amazonaws.com"}]
)
def test_somebody_is_not_everyone(principal: object) -> None:
    assert not public_statements(_policy({**OPEN, "Principal": principal}), BUCKET)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
        {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"IpAddress": {"aws:SourceIp": ["198.51.100.0/24"]}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::123456789012:distribution/X"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::acme-logs"}},
        {"StringEquals": {"AWS:SourceOwner": "123456789012"}},
        {
            "StringEquals": {
                "kms:CallerAccount": "123456789012",
                "kms:ViaService": "rds.eu-west-1.amazonaws.com",
            }
        },
        {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/*"}},
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-a1b2c3/*"]}},
        {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
        {"Bool": {"aws:PrincipalIsAWSService": True}},
        {"StringEquals": {"aws:SourceAccount": ["123456789012", "210987654321"]}},
    ],
)
def test_a_wildcard_behind_a_fence_is_not_public(condition: object) -> None:
    assert not public_statements(_policy({**OPEN, "Condition": condition}), BUCKET)


@pytest.mark.parametrize(
    "condition",
    [
        {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
        {"IpAddress": {"aws:SourceIp": ["198.51.100.0/24", "0.0.0.0/1"]}},
        {"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}},
        {"StringLike": {"aws:PrincipalOrgID": "*"}},
        {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringLike": {"aws:Referer": "https://acme.example/*"}},
        {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
        {"StringEquals": {"aws:username": "deploy"}},
        {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
        {"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}},
        {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:role/x"}},
        {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::acme-*"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:sns:eu-west-1:*:alarms"}},
        {"StringEquals": {"aws:SourceAccount": []}},
        {"Null": {"aws:PrincipalOrgID": "false"}},
        {"Bool": {"aws:PrincipalIsAWSService": "false"}},
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
    ],
)
def test_a_fence_with_a_hole_is_none(condition: object) -> None:
    assert public_statements(_policy({**OPEN, "Condition": condition}), BUCKET)


def test_a_deny_for_everyone_takes_the_opening_back() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"{BUCKET}/*"}
    assert not public_statements(_policy(OPEN, deny), BUCKET)
    assert public_statements(_policy(OPEN, {**deny, "Resource": f"{BUCKET}/private/*"}), BUCKET)
    assert public_statements(_policy(OPEN, {**deny, "Principal": {"AWS": "arn:aws:iam::1:root"}}), BUCKET)


@pytest.mark.parametrize(
    "principal",
    [
        "arn:aws:iam::*:root",
        {"AWS": "arn:aws:iam::*:role/deploy"},
        {"AWS": "arn:aws-cn:sts::*:assumed-role/x/*"},
    ],
)
def test_what_a_stranger_can_make_at_home_is_everyone(principal: object) -> None:
    assert public_statements(_policy({**OPEN, "Principal": principal}), BUCKET)


def test_everybody_but_some_is_everyone() -> None:
    but = {k: v for k, v in OPEN.items() if k != "Principal"}
    assert public_statements(_policy({**but, "NotPrincipal": {"AWS": "arn:aws:iam::1:user/x"}}), BUCKET)
    assert not public_statements(_policy({**but, "NotPrincipal": "*"}), BUCKET)
    assert not public_statements(_policy(but), BUCKET)  # nobody is named at all


@pytest.mark.parametrize(
    ("change", "public"),
    [
        ({"Action": "*"}, True),
        ({"Action": ["s3:Get*", "s3:List*"]}, True),
        ({"Action": None, "NotAction": "s3:DeleteObject"}, True),
        ({"Action": None, "NotAction": "s3:*"}, False),  # all that a bucket knows is excepted
        ({"Action": None}, False),
        ({"Action": []}, False),
        ({"Resource": None, "NotResource": f"{BUCKET}/private/*"}, True),
        ({"Resource": f"{BUCKET}/${{aws:username}}/*"}, True),
        ({"Resource": "*"}, True),
        ({"Resource": None}, True),  # policies of repositories and keys name no resource
    ],
)
def test_an_opening_is_one_whatever_it_names(change: dict[str, object], public: bool) -> None:
    statement = {key: value for key, value in (OPEN | change).items() if value is not None}
    assert bool(public_statements(_policy(statement), BUCKET)) is public


@pytest.mark.parametrize(
    "deny",
    [
        {"Principal": "*", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"]},
        {"Principal": {"AWS": "*"}, "NotAction": "s3:PutObject", "Resource": "*"},
        {"Principal": "*", "Action": "*", "NotResource": "arn:aws:s3:::other/*"},
        {"NotPrincipal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "s3:*", "Resource": "*"},
        {"Principal": "*", "Action": "s3:*", "Resource": "*",
         "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}},
        {"Principal": "*", "Action": "s3:*", "Resource": "*",
         "Condition": {"NotIpAddressIfExists": {"aws:SourceIp": "198.51.100.0/24"},
                       "BoolIfExists": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"}}},
    ],
)  # fmt: skip
def test_a_deny_of_every_stranger_takes_the_opening_back(deny: dict[str, object]) -> None:
    assert not public_statements(_policy(OPEN, {"Effect": "Deny", **deny}), BUCKET)


@pytest.mark.parametrize(
    "deny",
    [
        {"Principal": "*", "Action": "s3:PutObject", "Resource": "*"},
        {"Principal": "*", "Action": "s3:*", "Resource": BUCKET},
        {"Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::ACME/*"},  # ARNs know capitals
        {"NotPrincipal": "*", "Action": "s3:*", "Resource": "*"},
        {"NotPrincipal": {"AWS": "arn:aws:iam::*:role/x"}, "Action": "s3:*", "Resource": "*"},
        {"Principal": "*", "Action": "s3:*", "Resource": "*",
         "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
        {"Principal": "*", "Action": "s3:*", "Resource": "*",
         "Condition": {"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}}},
        {"Principal": "*", "Action": "s3:*", "Resource": "*",
         "Condition": {"StringNotLike": {"aws:PrincipalOrgID": "*"}}},
        {"Principal": "*", "Action": "s3:*", "Resource": "*",
         "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    ],
)  # fmt: skip
def test_a_deny_that_leaves_a_stranger_a_way_takes_nothing_back(deny: dict[str, object]) -> None:
    assert public_statements(_policy(OPEN, {"Effect": "Deny", **deny}), BUCKET)


def test_a_queue_has_nothing_inside_that_a_deny_could_miss() -> None:
    queue = "arn:aws:sqs:eu-west-1:123456789012:orders"
    allow = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "SQS:*", "Resource": queue}
    assert public_statements(_policy(allow), queue)
    assert not public_statements(_policy(allow, deny), queue)


def test_a_role_that_anyone_may_assume_is_seen() -> None:
    role = "arn:aws:iam::123456789012:role/deploy"
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    assert public_statements(_policy(trust), role)
    own = {**trust, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}
    assert not public_statements(_policy(own), role)
    assert not public_statements(
        _policy(trust, {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}), role
    )
    assert public_statements(_policy({**trust, "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}), role)


@pytest.mark.parametrize(
    ("service", "condition", "seen"),
    [
        ("s3.amazonaws.com", {}, True),
        ("s3.amazonaws.com", {"StringEquals": {"aws:SourceAccount": "123456789012"}}, False),
        ("s3.amazonaws.com", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::acme"}}, False),
        ("s3.amazonaws.com", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}, True),
        ("events.amazonaws.com", {}, False),  # not asked for
    ],
)
def test_a_service_that_may_act_for_anyone_is_seen_where_it_is_asked_for(
    service: str, condition: object, seen: bool
) -> None:
    function = "arn:aws:lambda:eu-west-1:123456789012:function:thumbs"
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "lambda:InvokeFunction",
                 "Resource": function, "Condition": condition}  # fmt: skip
    assert bool(open_services(_policy(statement), function, ["s3.amazonaws.com"])) is seen
    assert not public_statements(_policy(statement), function)


def test_a_pattern_made_to_take_for_ever_does_not() -> None:
    began = time.monotonic()
    assert not matches("*a" * 200 + "b", "a" * 400)
    assert matches("*a" * 200 + "*", "a" * 400)
    assert time.monotonic() - began < 2


TLS = {
    "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}  # fmt: skip


@pytest.mark.parametrize("change", [{}, {"Principal": {"AWS": "*"}}, {"Action": "*"}, {"Resource": "*"},
                                    {"Condition": {"Bool": {"aws:SecureTransport": False}}}])  # fmt: skip
def test_tls_is_required(change: dict[str, object]) -> None:
    assert requires_tls(_policy({**TLS, **change}), BUCKET)


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Allow"},
        {"Principal": {"AWS": "arn:aws:iam::1:root"}},
        {"Action": "s3:GetObject"},
        {"Resource": f"{BUCKET}/*"},
        {"Resource": BUCKET},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {
            "Condition": {
                "Bool": {"aws:SecureTransport": "false"},
                "StringEquals": {"aws:PrincipalOrgID": "o"},
            }
        },
        {"Condition": {}},
    ],
)
def test_tls_is_not_required(change: dict[str, object]) -> None:
    assert not requires_tls(_policy({**TLS, **change}), BUCKET)


@pytest.mark.parametrize("document", [
    "", "{", "[]", "null", "5", {}, {"Statement": "x"}, {"Statement": [{"Effect": "Maybe"}]}, {"Statement": [5]},
    {"Statement": [{"Effect": "Allow", "Action": {"a": 1}}]}, "[" * 50_000,
])  # fmt: skip
def test_a_document_that_is_no_policy_decides_nothing(document: object) -> None:
    assert isinstance(parse(document), MalformedPolicy)


def test_a_policy_is_read_as_text_object_or_url_encoded() -> None:
    text = json.dumps({"Statement": ALLOW_ALL})
    assert grants_admin(parse(text)) and grants_admin(parse(quote(text)))  # type: ignore[arg-type]
