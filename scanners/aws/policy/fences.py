"""Conditions that pin a request to known callers, and those that shut everybody else out.

Sources: Amazon S3 User Guide, "The meaning of public"; AWS IAM User Guide, "Global condition context keys" and
"IAM JSON policy elements: Condition operators".
"""

import ipaddress
import re

from scanners.aws.policy.document import Statement

_ADDRESSES = ("aws:sourceip", "aws:vpcsourceip")
# Keys that name one's own account, organisation, network or source when compared with a fixed value.
# Not among them: aws:username (every account may have a "deploy"), kms:ViaService and aws:CalledVia (any account's call
# comes through that service), aws:Referer and aws:UserAgent (the caller writes them).
_FENCES = frozenset(
    [
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:sourceowner",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        *_ADDRESSES,
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalservicename",
        "aws:userid",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "kms:calleraccount",
        "lambda:eventsourcetoken",
    ]
)
# Yes-or-no keys that no stranger can meet.
_SWITCHES = frozenset(["aws:principalisawsservice", "elasticfilesystem:accessedviamounttarget"])
_EQUAL = re.compile(r"(foranyvalue:)?(string(equals|like|equalsignorecase)|arn(equals|like)|ipaddress)\Z")
# A negated operator holds where the key is absent too, so that nobody slips through by leaving it out.
_UNEQUAL = re.compile(
    r"(string(notequals|notlike|notequalsignorecase)|arn(notequals|notlike)|notipaddress)(ifexists)?\Z"
)
_WIDEST_PREFIX = {4: 8, 6: 32}  # a source range wider than this is the Internet, not a fence
Condition = tuple[str, str, tuple[str, ...]]


def fenced(statement: Statement) -> bool:
    """True where some condition of an Allow lets only fixed, known callers through."""
    return any(_pins(condition) for condition in statement.conditions)


def hits_strangers(statement: Statement) -> bool:
    """True where every condition of a Deny holds for whoever is outside: "not my organisation", "not my network"."""
    return all(_turns_away(condition) for condition in statement.conditions)


def _pins(condition: Condition) -> bool:
    """`IfExists` and `ForAllValues` hold when the key is absent: no fence."""
    operator, key, values = condition
    if key in _SWITCHES:
        return operator == "bool" and _says(values, "true")
    return bool(_EQUAL.match(operator)) and _known(operator, key, values)


def _turns_away(condition: Condition) -> bool:
    operator, key, values = condition
    if key in _SWITCHES:
        return operator in ("bool", "boolifexists") and _says(values, "false")
    if key == "aws:viaawsservice":
        return operator in ("bool", "boolifexists") and _says(values, "false")
    return bool(_UNEQUAL.match(operator)) and _known(operator.removesuffix("ifexists"), key, values)


def _says(values: tuple[str, ...], word: str) -> bool:
    return {value.lower() for value in values} == {word}


def _known(operator: str, key: str, values: tuple[str, ...]) -> bool:
    """True where the key names the caller's side and every value is one fixed thing."""
    if key not in _FENCES or not values or any("${" in value for value in values):
        return False
    if key in _ADDRESSES:
        return all(_narrow(value) for value in values)
    return all(_fixed(operator, key, value) for value in values)


def _fixed(operator: str, key: str, value: str) -> bool:
    wild = ("like" in operator or operator.startswith("arn")) and ("*" in value or "?" in value)
    if not wild:
        return True
    if key in ("aws:sourcearn", "aws:principalarn", "aws:sourcevpcarn", "s3:dataaccesspointarn"):
        return not _wild_owner(value)
    if key in ("aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"):
        return not set(value.split("/", 1)[0]) & set("*?")  # "o-1/*" is all of one's own organisation
    if key == "aws:userid":
        return bool(re.match(r"A[A-Z0-9]{15,}:", value)) or bool(re.match(r"\d{12}:", value))
    return False


def _wild_owner(arn: str) -> bool:
    """True where a wildcard stands for the account, or for the bucket of an ARN that names no account."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return True
    owner = parts[4] or parts[5].split("/", 1)[0]
    return bool(set(owner) & set("*?"))


def _narrow(value: str) -> bool:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _WIDEST_PREFIX[network.version]
