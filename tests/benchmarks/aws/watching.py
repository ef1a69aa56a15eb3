"""Trails, recorders, detectors, log groups and keys."""

from typing import Any

from tests.benchmarks.aws.grants import GRANTS, Grant
from tests.benchmarks.aws.site import ACCOUNT, HOME, Site, deal, document
from tests.benchmarks.aws.truth import EITHER, NONE


def build_trails(site: Site, count: int) -> None:
    """At most four a region. One that covers all regions and is logging decides for the account (CIS 3.1)."""
    chance = site.chance("trails")
    covered = False
    bucket = f"acme-{site.seed}-logs-{site.regions[0]}"
    for number in range(count):
        region = site.regions[number % len(site.regions)]
        trail = site.client("cloudtrail", region)
        many, logging, valid, key = (chance.random() < odds for odds in (0.3, 0.6, 0.5, 0.5))
        more: dict[str, Any] = (
            {"KmsKeyId": f"arn:aws:kms:{region}:{ACCOUNT}:key/{number:08d}-1111-2222-3333-444444444444"}
            if key
            else {}
        )
        arn = trail.create_trail(
            Name=f"trail-{number}", S3BucketName=bucket, IsMultiRegionTrail=many, IncludeGlobalServiceEvents=True,
            EnableLogFileValidation=valid, **more,
        )["TrailARN"]  # fmt: skip
        if logging:
            trail.start_logging(Name=arn)
        covered = covered or (many and logging)
        site.truth.say("cloudtrail.log_validation", arn, not valid, f"many {many}, validation {valid}")
        site.truth.say("cloudtrail.kms", arn, not key, f"many {many}, key {key}")
        site.made()
    site.truth.say("cloudtrail.multi_region", "", not covered, f"of {count} trails")


def build_recorders(site: Site) -> None:
    """AWS Config and GuardDuty, region by region."""
    chance = site.chance("recorders")
    states = deal(chance, ("on", "none", "stopped", "on", "some kinds only"))
    detectors = deal(chance, ("on", "none", "suspended", "on"))
    for region in site.regions:
        state, bad = _recorder(site, region, next(states))
        site.truth.say("config.recorder", "", bad, f"recorder: {state}", region)
        state = next(detectors)
        if state != "none":
            site.client("guardduty", region).create_detector(Enable=state == "on")
            site.made()
        site.truth.say("guardduty.enabled", "", state != "on", f"detector: {state}", region)


def _recorder(site: Site, region: str, state: str) -> tuple[str, bool | str]:
    if state == "none":
        return state, True
    config = site.client("config", region)
    group: dict[str, Any] = {"allSupported": True, "includeGlobalResourceTypes": region == HOME}
    if state == "some kinds only":
        group = {"allSupported": False, "resourceTypes": ["AWS::S3::Bucket"]}
    config.put_configuration_recorder(ConfigurationRecorder={
        "name": "default", "roleARN": f"arn:aws:iam::{ACCOUNT}:role/config", "recordingGroup": group,
    })  # fmt: skip
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "acme-config"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")
    if state == "stopped":
        config.stop_configuration_recorder(ConfigurationRecorderName="default")
    site.made()
    return state, {"on": False, "stopped": True}.get(state, EITHER)


def build_log_groups(site: Site, count: int) -> None:
    """Kept for ever is longer than a year (CloudWatch.16)."""
    chance = site.chance("logs")
    days, regions = deal(chance, (0, 1, 30, 180, 365, 400, 3653, 0)), deal(chance, site.regions)
    for number in range(count):
        region, kept = next(regions), next(days)
        logs, name = site.client("logs", region), f"/acme/service-{number:04d}"
        logs.create_log_group(logGroupName=name)
        if kept:
            logs.put_retention_policy(logGroupName=name, retentionInDays=kept)
        arn = f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{name}"
        site.truth.say("logs.retention_365", arn, 0 < kept < 365, f"kept {kept or 'for ever'}")
        site.made()


