"""Resource policies that are open to everybody, those that only look so, and those that are not; true for any service.

What is public follows AWS ("The meaning of public", S3 user guide): Allow, to everybody, without a condition
that ties the caller to fixed values. `IfExists`, negated operators and wildcards in the value tie nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.aws.site import ACCOUNT, Statement
from tests.benchmarks.aws.truth import EITHER

OTHER = "210987654321"


@dataclass(frozen=True, slots=True)
class Grant:
    """`public` is True, False, or EITHER where AWS's own sources differ. `make(actions, resources)` gives statements."""

    name: str
    public: bool | str
    make: Callable[[Any, Any], list[Statement]]


def _allow(principal: Any, **more: Any) -> Callable[[Any, Any], list[Statement]]:
    def make(actions: Any, resources: Any) -> list[Statement]:
        who = {"Principal": principal} if "NotPrincipal" not in more else {}
        return [{"Sid": "Given", "Effect": "Allow", **who, "Action": actions, "Resource": resources, **more}]

    return make


def _when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


def _deny_all(actions: Any, resources: Any) -> list[Statement]:
    return [{"Sid": "Never", "Effect": "Deny", "Principal": "*", "Action": actions, "Resource": resources}]


def _closed_again(actions: Any, resources: Any) -> list[Statement]:
    return _allow("*")(actions, resources) + _deny_all(actions, resources)


def _two_keys(actions: Any, resources: Any) -> list[Statement]:
    fence = {
        "StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
        "Bool": {"aws:SecureTransport": "true"},
    }
    return _allow("*", Condition=fence)(actions, resources)


def _open_after_fenced(actions: Any, resources: Any) -> list[Statement]:
    fenced = _two_keys(actions, resources)[0] | {"Sid": "Fenced"}
    return [fenced, *_allow({"AWS": "*"})(actions, resources)]


def _denied_to_strangers(actions: Any, resources: Any) -> list[Statement]:
    fence = _when("StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")
    return [*_allow("*")(actions, resources), _deny_all(actions, resources)[0] | fence]


def _all_but_one_action(actions: Any, resources: Any) -> list[Statement]:
    """The one that is left out belongs to another service, so that all of this one's are in."""
    made = _allow("*")(actions, resources)[0]
    del made["Action"]
    return [made | {"NotAction": "iam:CreateUser"}]


OPEN = (
    Grant("everybody", True, _allow("*")),
    Grant("everybody as AWS", True, _allow({"AWS": "*"})),
    Grant("everybody in a list", True, _allow({"AWS": ["*"]})),
    Grant("a list with one account and everybody", True, _allow({"AWS": [f"arn:aws:iam::{OTHER}:root", "*"]})),
    Grant("everybody, over TLS", True, _allow("*", **_when("Bool", "aws:SecureTransport", "true"))),
    Grant("everybody from 0.0.0.0/0", True, _allow("*", **_when("IpAddress", "aws:SourceIp", "0.0.0.0/0"))),
    Grant("everybody but from one address", True, _allow("*", **_when("NotIpAddress", "aws:SourceIp", "203.0.113.7/32"))),
    Grant("everybody with a referer", True, _allow("*", **_when("StringLike", "aws:Referer", "https://shop.example/*"))),
    Grant("fence IfExists", True, _allow("*", **_when("StringEqualsIfExists", "aws:SourceVpce", "vpce-0a1b2c3d"))),
    Grant("everybody but one organisation", True, _allow("*", **_when("StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"))),
    Grant("a principal pattern that fits all", True, _allow("*", **_when("StringLike", "aws:PrincipalArn", "*"))),
    Grant("fenced and open", True, _open_after_fenced),
    Grant("every account's root", True, _allow({"AWS": "arn:aws:iam::*:root"})),
    Grant("all but one action to everybody", True, _all_but_one_action),
    Grant("a fence of ForAllValues, which holds where the key is missing", True, _allow("*", **_when("ForAllValues:StringEquals", "aws:PrincipalOrgID", ["o-a1b2c3d4e5"]))),
    Grant("anybody who is in some organisation", True, _allow("*", **_when("Null", "aws:PrincipalOrgID", "false"))),
    Grant("both halves of the Internet", True, _allow("*", **_when("IpAddress", "aws:SourceIp", ["0.0.0.0/1", "128.0.0.0/1"]))),
    Grant("a network pattern that fits all", True, _allow("*", **_when("StringLike", "aws:SourceVpc", "vpc-*"))),
    Grant("one organisation or any", True, _allow("*", **_when("StringLike", "aws:PrincipalOrgID", ["o-a1b2c3d4e5", "*"]))),
    Grant("everybody in a role", True, _allow({"AWS": "*"}, **_when("StringEquals", "aws:PrincipalType", "AssumedRole"))),
)  # fmt: skip
SHUT = (
    Grant("own account", False, _allow({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})),
    Grant("own account by its number", False, _allow({"AWS": ACCOUNT})),
    Grant("another account", False, _allow({"AWS": f"arn:aws:iam::{OTHER}:root"})),
    Grant("a service with a source account", False, _allow({"Service": "events.amazonaws.com"}, **_when("StringEquals", "aws:SourceAccount", ACCOUNT))),
    Grant("deny everybody", False, _deny_all),
    Grant("fenced by organisation", False, _allow("*", **_when("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"))),
    Grant("fenced by account", False, _allow({"AWS": "*"}, **_when("StringEquals", "aws:PrincipalAccount", [ACCOUNT, OTHER]))),
    Grant("fenced by endpoint", False, _allow("*", **_when("StringEquals", "aws:SourceVpce", "vpce-0a1b2c3d"))),
    Grant("fenced by address", False, _allow("*", **_when("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "2001:db8:1::/64"]))),
    Grant("fenced by source", False, _allow("*", **_when("ArnEquals", "aws:SourceArn", f"arn:aws:sns:us-east-1:{ACCOUNT}:orders"))),
    Grant("fenced by source account, key in capitals", False, _allow({"AWS": "*"}, **_when("StringEquals", "AWS:SourceAccount", ACCOUNT))),
    Grant("fenced by two keys", False, _two_keys),
    Grant("roles of one account by pattern", False, _allow("*", **_when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/*"))),
    Grant("a part of an organisation", False, _allow("*", **_when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", ["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"]))),
    Grant("the network inside", False, _allow("*", **_when("StringEquals", "aws:SourceVpc", ["vpc-0a1b2c3d", "vpc-1a1b2c3d"]))),
    Grant("a like without a pattern", False, _allow("*", **_when("StringLike", "aws:PrincipalOrgID", "o-a1b2c3d4e5"))),
    Grant("an IAM user and a service", False, _allow({"AWS": f"arn:aws:iam::{ACCOUNT}:user/holder", "Service": ["events.amazonaws.com"]}, **_when("StringEquals", "aws:SourceAccount", ACCOUNT))),
    Grant("open and then denied to strangers", EITHER, _denied_to_strangers),
    Grant("open and then denied to all", EITHER, _closed_again),
    Grant("source of any account", EITHER, _allow("*", **_when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*"))),
    Grant("everybody but one principal", EITHER, _allow("", NotPrincipal={"AWS": f"arn:aws:iam::{OTHER}:root"})),
)  # fmt: skip
GRANTS = OPEN + SHUT
