"""Load balancers, good and bad, as moto's server sends them."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.sandbox.aws import SandboxAws
from scanners.model import CoverageStatus, Scan, Status
from tests.scanners.aws.front import DENIED, GONE, HIDDEN, Front
from tests.scanners.aws.looking import look, told

REGION = "eu-central-1"
PREFIX = f"arn:aws:elasticloadbalancing:{REGION}:123456789012:loadbalancer"


def _redirect(protocol: str = "HTTPS") -> dict[str, Any]:
    return {
        "Type": "redirect",
        "RedirectConfig": {"Protocol": protocol, "Port": "443", "StatusCode": "HTTP_301"},
    }


TEXT = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"}}
# Name -> what its HTTP listener does by default, what its rules do, and whether that is right.
BALANCERS: dict[str, tuple[list[str], list[str], str]] = {
    "nothing": ([], [], "PASS"),
    "serves": (["forward"], [], "FAIL"),
    "redirects": (["redirect"], [], "PASS"),
    "same-protocol": (["same"], [], "FAIL"),
    "one-rule-serves": (["redirect"], ["forward"], "FAIL"),
    "one-rule-redirects": (["forward"], ["redirect"], "FAIL"),
    "text-and-redirect": (["text"], ["redirect"], "PASS"),
    "text": (["text"], [], "FAIL"),
}


@pytest.fixture(scope="module")
def elb(account: SandboxAws) -> Any:
    """The balancers above, one with TLS alone, a network one."""
    ec2, elb = account.client("ec2", REGION), account.client("elbv2", REGION)
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"] if subnet["DefaultForAz"]][
        :2
    ]
    vpc = ec2.describe_subnets(SubnetIds=subnets)["Subnets"][0]["VpcId"]
    group = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]
    actions = {
        "forward": {"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]},
        "redirect": _redirect(), "same": _redirect("#{protocol}"), "text": TEXT,
    }  # fmt: skip

    def balancer(name: str, **settings: Any) -> str:
        made = elb.create_load_balancer(Name=name, Subnets=subnets, **settings)["LoadBalancers"][0]
        return str(made["LoadBalancerArn"])

    for name, (default, rules, _verdict) in BALANCERS.items():
        arn = balancer(name, Tags=[{"Key": "team", "Value": "web"}])
        for action in default:
            listener = elb.create_listener(
                LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[actions[action]]
            )["Listeners"][0]["ListenerArn"]
            for number, rule in enumerate(rules, 1):
                elb.create_rule(
                    ListenerArn=listener, Priority=number, Actions=[actions[rule]],
                    Conditions=[{"Field": "path-pattern", "Values": ["/x/*"]}],
                )  # fmt: skip
    tls, tcp = balancer("tls"), balancer("tcp", Type="network")
    elb.create_listener(
        LoadBalancerArn=tls, Protocol="HTTPS", Port=443, DefaultActions=[actions["forward"]],
        Certificates=[{"CertificateArn": "arn:aws:iam::123456789012:server-certificate/web"}],
    )  # fmt: skip
    elb.create_listener(LoadBalancerArn=tcp, Protocol="TCP", Port=80, DefaultActions=[actions["forward"]])
    for arn in (tls, tcp):
        elb.modify_load_balancer_attributes(
            LoadBalancerArn=arn, Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}]
        )
    return elb


@pytest.fixture(scope="module")
def scan(front: Front, elb: Any) -> Iterator[Scan]:
    """Both controls on all of it."""
    front.seen.clear()
    yield look(REGION, "elbv2.*")


def _said(scan: Scan, control: str) -> dict[str, str]:
    return {name.split("/")[1]: status for name, status in told(scan, control).items()}


def test_a_listener_serves_plain_http_unless_it_only_sends_clients_to_https(scan: Scan) -> None:
    expected = {name: verdict for name, (_default, _rules, verdict) in BALANCERS.items()}
    assert _said(scan, "elbv2.tls_listener") == expected | {"tls": "PASS"}


def test_protection_from_deletion_is_asked_of_every_kind(scan: Scan) -> None:
    said = _said(scan, "elbv2.deletion_protection")
    assert {name for name, status in said.items() if status == "PASS"} == {"tls", "tcp"}
    assert set(said) == {*BALANCERS, "tls", "tcp"}


def test_calls_are_few_and_tags_are_read_twenty_at_a_time(front: Front, scan: Scan) -> None:
    asked = {
        name.split(":")[1]: front.seen.count(name)
        for name in front.seen
        if name.startswith("elasticloadbalancing")
    }
    assert asked == {
        "DescribeLoadBalancers": 1, "DescribeTags": 1, "DescribeListeners": 9, "DescribeRules": 7,
        "DescribeLoadBalancerAttributes": 10,
    }  # fmt: skip
    assert {v.resource.tags.get("team") for v in scan.verdicts if v.resource.id in BALANCERS} == {"web"}


def test_a_targeted_check_reads_one_and_one_that_is_gone_is_no_error(front: Front, scan: Scan) -> None:
    arn = next(v.resource.arn for v in scan.verdicts if v.resource.id == "serves")
    front.seen.clear()
    only = look(REGION, "elbv2.tls_listener", only=arn)
    assert _said(only, "elbv2.tls_listener") == {"serves": "FAIL"}
    assert len([call for call in front.seen if call.startswith("elastic")]) == 4
    gone = look(REGION, "elbv2.*", only=f"{PREFIX}/app/nowhere/0123456789abcdef")
    assert gone.verdicts == ()
    assert {cover.status for cover in gone.coverage} == {CoverageStatus.COMPLETE}


@pytest.mark.parametrize(
    ("operation", "member", "control"),
    [
        ("DescribeLoadBalancers", "Type", "elbv2.tls_listener"),
        ("DescribeLoadBalancers", "LoadBalancers", "elbv2.deletion_protection"),
        ("DescribeListeners", "Listeners", "elbv2.tls_listener"),
        ("DescribeListeners", "Protocol", "elbv2.tls_listener"),
        ("DescribeRules", "Rules", "elbv2.tls_listener"),
        ("DescribeRules", "Actions", "elbv2.tls_listener"),
        ("DescribeLoadBalancerAttributes", "Value", "elbv2.deletion_protection"),
        ("DescribeLoadBalancerAttributes", "deletion_protection.enabled", "elbv2.deletion_protection"),
    ],
)
def test_an_answer_that_lacks_what_aws_always_sends_is_no_verdict(
    front: Front, scan: Scan, operation: str, member: str, control: str
) -> None:
    before = told(scan, control)
    with front.failing(f"elasticloadbalancing:{operation}", HIDDEN + member):
        broken = look(REGION, control)
    after = told(broken, control)
    changed = {name for name, status in before.items() if after.get(name) != status}
    assert changed
    assert {after[name] for name in changed if name in after} <= {"UNKNOWN"}
    assert {cover.status for cover in broken.coverage} != {CoverageStatus.COMPLETE}


@pytest.mark.parametrize(
    "operation", ["DescribeListeners", "DescribeRules", "DescribeLoadBalancerAttributes"]
)
def test_what_is_refused_is_unknown_and_the_permission_is_named(
    front: Front, scan: Scan, operation: str
) -> None:
    with front.failing(f"elasticloadbalancing:{operation}", DENIED):
        refused = look(REGION, "elbv2.*")
    unknown = [v for v in refused.verdicts if v.status is Status.UNKNOWN]
    assert {v.missing_permission for v in unknown} == {f"elasticloadbalancing:{operation}"}
    for control in ("elbv2.tls_listener", "elbv2.deletion_protection"):
        sure = {k: v for k, v in told(refused, control).items() if v != "UNKNOWN"}
        assert sure.items() <= told(scan, control).items()


def test_tags_that_are_refused_are_not_taken_for_none(front: Front, scan: Scan) -> None:
    with front.failing("elasticloadbalancing:DescribeTags", DENIED):
        refused = look(REGION, "elbv2.deletion_protection")
    assert {(v.resource.tags_unread, bool(v.resource.tags)) for v in refused.verdicts} == {(True, False)}
    assert told(refused, "elbv2.deletion_protection") == told(scan, "elbv2.deletion_protection")


@pytest.mark.parametrize(
    ("operation", "code", "left"),
    [
        ("DescribeListeners", "LoadBalancerNotFound", set()),
        ("DescribeLoadBalancerAttributes", "LoadBalancerNotFound", set()),
        ("DescribeRules", "ListenerNotFound", {"PASS"}),
    ],
)
def test_what_is_deleted_while_we_look_is_gone(
    front: Front, scan: Scan, operation: str, code: str, left: set[str]
) -> None:
    control = "elbv2.deletion_protection" if operation.endswith("Attributes") else "elbv2.tls_listener"
    with front.failing(f"elasticloadbalancing:{operation}", GONE + code):
        during = look(REGION, control)
    assert set(told(during, control).values()) == left
    assert {cover.status for cover in during.coverage} == {CoverageStatus.COMPLETE}
