"""Reads IAM and resource policies by meaning, for every control that needs it (docs/decisions/0004).

Sources: AWS IAM User Guide, "Policy evaluation logic" and "JSON policy element reference"; Amazon S3 User
Guide, "The meaning of public". Hostile input: any JSON at all gives a Policy or a MalformedPolicy.
"""

import ipaddress
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from scanners.model import Json

_ANY_KEY = "zz-any/zz-key"
_SAMPLE_ARNS = ("arn:aws:iam::1:user/zz", "arn:aws:s3:::zz/zz", "arn:aws:ec2:zz-1:1:instance/zz")
# Keys that pin a request to one's own account, organisation, network or source when compared with a
# fixed value (S3 User Guide, "The meaning of public").
_FENCES = frozenset(
    [
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourceip",
        "aws:vpcsourceip",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:userid",
        "aws:username",
        "aws:sourcevpcarn",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "kms:calleraccount",
    ]
)
_POSITIVE = re.compile(
    r"^(forallvalues:|foranyvalue:)?(string(equals|like|equalsignorecase)|arn(equals|like)|ipaddress)$"
)
_WIDEST_PREFIX = {4: 8, 6: 32}  # a source range wider than this is the Internet, not a fence


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, every element a tuple. `principals` holds (type, value); None where absent."""

    sid: str
    allow: bool
    principals: tuple[tuple[str, str], ...] | None
    not_principals: tuple[tuple[str, str], ...] | None
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy that could be read."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class MalformedPolicy:
    """A document that is no policy; nothing may be concluded from it."""

    reason: str


def parse(document: Json) -> Policy | MalformedPolicy:
    """Read a policy given as JSON text (URL-encoded or not) or as an object. Never raises."""
    try:
        if isinstance(document, str):
            text = document.strip()
            document = json.loads(unquote(text) if text.startswith("%7B") else text)
        if not isinstance(document, Mapping):
            return MalformedPolicy("the policy is not a JSON object")
        if "Statement" not in document:
            return MalformedPolicy("the policy has no Statement")
        given = document["Statement"]
        statements = [given] if isinstance(given, Mapping) else given
        return Policy(tuple(_statement(item) for item in statements))
    except (ValueError, TypeError, RecursionError) as error:
        return MalformedPolicy(f"the policy can't be read: {str(error)[:120]}")


def _statement(item: Json) -> Statement:
    if not isinstance(item, Mapping) or item.get("Effect") not in ("Allow", "Deny"):
        raise ValueError("a statement without Effect Allow or Deny")
    return Statement(
        sid=str(item.get("Sid", "")),
        allow=item["Effect"] == "Allow",
        principals=_principals(item.get("Principal")),
        not_principals=_principals(item.get("NotPrincipal")),
        actions=_texts(item.get("Action")),
        not_actions=_texts(item.get("NotAction")),
        resources=_texts(item.get("Resource")),
        not_resources=_texts(item.get("NotResource")),
        conditions=_conditions(item.get("Condition")),
    )


def _texts(value: Json) -> tuple[str, ...] | None:
    if value is None:
        return None
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in items):
        raise ValueError("an element that is not text")
    return tuple(items)


def _principals(value: Json) -> tuple[tuple[str, str], ...] | None:
    if value is None:
        return None
    if isinstance(value, str):
        return (("AWS", value),)
    if not isinstance(value, Mapping):
        raise ValueError("a Principal that is neither text nor an object")
    return tuple((str(kind), name) for kind, names in value.items() for name in _texts(names) or ())


def _conditions(value: Json) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        raise ValueError("a Condition that is not an object")
    found = []
    for operator, keys in value.items():
        if not isinstance(keys, Mapping):
            raise ValueError("a condition operator without keys")
        for key, values in keys.items():
            listed = values if isinstance(values, list) else [values]
            found.append((str(operator).lower(), str(key).lower(), tuple(_condition_text(v) for v in listed)))
    return tuple(found)


def _condition_text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped + r"\Z", re.IGNORECASE | re.DOTALL)


def matches(pattern: str, value: str) -> bool:
    """IAM wildcards: `*` any run, `?` one character; case folded."""
    # Runs of stars make the regular expression backtrack for ever; one star means the same.
    return bool(_pattern(re.sub(r"\*+", "*", pattern)).match(value))


def _any(patterns: Iterable[str] | None, value: str) -> bool:
    return any(matches(pattern, value) for pattern in patterns or ())


def acts_on(statement: Statement, action: str) -> bool:
    """True where the statement speaks of `action`."""
    if statement.not_actions is not None:
        return not _any(statement.not_actions, action)
    return _any(statement.actions, action)


def covers(statement: Statement, resource: str) -> bool:
    """True where the statement speaks of `resource`."""
    if statement.not_resources is not None:
        return not _any(statement.not_resources, resource)
    return _any(statement.resources, resource)


def grants_admin(policy: Policy) -> tuple[Statement, ...]:
    """Allow statements that give every action on every resource (CIS AWS 5.0, 1.16).

    An exception list that leaves IAM itself allowed is admin too, for its holder can lift it. An
    unconditional Deny of everything in the same policy takes it all away again.
    """
    if any(_denies_everything(statement) for statement in policy.statements):
        return ()
    return tuple(s for s in policy.statements if s.allow and _every_action(s) and _every_resource(s))


def _denies_everything(statement: Statement) -> bool:
    return (
        not statement.allow
        and not statement.conditions
        and _every_action(statement)
        and _every_resource(statement)
    )


def _every_action(statement: Statement) -> bool:
    if statement.not_actions is not None:
        return statement.allow and not any(
            matches(pattern, "iam:PutUserPolicy") or matches(pattern, "iam:AttachUserPolicy")
            for pattern in statement.not_actions
        )
    return any(set(action) <= set("*:") and "*" in action for action in statement.actions or ())


def _every_resource(statement: Statement) -> bool:
    if statement.not_resources is not None:
        return statement.allow
    return any(all(matches(r, arn) for arn in _SAMPLE_ARNS) for r in statement.resources or ())


def public_statements(policy: Policy, resource: str) -> tuple[Statement, ...]:
    """Allow statements that let anyone in, and that no unconditional Deny for everyone takes back."""
    open_ones = (s for s in policy.statements if s.allow and _for_anyone(s) and not _fenced(s))
    return tuple(s for s in open_ones if not _taken_back(s, policy, resource))


def _for_anyone(statement: Statement) -> bool:
    if statement.not_principals is not None:
        return True
    return any(_anyone(kind, name) for kind, name in statement.principals or ())


def _anyone(kind: str, name: str) -> bool:
    return kind in ("AWS", "*") and (
        name == "*" or bool(re.fullmatch(r"arn:aws[\w-]*:(iam|sts)::\*:.*\*", name))
    )


def _fenced(statement: Statement) -> bool:
    return any(_pins(operator, key, values) for operator, key, values in statement.conditions)


def _pins(operator: str, key: str, values: tuple[str, ...]) -> bool:
    """True where a condition lets only fixed, own callers through. `IfExists` and `ForAllValues` hold when the key is absent."""
    if (
        key not in _FENCES
        or not values
        or not _POSITIVE.match(operator)
        or operator.startswith("forallvalues:")
    ):
        return False
    if key in ("aws:sourceip", "aws:vpcsourceip"):
        return all(_narrow(value) for value in values)
    if key == "aws:principalarn":
        return all(not _wild_account(value) for value in values)
    return all(_fixed(operator, key, value) for value in values)


def _fixed(operator: str, key: str, value: str) -> bool:
    likes = "like" in operator or operator.endswith("arnequals")
    if key == "aws:sourcearn" and likes:
        return not _wild_account(value)
    return not (likes and ("*" in value or "?" in value)) and "${" not in value


def _wild_account(arn: str) -> bool:
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return "*" in arn or "?" in arn
    return "*" in parts[4] or (not parts[4] and "*" in parts[5][:1])


def _narrow(value: str) -> bool:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _WIDEST_PREFIX[network.version]


def _taken_back(statement: Statement, policy: Policy, resource: str) -> bool:
    denies = [s for s in policy.statements if not s.allow and not s.conditions and _for_all(s)]
    probes = [action.replace("*", "zz").replace("?", "z") for action in statement.actions or ("zz:zz",)]
    places = [
        place.replace("*", "zz").replace("?", "z")
        for place in statement.resources or (resource, resource + "/zz")
    ]
    if not probes or not places:
        return False
    return all(any(acts_on(deny, a) and covers(deny, p) for deny in denies) for a in probes for p in places)


def _for_all(statement: Statement) -> bool:
    return any(kind in ("AWS", "*") and name == "*" for kind, name in statement.principals or ())


def requires_tls(policy: Policy, bucket_arn: str) -> bool:
    """True where every request without TLS to the bucket and to each object is denied to everyone."""
    denies = [s for s in policy.statements if not s.allow and _for_all(s) and _only_without_tls(s)]
    every = [s for s in denies if acts_on(s, "s3:ZzAnyAction") and acts_on(s, "s3:GetObject")]
    places = (bucket_arn, f"{bucket_arn}/{_ANY_KEY}")
    return all(any(covers(statement, place) for statement in every) for place in places)


def _only_without_tls(statement: Statement) -> bool:
    if len(statement.conditions) != 1:
        return False  # a second condition narrows the Deny
    operator, key, values = statement.conditions[0]
    sound = operator in ("bool", "boolifexists", "stringequals", "stringequalsignorecase", "stringlike")
    return sound and key == "aws:securetransport" and [value.lower() for value in values] == ["false"]
