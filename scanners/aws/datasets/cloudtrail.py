"""CloudTrail: the trails that the account has, seen from the regions of the scan. Global."""

from collections.abc import Mapping
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, broken, flag, sent
from scanners.aws.datasets.s3 import listed_buckets
from scanners.aws.trail_events import management, s3_objects
from scanners.dataset import Gap, Listing, Record
from scanners.model import CoverageStatus, Json, Resource

Trail = Mapping[str, Any]
Judged = list[tuple[dict[str, Json], Gap | None]]
_SELECTORS = ("basic", "advanced")


def account(api: Api) -> Listing:
    """The account with its trails, and what each records. A trail that could not be read lacks members."""
    found = judged(api)
    shown = [{k: v for k, v in trail.items() if k not in _SELECTORS} for trail, _gap in found]
    fields: dict[str, Json] = {
        "names": [trail.get("name") for trail in shown], "trails": shown, "use": to_use(api, found),
    }  # fmt: skip
    unread = next((why for _trail, why in found if why), None)
    return api.listing([Record(api.account_resource(), fields, {"trails": unread} if unread else {})])


def judged(api: Api) -> Judged:
    """Every trail with what it records and why that could not be read in full; shared by all who ask.

    A trail of all regions shows in each of them, so a region that did not answer hides none.
    """

    def make() -> Judged:
        return api.map(lambda trail: _trail(api, trail), _listed(api)[0])

    return api.once("cloudtrail.judged", make)


def to_use(api: Api, found: Judged) -> dict[str, Json] | None:
    """The account's own trail of all regions that a fix builds on: best one that is on and has a log group."""
    own = [trail for trail, gap in found if not gap and trail["multi_region"] and _is_own(api, trail["arn"])]
    own.sort(key=lambda trail: (not trail["logging"], not trail["log_group"], trail["arn"]))
    if not own:
        return None
    trail = own[0]
    group = trail["log_group"]
    return {
        "name": trail["name"], "arn": trail["arn"], "region": trail["home_region"], "on": trail["logging"],
        "log_group": group.split(":")[6] if group else None, **{key: trail[key] for key in _SELECTORS},
    }  # fmt: skip


def _is_own(api: Api, arn: str) -> bool:
    """An organisation's trail carries the account of whoever owns it."""
    return arn.split(":")[4] == api.account


def _listed(api: Api) -> tuple[list[Trail], Gap | None]:
    """Each trail once, wherever it shows; the gap where a region did not answer. Raises where none did."""
    return api.once("cloudtrail.listed", lambda: _ask_each_region(api))


def _ask_each_region(api: Api) -> tuple[list[Trail], Gap | None]:
    def ask(region: str) -> list[Trail] | CallFailed:
        try:
            answer = api.call("cloudtrail", "describe_trails", region=region, includeShadowTrails=True)
            return list(sent(answer, "trailList", "cloudtrail describe_trails"))
        except CallFailed as failure:
            return failure

    answers = api.map(ask, api.regions)
    failed = [answer for answer in answers if isinstance(answer, CallFailed)]
    if len(failed) == len(answers) and failed:
        raise failed[0]
    by_arn = {
        sent(trail, "TrailARN", "cloudtrail describe_trails"): trail
        for answer in answers
        if not isinstance(answer, CallFailed)
        for trail in answer
    }
    return [by_arn[arn] for arn in sorted(by_arn)], failed[0].gap if failed else None


def _home(trail: Trail) -> str:
    """A trail's ARN names its home region."""
    return str(trail["TrailARN"]).split(":")[3]


def _trail(api: Api, trail: Trail) -> tuple[dict[str, Json], Gap | None]:
    arn, home = trail["TrailARN"], _home(trail)
    fields: dict[str, Json] = {
        "arn": arn, "name": trail.get("Name"), "home_region": home,
        "log_group": trail.get("CloudWatchLogsLogGroupArn") or None, "bucket": trail.get("S3BucketName"),
    }  # fmt: skip
    try:
        fields["multi_region"] = flag(trail, "IsMultiRegionTrail", "cloudtrail describe_trails")
        if not fields["multi_region"]:
            # It can't satisfy any of the controls; two calls saved.
            return fields | dict.fromkeys(("logging", "management", "s3_reads", "s3_writes"), False), None
        status = api.call("cloudtrail", "get_trail_status", region=home, Name=arn)
        fields["logging"] = flag(status, "IsLogging", "cloudtrail get_trail_status")
        answer = api.call("cloudtrail", "get_event_selectors", region=home, TrailName=arn)
        fields["management"] = management(answer)
        fields["basic"] = answer.get("EventSelectors") or []
        fields["advanced"] = answer.get("AdvancedEventSelectors") or []
        fields["s3_reads"], fields["s3_writes"] = s3_objects(answer, trail.get("S3BucketName") or "")
    except CallFailed as failure:
        return fields, failure.gap
    return fields, None


