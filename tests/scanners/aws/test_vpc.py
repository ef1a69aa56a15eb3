"""VPCs, subnets and network ACLs, good and bad, as moto's server sends them."""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.aws import SandboxAws
from scanners.aws.nacl import Entry, closing, matches, opening
from scanners.model import CoverageStatus, Scan, Status
from tests.examples import examples
from tests.scanners.aws.front import DENIED, HIDDEN, Front
from tests.scanners.aws.looking import failing, look, told

REGION = "eu-central-1"
ANY4, ANY6 = "0.0.0.0/0", "::/0"


@dataclass(frozen=True)
class Net:
    """Names of what was made, and the scan of it."""

    ec2: Any
    names: dict[str, str]
    scan: Scan

    def said(self, control: str, *names: str) -> list[str]:
        """What the control says of each name."""
        seen = told(self.scan, control)
        return [seen[self.names[name]] for name in names]


@pytest.fixture(scope="module")
def net(account: SandboxAws, front: Front) -> Iterator[Net]:
    """Four networks, with and without flow logs, and ACLs of many shapes."""
    ec2, logs = account.client("ec2", REGION), account.client("logs", REGION)
    logs.create_log_group(logGroupName="flows")
    names = {
        name: ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"]
        for n, name in enumerate(("rejects", "accepts", "none", "subnet-only"), 1)
    }
    for name, traffic in (("rejects", "REJECT"), ("accepts", "ACCEPT")):
        _flow_log(ec2, names[name], "VPC", traffic)
    for name, public in (("private", False), ("public", True)):
        made = ec2.create_subnet(VpcId=names["rejects"], CidrBlock=f"10.1.{int(public)}.0/24")["Subnet"]
        names[name] = made["SubnetId"]
        ec2.modify_subnet_attribute(SubnetId=names[name], MapPublicIpOnLaunch={"Value": public})
    inner = ec2.create_subnet(VpcId=names["subnet-only"], CidrBlock="10.4.0.0/24")["Subnet"]["SubnetId"]
    _flow_log(ec2, inner, "Subnet", "ALL")
    for name, entries in ACLS.items():
        names[name] = ec2.create_network_acl(VpcId=names["none"])["NetworkAcl"]["NetworkAclId"]
        for entry in entries:
            ec2.create_network_acl_entry(NetworkAclId=names[name], **entry)
    yield Net(ec2, names, look(REGION, "vpc.*"))


def _flow_log(ec2: Any, resource: str, kind: str, traffic: str) -> None:
    ec2.create_flow_logs(
        ResourceIds=[resource], ResourceType=kind, TrafficType=traffic, LogGroupName="flows",
        DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/flows",
    )  # fmt: skip


def _in(
    number: int,
    action: str,
    cidr: str,
    protocol: str = "-1",
    first: int = 0,
    last: int = 0,
    egress: bool = False,
) -> dict[str, Any]:
    ports = {"PortRange": {"From": first, "To": last}} if protocol in ("6", "17") else {}
    key = "Ipv6CidrBlock" if ":" in cidr else "CidrBlock"
    return {
        "RuleNumber": number, "RuleAction": action, "Protocol": protocol, "Egress": egress, key: cidr, **ports,
    }  # fmt: skip


ACLS: dict[str, list[dict[str, Any]]] = {
    "empty": [],
    "web": [_in(100, "allow", ANY4, "6", 443, 443)],
    "office": [_in(100, "allow", "198.51.100.0/24", "6", 22, 22)],
    "udp": [_in(100, "allow", ANY4, "17", 22, 22)],
    "outbound": [_in(100, "allow", ANY4, egress=True)],
    "refused-before": [_in(200, "allow", ANY4), _in(100, "deny", ANY4, "6", 22, 22)],
    "halves-refused": [
        _in(90, "deny", "0.0.0.0/1"), _in(91, "deny", "128.0.0.0/1"), _in(100, "allow", ANY4),
    ],
    "ssh": [_in(100, "allow", ANY4, "6", 22, 22)],
    "range": [_in(100, "allow", ANY4, "6", 0, 1024)],
    "all": [_in(100, "allow", ANY4)],
    "ipv6": [_in(100, "allow", ANY6, "6", 20, 25)],
    "refused-after": [_in(100, "allow", ANY4), _in(200, "deny", ANY4, "6", 22, 22)],
    "some-refused": [_in(90, "deny", "203.0.113.0/24"), _in(100, "allow", ANY4)],
    "halves": [_in(100, "allow", "0.0.0.0/1"), _in(110, "allow", "128.0.0.0/1")],
    "refused-over-ipv4-alone": [
        _in(90, "deny", ANY4, "6", 22, 22), _in(100, "allow", ANY4), _in(101, "allow", ANY6),
    ],
    "rdp": [_in(100, "allow", ANY4, "6", 3000, 4000)],
}  # fmt: skip
OPEN = (
    "ssh", "range", "all", "ipv6", "refused-after", "some-refused", "halves", "refused-over-ipv4-alone",
)  # fmt: skip
CLOSED = ("empty", "web", "office", "udp", "outbound", "refused-before", "halves-refused", "rdp")


