"""Whose a finding is. The first that answers: people's word, tags, rules and CODEOWNERS, the target, the default."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from commands.people import Organisation
from scanners.model import Resource, Target
from storage.identity import storable


@dataclass(frozen=True, slots=True)
class UnknownOwner:
    """A tag that should name a team and names none. `resources` counts them; `example` is one's ARN."""

    key: str
    value: str
    resources: int
    example: str


def owner_of(
    organisation: Organisation,
    target: Target,
    resource: Resource,
    remembered: Mapping[str, str] | None = None,
) -> str:
    """The name of the team that owns `resource`, "" where nobody does.

    `remembered` maps a resource, as the store writes its ARN, to the team that people said ("not mine",
    "reassign"); "" there means that every team said "not mine", and is kept. A word of theirs or a tag whose team
    is not configured (any more) is passed over: a finding must not end where nobody looks. Neither they nor a
    CODEOWNERS file carry a resource into another workspace than the target's owner's; only patrol.toml does.
    """
    said = remembered.get(storable(resource.arn)) if remembered else None
    if said is not None and (not said or organisation.within_walls(said, target.owner)):
        return said
    return next(_answers(organisation, target, resource), "")


def candidates(organisation: Organisation, target: Target | None, resource: Resource) -> tuple[str, ...]:
    """Every team that the rules name, the strongest first, each once."""
    return tuple(dict.fromkeys(_answers(organisation, target, resource)))


def _answers(organisation: Organisation, target: Target | None, resource: Resource) -> Iterator[str]:
    """One by one, so that what is not needed is not looked up."""
    owner = target.owner if target else ""
    yield from (team for team in _by_tags(organisation, resource) if organisation.within_walls(team, owner))
    ruled = organisation.routing.ruled(place(resource))
    if ruled:
        yield ruled
    if target:
        found = _by_codeowners(organisation, target, resource)
        yield from (team for team in found if organisation.within_walls(team, owner))
    if target and target.owner:
        yield target.owner
    if organisation.routing.default:
        yield organisation.routing.default


def place(resource: Resource) -> str:
    """What rules are held against: the ARN, or of a resource in a repository its path (there the `id`)."""
    return resource.arn if resource.arn.startswith("arn:") else resource.id.removeprefix("./").lstrip("/")


def unknown_owners(organisation: Organisation, resources: Iterable[Resource]) -> tuple[UnknownOwner, ...]:
    """The tags that name no team, the most frequent first; each resource (ARN) counts once."""
    seen: dict[str, Resource] = {resource.arn: resource for resource in resources}
    found: dict[tuple[str, str], list[str]] = {}
    for arn, resource in seen.items():
        for key, value in organisation.routing.tagged(resource.tags):
            if value.strip() and organisation.named(value) is None:
                found.setdefault((key, value), []).append(arn)
    told = [UnknownOwner(key, value, len(arns), min(arns)) for (key, value), arns in found.items()]
    return tuple(sorted(told, key=lambda one: (-one.resources, one.key, one.value)))


def _by_tags(organisation: Organisation, resource: Resource) -> Iterator[str]:
    for _key, value in organisation.routing.tagged(resource.tags):
        team = organisation.named(value)
        if team is not None:
            yield team.name


def _by_codeowners(organisation: Organisation, target: Target, resource: Resource) -> Iterator[str]:
    """The owners of the path that are teams here: "@acme/payments" by that whole name or as "payments"."""
    home = organisation.home(target.name)
    file = organisation.routing.codeowners.get(home.name if home else target.name)
    if file is None or resource.arn.startswith("arn:"):
        return
    for owner in file.owners(place(resource)):
        whole = owner.removeprefix("@")
        team = organisation.named(whole) or organisation.named(whole.rpartition("/")[2])
        if team is not None:
            yield team.name
