"""An account in which every control of networks, databases, load balancers and clusters fails, in many shapes."""

from typing import Any

from bot.sandbox.aws import SandboxAws

REGION = "eu-west-1"
WORLD, WORLD6 = [{"CidrIp": "0.0.0.0/0"}], [{"CidrIpv6": "::/0"}]
LOGIN = {"MasterUsername": "acme", "MasterUserPassword": "only-in-the-sandbox"}
GROUPS = {
    "postgres": 5432, "mysql": 3306, "sqlserver": 1433, "mongodb": 27017, "redis": 6379, "cifs": 445,
}  # fmt: skip
# Control and the name of what fails it: each is proved in test_fixes_net.py, and nowhere else.
FAILING = [
    *((f"ec2.sg_{name}_world", f"{name}-open") for name in GROUPS),
    ("ec2.sg_all_world", "in-pieces"),
    ("ec2.launch_template_imdsv2", "left-open"),
    ("ec2.instance_profile", "plain"),
    ("vpc.flow_logs", "unwatched"),
    ("vpc.flow_logs", "accepts-only"),
    ("vpc.subnet_public_ip", "public"),
    ("vpc.nacl_ssh_world", "all"),
    ("vpc.nacl_ssh_world", "no-room"),
    ("vpc.nacl_rdp_world", "both-worlds"),
    ("rds.backup", "ledger"),
    ("rds.backup", "orders-0"),
    ("rds.minor_upgrade", "ledger"),
    ("rds.multi_az", "ledger"),
    ("rds.multi_az", "orders-0"),
    ("rds.deletion_protection", "ledger"),
    ("rds.deletion_protection", "orders-0"),
    ("rds.snapshot_public", "ledger-old"),
    ("rds.snapshot_public", "orders-old"),
    ("rds.snapshot_encrypted", "ledger-plain"),
    ("rds.snapshot_encrypted", "orders-plain"),
    ("elbv2.tls_listener", "shop"),
    ("elbv2.tls_listener", "one-rule"),
    ("elbv2.deletion_protection", "shop"),
    ("eks.public_endpoint", "open"),
    ("eks.logging", "open"),
]
NET = {control for control, _name in FAILING} - {"ec2.sg_all_world"}


def build(aws: SandboxAws) -> None:
    """Fill the empty account."""
    ec2 = aws.client("ec2", REGION)
    _groups(ec2)
    _machines(ec2)
    _networks(ec2, aws.client("logs", REGION))
    _databases(aws.client("rds", REGION))
    subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"] if s["DefaultForAz"]][:2]
    vpc = ec2.describe_subnets(SubnetIds=subnets)["Subnets"][0]["VpcId"]
    _balancers(aws.client("elbv2", REGION), subnets, vpc)
    aws.client("eks", REGION).create_cluster(
        name="open", roleArn="arn:aws:iam::123456789012:role/eks", resourcesVpcConfig={"subnetIds": subnets},
        logging={"clusterLogging": [{"types": ["audit"], "enabled": True}]},
    )  # fmt: skip


