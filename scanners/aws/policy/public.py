"""Who lets anyone in: resource policies that strangers can use, and trust policies that strangers can enter by.

Sources: AWS IAM User Guide, "Policy evaluation logic" and "AWS JSON policy elements: Principal"; Amazon S3 User
Guide, "The meaning of public"; IAM User Guide, "The confused deputy problem".
"""

from collections.abc import Iterable, Iterator

from scanners.aws.policy.document import Policy, Statement
from scanners.aws.policy.fences import fenced, hits_strangers
from scanners.aws.policy.match import matches, same

# A name that nobody has: what matches it matches by a wildcard.
_NOBODY = "zqjx"
# Where an ARN's service is not the prefix of its actions.
_ACTIONS_OF = {"iam": "sts"}


def acts_on(statement: Statement, action: str) -> bool:
    """True where the statement speaks of `action`."""
    if statement.not_actions is not None:
        return not any(matches(pattern, action) for pattern in statement.not_actions)
    return any(matches(pattern, action) for pattern in statement.actions or ())


def covers(statement: Statement, resource: str) -> bool:
    """True where the statement speaks of `resource`. One that names none speaks of what it hangs on."""
    if statement.not_resources is not None:
        return not any(same(pattern, resource) for pattern in statement.not_resources)
    if statement.resources is None:
        return True
    return any(same(pattern, resource) for pattern in statement.resources)


def public_statements(policy: Policy, resource: str) -> tuple[Statement, ...]:
    """Allow statements that let anyone in, and that no Deny of everyone, or of every stranger, takes back.

    `resource` is the ARN that the policy hangs on; of a role's trust policy, the role's.
    """
    open_ones = (s for s in policy.statements if s.allow and _for_anyone(s) and not fenced(s))
    return tuple(s for s in open_ones if _gives(s, resource) and not _taken_back(s, policy, resource))


def open_services(policy: Policy, resource: str, services: Iterable[str] = ("*",)) -> tuple[Statement, ...]:
    """Allow statements that let an AWS service in without saying for whom it may act (the confused deputy).

    `services` are patterns of service principals ("s3.amazonaws.com"): of which it matters depends on what the
    policy hangs on.
    """
    asked = tuple(services)
    let_in = (s for s in policy.statements if s.allow and _lets_in(s, asked) and not fenced(s))
    return tuple(s for s in let_in if _gives(s, resource) and not _taken_back(s, policy, resource))


def for_all(statement: Statement) -> bool:
    """True where the principal is everyone, with no exception."""
    return any(kind in ("AWS", "*") and name == "*" for kind, name in statement.principals or ())


def _for_anyone(statement: Statement) -> bool:
    if statement.not_principals is not None:
        return not any(kind in ("AWS", "*") and name == "*" for kind, name in statement.not_principals)
    return any(_anyone(kind, name) for kind, name in statement.principals or ())


def _anyone(kind: str, name: str) -> bool:
    """Everyone, or something that a stranger can make in an account of their own."""
    if kind not in ("AWS", "*"):
        return False
    parts = name.split(":", 5)
    return set(name) == {"*"} or (len(parts) == 6 and parts[0] == "arn" and bool(set(parts[4]) & set("*?")))


def _lets_in(statement: Statement, services: tuple[str, ...]) -> bool:
    named = [name for kind, name in statement.principals or () if kind == "Service"]
    return any(matches(pattern, name) for pattern in services for name in named)


def _gives(statement: Statement, resource: str) -> bool:
    """False where the statement names no action at all, or all that the resource's own service has are excepted."""
    if statement.not_actions is not None:
        return acts_on(statement, _any_action(resource))
    return bool(statement.actions)


def _any_action(resource: str) -> str:
    parts = resource.split(":", 5)
    service = parts[2] if len(parts) == 6 else _NOBODY
    return f"{_ACTIONS_OF.get(service, service)}:{_NOBODY}"


def _taken_back(statement: Statement, policy: Policy, resource: str) -> bool:
    """True where every action on every place that the statement gives is denied to whoever is no friend."""
    denies = [s for s in policy.statements if not s.allow and _shuts_out(s) and hits_strangers(s)]
    if not denies:
        return False
    actions, places = list(_actions(statement, resource)), list(_places(statement, resource))
    return all(any(acts_on(d, a) and covers(d, p) for d in denies) for a in actions for p in places)


def _shuts_out(deny: Statement) -> bool:
    """A Deny for everyone, or for everyone but some that are named."""
    return for_all(deny) or (
        deny.not_principals is not None and not any(_anyone(*named) for named in deny.not_principals)
    )


def _actions(statement: Statement, resource: str) -> Iterator[str]:
    """One action for each pattern that the statement gives, of the kind that only the pattern's own width reaches."""
    for pattern in statement.actions or ("*",):
        yield _any_action(resource) if set(pattern) <= set("*:") else _probe(pattern)


def _places(statement: Statement, resource: str) -> Iterator[str]:
    """The resource, what is inside it, and what the statement's own patterns name there."""
    whole = (
        (resource, f"{resource}/{_NOBODY}") if ":s3:" in resource else (resource,)
    )  # a bucket holds objects
    inside = [place for place in whole if covers(statement, place)]
    if statement.resources is None:
        yield from inside
        return
    named = [_probe(pattern) for pattern in statement.resources]
    own = [place for place in named if place.startswith(resource)]
    yield from inside or own or named
    yield from own


def _probe(pattern: str) -> str:
    return pattern.replace("*", _NOBODY).replace("?", _NOBODY[0])
