"""Who owns a finding, by rules."""

from commands.people import Organisation
from scanners.model import Resource, Target


def candidates(organisation: Organisation, target: Target | None, resource: Resource) -> tuple[str, ...]:
    """Every team that a rule names, the strongest first."""
    return (target.owner,) if target else ()
