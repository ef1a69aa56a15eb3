"""Security groups, instances, launch templates, volumes and snapshots."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.aws.site import Site, deal
from tests.benchmarks.aws.truth import EITHER, NONE

WORLD4, WORLD6 = "0.0.0.0/0", "::/0"
PORTS = {"ec2.sg_ssh_world": 22, "ec2.sg_rdp_world": 3389, "ec2.sg_postgres_world": 5432}
IMAGE = "ami-12c6146b"


@dataclass(frozen=True, slots=True)
class Rules:
    """Ingress: (protocol, first port, last port, CIDRs). `opens` are the TCP ports of PORTS that all the world reaches."""

    name: str
    opens: frozenset[int]
    rules: tuple[tuple[str, int, int, tuple[str, ...]], ...]
    everything: bool | str = False


def _rules(
    name: str,
    opens: Sequence[int],
    *rules: tuple[str, int, int, tuple[str, ...]],
    everything: bool | str = False,
) -> Rules:
    return Rules(name, frozenset(opens), rules, everything)


_EVERY = (22, 3389, 5432)
_GROUPS = (
    _rules("no rule", ()),
    _rules("HTTPS to the world", (), ("tcp", 443, 443, (WORLD4, WORLD6))),
    _rules("SSH to the world", (22,), ("tcp", 22, 22, (WORLD4,))),
    _rules("SSH to the world over IPv6 only", (22,), ("tcp", 22, 22, (WORLD6,))),
    _rules("SSH inside a range", (22,), ("tcp", 20, 25, ("10.0.0.0/8", WORLD4))),
    _rules("SSH at the end of a range", (22,), ("tcp", 1, 22, (WORLD4,))),
    _rules("ports just beside", (), ("tcp", 23, 3388, (WORLD4,)), ("tcp", 3390, 5431, (WORLD6,))),
    _rules("UDP 22", (), ("udp", 22, 22, (WORLD4,))),
    _rules("SSH to the office", (), ("tcp", 22, 22, ("198.51.100.0/24", "10.0.0.0/8"))),
    _rules("SSH to one half and the other", (22,), ("tcp", 22, 22, ("0.0.0.0/1", "128.0.0.0/1"))),
    _rules("SSH to one half", (), ("tcp", 22, 22, ("0.0.0.0/1",))),
    _rules("RDP to the world", (3389,), ("tcp", 3389, 3389, (WORLD4,))),
    _rules("RDP to the world over IPv6, office over IPv4", (3389,), ("tcp", 3389, 3389, ("198.51.100.0/24", WORLD6))),
    _rules("RDP in a range", (3389,), ("tcp", 3000, 4000, (WORLD4,))),
    _rules("Postgres to the world", (5432,), ("tcp", 5432, 5432, (WORLD4,))),
    _rules("Postgres in a range over IPv6", (5432,), ("tcp", 5000, 6000, (WORLD6,))),
    _rules("Postgres to the network", (), ("tcp", 5432, 5432, ("172.16.0.0/12",))),
    _rules("everything to the world", _EVERY, ("-1", -1, -1, (WORLD4,)), everything=True),
    _rules("everything to the world over IPv6", _EVERY, ("-1", -1, -1, (WORLD6,)), everything=True),
    _rules("everything to the network", (), ("-1", -1, -1, ("10.0.0.0/8",))),
    _rules("every TCP port to the world", _EVERY, ("tcp", 0, 65535, (WORLD4,)), everything=True),
    _rules("SSH to one half and the other over IPv6", (22,), ("tcp", 22, 22, ("::/1", "8000::/1"))),
    _rules("everything to the halves", _EVERY, ("-1", -1, -1, ("0.0.0.0/1", "128.0.0.0/1")), everything=True),
    _rules("halves in two rules of different ports", (), ("tcp", 22, 22, ("0.0.0.0/1",)), ("tcp", 3389, 3389, ("128.0.0.0/1",))),
    _rules("every port but SSH", (3389, 5432), ("tcp", 0, 21, (WORLD4,)), ("tcp", 23, 65535, (WORLD4,))),
    _rules("every UDP port", (), ("udp", 0, 65535, (WORLD4,)), everything=EITHER),
    _rules("ping from the world", (), ("icmp", -1, -1, (WORLD4,))),
    _rules("ICMP whose type looks like a port", (), ("icmp", 8, 22, (WORLD4,))),
    _rules("SSH closed and Postgres open", (5432,), ("tcp", 22, 22, ("10.1.0.0/16",)), ("tcp", 5432, 5433, (WORLD4,))),
)  # fmt: skip


def permission(rule: tuple[str, int, int, tuple[str, ...]]) -> dict[str, Any]:
    """The rule as EC2 takes it."""
    protocol, first, last, cidrs = rule
    made: dict[str, Any] = {
        "IpProtocol": protocol,
        "IpRanges": [{"CidrIp": cidr} for cidr in cidrs if ":" not in cidr],
        "Ipv6Ranges": [{"CidrIpv6": cidr} for cidr in cidrs if ":" in cidr],
    }
    return made if protocol == "-1" else made | {"FromPort": first, "ToPort": last}


def say_group(site: Site, arn: str, rules: Rules) -> None:
    """What is true of a security group."""
    for control, port in PORTS.items():
        site.truth.say(control, arn, port in rules.opens, rules.name)
    site.truth.say("ec2.sg_all_world", arn, rules.everything, rules.name)


def build_groups(site: Site, count: int) -> None:
    """Security groups in the default networks. One in ten is trusted by another, which opens nothing."""
    chance = site.chance("groups")
    states, regions = deal(chance, _GROUPS), deal(chance, site.regions)
    for number in range(count):
        region, rules = next(regions), next(states)
        ec2 = site.client("ec2", region)
        made = ec2.create_security_group(GroupName=f"group-{number:04d}", Description=rules.name)["GroupId"]
        given = [permission(rule) for rule in rules.rules]
        if number % 10 == 9:
            given.append(
                {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": made}]}
            )
        if given:
            ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=given)
        say_group(site, _arn(site, region, "security-group", made), rules)
        site.made()


_LISTS = (
    ("SSH to a list with the whole Internet", True, "IPv4", ("0.0.0.0/0",)),
    ("SSH to a list of both halves", True, "IPv4", ("0.0.0.0/1", "128.0.0.0/1")),
    ("SSH to a list of partners", False, "IPv4", ("198.51.100.0/24", "203.0.113.0/24")),
    ("SSH to a list of IPv6", True, "IPv6", ("::/0",)),
)


def build_groups_by_list(site: Site, count: int) -> None:
    """Security groups that name a managed prefix list: what counts is what the list holds."""
    chance = site.chance("lists")
    states, regions = deal(chance, _LISTS), deal(chance, site.regions)
    for number in range(count):
        region, (name, bad, family, cidrs) = next(regions), next(states)
        ec2 = site.client("ec2", region)
        listed = ec2.create_managed_prefix_list(
            PrefixListName=f"list-{number}", MaxEntries=5, AddressFamily=family, Entries=[{"Cidr": cidr} for cidr in cidrs]
        )["PrefixList"]["PrefixListId"]  # fmt: skip
        made = ec2.create_security_group(GroupName=f"listed-{number:04d}", Description=name)["GroupId"]
        rule = {
            "IpProtocol": "tcp",
            "FromPort": 22,
            "ToPort": 22,
            "PrefixListIds": [{"PrefixListId": listed}],
        }
        ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[rule])
        say_group(site, _arn(site, region, "security-group", made), _rules(name, (22,) if bad else ()))
        site.made()


def _arn(site: Site, region: str, kind: str, name: str) -> str:
    return f"arn:aws:ec2:{region}:{site.account}:{kind}/{name}"


_METADATA: tuple[tuple[str, bool | str, dict[str, str], str], ...] = (
    ("not said", True, {}, ""),
    ("tokens required", False, {"HttpTokens": "required", "HttpEndpoint": "enabled"}, ""),
    ("tokens optional", True, {"HttpTokens": "optional", "HttpEndpoint": "enabled"}, ""),
    ("no metadata service", False, {"HttpTokens": "optional", "HttpEndpoint": "disabled"}, ""),
    ("stopped, tokens optional", True, {"HttpTokens": "optional", "HttpEndpoint": "enabled"}, "stop"),
    ("stopped, tokens required", False, {"HttpTokens": "required", "HttpEndpoint": "enabled"}, "stop"),
    ("terminated, tokens optional", NONE, {"HttpTokens": "optional", "HttpEndpoint": "enabled"}, "terminate"),
)


def build_instances(site: Site, count: int) -> None:
    """Each brings a root volume, which counts as a resource and is not encrypted unless asked for."""
    chance = site.chance("instances")
    states, regions = deal(chance, _METADATA), deal(chance, site.regions)
    for _ in range((count + 1) // 2):
        region, (name, bad, options, then) = next(regions), next(states)
        ec2 = site.client("ec2", region)
        encrypted = chance.random() < 0.5
        root = {
            "DeviceName": "/dev/sda1",
            "Ebs": {"VolumeSize": 8, "Encrypted": encrypted, "DeleteOnTermination": True},
        }
        made = ec2.run_instances(
            ImageId=IMAGE, InstanceType="t3.small", MinCount=1, MaxCount=1, MetadataOptions=options,
            BlockDeviceMappings=[root],
        )["Instances"][0]["InstanceId"]  # fmt: skip
        if then == "stop":
            ec2.stop_instances(InstanceIds=[made])
        elif then == "terminate":
            ec2.terminate_instances(InstanceIds=[made])
        site.truth.say("ec2.imdsv2", _arn(site, region, "instance", made), bad, name)
        site.made()


def say_root_volumes(site: Site) -> None:
    """The volumes that came with instances, found in moto's own state: their truth was asked for at launch."""
    from moto.ec2.models import ec2_backends

    for region in site.regions:
        for volume in ec2_backends[site.account][region].volumes.values():
            arn = _arn(site, region, "volume", volume.id)
            if ("ec2.ebs_volume_encrypted", arn, "") not in site.truth.said:
                site.truth.say("ec2.ebs_volume_encrypted", arn, not volume.encrypted, "root volume")
                site.made()