def test_an_acl_is_open_where_the_first_entry_that_matches_lets_the_world_in(net: Net) -> None:
    assert net.said("vpc.nacl_ssh_world", *OPEN) == ["FAIL"] * len(OPEN)
    assert net.said("vpc.nacl_ssh_world", *CLOSED) == ["PASS"] * len(CLOSED)
    assert net.said("vpc.nacl_rdp_world", "rdp", "all", "ssh", "web") == ["FAIL", "FAIL", "PASS", "PASS"]


def test_the_default_acl_of_a_network_counts(net: Net) -> None:
    default = next(v for v in net.scan.verdicts if v.evidence.get("is_default") and "ssh_world" in v.evidence)
    assert default.status is Status.FAIL
    assert default.evidence["ssh_world"] == ["100: all from 0.0.0.0/0"]


def test_a_flow_log_counts_where_it_is_set_on_the_vpc_and_records_what_is_refused(net: Net) -> None:
    said = net.said("vpc.flow_logs", "rejects", "accepts", "none", "subnet-only")
    assert said == ["PASS", "FAIL", "FAIL", "FAIL"]


def test_a_subnet_that_gives_out_public_addresses_fails(net: Net) -> None:
    assert net.said("vpc.subnet_public_ip", "private", "public") == ["PASS", "FAIL"]


def test_every_list_is_asked_for_once(front: Front, net: Net) -> None:
    front.seen.clear()
    look(REGION, "vpc.*")
    asked = [name for name in front.seen if name.startswith("ec2:")]
    assert sorted(asked) == [
        "ec2:DescribeFlowLogs", "ec2:DescribeNetworkAcls", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("control", "kind", "name", "calls"),
    [
        ("vpc.flow_logs", "vpc", "accepts", 2),
        ("vpc.subnet_public_ip", "subnet", "public", 1),
        ("vpc.nacl_ssh_world", "network-acl", "ssh", 1),
    ],
)
def test_a_targeted_check_reads_one_and_one_that_is_gone_is_no_error(
    front: Front, net: Net, control: str, kind: str, name: str, calls: int
) -> None:
    arn = f"arn:aws:ec2:{REGION}:123456789012:{kind}/{net.names[name]}"
    front.seen.clear()
    assert told(look(REGION, control, only=arn), control) == {net.names[name]: "FAIL"}
    assert len([call for call in front.seen if call.startswith("ec2:")]) == calls
    prefix = net.names[name].split("-")[0]
    gone = look(REGION, control, only=f"arn:aws:ec2:{REGION}:123456789012:{kind}/{prefix}-0123456789abcdef0")
    assert gone.verdicts == ()
    assert {cover.status for cover in gone.coverage} == {CoverageStatus.COMPLETE}


@pytest.mark.parametrize(
    ("operation", "member", "control"),
    [
        ("ec2:DescribeFlowLogs", "flowLogSet", "vpc.flow_logs"),
        ("ec2:DescribeFlowLogs", "trafficType", "vpc.flow_logs"),
        ("ec2:DescribeFlowLogs", "resourceId", "vpc.flow_logs"),
        ("ec2:DescribeSubnets", "mapPublicIpOnLaunch", "vpc.subnet_public_ip"),
        ("ec2:DescribeSubnets", "subnetSet", "vpc.subnet_public_ip"),
        ("ec2:DescribeNetworkAcls", "ruleAction", "vpc.nacl_ssh_world"),
        ("ec2:DescribeNetworkAcls", "portRange", "vpc.nacl_ssh_world"),
        ("ec2:DescribeNetworkAcls", "entrySet", "vpc.nacl_ssh_world"),
        ("ec2:DescribeNetworkAcls", "cidrBlock", "vpc.nacl_ssh_world"),
    ],
)
def test_an_answer_that_lacks_what_ec2_always_sends_is_no_verdict(
    front: Front, net: Net, operation: str, member: str, control: str
) -> None:
    before = told(net.scan, control)
    with front.failing(operation, HIDDEN + member):
        scan = look(REGION, control)
    after = told(scan, control)
    changed = {name for name, status in before.items() if after.get(name) != status}
    assert changed
    assert {after[name] for name in changed if name in after} <= {"UNKNOWN"}
    assert {cover.status for cover in scan.coverage} != {CoverageStatus.COMPLETE}


