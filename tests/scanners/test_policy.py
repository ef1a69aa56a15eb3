"""Policies by meaning, not by text."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.aws.policy import (
    MalformedPolicy,
    Policy,
    grants_admin,
    matches,
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
    ],
)
def test_a_fence_with_a_hole_is_none(condition: object) -> None:
    assert public_statements(_policy({**OPEN, "Condition": condition}), BUCKET)


def test_a_deny_for_everyone_takes_the_opening_back() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"{BUCKET}/*"}
    assert not public_statements(_policy(OPEN, deny), BUCKET)
    assert public_statements(_policy(OPEN, {**deny, "Resource": f"{BUCKET}/private/*"}), BUCKET)
    assert public_statements(_policy(OPEN, {**deny, "Principal": {"AWS": "arn:aws:iam::1:root"}}), BUCKET)


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


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.sampled_from(
    ["Statement", "Effect", "Action", "Principal", "Condition", "Resource", "x"]), c), max_leaves=20))  # fmt: skip
def test_reading_never_raises(document: object) -> None:
    found = parse(document)
    if isinstance(found, Policy):
        grants_admin(found), public_statements(found, BUCKET), requires_tls(found, BUCKET)


@given(st.text("ab*?:", max_size=12), st.text("ab:", max_size=8))
def test_wildcards_agree_with_a_plain_matcher(pattern: str, value: str) -> None:
    def slow(p: str, v: str) -> bool:
        if not p:
            return not v
        if p[0] == "*":
            return slow(p[1:], v) or (bool(v) and slow(p, v[1:]))
        return bool(v) and (p[0] in ("?", v[0])) and slow(p[1:], v[1:])

    assert matches(pattern, value) == slow(pattern, value)