def build_templates(site: Site, count: int) -> None:
    """Launch templates; the default version decides (AWS Config: ec2-launch-template-imdsv2-check)."""
    chance = site.chance("templates")
    required, optional = {"HttpTokens": "required"}, {"HttpTokens": "optional"}
    off = {"HttpEndpoint": "disabled"}
    states = deal(chance, (
        ("required", False, (required,), 1), ("optional", True, (optional,), 1), ("not said", True, (None,), 1),
        ("old optional, default required", False, (optional, required), 2),
        ("default optional, newer required", True, (optional, required), 1), ("no metadata", False, (off,), 1),
        ("endpoint on, tokens not said", True, ({"HttpEndpoint": "enabled"},), 1),
    ))  # fmt: skip
    regions = deal(chance, site.regions)
    for number in range(count):
        region, (name, bad, versions, default) = next(regions), next(states)
        ec2 = site.client("ec2", region)
        data = [
            {"InstanceType": "t3.small"} | ({"MetadataOptions": each} if each else {}) for each in versions
        ]
        made = ec2.create_launch_template(
            LaunchTemplateName=f"template-{number:04d}", LaunchTemplateData=data[0]
        )["LaunchTemplate"]["LaunchTemplateId"]
        for each in data[1:]:
            ec2.create_launch_template_version(LaunchTemplateId=made, LaunchTemplateData=each)
        if default != 1:
            ec2.modify_launch_template(LaunchTemplateId=made, DefaultVersion=str(default))
        site.truth.say("ec2.launch_template_imdsv2", _arn(site, region, "launch-template", made), bad, name)
        site.made()


