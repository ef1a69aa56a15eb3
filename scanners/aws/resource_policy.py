"""What a resource's policy says of the public, in the words that every control of such policies shares."""

import json
from collections.abc import Mapping
from typing import Any

from scanners.aws.api import broken
from scanners.aws.policy import MalformedPolicy, open_services, parse, public_statements
from scanners.model import Json

POLICY_SCHEMA = {
    "policy": "map?: the policy as it stands, null without one",
    "public": "bool: a statement lets anyone in",
    "public_sids": "list of the statements that do: their Sid, else `statement 2`",
    "closed_policy": "map?: the same policy with this account in the place of anyone, null without one",
}
POLICY_FIELDS = tuple(POLICY_SCHEMA)


def read_policy(
    text: str | None, arn: str, account: str, where: str, services: tuple[str, ...] = ()
) -> list[Json]:
    """The values of POLICY_FIELDS for the policy `text` of the resource `arn`, None where it has none.

    `where` names the call ("sns get_topic_attributes"). `services` are those that anyone can have act for them
    ("s3.amazonaws.com"), so that they must be held to an account. Raises CallFailed for a text that is no policy.
    """
    if text is None:
        return [None, False, [], None]
    policy = parse(text)
    if isinstance(policy, MalformedPolicy):
        raise broken(where, policy.reason)
    document = json.loads(text)
    public = public_statements(policy, arn) + open_services(policy, arn, services)
    places = [at for at, statement in enumerate(policy.statements) if statement in public]
    named = [policy.statements[at].sid or f"statement {at + 1}" for at in places]
    return [document, bool(public), named, _closed(document, places, arn, account)]


def _closed(document: Mapping[str, Any], places: list[int], arn: str, account: str) -> Json:
    """Taking the statement out could lock everybody out (a key), or leave a policy without statements."""
    partition = arn.split(":")[1]
    own = {"AWS": f"arn:{partition}:iam::{account}:root"}
    given = document["Statement"]
    statements = [dict(item) for item in ([given] if isinstance(given, Mapping) else given)]
    for at in places:
        statements[at].pop("NotPrincipal", None)
        statements[at]["Principal"] = own
    return {**document, "Statement": statements}