def _named(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def _groups(ec2: Any) -> None:
    rules = {
        **{f"{name}-open": [(port, port)] for name, port in GROUPS.items()},
        "in-pieces": [(0, 30_000), (30_001, 65_535)],
    }
    for name, ranges in rules.items():
        made = ec2.create_security_group(
            GroupName=name, Description="x", TagSpecifications=_named("security-group", name)
        )
        for first, last in ranges:
            rule = {"IpProtocol": "tcp", "FromPort": first, "ToPort": last}
            ec2.authorize_security_group_ingress(
                GroupId=made["GroupId"], IpPermissions=[rule | {"IpRanges": WORLD, "Ipv6Ranges": WORLD6}]
            )


def _machines(ec2: Any) -> None:
    ec2.create_launch_template(
        LaunchTemplateName="left-open", LaunchTemplateData={"InstanceType": "t3.micro"},
        TagSpecifications=_named("launch-template", "left-open"),
    )  # fmt: skip
    ec2.run_instances(
        ImageId="ami-1234", MinCount=1, MaxCount=1, TagSpecifications=_named("instance", "plain")
    )


def _networks(ec2: Any, logs: Any) -> None:
    vpcs = {
        name: ec2.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=_named("vpc", name))["Vpc"]["VpcId"]
        for name in ("unwatched", "accepts-only")
    }
    logs.create_log_group(logGroupName="flows")
    ec2.create_flow_logs(
        ResourceIds=[vpcs["accepts-only"]], ResourceType="VPC", TrafficType="ACCEPT", LogGroupName="flows",
        DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/flows",
    )  # fmt: skip
    subnet = ec2.create_subnet(
        VpcId=vpcs["unwatched"], CidrBlock="10.9.1.0/24", TagSpecifications=_named("subnet", "public")
    )["Subnet"]["SubnetId"]
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    every4, every6 = {"CidrBlock": "0.0.0.0/0"}, {"Ipv6CidrBlock": "::/0"}
    acls: dict[str, list[dict[str, Any]]] = {
        "all": [{"RuleNumber": 100, "Protocol": "-1", **every4}],
        "no-room": [
            {"RuleNumber": 1, "Protocol": "6", "PortRange": {"From": 20, "To": 25}, **every4},
            {"RuleNumber": 2, "Protocol": "6", "PortRange": {"From": 443, "To": 443}, **every4},
        ],
        "both-worlds": [
            {"RuleNumber": 100, "Protocol": "-1", **every4}, {"RuleNumber": 101, "Protocol": "-1", **every6},
        ],
    }  # fmt: skip
    for name, entries in acls.items():
        acl = ec2.create_network_acl(
            VpcId=vpcs["unwatched"], TagSpecifications=_named("network-acl", name)
        )["NetworkAcl"]["NetworkAclId"]  # fmt: skip
        for entry in entries:
            ec2.create_network_acl_entry(NetworkAclId=acl, RuleAction="allow", Egress=False, **entry)


def _databases(rds: Any) -> None:
    settings = {"AutoMinorVersionUpgrade": False, "BackupRetentionPeriod": 0, "AllocatedStorage": 20}
    rds.create_db_instance(
        DBInstanceIdentifier="ledger", Engine="postgres", DBInstanceClass="db.m6g.large", **settings, **LOGIN
    )
    rds.create_db_cluster(
        DBClusterIdentifier="orders", Engine="aurora-mysql", BackupRetentionPeriod=0, **LOGIN
    )
    rds.create_db_instance(
        DBInstanceIdentifier="orders-0", Engine="aurora-mysql", DBInstanceClass="db.r6g.large",
        DBClusterIdentifier="orders",
    )  # fmt: skip
    share = {"AttributeName": "restore", "ValuesToAdd": ["all"]}
    for name in ("old", "plain"):
        rds.create_db_snapshot(DBInstanceIdentifier="ledger", DBSnapshotIdentifier=f"ledger-{name}")
        rds.create_db_cluster_snapshot(
            DBClusterIdentifier="orders", DBClusterSnapshotIdentifier=f"orders-{name}"
        )
    rds.modify_db_snapshot_attribute(DBSnapshotIdentifier="ledger-old", **share)
    rds.modify_db_cluster_snapshot_attribute(DBClusterSnapshotIdentifier="orders-old", **share)


def _balancers(elb: Any, subnets: list[str], vpc: str) -> None:
    group = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]
    forward = {"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}
    redirect = {
        "Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"},
    }  # fmt: skip
    for name, default in (("shop", forward), ("one-rule", redirect)):
        arn = elb.create_load_balancer(Name=name, Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
        listener = elb.create_listener(
            LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[default]
        )["Listeners"][0]["ListenerArn"]  # fmt: skip
        elb.create_rule(
            ListenerArn=listener, Priority=1, Actions=[forward],
            Conditions=[{"Field": "path-pattern", "Values": ["/health"]}],
        )  # fmt: skip