def trails(api: Api) -> Listing:
    """The account's own trails, each once and at home. An organisation's trail is judged where it is owned."""
    listed, gap = _listed(api)
    own = [trail for trail in listed if _is_own(api, trail["TrailARN"])]
    if gap and own:
        status = gap.status if gap.status is CoverageStatus.DENIED else CoverageStatus.PARTIAL
        gap = Gap(status, f"not every region told its trails: {gap.reason}", gap.missing_permission)
    return api.listing(api.map(lambda trail: _own(api, trail), own), gap)


def one_trail(api: Api, arn: str) -> Listing:
    """One trail, asked for at home."""
    answer = api.call("cloudtrail", "describe_trails", region=arn.split(":")[3], trailNameList=[arn])
    found = sent(answer, "trailList", "cloudtrail describe_trails")
    return api.listing([_own(api, trail) for trail in found if trail.get("TrailARN") == arn])


def _own(api: Api, trail: Trail) -> Record:
    home, name = _home(trail), str(trail.get("Name") or trail["TrailARN"].rsplit("/", 1)[-1])
    reading = Reading()
    # A trail without a key of its own has no KmsKeyId, or an empty one after it was taken away.
    reading.fields.update(name=name, home_region=home, kms_key=trail.get("KmsKeyId") or None)
    reading.read(
        ["log_validation"], lambda: [flag(trail, "LogFileValidationEnabled", "cloudtrail describe_trails")]
    )
    reading.read(["bucket"], lambda: [sent(trail, "S3BucketName", "cloudtrail describe_trails")])
    if api.wants("bucket_here", "bucket_logs_to"):
        reading.read(["bucket_here"], lambda: [_is_ours(api, reading.fields.get("bucket") or "")])
        if reading.fields.get("bucket_here"):
            bucket = str(reading.fields["bucket"])
            reading.read(["bucket_logs_to"], lambda: [_logs_to(api, bucket)])
            reading.read(["bucket_region"], lambda: [_region_of(api, bucket)])
        else:
            reading.fields.update(bucket_logs_to=None, bucket_region=None)
    return reading.record(Resource("aws.cloudtrail.trail", str(trail["TrailARN"]), name, home))


def _is_ours(api: Api, bucket: str) -> bool:
    """A trail may write to another account's bucket, whose settings are that account's."""
    listed, gap = listed_buckets(api)
    if bucket in {item["Name"] for item in listed}:
        return True
    if gap or not bucket:
        raise CallFailed(gap, "") if gap else broken("cloudtrail describe_trails", "the trail has no bucket")
    return False


def _logs_to(api: Api, bucket: str) -> str | None:
    answer = api.call("s3", "get_bucket_logging", Bucket=bucket)
    # S3 sends nothing at all where a bucket's requests are not logged.
    enabled = answer.get("LoggingEnabled")
    return str(sent(enabled, "TargetBucket", "s3 get_bucket_logging")) if enabled is not None else None


def _region_of(api: Api, bucket: str) -> str:
    place = api.call("s3", "get_bucket_location", Bucket=bucket).get("LocationConstraint") or "us-east-1"
    return {"EU": "eu-west-1"}.get(
        place, place
    )  # S3 sends nothing for us-east-1, and an old name for Ireland


DATASETS = (
    Dataset(
        "cloudtrail.account", "cloudtrail", "global",
        {
            "names": "list of the trails' names",
            "trails": "list of {arn, name, home_region, bucket, log_group, multi_region, logging,"
            " management: reads and writes of the control plane, s3_reads, s3_writes: of every object}",
            "use": "{name, arn, region, on, log_group, basic, advanced}?: the trail of all regions to build on",
        },
        account,
        permissions=("cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"),
    ),
    Dataset(
        "cloudtrail.trails", "cloudtrail", "global",
        {
            "name": "str", "home_region": "str", "log_validation": "bool",
            "kms_key": "str?: the customer's key, null without one", "bucket": "str: where the logs go",
            "bucket_here": "bool: the bucket is this account's",
            "bucket_logs_to": "str?: the bucket that gets its access logs", "bucket_region": "str?",
        },
        trails, one_trail,
        permissions=(
            "cloudtrail:DescribeTrails", "s3:ListAllMyBuckets", "s3:GetBucketLogging", "s3:GetBucketLocation",
        ),
    ),
)  # fmt: skip
