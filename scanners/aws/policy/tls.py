"""Who asks for TLS: bucket policies that turn plain HTTP away (CIS AWS 5.0, 2.1.1)."""

from scanners.aws.policy.document import Policy, Statement
from scanners.aws.policy.public import acts_on, covers, for_all

_ANY_KEY = "zz-any/zz-key"


def requires_tls(policy: Policy, bucket_arn: str) -> bool:
    """True where every request without TLS to the bucket and to each object is denied to everyone."""
    denies = [s for s in policy.statements if not s.allow and for_all(s) and _only_without_tls(s)]
    every = [s for s in denies if acts_on(s, "s3:ZzAnyAction") and acts_on(s, "s3:GetObject")]
    places = (bucket_arn, f"{bucket_arn}/{_ANY_KEY}")
    return all(any(covers(statement, place) for statement in every) for place in places)


def _only_without_tls(statement: Statement) -> bool:
    if len(statement.conditions) != 1:
        return False  # a second condition narrows the Deny
    if statement.resources is None and statement.not_resources is None:
        return False  # S3 takes no statement without a place
    operator, key, values = statement.conditions[0]
    sound = operator in ("bool", "boolifexists", "stringequals", "stringequalsignorecase", "stringlike")
    return sound and key == "aws:securetransport" and [value.lower() for value in values] == ["false"]
