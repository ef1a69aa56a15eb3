"""Networks: default groups, flow logs, subnets and the order of rules in network ACLs."""

from typing import Any

from tests.benchmarks.aws.machines import _arn, permission, say_group
from tests.benchmarks.aws.machines import _rules as rules_of
from tests.benchmarks.aws.site import Site, deal
from tests.benchmarks.aws.truth import NONE

# Rule number, action, protocol, ports, CIDR; the lowest number that fits decides.
_Entry = tuple[int, str, str, tuple[int, int] | None, str]
_ACLS: tuple[tuple[str, bool, tuple[_Entry, ...]], ...] = (
    ("nothing allowed", False, ()),
    ("SSH allowed", True, ((100, "allow", "6", (22, 22), "0.0.0.0/0"),)),
    ("SSH allowed over IPv6", True, ((100, "allow", "6", (22, 22), "::/0"),)),
    ("everything allowed", True, ((100, "allow", "-1", None, "0.0.0.0/0"),)),
    ("SSH in a range", True, ((100, "allow", "6", (0, 1024), "0.0.0.0/0"),)),
    ("SSH denied before everything is allowed", False, ((90, "deny", "6", (22, 22), "0.0.0.0/0"), (100, "allow", "-1", None, "0.0.0.0/0"))),
    ("SSH denied after everything is allowed", True, ((100, "allow", "-1", None, "0.0.0.0/0"), (110, "deny", "6", (22, 22), "0.0.0.0/0"))),
    ("SSH denied to one network only", True, ((90, "deny", "6", (22, 22), "192.0.2.0/24"), (100, "allow", "6", (22, 22), "0.0.0.0/0"))),
    ("IPv4 denied, IPv6 allowed", True, ((90, "deny", "6", (22, 22), "0.0.0.0/0"), (100, "allow", "-1", None, "::/0"))),
    ("all denied before SSH is allowed", False, ((10, "deny", "-1", None, "0.0.0.0/0"), (100, "allow", "6", (22, 22), "0.0.0.0/0"))),
    ("UDP 22 allowed", False, ((100, "allow", "17", (22, 22), "0.0.0.0/0"),)),
    ("HTTPS allowed", False, ((100, "allow", "6", (443, 443), "0.0.0.0/0"),)),
    ("SSH to the office", False, ((100, "allow", "6", (22, 22), "198.51.100.0/24"),)),
    ("other ports denied before everything is allowed", True, ((90, "deny", "6", (23, 65535), "0.0.0.0/0"), (100, "allow", "-1", None, "0.0.0.0/0"))),
    ("a range with SSH denied before everything is allowed", False, ((90, "deny", "6", (1, 1023), "0.0.0.0/0"), (100, "allow", "-1", None, "0.0.0.0/0"))),
    ("both versions denied SSH", False, ((80, "deny", "6", (22, 22), "::/0"), (90, "deny", "6", (22, 22), "0.0.0.0/0"), (100, "allow", "-1", None, "0.0.0.0/0"), (101, "allow", "-1", None, "::/0"))),
    ("UDP denied before everything is allowed", True, ((90, "deny", "17", (22, 22), "0.0.0.0/0"), (100, "allow", "-1", None, "0.0.0.0/0"))),
)  # fmt: skip
_DEFAULT_GROUPS = ("as AWS makes it", "closed", "no ingress, egress open", "closed", "self only", "open")


