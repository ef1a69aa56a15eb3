"""Who may do everything: identity policies that give full administration (CIS AWS 5.0, 1.15)."""

from scanners.aws.policy.document import Policy, Statement
from scanners.aws.policy.match import matches, same

_SAMPLE_ARNS = ("arn:aws:iam::1:user/zz", "arn:aws:s3:::zz/zz", "arn:aws:ec2:zz-1:1:instance/zz")
# Whoever keeps these can lift any exception.
_MIGHTY = ("iam:PutUserPolicy", "iam:AttachUserPolicy")


def grants_admin(policy: Policy) -> tuple[Statement, ...]:
    """Allow statements that give every action on every resource.

    An exception list that leaves IAM itself allowed is admin too, for its holder can lift it. An
    unconditional Deny of everything in the same policy takes it all away again. A condition on the Allow
    changes nothing: whoever meets it may do everything.
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
            matches(pattern, action) for pattern in statement.not_actions for action in _MIGHTY
        )
    return any(set(action) <= set("*:") and "*" in action for action in statement.actions or ())


def _every_resource(statement: Statement) -> bool:
    if statement.not_resources is not None:
        return statement.allow and not any(set(pattern) == {"*"} for pattern in statement.not_resources)
    return any(all(same(r, arn) for arn in _SAMPLE_ARNS) for r in statement.resources or ())
