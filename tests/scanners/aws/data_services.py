"""Buckets, keys, topics, queues, functions, images, secrets, tables and file systems, good and bad, and which is which."""

import io
import json
import zipfile
from typing import Any

from bot.sandbox.aws import SandboxAws
from bot.sandbox.aws.server import ACCOUNT

# (control, ARN) -> True where it is bad. What is not in it must not be judged.
Truth = dict[tuple[str, str], bool]
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
ORGANISATION = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}


def document(*statements: dict[str, Any]) -> str:
    """A policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal: Any, action: str, resource: str = "", **more: Any) -> dict[str, Any]:
    """A statement called Given, without a resource where none is named."""
    given = {"Sid": "Given", "Effect": "Allow", "Principal": principal, "Action": action, **more}
    return given | ({"Resource": resource} if resource else {})


def build(aws: SandboxAws, region: str) -> Truth:
    """Build everything there is in this file; the truth of it."""
    truth: Truth = {}
    for make in (_buckets, _keys, _topics, _queues, _functions, _images, _secrets, _tables, _files):
        make(aws, region, truth)
    return truth


def _buckets(aws: SandboxAws, region: str, truth: Truth) -> None:
    s3 = aws.client("s3", region)
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    # Name, default encryption, ownership.
    for name, cipher, owner in (
        ("data-kms", "aws:kms", "BucketOwnerEnforced"), ("data-dsse", "aws:kms:dsse", "BucketOwnerPreferred"),
        ("data-sse", "AES256", "ObjectWriter"), ("data-logs", "", ""),
    ):  # fmt: skip
        s3.create_bucket(Bucket=name, **place, **({"ObjectOwnership": owner} if owner else {}))
        if cipher:
            rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": cipher}}
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
        arn = f"arn:aws:s3:::{name}"
        truth["s3.kms_encryption", arn] = not cipher.startswith("aws:kms")
        truth["s3.acl_disabled", arn] = owner != "BucketOwnerEnforced"
        truth["s3.access_logging", arn] = name != "data-kms"
        truth["s3.mfa_delete", arn] = True  # moto forgets that it was switched on
        # An ACL that stood before the owner took over counts no more.
        truth["s3.public", arn] = name == "data-sse"
    writes = allow({"Service": "logging.s3.amazonaws.com"}, "s3:PutObject", "arn:aws:s3:::data-logs/*")
    s3.put_bucket_policy(Bucket="data-logs", Policy=document(writes))
    s3.put_bucket_logging(
        Bucket="data-kms",
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "data-logs", "TargetPrefix": "kms/"}},
    )
    for name in ("data-kms", "data-sse"):
        s3.put_bucket_acl(Bucket=name, ACL="public-read")


def _keys(aws: SandboxAws, region: str, truth: Truth) -> None:
    kms = aws.client("kms", region)
    own = allow(ROOT, "kms:*", "*", Sid="Own")
    fence = {"StringEquals": {"kms:CallerAccount": ACCOUNT, "kms:ViaService": f"s3.{region}.amazonaws.com"}}
    through = {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}}
    for bad, statements in (
        (False, (own,)), (True, (own, allow("*", "kms:Decrypt", "*"))),
        (False, (own, allow({"AWS": "*"}, "kms:*", "*", Condition=fence))),
        (True, (own, allow({"AWS": "*"}, "kms:*", "*", Condition=through))),
    ):  # fmt: skip
        arn = kms.create_key(Policy=document(*statements))["KeyMetadata"]["Arn"]
        truth["kms.public", arn] = bad
        truth["kms.rotation", arn] = True
    rotated = kms.create_key()["KeyMetadata"]["Arn"]
    kms.enable_key_rotation(KeyId=rotated)
    signing = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    truth.update(
        {("kms.rotation", rotated): False, ("kms.public", rotated): False, ("kms.public", signing): False}
    )
    # A key that AWS makes for itself, as plain moto tells of it: the customer's, but for its words and its alias.
    words = "Default master key that protects my EBS volumes when no other key is defined"
    ours, theirs = (kms.create_key(Description=words)["KeyMetadata"] for _ in "ab")
    kms.create_alias(AliasName="alias/ours", TargetKeyId=ours["KeyId"])
    truth.update({("kms.rotation", ours["Arn"]): True, ("kms.public", ours["Arn"]): False})
    kms.create_alias(AliasName="alias/aws/zz", TargetKeyId=theirs["KeyId"])
    doomed, asleep = (
        kms.create_key(Policy=document(allow("*", "kms:*", "*")))["KeyMetadata"]["KeyId"] for _ in "ab"
    )
    kms.schedule_key_deletion(KeyId=doomed, PendingWindowInDays=7)
    kms.disable_key(KeyId=asleep)


def _topics(aws: SandboxAws, region: str, truth: Truth) -> None:
    sns = aws.client("sns", region)
    for name, bad, made in (
        ("default", False, None),
        ("open", True, lambda arn: allow("*", "sns:Publish", arn)),
        ("fenced", False, lambda arn: allow("*", "sns:Publish", arn, Condition=ORGANISATION)),
        ("from-s3", False, lambda arn: allow({"Service": "s3.amazonaws.com"}, "sns:Publish", arn)),
    ):
        key = {"KmsMasterKeyId": "alias/aws/sns"} if name == "default" else {}
        arn = sns.create_topic(Name=name, Attributes=key)["TopicArn"]
        if made:
            sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=document(made(arn)))
        truth.update({("sns.public", arn): bad, ("sns.encrypted", arn): not key})


def _queues(aws: SandboxAws, region: str, truth: Truth) -> None:
    sqs = aws.client("sqs", region)
    off = {"SqsManagedSseEnabled": "false"}
    for name, bad, plain, more in (
        ("untouched", False, False, {}),
        ("plain", False, True, off),
        ("kms", False, False, off | {"KmsMasterKeyId": "alias/aws/sqs"}),
        ("emptied", False, True, off | {"KmsMasterKeyId": ""}),
        ("open", True, True, off | {"Policy": allow("*", "sqs:SendMessage")}),
        ("ours.fifo", False, False, {"FifoQueue": "true", "Policy": allow(ROOT, "sqs:*")}),
    ):
        arn = f"arn:aws:sqs:{region}:{ACCOUNT}:{name}"
        given = {
            key: document(value | {"Resource": arn}) if isinstance(value, dict) else str(value)
            for key, value in more.items()
        }
        sqs.create_queue(QueueName=name, Attributes=given)
        truth.update({("sqs.public", arn): bad, ("sqs.encrypted", arn): plain})


def _functions(aws: SandboxAws, region: str, truth: Truth) -> None:
    role = aws.client("iam").create_role(
        RoleName="functions",
        AssumeRolePolicyDocument=document(allow({"Service": "lambda.amazonaws.com"}, "sts:AssumeRole")),
    )["Role"]["Arn"]
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return None")
    client = aws.client("lambda", region)
    bucket = {"Principal": "s3.amazonaws.com"}
    url = {"Principal": "*", "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"}
    for name, bad, runtime, old, permission in (
        ("closed", False, "python3.13", False, {}),
        ("open", True, "python3.7", True, {"Principal": "*"}),
        ("open-url", True, "nodejs14.x", True, url),
        ("of-the-organisation", False, "java21", False, {"Principal": "*", "PrincipalOrgID": "o-a1b2c3d4e5"}),
        ("any-bucket", True, "go1.x", True, bucket),
        ("our-bucket", False, "provided.al2023", False, bucket | {"SourceAccount": ACCOUNT}),
        ("partner", False, "ruby3.4", False, {"Principal": "210987654321"}),
    ):
        arn = client.create_function(
            FunctionName=name, Runtime=runtime, Role=role, Handler="app.handler", Code={"ZipFile": held.getvalue()}
        )["FunctionArn"]  # fmt: skip
        if permission:
            client.add_permission(
                FunctionName=name, StatementId="given", **({"Action": "lambda:InvokeFunction"} | permission)
            )
        truth.update({("lambda.public", arn): bad, ("lambda.supported_runtime", arn): old})
    image = f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com/image:1"
    boxed = client.create_function(
        FunctionName="boxed", Role=role, PackageType="Image", Code={"ImageUri": image}
    )
    truth["lambda.public", boxed["FunctionArn"]] = False


def _images(aws: SandboxAws, region: str, truth: Truth) -> None:
    ecr = aws.client("ecr", region)
    latest = [{"filterType": "WILDCARD", "filter": "latest"}]
    for name, scans, tags, policy, bad in (
        ("good", True, "IMMUTABLE", None, False),
        ("bad/image", False, "MUTABLE", allow("*", "ecr:BatchGetImage"), True),
        (
            "team/by-rule",
            False,
            "IMMUTABLE_WITH_EXCLUSION",
            allow({"AWS": "210987654321"}, "ecr:BatchGetImage"),
            False,
        ),
        ("loose", False, "MUTABLE_WITH_EXCLUSION", None, False),
    ):
        more = {"imageTagMutabilityExclusionFilters": latest} if tags.endswith("EXCLUSION") else {}
        arn = ecr.create_repository(
            repositoryName=name, imageScanningConfiguration={"scanOnPush": scans}, imageTagMutability=tags, **more
        )["repository"]["repositoryArn"]  # fmt: skip
        if policy:
            ecr.set_repository_policy(repositoryName=name, policyText=document(policy))
        truth["ecr.scan_on_push", arn] = name in ("bad/image", "loose")
        truth["ecr.tag_immutable", arn] = not tags.startswith("IMMUTABLE")
        truth["ecr.public", arn] = bad
    rule = {
        "scanFrequency": "SCAN_ON_PUSH",
        "repositoryFilters": [{"filter": "team/*", "filterType": "WILDCARD"}],
    }
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[rule])


def _secrets(aws: SandboxAws, region: str, truth: Truth) -> None:
    client = aws.client("secretsmanager", region)

    def make(name: str, **more: Any) -> str:
        return str(client.create_secret(Name=name, SecretString="only-in-the-sandbox", **more)["ARN"])

    rotated, plain = make("rotated"), make("prod/plain")
    truth.update({("secrets.rotation", rotated): False, ("secrets.rotation", plain): True})
    client.rotate_secret(
        SecretId=rotated, RotationRules={"AutomaticallyAfterDays": 30}, RotateImmediately=False
    )
    make("of-rds", Tags=[{"Key": "aws:secretsmanager:owningService", "Value": "rds"}])
    client.delete_secret(SecretId=make("going"), RecoveryWindowInDays=7)
    copied = aws.client("secretsmanager", "ap-southeast-2").create_secret(
        Name="copied", SecretString="only-in-the-sandbox", AddReplicaRegions=[{"Region": region}]
    )
    assert copied["ReplicationStatus"]


def _tables(aws: SandboxAws, region: str, truth: Truth) -> None:
    dynamodb = aws.client("dynamodb", region)
    for name, on in (("kept", True), ("plain", False)):
        arn = dynamodb.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )["TableDescription"]["TableArn"]  # fmt: skip
        if on:
            dynamodb.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )
        truth["dynamodb.pitr", arn] = not on


def _files(aws: SandboxAws, region: str, truth: Truth) -> None:
    efs = aws.client("efs", region)
    for encrypted in (True, False):
        arn = efs.create_file_system(CreationToken=f"encrypted-{encrypted}", Encrypted=encrypted)[
            "FileSystemArn"
        ]
        truth["efs.encrypted", arn] = not encrypted
