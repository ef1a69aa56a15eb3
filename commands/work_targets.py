"""Which target a job means, and how much of it."""

from dataclasses import replace

from commands.model import Context
from scanners.aws.options import ONLY_ACCOUNT, options_of
from scanners.errors import PatrolError
from scanners.model import Target


def narrowed(target: Target, scope: str) -> Target:
    """`target` for a check in `scope` ("aws/<account>/<region>"): the other accounts are not even listed."""
    if target.kind != "aws" or not options_of(target).many:
        return target
    return replace(target, settings={**target.settings, ONLY_ACCOUNT: scope.split("/")[1]})


def target_of(context: Context, name: str) -> Target:
    """The target of that name. Raises PatrolError where it is not configured any more."""
    found = context.whole.target(name)
    if found is None:
        raise PatrolError(
            f"The target {name} is no longer in patrol.toml. Add it again, or retire its findings."
        )
    return found