def test_flow_logs_that_may_not_be_read_are_unknown_and_the_permission_is_named(
    front: Front, net: Net
) -> None:
    with front.failing("ec2:DescribeFlowLogs", DENIED):
        scan = look(REGION, "vpc.*")
    assert set(told(scan, "vpc.flow_logs").values()) == {"UNKNOWN"}
    assert {v.missing_permission for v in scan.verdicts if v.status is Status.UNKNOWN} == {
        "ec2:DescribeFlowLogs"
    }
    assert told(scan, "vpc.subnet_public_ip") == told(net.scan, "vpc.subnet_public_ip")


CIDRS = (ANY4, ANY6, "0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1", "203.0.113.0/24", "2001:db8::/32")
ADDRESSES = ("1.2.3.4", "203.0.113.9", "250.1.1.1", "2001:db8::1", "9000::1")
entries = st.lists(
    st.builds(
        Entry, st.integers(1, 12), st.booleans(), st.sampled_from(("6", "17", "-1", "1")), st.sampled_from((0, 22, 23)),
        st.sampled_from((22, 25, 65_535)), st.sampled_from(CIDRS),
    ),
    max_size=8, unique_by=lambda entry: entry.number,
)  # fmt: skip


def _decides(entries: Iterable[Entry], port: int, address: str) -> bool:
    """Whether a TCP packet gets in, as AWS decides it."""
    for entry in sorted(entries, key=lambda entry: entry.number):
        if matches(entry, port) and ipaddress.ip_address(address) in ipaddress.ip_network(entry.cidr):
            return entry.allows
    return False


def _after(entries: Iterable[Entry], changes: Iterable[Any]) -> list[Entry]:
    now = {entry.number: entry for entry in entries}
    for step in changes:
        assert (step["number"] in now) is (step["what"] != "create")
        if step["what"] == "delete":
            del now[step["number"]]
            continue
        first, last = step["ports"] or (0, 65_535)
        now[step["number"]] = Entry(
            step["number"], step["allow"], step["protocol"], first, last, step["cidr"]
        )  # fmt: skip
    return list(now.values())


@given(entries)
@settings(max_examples=examples(150), deadline=None)
def test_the_changes_close_the_port_and_leave_every_other_as_it_was(listed: list[Entry]) -> None:
    listed = [entry if entry.has_ports else replace(entry, first=0, last=65_535) for entry in listed]
    steps = closing(listed, 22)
    assert bool(steps["do"]) is bool(opening(listed, 22))
    mended = _after(listed, steps["do"])
    assert opening(mended, 22) == []
    for address in ADDRESSES:
        assert not _decides(mended, 22, address) or _decides(listed, 22, address)
        for port in (1, 23, 25, 443, 65_535):
            assert _decides(mended, port, address) is _decides(listed, port, address), (port, address)
    assert set(_after(mended, steps["undo"])) == set(listed)


def test_where_no_number_is_free_before_the_entry_those_behind_it_move_up() -> None:
    entries = [Entry(1, True, "-1", 0, 65_535, ANY4), Entry(2, False, "6", 25, 25, ANY4)]
    steps = closing(entries, 22)
    assert [(step["what"], step["number"]) for step in steps["do"]] == [
        ("create", 3), ("replace", 2), ("replace", 1),
    ]  # fmt: skip
    assert [(step["what"], step["number"]) for step in steps["undo"]] == [
        ("replace", 1), ("replace", 2), ("delete", 3),
    ]  # fmt: skip


def test_the_sentence_says_which_flow_log_does_not_do(net: Net) -> None:
    reasons = {v.reason for v in net.scan.verdicts if v.control == "vpc.flow_logs"}
    assert any("ACTIVE, ACCEPT" in reason for reason in reasons)
    assert failing(net.scan, "vpc.flow_logs").remediation is not None
