"""Policies that nobody would write, and the laws that hold for all of them."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scanners.aws.policy import (
    Policy,
    grants_admin,
    matches,
    open_services,
    parse,
    public_statements,
    requires_tls,
)

BUCKET = "arn:aws:s3:::acme"
_WORDS = ["Statement", "Effect", "Action", "NotAction", "Principal", "NotPrincipal", "Condition", "Resource",
          "NotResource", "Sid", "AWS", "StringEquals", "aws:SourceIp", "Allow", "Deny", "*"]  # fmt: skip
_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(_WORDS)
)
ANY_JSON = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_WORDS), inner, max_size=6),
    max_leaves=25,
)

_PRINCIPALS = st.sampled_from(
    ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::1:root", "*"]}, {"AWS": "arn:aws:iam::*:role/x"},
     {"AWS": "arn:aws:iam::123456789012:root"}, {"Service": "s3.amazonaws.com"}]
)  # fmt: skip
_ACTIONS = st.sampled_from(
    ["*", "s3:*", "s3:Get*", ["s3:GetObject", "s3:PutObject"], "s3:?etObject", "sqs:*"]
)
_PLACES = st.sampled_from(
    ["*", BUCKET, f"{BUCKET}/*", [BUCKET, f"{BUCKET}/*"], f"{BUCKET}/a/*", "arn:aws:s3:::ac*"]
)
_CONDITIONS = st.sampled_from(
    [{}, {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
     {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, {"IpAddress": {"aws:SourceIp": "198.51.100.7"}},
     {"Bool": {"aws:SecureTransport": "false"}}, {"StringLike": {"aws:SourceArn": "arn:aws:s3:::*"}}]
)  # fmt: skip


@st.composite
def statements(draw: st.DrawFn, effect: str = "") -> dict[str, Any]:
    """One that AWS would take."""
    who = draw(st.sampled_from(["Principal", "NotPrincipal"]))
    what = draw(st.sampled_from(["Action", "Action", "NotAction"]))
    where = draw(st.sampled_from(["Resource", "Resource", "NotResource"]))
    return {
        "Effect": effect or draw(st.sampled_from(["Allow", "Deny"])),
        who: draw(_PRINCIPALS), what: draw(_ACTIONS), where: draw(_PLACES), "Condition": draw(_CONDITIONS),
    }  # fmt: skip


POLICIES = st.lists(statements(), max_size=4)
EVERYTHING = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
FENCE = {"aws:PrincipalAccount": "123456789012"}


def _open(given_statements: list[dict[str, Any]]) -> int:
    found = parse({"Statement": given_statements})
    assert isinstance(found, Policy)
    return len(public_statements(found, BUCKET))


@given(ANY_JSON)
def test_reading_never_raises(document: object) -> None:
    for whole in (
        document,
        {"Statement": document},
        {"Statement": [{"Effect": "Allow", "Condition": document}]},
    ):
        found = parse(whole)
        if isinstance(found, Policy):
            grants_admin(found)
            public_statements(found, BUCKET)
            open_services(found, BUCKET)
            requires_tls(found, BUCKET)


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_a_policy_or_none(text: str) -> None:
    parse(text)
    parse("%7B" + text)


@given(POLICIES)
def test_a_deny_of_everything_for_everyone_leaves_nothing_open(policy: list[dict[str, Any]]) -> None:
    assert _open([*policy, EVERYTHING]) == 0
    assert _open([EVERYTHING, *policy]) == 0


@given(POLICIES, statements(effect="Deny"))
def test_a_deny_more_never_opens_anything(policy: list[dict[str, Any]], deny: dict[str, Any]) -> None:
    assert _open([*policy, deny]) <= _open(policy)


@given(POLICIES, statements(effect="Allow"))
def test_an_allow_more_never_closes_anything(policy: list[dict[str, Any]], allow: dict[str, Any]) -> None:
    assert _open([*policy, allow]) >= _open(policy)


@given(POLICIES)
def test_a_fence_around_every_allow_leaves_nothing_open(policy: list[dict[str, Any]]) -> None:
    fenced = [
        s | {"Condition": {**s["Condition"], "StringLike": FENCE}} if s["Effect"] == "Allow" else s
        for s in policy
    ]
    assert _open(fenced) == 0


@given(
    POLICIES,
    st.sampled_from(["StringEquals", "StringLike", "Bool", "IpAddress", "Null"]),
    st.text(max_size=6),
)
def test_a_condition_more_on_an_allow_never_opens_anything(
    policy: list[dict[str, Any]], operator: str, key: str
) -> None:
    narrower = [
        s | {"Condition": {**s["Condition"], operator: {key: "x", **s["Condition"].get(operator, {})}}}
        if s["Effect"] == "Allow" else s
        for s in policy
    ]  # fmt: skip
    assert _open(narrower) <= _open(policy)


@given(POLICIES)
def test_the_order_of_statements_changes_nothing(policy: list[dict[str, Any]]) -> None:
    assert _open(policy) == _open(policy[::-1])


@given(st.lists(statements(), max_size=4))
def test_administration_is_never_given_by_one_deny_more(policy: list[dict[str, Any]]) -> None:
    before, after = (parse({"Statement": s}) for s in (policy, [*policy, EVERYTHING]))
    assert isinstance(before, Policy) and isinstance(after, Policy)
    assert grants_admin(after) == () and len(grants_admin(before)) <= len(policy)


@given(st.text("ab*?:", max_size=12), st.text("ab:", max_size=8))
def test_wildcards_agree_with_a_plain_matcher(pattern: str, value: str) -> None:
    def slow(p: str, v: str) -> bool:
        if not p:
            return not v
        if p[0] == "*":
            return slow(p[1:], v) or (bool(v) and slow(p, v[1:]))
        return bool(v) and (p[0] in ("?", v[0])) and slow(p[1:], v[1:])

    assert matches(pattern, value) == slow(pattern, value)