def build_volumes(site: Site, count: int) -> None:
    """Volumes and the region's default; snapshots are made of some."""
    chance = site.chance("volumes")
    for region in site.regions:
        on = chance.random() < 0.5
        site.truth.say("ec2.ebs_default_encryption", "", not on, f"default {on}", region)
    regions = deal(chance, site.regions)
    for number in range(count):
        region, encrypted = next(regions), chance.random() < 0.5
        made = site.client("ec2", region).create_volume(
            AvailabilityZone=f"{region}a", Size=8 + number % 50, Encrypted=encrypted
        )["VolumeId"]
        site.truth.say(
            "ec2.ebs_volume_encrypted",
            _arn(site, region, "volume", made),
            not encrypted,
            f"encrypted {encrypted}",
        )
        site.made()


def switch_default_encryption(site: Site) -> None:
    """Last of all: it would encrypt what is made after it."""
    for region in site.regions:
        if site.truth.said["ec2.ebs_default_encryption", "account", region][0] == "PASS":
            site.client("ec2", region).enable_ebs_encryption_by_default()


def build_snapshots(site: Site, count: int) -> None:
    """Snapshots of one volume a region: kept, shared with an account, shared with everybody."""
    chance = site.chance("snapshots")
    states, regions = (
        deal(chance, ("kept", "kept", "shared", "public", "public and taken back", "kept")),
        deal(chance, site.regions),
    )
    volumes: dict[str, str] = {}
    for _ in range(count):
        region, state = next(regions), next(states)
        ec2 = site.client("ec2", region)
        if region not in volumes:
            volumes[region] = ec2.create_volume(AvailabilityZone=f"{region}a", Size=8, Encrypted=False)[
                "VolumeId"
            ]
            site.truth.say(
                "ec2.ebs_volume_encrypted",
                _arn(site, region, "volume", volumes[region]),
                True,
                "encrypted False",
            )
            site.made()
        made = ec2.create_snapshot(VolumeId=volumes[region], Description=state)["SnapshotId"]
        _share(ec2, made, state)
        arn = f"arn:aws:ec2:{region}:{site.account}:snapshot/{made}"
        site.truth.say("ec2.snapshot_public", arn, state == "public", state)
        site.made()


def _share(ec2: Any, snapshot: str, state: str) -> None:
    def change(operation: str, **who: list[str]) -> None:
        ec2.modify_snapshot_attribute(
            SnapshotId=snapshot, Attribute="createVolumePermission", OperationType=operation, **who
        )

    if state == "shared":
        change("add", UserIds=["210987654321"])
    elif state.startswith("public"):
        change("add", GroupNames=["all"])
        if state != "public":
            change("remove", GroupNames=["all"])
