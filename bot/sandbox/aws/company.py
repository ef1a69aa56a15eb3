"""Acme Payments: about sixty resources in two regions, good and bad, as a young company has them."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from bot.sandbox.aws.server import ACCOUNT, SandboxAws

EU, US = "eu-west-1", "us-east-1"
Statement = dict[str, Any]
_ANYWHERE = [{"CidrIp": "0.0.0.0/0"}]
_OFFICE = [{"CidrIp": "198.51.100.0/24", "Description": "office"}]


def build_company(aws: SandboxAws) -> None:
    """Fill the empty account."""
    _people(aws)
    _policies(aws)
    _buckets(aws)
    for region, build in ((EU, _europe), (US, _america)):
        build(aws, region)
    _trails(aws)


def _document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _people(aws: SandboxAws) -> None:
    iam = aws.client("iam")
    # Name, console password, MFA, ages of access keys in days.
    people: tuple[tuple[str, bool, bool, tuple[int, ...]], ...] = (
        ("dana.reyes", True, True, (12,)),
        ("kofi.mensah", True, False, ()),
        ("priya.nair", True, True, ()),
        ("sam.okafor", True, True, (45,)),
        ("old.contractor", True, False, (412,)),
        ("ci-deploy", False, False, (190, 8)),
        ("billing-export", False, False, (77,)),
        ("grafana", False, False, (133,)),
        ("terraform", False, False, (20,)),
    )
    for name, console, mfa, ages in people:
        iam.create_user(UserName=name, Tags=[{"Key": "team", "Value": "platform"}])
        if console:
            iam.create_login_profile(UserName=name, Password="correct horse battery 9!")  # noqa: S106
        if mfa:
            device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
            iam.enable_mfa_device(
                UserName=name, SerialNumber=device["SerialNumber"],
                AuthenticationCode1="123456", AuthenticationCode2="654321",
            )  # fmt: skip
        for days in ages:
            key = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
            aws.age_key(name, key, days)
    iam.update_account_password_policy(MinimumPasswordLength=8, RequireNumbers=True)


def _policies(aws: SandboxAws) -> None:
    iam = aws.client("iam")
    everything: Statement = {"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}
    reading: Statement = {
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": "arn:aws:s3:::acme-reports/*",
    }
    admin = iam.create_policy(PolicyName="legacy-admin", PolicyDocument=_document(everything))
    reports = iam.create_policy(PolicyName="read-reports", PolicyDocument=_document(reading))
    iam.attach_user_policy(UserName="terraform", PolicyArn=admin["Policy"]["Arn"])
    iam.create_group(GroupName="founders")
    iam.attach_group_policy(GroupName="founders", PolicyArn=admin["Policy"]["Arn"])
    iam.attach_user_policy(UserName="grafana", PolicyArn=reports["Policy"]["Arn"])
    trust = _document(
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    for name in ("checkout-service", "ledger-service", "backup-runner"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    iam.put_role_policy(
        RoleName="backup-runner", PolicyName="quick-fix", PolicyDocument=_document(everything)
    )
    iam.put_role_policy(RoleName="ledger-service", PolicyName="reports", PolicyDocument=_document(reading))


def _buckets(aws: SandboxAws) -> None:
    def public_read(name: str) -> Statement:
        return {
            "Sid": "PublicRead", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{name}/*",
        }  # fmt: skip

    def tls_only(name: str) -> Statement:
        arn = f"arn:aws:s3:::{name}"
        return {
            "Sid": "OnlyTLS", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }  # fmt: skip

    def fenced(name: str) -> Statement:
        return public_read(name) | {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-0a1b2c3d"}}}

    # Name, region, statements, blocks public access, keeps versions.
    buckets: tuple[tuple[str, str, tuple[Callable[[str], Statement], ...], bool, bool], ...] = (
        ("acme-invoices", EU, (public_read,), False, False),
        ("acme-ledger-prod", EU, (tls_only,), True, True),
        ("acme-reports", EU, (fenced, tls_only), False, True),
        ("acme-customer-uploads", EU, (), False, False),
        ("acme-terraform-state", EU, (tls_only,), True, True),
        ("acme-web-assets", US, (public_read,), False, True),
        ("acme-cloudtrail", US, (tls_only,), True, True),
        ("acme-db-dumps", US, (), True, False),
    )
    for name, region, statements, blocks, versions in buckets:
        s3 = aws.client("s3", region)
        place = {} if region == US else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=name, **place)
        if statements:
            s3.put_bucket_policy(Bucket=name, Policy=_document(*(make(name) for make in statements)))
        if blocks:
            settings = dict.fromkeys(
                ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
            )
            s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=settings)
        if versions:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    _old_website(aws.client("s3", US))


def _old_website(s3: Any) -> None:
    """Public by its ACL alone, as buckets were before 2023."""
    name = "acme-status-page"
    s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    s3.put_bucket_acl(Bucket=name, ACL="public-read")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def _europe(aws: SandboxAws, region: str) -> None:
    ec2 = aws.client("ec2", region)
    _group(ec2, "bastion", "SSH for the team", "tcp", 22, 22, _ANYWHERE)
    _group(ec2, "checkout-web", "HTTPS for customers", "tcp", 443, 443, _ANYWHERE)
    _group(ec2, "ledger-db", "Postgres from the office", "tcp", 5432, 5432, _OFFICE)
    debug = _group(ec2, "tmp-debug", "opened for a support call", "-1", -1, -1, _ANYWHERE)
    _partners(ec2)
    _closed_network(ec2)
    _instance(ec2, "checkout-1", tokens="required")
    _instance(ec2, "checkout-2", tokens="optional", group=debug)
    _volume(ec2, f"{region}a", "ledger-data", encrypted=True)
    scratch = _volume(ec2, f"{region}a", "scratch", encrypted=False)
    shared = ec2.create_snapshot(VolumeId=scratch, Description="for the contractor")["SnapshotId"]
    ec2.modify_snapshot_attribute(
        SnapshotId=shared, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"]
    )
    _database(aws, region, "ledger", encrypted=True, public=False)
    _database(aws, region, "checkout-staging", encrypted=False, public=True)
    _key(aws, region, "ledger at rest", rotated=True)
    _key(aws, region, "exports", rotated=False)


def _america(aws: SandboxAws, region: str) -> None:
    ec2 = aws.client("ec2", region)
    ec2.enable_ebs_encryption_by_default()
    _group(ec2, "windows-jump", "RDP for the vendor", "tcp", 3389, 3389, _ANYWHERE)
    _group(ec2, "web-assets", "HTTPS", "tcp", 443, 443, _ANYWHERE)
    _group(ec2, "vendor-range", "ports that the vendor asked for", "tcp", 3000, 4000, _ANYWHERE)
    _group(ec2, "build-agents", "SSH over IPv6", "tcp", 22, 22, [], v6=[{"CidrIpv6": "::/0"}])
    _instance(ec2, "windows-jump-1", tokens="optional")
    _instance(ec2, "assets-1", tokens="required")
    plain = _volume(ec2, f"{region}b", "assets", encrypted=True)
    ec2.create_snapshot(VolumeId=plain, Description="nightly")
    _database(aws, region, "analytics", encrypted=True, public=False)
    _key(aws, region, "assets", rotated=True)


def _tags(kind: str, name: str) -> list[dict[str, Any]]:
    return [
        {"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}, {"Key": "team", "Value": "payments"}]}
    ]


def _group(
    ec2: Any,
    name: str,
    why: str,
    protocol: str,
    first: int,
    last: int,
    ranges: list[dict[str, str]],
    *,
    v6: Sequence[dict[str, str]] = (),
) -> str:
    group = ec2.create_security_group(
        GroupName=name, Description=why, TagSpecifications=_tags("security-group", name)
    )
    rule: dict[str, Any] = {"IpProtocol": protocol, "IpRanges": ranges, "Ipv6Ranges": list(v6)}
    if protocol != "-1":
        rule |= {"FromPort": first, "ToPort": last}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])
    return str(group["GroupId"])


def _partners(ec2: Any) -> None:
    """SSH for a prefix list whose two halves are the whole Internet."""
    listed = ec2.create_managed_prefix_list(
        PrefixListName="partners", MaxEntries=10, AddressFamily="IPv4",
        Entries=[{"Cidr": "0.0.0.0/1"}, {"Cidr": "128.0.0.0/1"}],
    )["PrefixList"]["PrefixListId"]  # fmt: skip
    group = ec2.create_security_group(
        GroupName="partner-sftp",
        Description="files from partners",
        TagSpecifications=_tags("security-group", "sftp"),
    )
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": listed}]}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])


def _closed_network(ec2: Any) -> None:
    """A network whose default group has no rules: how it should be."""
    network = ec2.create_vpc(CidrBlock="10.20.0.0/16", TagSpecifications=_tags("vpc", "ledger"))["Vpc"]
    here = {"Name": "vpc-id", "Values": [network["VpcId"]]}
    found = ec2.describe_security_groups(Filters=[here, {"Name": "group-name", "Values": ["default"]}])
    group = found["SecurityGroups"][0]
    ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])


def _instance(ec2: Any, name: str, *, tokens: str, group: str = "") -> None:
    ec2.run_instances(
        ImageId="ami-12c6146b", InstanceType="t3.small", MinCount=1, MaxCount=1,
        MetadataOptions={"HttpTokens": tokens, "HttpEndpoint": "enabled"},
        TagSpecifications=_tags("instance", name), **({"SecurityGroupIds": [group]} if group else {}),
    )  # fmt: skip


def _volume(ec2: Any, zone: str, name: str, *, encrypted: bool) -> str:
    made = ec2.create_volume(
        AvailabilityZone=zone, Size=40, Encrypted=encrypted, TagSpecifications=_tags("volume", name)
    )
    return str(made["VolumeId"])


def _database(aws: SandboxAws, region: str, name: str, *, encrypted: bool, public: bool) -> None:
    aws.client("rds", region).create_db_instance(
        DBInstanceIdentifier=name, Engine="postgres", DBInstanceClass="db.t3.small", AllocatedStorage=20,
        MasterUsername="acme", MasterUserPassword="only-in-the-sandbox", StorageEncrypted=encrypted,
        PubliclyAccessible=public,
    )  # fmt: skip


def _key(aws: SandboxAws, region: str, why: str, *, rotated: bool) -> None:
    kms = aws.client("kms", region)
    key = kms.create_key(Description=why)["KeyMetadata"]["KeyId"]
    if rotated:
        kms.enable_key_rotation(KeyId=key)


def _trails(aws: SandboxAws) -> None:
    """One trail, of one region only: what a company has that set it up in a hurry."""
    trail = aws.client("cloudtrail", US)
    trail.create_trail(Name="acme-us", S3BucketName="acme-cloudtrail", IsMultiRegionTrail=False)
    trail.start_logging(Name="acme-us")


__all__ = ["ACCOUNT", "build_company"]
