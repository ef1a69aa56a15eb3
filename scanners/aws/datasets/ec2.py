"""EC2, by region: instances, and the templates that more of them are launched from."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, broken, sent, tags_of
from scanners.aws.datasets.ec2_lists import ec2_arn, one, page_size
from scanners.dataset import Gap, Listing, Record
from scanners.model import Json, Resource

_NO_TEMPLATE = "InvalidLaunchTemplateId"
_MOST_TEMPLATES = 200
_GOING = ("terminated", "shutting-down")


def instances(api: Api, **chosen: Any) -> Listing:
    """Instances that are there to stay: one that is terminated shows for an hour more."""
    reservations, gap = api.pages("ec2", "describe_instances", "Reservations", **page_size(chosen, 1000))
    # A reservation is made of instances: one without any would make them look gone.
    found = [
        instance
        for reservation in reservations
        for instance in sent(reservation, "Instances", "ec2 describe_instances")
    ]
    here = [item for item in found if item["State"]["Name"] not in _GOING]
    return api.listing([_instance(api, item) for item in here], gap)


def _instance(api: Api, item: Mapping[str, Any]) -> Record:
    tags = tags_of(item.get("Tags"))
    reading = Reading()
    reading.fields.update(
        id=item["InstanceId"],
        name=tags.get("Name", ""),
        state=item["State"]["Name"],
        # An instance without a profile has no such member.
        profile=(item.get("IamInstanceProfile") or {}).get("Arn"),
    )
    for name, member in (("http_tokens", "HttpTokens"), ("http_endpoint", "HttpEndpoint")):
        reading.read([name], partial(_metadata_option, item, member))
    arn = ec2_arn(api, "instance", item["InstanceId"])
    return reading.record(Resource("aws.ec2.instance", arn, item["InstanceId"], api.region, tags))


def _metadata_option(item: Mapping[str, Any], member: str) -> list[Json]:
    options = sent(item, "MetadataOptions", "ec2 describe_instances")
    return [sent(options, member, "ec2 describe_instances")]


def launch_templates(api: Api, **chosen: Any) -> Listing:
    """Launch templates with the metadata options of their default version: two lists, whatever their number."""
    listed, gap = api.pages(
        "ec2", "describe_launch_templates", "LaunchTemplates", **page_size(chosen, _MOST_TEMPLATES)
    )
    if not listed:
        return api.listing([], gap)
    versions, untold = _default_versions(api, chosen)
    found = [_template(api, item, versions, untold) for item in listed]
    return api.listing([record for record in found if record], gap)


def _default_versions(
    api: Api, chosen: Mapping[str, Any]
) -> tuple[Mapping[str, Mapping[str, Any]], Gap | None]:
    """Template id -> its default version: without an id, AWS sends that of every template."""
    one_of = {"LaunchTemplateId": chosen["LaunchTemplateIds"][0]} if chosen else {}
    listed, gap = api.pages(
        "ec2", "describe_launch_template_versions", "LaunchTemplateVersions",
        Versions=["$Default"], **page_size(one_of, _MOST_TEMPLATES),
    )  # fmt: skip
    return {item["LaunchTemplateId"]: item for item in listed}, gap


def _template(
    api: Api, item: Mapping[str, Any], versions: Mapping[str, Mapping[str, Any]], untold: Gap | None
) -> Record | None:
    """None where it was deleted between the two lists."""
    identity = item["LaunchTemplateId"]
    version = versions.get(identity)
    if version is None and untold is None:
        return None
    reading = Reading()
    reading.fields.update(id=identity, name=item.get("LaunchTemplateName", ""))

    def options() -> list[Json]:
        if version is None:
            raise CallFailed(untold, "") if untold else broken("ec2 describe_launch_template_versions")
        where = "ec2 describe_launch_template_versions"
        data = sent(version, "LaunchTemplateData", where)
        # What a template leaves open has no member: then whoever launches from it gets IMDSv1 as well.
        chosen = data.get("MetadataOptions") or {}
        return [sent(version, "VersionNumber", where), chosen.get("HttpTokens"), chosen.get("HttpEndpoint")]

    reading.read(["default_version", "http_tokens", "http_endpoint"], options)
    return reading.record(
        Resource(
            "aws.ec2.launch_template", ec2_arn(api, "launch-template", identity), identity, api.region,
            tags_of(item.get("Tags")),
        )
    )  # fmt: skip


DATASETS = (
    Dataset(
        "ec2.instances", "ec2", "regional",
        {
            "id": "str", "name": "str", "state": "str", "http_tokens": "str: required or optional",
            "http_endpoint": "str: enabled or disabled", "profile": "str?: ARN of its instance profile",
        },
        instances, one(instances, "InstanceIds", "InvalidInstanceID.NotFound"), ("ec2:DescribeInstances",),
    ),
    Dataset(
        "ec2.launch_templates", "ec2", "regional",
        {
            "id": "str", "name": "str", "default_version": "int: what is launched where no version is named",
            "http_tokens": "str?: of the default version; null where it leaves that open",
            "http_endpoint": "str?: the same",
        },
        launch_templates, one(launch_templates, "LaunchTemplateIds", _NO_TEMPLATE),
        ("ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"),
    ),
)  # fmt: skip