_ROOT = {
    "Sid": "Root", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*",
}  # fmt: skip


def _kms(name: str, public: bool | str, condition: dict[str, Any]) -> Grant:
    def make(actions: Any, resources: Any) -> list[dict[str, Any]]:
        return [{"Sid": "K", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": actions, "Resource": resources, "Condition": condition}]  # fmt: skip

    return Grant(name, public, make)


_KMS_ONLY = (
    _kms("fenced by caller account", False, {"StringEquals": {"kms:CallerAccount": ACCOUNT}}),
    _kms("caller account and service", False, {"StringEquals": {"kms:CallerAccount": ACCOUNT, "kms:ViaService": "s3.eu-west-1.amazonaws.com"}}),
    _kms("through one service, any account", EITHER, {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}),
)  # fmt: skip
# Name, how it is made, what is done then, whether rotation matters, whether its policy matters.
_KEYS: tuple[tuple[str, dict[str, Any], str, bool, bool], ...] = (
    ("plain", {}, "", True, True), ("plain", {}, "", True, True), ("plain", {}, "", True, True),
    ("pending deletion", {}, "delete", False, False), ("disabled", {}, "disable", False, False),
    ("RSA to sign", {"KeyUsage": "SIGN_VERIFY", "KeySpec": "RSA_2048"}, "", False, True),
    ("HMAC", {"KeyUsage": "GENERATE_VERIFY_MAC", "KeySpec": "HMAC_256"}, "", False, True),
    ("own material", {"Origin": "EXTERNAL"}, "", False, True),
    ("many regions", {"MultiRegion": True}, "", True, True),
    ("AWS's own", {}, "aws", False, False),
)  # fmt: skip


def build_keys(site: Site, count: int) -> None:
    """Keys of every kind; rotation matters for the customer's own symmetric ones that are in use."""
    from moto.kms.models import kms_backends

    chance = site.chance("keys")
    kinds, regions = deal(chance, _KEYS), deal(chance, site.regions)
    grants = deal(chance, (*GRANTS, *_KMS_ONLY, *(None,) * 20))
    for number in range(count):
        region, (kind, how, then, rotates, grants_count) = next(regions), next(kinds)
        grant, rotated = next(grants), rotates and chance.random() < 0.5
        kms = site.client("kms", region)
        policy = document(_ROOT, *(grant.make("kms:Decrypt", "*") if grant else ()))
        key = kms.create_key(
            Description=f"{kind} {number}", Policy=policy, BypassPolicyLockoutSafetyCheck=True, **how
        )["KeyMetadata"]
        if rotated:
            kms.enable_key_rotation(KeyId=key["KeyId"])
        _then(kms, key["KeyId"], then)
        if then == "aws":
            kms_backends[site.account][region].keys[key["KeyId"]].key_manager = "AWS"
        why = f"{kind}, rotated {rotated}, policy {grant.name if grant else 'own account'}"
        outside = NONE if then != "disable" else EITHER
        site.truth.say("kms.rotation", key["Arn"], not rotated if rotates else outside, why)
        public = grant.public if grant else False
        site.truth.say(
            "kms.public",
            key["Arn"],
            public if grants_count else NONE if not public or then == "aws" else EITHER,
            why,
        )
        site.made()
        if kind == "many regions" and len(site.regions) > 1:
            _replica(site, key["KeyId"], region, public)


def _replica(site: Site, key: str, region: str, public: bool | str) -> None:
    """Its rotation is switched at the primary key, which is judged for both; its policy came along."""
    other = next(each for each in site.regions if each != region)
    made = site.client("kms", region).replicate_key(KeyId=key, ReplicaRegion=other)["ReplicaKeyMetadata"]
    site.truth.say("kms.rotation", made["Arn"], EITHER, "a replica")
    site.truth.say("kms.public", made["Arn"], public, "a replica")
    site.made()


def _then(kms: Any, key: str, what: str) -> None:
    if what == "delete":
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    elif what == "disable":
        kms.disable_key(KeyId=key)
