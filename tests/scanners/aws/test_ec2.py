"""Launch templates, snapshots, instances and security groups, good and bad, as moto's server sends them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.sandbox.aws import SandboxAws
from scanners.aws.net import offending_all
from scanners.model import CoverageStatus, Scan, Status
from tests.scanners.aws.front import BROKEN, DENIED, GONE, HIDDEN, Front
from tests.scanners.aws.looking import look, told

REGION = "eu-central-1"
WORLD = [{"CidrIp": "0.0.0.0/0"}]
MINE = ("ec2.launch_template_imdsv2", "ec2.snapshot_public", "ec2.instance_profile", "ec2.sg_*")
# Name -> the metadata options of each version, the number of the default one, and what that is worth.
TEMPLATES: dict[str, tuple[list[dict[str, str]], int, str]] = {
    "required": ([{"HttpTokens": "required"}], 1, "PASS"),
    "switched-off": ([{"HttpEndpoint": "disabled"}], 1, "PASS"),
    "optional": ([{"HttpTokens": "optional", "HttpEndpoint": "enabled"}], 1, "FAIL"),
    "left-open": ([{}], 1, "FAIL"),
    "mended": ([{"HttpTokens": "optional"}, {"HttpTokens": "required"}], 2, "PASS"),
    "mended-but-not-default": ([{"HttpTokens": "optional"}, {"HttpTokens": "required"}], 1, "FAIL"),
    **{f"more-{n}": ([{}], 1, "FAIL") for n in range(10)},  # moto sends fifteen where nobody asks for more
}
PORTS = {
    "postgres": 5432, "mysql": 3306, "sqlserver": 1433, "mongodb": 27017, "redis": 6379, "cifs": 445,
    "ssh": 22, "rdp": 3389,
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """Names -> ids, and the scan of all of it."""

    ids: dict[str, str]
    scan: Scan

    def said(self, control: str) -> dict[str, str]:
        """Name -> verdict."""
        seen = told(self.scan, control)
        return {name: seen[identity] for name, identity in self.ids.items() if identity in seen}


@pytest.fixture(scope="module")
def made(account: SandboxAws, front: Front) -> Iterator[Made]:
    """All of it in a region of its own."""
    ec2 = account.client("ec2", REGION)
    ids: dict[str, str] = {}
    for name, (versions, default, _verdict) in TEMPLATES.items():
        data = [{"InstanceType": "t3.micro", **({"MetadataOptions": v} if v else {})} for v in versions]
        made = ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data[0])
        ids[name] = made["LaunchTemplate"]["LaunchTemplateId"]
        for more in data[1:]:
            ec2.create_launch_template_version(LaunchTemplateId=ids[name], LaunchTemplateData=more)
        ec2.modify_launch_template(LaunchTemplateId=ids[name], DefaultVersion=str(default))
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    for name in ("kept", "shared-with-one", "public"):
        ids[name] = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    give = {"Attribute": "createVolumePermission", "OperationType": "add"}
    ec2.modify_snapshot_attribute(SnapshotId=ids["public"], GroupNames=["all"], **give)
    ec2.modify_snapshot_attribute(SnapshotId=ids["shared-with-one"], UserIds=["210987654321"], **give)
    for name, port in PORTS.items():
        ids[f"{name}-open"] = _group(ec2, f"{name}-open", port - 1, port, WORLD)
        ids[f"{name}-office"] = _group(ec2, f"{name}-office", port, port, [{"CidrIp": "198.51.100.0/24"}])
    ids["all-but-0"] = _group(ec2, "all-but-0", 1, 65_535, WORLD)
    ids["in-pieces"] = _group(ec2, "in-pieces", 0, 30_000, WORLD)
    piece = {"IpProtocol": "tcp", "FromPort": 30_001, "ToPort": 65_535, "IpRanges": WORLD}
    ec2.authorize_security_group_ingress(GroupId=ids["in-pieces"], IpPermissions=[piece])
    ids["plain"] = ec2.run_instances(ImageId="ami-1234", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    yield Made(ids, look(REGION, *MINE))


def _group(ec2: Any, name: str, first: int, last: int, ranges: list[dict[str, str]]) -> str:
    made = str(ec2.create_security_group(GroupName=name, Description="x")["GroupId"])
    rule = {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, "IpRanges": ranges}
    ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[rule])
    return made


def test_a_launch_template_is_judged_by_its_default_version(made: Made) -> None:
    expected = {name: verdict for name, (_versions, _default, verdict) in TEMPLATES.items()}
    assert made.said("ec2.launch_template_imdsv2") == expected


def test_templates_cost_two_lists_whatever_their_number(front: Front, made: Made) -> None:
    front.seen.clear()
    look(REGION, "ec2.launch_template_imdsv2")
    asked = [name for name in front.seen if name.startswith("ec2:")]
    assert asked == ["ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"]
    arn = f"arn:aws:ec2:{REGION}:123456789012:launch-template/{made.ids['mended']}"
    only = look(REGION, "ec2.launch_template_imdsv2", only=arn)
    assert told(only, "ec2.launch_template_imdsv2") == {made.ids["mended"]: "PASS"}
    gone = look(REGION, "ec2.launch_template_imdsv2", only=arn[:-4] + "0000")
    assert (gone.verdicts, {cover.status for cover in gone.coverage}) == ((), {CoverageStatus.COMPLETE})


def test_a_snapshot_is_public_where_all_may_use_it(made: Made) -> None:
    assert made.said("ec2.snapshot_public") == {"kept": "PASS", "shared-with-one": "PASS", "public": "FAIL"}


PUBLIC = "ec2:DescribeSnapshots public"


def test_a_sieve_that_is_refused_or_broken_lets_no_snapshot_pass(front: Front, made: Made) -> None:
    for operation in ("ec2:DescribeSnapshots", PUBLIC):
        for fault in (DENIED, BROKEN, HIDDEN + "snapshotSet"):
            with front.failing(operation, fault):
                scan = look(REGION, "ec2.snapshot_public")
            assert {str(v.status) for v in scan.verdicts} == {"UNKNOWN"}, (operation, fault)


def test_only_what_the_sieve_names_is_asked_for(front: Front, made: Made) -> None:
    """AWS names the public ones alone; moto names all, so here one that is not public is left out for it."""
    front.seen.clear()
    with front.failing(PUBLIC, HIDDEN + made.ids["kept"]):
        scan = look(REGION, "ec2.snapshot_public")
    assert front.seen.count("ec2:DescribeSnapshotAttribute") == 2
    assert told(scan, "ec2.snapshot_public") == told(made.scan, "ec2.snapshot_public")


def test_a_snapshot_that_is_deleted_while_we_look_is_gone(front: Front, made: Made) -> None:
    with front.failing("ec2:DescribeSnapshotAttribute", GONE + "InvalidSnapshot.NotFound"):
        scan = look(REGION, "ec2.snapshot_public")
    assert scan.verdicts == ()
    assert {cover.status for cover in scan.coverage} == {CoverageStatus.COMPLETE}


@pytest.mark.parametrize("name", PORTS)
def test_a_port_is_open_where_a_range_that_holds_it_is_open_to_the_world(made: Made, name: str) -> None:
    said = made.said(f"ec2.sg_{name}_world")
    assert {group for group, status in said.items() if status == "FAIL"} == {
        f"{name}-open", "all-but-0", "in-pieces",
    }  # fmt: skip


def test_every_port_is_open_also_without_port_0_and_in_pieces(made: Made) -> None:
    said = made.said("ec2.sg_all_world")
    assert {group for group, status in said.items() if status == "FAIL"} == {"all-but-0", "in-pieces"}
    pieces = next(
        v for v in made.scan.verdicts if v.status is Status.FAIL and v.evidence.get("name") == "in-pieces"
    )
    assert pieces.remediation is not None


def test_the_rules_that_open_every_port_together_are_all_to_be_revoked() -> None:
    def rule(first: int, last: int, protocol: str = "tcp") -> dict[str, Any]:
        return {"IpProtocol": protocol, "FromPort": first, "ToPort": last, "IpRanges": WORLD}

    halves = [rule(0, 30_000), rule(30_001, 65_535)]
    assert offending_all([*halves, rule(53, 53, "udp")]) == halves
    assert offending_all([rule(0, 30_000), rule(30_002, 65_535)]) == []
    assert offending_all([rule(0, 65_535, "udp")]) == [rule(0, 65_535, "udp")]
    assert offending_all([{"IpProtocol": "-1", "IpRanges": WORLD}]) == [
        {"IpProtocol": "-1", "IpRanges": WORLD}
    ]


def test_an_instance_without_a_profile_fails(made: Made) -> None:
    assert made.said("ec2.instance_profile") == {"plain": "FAIL"}


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("ec2:DescribeLaunchTemplates", "launchTemplates"),
        ("ec2:DescribeLaunchTemplateVersions", "launchTemplateVersionSet"),
        ("ec2:DescribeLaunchTemplateVersions", "launchTemplateData"),
    ],
)
def test_an_answer_that_lacks_what_ec2_always_sends_is_no_verdict(
    front: Front, made: Made, operation: str, member: str
) -> None:
    control = "ec2.launch_template_imdsv2"
    with front.failing(operation, HIDDEN + member):
        scan = look(REGION, control)
    assert {str(v.status) for v in scan.verdicts} == {"UNKNOWN"}
    assert {cover.status for cover in scan.coverage} != {CoverageStatus.COMPLETE}
    with front.failing(operation, DENIED):
        refused = look(REGION, control)
    assert {v.missing_permission for v in refused.verdicts} == {operation}