def build_networks(site: Site, count: int) -> None:
    """VPCs with one subnet and one ACL each: count is of all of them, with the groups and ACLs that come along."""
    chance = site.chance("networks")
    flows = deal(chance, ("all", "none", "reject", "accept", "subnet only", "none"))
    groups, regions = deal(chance, _DEFAULT_GROUPS), deal(chance, site.regions)
    acls, public = deal(chance, _ACLS), deal(chance, (True, False, False))
    for number in range(max(1, count // 5)):
        region = next(regions)
        ec2 = site.client("ec2", region)
        vpc = ec2.create_vpc(CidrBlock=f"10.{number % 250}.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.{number % 250}.1.0/24")["Subnet"]["SubnetId"]
        _subnet(site, region, subnet, next(public))
        _flow_logs(site, region, vpc, subnet, next(flows))
        _default_group(site, region, vpc, next(groups))
        _acl(site, region, vpc, next(acls))
        site.made(5)  # the VPC, its subnet, its default group, its default ACL, one ACL more
    for region in site.regions:
        _what_was_there(site, region)


def _subnet(site: Site, region: str, subnet: str, public: bool) -> None:
    if public:
        site.client("ec2", region).modify_subnet_attribute(
            SubnetId=subnet, MapPublicIpOnLaunch={"Value": True}
        )
    site.truth.say(
        "vpc.subnet_public_ip", _arn(site, region, "subnet", subnet), public, f"public addresses {public}"
    )


def _flow_logs(site: Site, region: str, vpc: str, subnet: str, state: str) -> None:
    """CIS 3.7 and EC2.6: the VPC itself, rejected traffic at the least."""
    if state != "none":
        kind, what = ("Subnet", subnet) if state == "subnet only" else ("VPC", vpc)
        site.client("ec2", region).create_flow_logs(
            ResourceIds=[what], ResourceType=kind, TrafficType="ALL" if state == "subnet only" else state.upper(),
            LogDestinationType="s3", LogDestination=f"arn:aws:s3:::acme-{site.seed}-logs-{region}",
        )  # fmt: skip
    site.truth.say(
        "vpc.flow_logs", _arn(site, region, "vpc", vpc), state not in ("all", "reject"), f"flow logs: {state}"
    )


def _default_group(site: Site, region: str, vpc: str, state: str) -> None:
    ec2 = site.client("ec2", region)
    here = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    group = ec2.describe_security_groups(Filters=here)["SecurityGroups"][0]
    made, rules = group["GroupId"], rules_of(f"default group: {state}", ())
    if state in ("closed", "self only") and group["IpPermissionsEgress"]:
        ec2.revoke_security_group_egress(GroupId=made, IpPermissions=group["IpPermissionsEgress"])
    if state != "as AWS makes it" and group["IpPermissions"]:
        ec2.revoke_security_group_ingress(GroupId=made, IpPermissions=group["IpPermissions"])
    if state == "self only":
        pair = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": made}]}
        ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[pair])
    if state == "open":
        rules = rules_of(f"default group: {state}", (22,), ("tcp", 22, 22, ("0.0.0.0/0",)))
        ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[permission(rules.rules[0])])
    arn = _arn(site, region, "security-group", made)
    site.truth.say("ec2.sg_default_closed", arn, state != "closed", rules.name)
    say_group(site, arn, rules)


def _acl(site: Site, region: str, vpc: str, state: tuple[str, bool, tuple[_Entry, ...]]) -> None:
    ec2, (name, bad, entries) = site.client("ec2", region), state
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    for number, action, protocol, ports, cidr in entries:
        more: dict[str, Any] = {"Ipv6CidrBlock" if ":" in cidr else "CidrBlock": cidr}
        if ports:
            more["PortRange"] = {"From": ports[0], "To": ports[1]}
        ec2.create_network_acl_entry(
            NetworkAclId=acl, RuleNumber=number, Protocol=protocol, RuleAction=action, Egress=False, **more
        )
    site.truth.say("vpc.nacl_ssh_world", _arn(site, region, "network-acl", acl), bad, name)


def _what_was_there(site: Site, region: str) -> None:
    """The default network of the region and the default ACL of each VPC: open, as AWS makes them."""
    ec2, say = site.client("ec2", region), site.truth.say
    said = site.truth.said
    for vpc in ec2.describe_vpcs()["Vpcs"]:
        arn = _arn(site, region, "vpc", vpc["VpcId"])
        if ("vpc.flow_logs", arn, "") not in said:
            say("vpc.flow_logs", arn, True, "the default network, no flow logs")
            site.made()
    for subnet in ec2.describe_subnets()["Subnets"]:
        arn = _arn(site, region, "subnet", subnet["SubnetId"])
        if ("vpc.subnet_public_ip", arn, "") not in said:
            say("vpc.subnet_public_ip", arn, True, "a default subnet")
            site.made()
    for acl in ec2.describe_network_acls()["NetworkAcls"]:
        arn = _arn(site, region, "network-acl", acl["NetworkAclId"])
        if ("vpc.nacl_ssh_world", arn, "") not in said:
            say("vpc.nacl_ssh_world", arn, True, "a default ACL")
    for group in ec2.describe_security_groups()["SecurityGroups"]:
        arn = _arn(site, region, "security-group", group["GroupId"])
        if group["GroupName"] != "default":
            say("ec2.sg_default_closed", arn, NONE, "not a default group")
        elif ("ec2.sg_default_closed", arn, "") not in said:
            say("ec2.sg_default_closed", arn, True, "the default network's default group")
            say_group(site, arn, rules_of("the default network's default group", ()))
            site.made()
