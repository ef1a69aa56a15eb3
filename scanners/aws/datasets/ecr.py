"""ECR, by region: image repositories, how they scan, whether tags can move, and who may pull."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, flag, sent
from scanners.aws.gone import Gone, ask, still_there
from scanners.aws.resource_policy import POLICY_FIELDS, POLICY_SCHEMA, read_policy
from scanners.aws.tags import PERMISSION, tags_of_one
from scanners.dataset import Listing, Record
from scanners.model import Json, Resource

_GONE = ("RepositoryNotFoundException",)
_LIST = "ecr describe_repositories"
_SCANS = ("SCAN_ON_PUSH", "CONTINUOUS_SCAN")


def repositories(api: Api) -> Listing:
    """Every repository of the region."""
    page = {"PageSize": 1000}
    listed, gap = api.pages("ecr", "describe_repositories", "repositories", PaginationConfig=page)
    return api.listing(still_there(api, lambda item: _repository(api, item, alone=False), listed), gap)


def one_repository(api: Api, arn: str) -> Listing:
    """One repository by its ARN."""
    name = arn.split(":repository/", 1)[-1]
    try:
        answer = ask(api, _GONE, "ecr", "describe_repositories", repositoryNames=[name])
        found = sent(answer, "repositories", _LIST)
        return api.listing([_repository(api, item, alone=True) for item in found])
    except Gone:
        return api.listing([])


def _repository(api: Api, item: Mapping[str, Any], *, alone: bool) -> Record:
    """`alone`: no other is read. Raises Gone where the repository is no more."""
    reading = Reading()
    name, arn = str(item["repositoryName"]), str(item["repositoryArn"])
    reading.fields["name"] = name
    reading.read(["scan_on_push"], lambda: [_scan_on_push(item)])
    reading.fields["registry_scans"] = False
    if api.wants("registry_scans") and reading.fields.get("scan_on_push") is not True:
        del reading.fields["registry_scans"]
        reading.read(["registry_scans"], lambda: [_registry_scans(api, name)])
    reading.read(["mutability", "exclusions"], lambda: _mutability(item))
    if api.wants(*POLICY_FIELDS):
        reading.read(POLICY_FIELDS, lambda: _policy(api, name, arn))
    tags = tags_of_one(api, "ecr:repository", arn, alone=alone)
    return reading.record(Resource("aws.ecr.repository", arn, name, api.region, *tags))


def _scan_on_push(item: Mapping[str, Any]) -> bool:
    return flag(sent(item, "imageScanningConfiguration", _LIST), "scanOnPush", _LIST)


def _mutability(item: Mapping[str, Any]) -> list[Json]:
    """The setting, and the filters of tags that are excepted from it."""
    return [sent(item, "imageTagMutability", _LIST), item.get("imageTagMutabilityExclusionFilters") or []]


def _registry_scans(api: Api, name: str) -> bool:
    """True where a rule of the registry scans this repository on push or all the time. Asked once a region."""
    rules = api.once("scanning rules", lambda: _rules(api))
    if isinstance(rules, CallFailed):
        raise rules
    return any(
        rule.get("scanFrequency") in _SCANS and fnmatchcase(name, str(place["filter"]))
        for rule in rules
        for place in rule.get("repositoryFilters") or ()
    )


def _rules(api: Api) -> list[Mapping[str, Any]] | CallFailed:
    """A failure is kept as a value: asked again for each repository, a refusal would be a call each."""
    where = "ecr get_registry_scanning_configuration"
    try:
        answer = api.call("ecr", "get_registry_scanning_configuration")
        return list(sent(sent(answer, "scanningConfiguration", where), "rules", where))
    except CallFailed as failure:
        return failure


def _policy(api: Api, name: str, arn: str) -> list[Json]:
    where = "ecr get_repository_policy"
    try:
        text = sent(ask(api, _GONE, "ecr", "get_repository_policy", repositoryName=name), "policyText", where)
    except CallFailed as failure:
        if failure.code != "RepositoryPolicyNotFoundException":
            raise
        text = None
    return read_policy(text, arn, api.account, where)


DATASETS = (
    Dataset(
        "ecr.repositories", "ecr", "regional",
        {
            "name": "str", "scan_on_push": "bool: the repository's own setting",
            "registry_scans": "bool: a rule of the registry scans it; not asked where its own setting is on",
            "mutability": "str: MUTABLE or IMMUTABLE, or either with `_WITH_EXCLUSION`",
            "exclusions": "list of {filterType, filter}: tags excepted from it",
            **POLICY_SCHEMA,
        },
        repositories, one_repository,
        permissions=("ecr:DescribeRepositories", "ecr:GetRegistryScanningConfiguration", "ecr:GetRepositoryPolicy", PERMISSION),
    ),
)  # fmt: skip
