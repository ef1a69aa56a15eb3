"""Lambda, by region: functions, their runtimes and who may call them."""

from collections.abc import Mapping, Sequence
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, broken, sent
from scanners.aws.gone import Gone, ask, still_there
from scanners.aws.resource_policy import POLICY_FIELDS, POLICY_SCHEMA, read_policy
from scanners.aws.runtimes import AS_OF, DEPRECATED_ON, successor
from scanners.aws.tags import PERMISSION, tags_of_one
from scanners.dataset import Listing, Record
from scanners.model import Json, Resource

_NONE = "ResourceNotFoundException"
# Anyone can point a bucket of theirs at a function that lets S3 in for everybody (Security Hub, Lambda.1).
_FOR_ANYONE = ("s3.amazonaws.com",)
# What `aws lambda add-permission` calls a condition of a statement, to bring a removed one back.
_OPTIONS = {
    "aws:sourcearn": "--source-arn", "aws:sourceaccount": "--source-account", "aws:principalorgid": "--principal-org-id",
    "lambda:functionurlauthtype": "--function-url-auth-type", "lambda:eventsourcetoken": "--event-source-token",
}  # fmt: skip


def functions(api: Api) -> Listing:
    """Every function of the region."""
    listed, gap = api.pages("lambda", "list_functions", "Functions")
    return api.listing(still_there(api, lambda item: _function(api, item, alone=False), listed), gap)


def one_function(api: Api, arn: str) -> Listing:
    """One function by its ARN."""
    try:
        found = ask(api, (_NONE,), "lambda", "get_function_configuration", FunctionName=arn)
        return api.listing([_function(api, found, alone=True)])
    except Gone:
        return api.listing([])


def _function(api: Api, item: Mapping[str, Any], *, alone: bool) -> Record:
    """`alone`: no other is read. Raises Gone where the function is no more."""
    reading = Reading()
    name, arn = str(item["FunctionName"]), str(item["FunctionArn"]).removesuffix(":$LATEST")
    reading.fields["name"] = name
    runtime_fields = ["package", "runtime", "deprecated_on", "supported", "successor"]
    reading.read(runtime_fields, lambda: _runtime(api, item))
    if api.wants(*POLICY_FIELDS, "public_grants"):

        def policy() -> list[Json]:
            text = _policy(api, name)
            read = read_policy(text, arn, api.account, "lambda get_policy", _FOR_ANYONE)
            return [*read, [_grant(sid, read[0]) for sid in read[2]]]

        reading.read([*POLICY_FIELDS, "public_grants"], policy)
    tags = tags_of_one(api, "lambda:function", arn, alone=alone)
    return reading.record(Resource("aws.lambda.function", arn, name, api.region, *tags))


def _runtime(api: Api, item: Mapping[str, Any]) -> list[Json]:
    """Kind of package, runtime, when AWS stops patching it, whether it still does, and what to move to.

    A function in a container image has no runtime that AWS would know of.
    """
    where = "lambda list_functions"
    package = str(item.get("PackageType") or "Zip")  # functions from before there were images do not say
    if package == "Image":
        return [package, None, None, None, None]
    runtime = str(sent(item, "Runtime", where))
    if runtime not in DEPRECATED_ON:
        raise broken(where, f"{runtime[:40]} is not among the runtimes that Patrol knows ({AS_OF:%B %Y})")
    until = DEPRECATED_ON[runtime]
    return [package, runtime, until.isoformat(), api.now.date() < until, successor(runtime)]


def _policy(api: Api, name: str) -> str | None:
    """The policy's text, None where the function has none. The same error code says both, so its words decide."""
    try:
        return str(sent(api.call("lambda", "get_policy", FunctionName=name), "Policy", "lambda get_policy"))
    except CallFailed as failure:
        if failure.code != _NONE:
            raise
        if "Function not found" in failure.gap.reason:
            raise Gone from failure
        return None


def _grant(sid: str, policy: Mapping[str, Any]) -> Mapping[str, Json]:
    """A statement as the words that `aws lambda add-permission` makes it from."""
    given = policy["Statement"]
    statements: Sequence[Mapping[str, Any]] = [given] if isinstance(given, Mapping) else given
    found = next((s for at, s in enumerate(statements, 1) if sid in (s.get("Sid"), f"statement {at}")), {})
    principal = found.get("Principal", "*")
    if isinstance(principal, Mapping):
        principal = next(iter(principal.values()), "*")
    words = ["--action", _first(found.get("Action")), "--principal", _first(principal)]
    for keys in (found.get("Condition") or {}).values():
        for key, value in keys.items():
            if option := _OPTIONS.get(str(key).lower()):
                words += [option, _first(value)]
    return {"sid": sid, "words": words}


def _first(value: Json) -> str:
    """Lambda writes one value where others would write a list."""
    return str(value[0] if isinstance(value, list) and value else value)


DATASETS = (
    Dataset(
        "lambda.functions", "lambda", "regional",
        {
            "name": "str", "package": "str: Zip or Image", "runtime": "str?: null in a container image",
            "deprecated_on": "str?: the day on which AWS stops patching the runtime, ISO 8601",
            "supported": "bool?: that day is still to come", "successor": "str?: the newest runtime of the language",
            **POLICY_SCHEMA,
            "public_grants": "list of {sid, words}: the public statements as options of add-permission",
        },
        functions, one_function,
        permissions=("lambda:ListFunctions", "lambda:GetFunctionConfiguration", "lambda:GetPolicy", PERMISSION),
    ),
)  # fmt: skip
