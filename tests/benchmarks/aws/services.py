"""Topics, queues, functions, image repositories, secrets, tables, file systems, load balancers and clusters."""

import io
import zipfile
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.benchmarks.aws.grants import GRANTS, OTHER
from tests.benchmarks.aws.site import ACCOUNT, Site, deal, document
from tests.benchmarks.aws.truth import EITHER, NONE


def build_topics(site: Site, count: int) -> None:
    """A topic that nobody gave a policy has AWS's own: everybody, fenced by the owner's account."""
    chance = site.chance("topics")
    grants, regions = deal(chance, (*GRANTS, *(None,) * 10)), deal(chance, site.regions)
    keys = deal(chance, ("", "alias/aws/sns", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1111"))
    for number in range(count):
        region, grant, key = next(regions), next(grants), next(keys)
        sns = site.client("sns", region)
        arn = sns.create_topic(
            Name=f"topic-{number:04d}", **({"Attributes": {"KmsMasterKeyId": key}} if key else {})
        )["TopicArn"]
        if grant:
            text = document(*grant.make(["SNS:Publish", "SNS:Subscribe"], arn))
            sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=text)
        site.truth.say(
            "sns.public", arn, grant.public if grant else False, grant.name if grant else "the default policy"
        )
        site.truth.say("sns.encrypted", arn, not key, f"key {key or 'none'}")
        site.made()


def build_queues(site: Site, count: int) -> None:
    """Encrypted by SQS's own key (the default) or by KMS; either is enough (SQS.1)."""
    chance = site.chance("queues")
    grants, regions = deal(chance, (*GRANTS, *(None,) * 10)), deal(chance, site.regions)
    ciphers = deal(chance, ("own key off", "own key on", "kms", "not said"))
    for number in range(count):
        region, grant, cipher = next(regions), next(grants), next(ciphers)
        sqs, name = site.client("sqs", region), f"queue-{number:04d}"
        arn = f"arn:aws:sqs:{region}:{ACCOUNT}:{name}"
        more = {
            "own key off": {"SqsManagedSseEnabled": "false"}, "own key on": {"SqsManagedSseEnabled": "true"},
            "kms": {"KmsMasterKeyId": "alias/acme", "SqsManagedSseEnabled": "false"}, "not said": {},
        }[cipher]  # fmt: skip
        if grant:
            more["Policy"] = document(*grant.make("sqs:SendMessage", arn))
        sqs.create_queue(QueueName=name, Attributes=more)
        site.truth.say(
            "sqs.public", arn, grant.public if grant else False, grant.name if grant else "no policy"
        )
        site.truth.say("sqs.encrypted", arn, cipher == "own key off", cipher)
        site.made()


# AWS's own table of runtimes: the last of these ended before 2025, the good ones last into 2027.
_RUNTIMES: tuple[tuple[str, bool | str], ...] = (
    ("python3.13", False), ("python3.7", True), ("nodejs22.x", False), ("nodejs14.x", True), ("provided.al2023", False),
    ("dotnetcore3.1", True), ("java21", False), ("go1.x", True), ("python3.12", False), ("ruby2.7", True), ("python2.7", True),
)  # fmt: skip
_Permission = tuple[str, bool | str, dict[str, Any]]
_PERMISSIONS: tuple[_Permission, ...] = (
    ("no policy", False, {}), ("no policy", False, {}),
    ("everybody", True, {"Principal": "*"}),
    ("everybody of the organisation", False, {"Principal": "*", "PrincipalOrgID": "o-a1b2c3d4e5"}),
    ("one account", False, {"Principal": OTHER}),
    ("one topic", False, {"Principal": "sns.amazonaws.com", "SourceArn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:orders"}),
    ("one account's buckets", False, {"Principal": "s3.amazonaws.com", "SourceAccount": ACCOUNT}),
    ("any bucket", EITHER, {"Principal": "s3.amazonaws.com"}),
    ("a URL without sign-in", True, {"Principal": "*", "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"}),
    ("a URL with sign-in, for everybody who has an account", True, {"Principal": "*", "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "AWS_IAM"}),
    ("one user", False, {"Principal": f"arn:aws:iam::{OTHER}:root"}),
    ("everybody from one source", False, {"Principal": "*", "SourceArn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:orders"}),
)  # fmt: skip


@cache
def _code() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return None")
    return held.getvalue()


def build_functions(site: Site, count: int) -> None:
    """Functions from a zip, of one role."""
    chance = site.chance("functions")
    runtimes, permissions, regions = (
        deal(chance, _RUNTIMES),
        deal(chance, _PERMISSIONS),
        deal(chance, site.regions),
    )
    trust = document(
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    role = site.client("iam").create_role(RoleName="functions", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    site.made()
    for number in range(count):
        region, (name, public, given) = next(regions), next(permissions)
        runtime, old = next(runtimes)
        client, called = site.client("lambda", region), f"function-{number:04d}"
        how: dict[str, Any] = {"Runtime": runtime, "Handler": "app.handler", "Code": {"ZipFile": _code()}}
        if number % 9 == 8:
            runtime, old = "an image, which brings its own runtime", NONE
            how = {
                "PackageType": "Image",
                "Code": {"ImageUri": f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com/app:1"},
            }
        arn = client.create_function(FunctionName=called, Role=role, **how)["FunctionArn"]
        if given:
            client.add_permission(
                FunctionName=called, StatementId="given", **({"Action": "lambda:InvokeFunction"} | given)
            )
        site.truth.say("lambda.public", arn, public, name)
        site.truth.say("lambda.supported_runtime", arn, old, runtime)
        site.made()


def build_repositories(site: Site, count: int) -> None:
    """Image repositories; a repository without a policy is nobody else's."""
    chance = site.chance("repositories")
    grants, regions = deal(chance, (*GRANTS, *(None,) * 12)), deal(chance, site.regions)
    mutability = deal(chance, ("MUTABLE", "IMMUTABLE"))
    for number in range(count):
        region, grant = next(regions), next(grants)
        scans, fixed = chance.random() < 0.5, next(mutability)
        ecr, name = site.client("ecr", region), f"acme/image-{number:04d}"
        arn = ecr.create_repository(
            repositoryName=name, imageScanningConfiguration={"scanOnPush": scans},
            imageTagMutability=fixed,
        )["repository"]["repositoryArn"]  # fmt: skip
        if grant:
            statements = grant.make(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], "*")
            own = [{key: value for key, value in each.items() if key != "Resource"} for each in statements]
            ecr.set_repository_policy(repositoryName=name, policyText=document(*own))
        site.truth.say(
            "ecr.public", arn, grant.public if grant else False, grant.name if grant else "no policy"
        )
        site.truth.say("ecr.scan_on_push", arn, not scans, f"scans {scans}")
        site.truth.say("ecr.tag_immutable", arn, fixed == "MUTABLE", f"tags {fixed}")
        site.made()


def build_secrets(site: Site, count: int) -> None:
    """Secrets with and without rotation; one that is to be deleted is not listed any more."""
    chance = site.chance("secrets")
    states, regions = deal(chance, ("none", "on", "none", "on", "deleted")), deal(chance, site.regions)
    for number in range(count):
        region, state = next(regions), next(states)
        client = site.client("secretsmanager", region)
        arn = client.create_secret(Name=f"secret-{number:04d}", SecretString="sandbox")["ARN"]
        if state == "on":
            client.rotate_secret(
                SecretId=arn, RotationRules={"AutomaticallyAfterDays": 30}, RotateImmediately=False
            )
        if state == "deleted":
            client.delete_secret(SecretId=arn, RecoveryWindowInDays=7)
        site.truth.say(
            "secrets.rotation", arn, NONE if state == "deleted" else state != "on", f"rotation {state}"
        )
        site.made()


def _replicate(site: Site, client: Any, arn: str, region: str) -> None:
    """A replica is rotated where its primary is, which is judged for both."""
    other = next(each for each in site.regions if each != region)
    client.replicate_secret_to_regions(SecretId=arn, AddReplicaRegions=[{"Region": other}])
    site.truth.say("secrets.rotation", arn.replace(f":{region}:", f":{other}:"), EITHER, "a replica")
    site.made()


def build_tables(site: Site, count: int) -> None:
    """DynamoDB tables."""
    chance = site.chance("tables")
    regions = deal(chance, site.regions)
    for number in range(count):
        region, on = next(regions), chance.random() < 0.5
        client, name = site.client("dynamodb", region), f"table-{number:04d}"
        arn = client.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )["TableDescription"]["TableArn"]  # fmt: skip
        if on:
            client.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )
        site.truth.say("dynamodb.pitr", arn, not on, f"recovery {on}")
        site.made()


def build_file_systems(site: Site, count: int) -> None:
    """EFS."""
    chance = site.chance("file systems")
    regions = deal(chance, site.regions)
    for number in range(count):
        region, encrypted = next(regions), chance.random() < 0.5
        made = site.client("efs", region).create_file_system(
            CreationToken=f"fs-{number}", Encrypted=encrypted
        )
        arn = made["FileSystemArn"]
        site.truth.say("efs.encrypted", arn, not encrypted, f"encrypted {encrypted}")
        site.made()


_REDIRECT = [
    {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}
]
_ELSEWHERE = [
    {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTP", "Port": "8080", "StatusCode": "HTTP_301"}}
]
_ANSWER = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
# Name, whether it is bad, kind of balancer, listeners (protocol, port, actions).
_BALANCERS: tuple[tuple[str, bool | str, str, tuple[tuple[str, int, list[dict[str, Any]]], ...]], ...] = (
    ("HTTPS", False, "application", (("HTTPS", 443, _ANSWER),)),
    ("HTTP", True, "application", (("HTTP", 80, _ANSWER),)),
    ("HTTPS, and HTTP that redirects", False, "application", (("HTTPS", 443, _ANSWER), ("HTTP", 80, _REDIRECT))),
    ("HTTPS and HTTP", True, "application", (("HTTPS", 443, _ANSWER), ("HTTP", 80, _ANSWER))),
    ("HTTP that redirects to HTTP", True, "application", (("HTTP", 80, _ELSEWHERE),)),
    ("HTTP, where one path redirects", True, "application", (("HTTP", 80, []), ("HTTPS", 443, _ANSWER))),
    ("HTTP on another port, redirected", False, "application", (("HTTP", 8080, _REDIRECT),)),
    ("TLS", NONE, "network", (("TLS", 443, []),)),
    ("no listener", EITHER, "application", ()),
    ("TCP", EITHER, "network", (("TCP", 5432, []),)),
)  # fmt: skip


def build_balancers(site: Site, count: int) -> None:
    """Load balancers in the default network."""
    chance = site.chance("balancers")
    states, regions = deal(chance, _BALANCERS), deal(chance, site.regions)
    places = {region: _place(site, region) for region in site.regions}
    for number in range(count):
        region, (name, bad, kind, listeners) = next(regions), next(states)
        protected = chance.random() < 0.5
        client = site.client("elbv2", region)
        arn = client.create_load_balancer(
            Name=f"lb-{number:04d}", Type=kind, Subnets=places[region].subnets, Scheme="internal"
        )["LoadBalancers"][0]["LoadBalancerArn"]
        made = [_listen(client, places[region], arn, number, listener) for listener in listeners]
        if "one path" in name:
            path = [{"Field": "path-pattern", "Values": ["/login"]}]
            client.create_rule(ListenerArn=made[0], Conditions=path, Priority=1, Actions=_REDIRECT)
        client.modify_load_balancer_attributes(
            LoadBalancerArn=arn,
            Attributes=[{"Key": "deletion_protection.enabled", "Value": str(protected).lower()}],
        )
        site.truth.say("elbv2.tls_listener", arn, bad, name)
        site.truth.say("elbv2.deletion_protection", arn, not protected, f"protected {protected}")
        site.made()


@dataclass(frozen=True, slots=True)
class _Place:
    """The default network of a region, and a certificate there."""

    vpc: str
    subnets: list[str]
    certificate: str


def _place(site: Site, region: str) -> _Place:
    ec2 = site.client("ec2", region)
    found = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"][:2]
    certificate = site.client("acm", region).request_certificate(DomainName="acme.example")["CertificateArn"]
    return _Place(found[0]["VpcId"], [each["SubnetId"] for each in found], certificate)


def _listen(
    client: Any, place: _Place, balancer: str, number: int, listener: tuple[str, int, list[dict[str, Any]]]
) -> str:
    protocol, port, actions = listener
    more = {"Certificates": [{"CertificateArn": place.certificate}]} if protocol in ("HTTPS", "TLS") else {}
    if not actions:
        plain = "HTTP" if protocol == "HTTP" else "TCP"
        made = client.create_target_group(Name=f"tg-{number:04d}", Protocol=plain, Port=port, VpcId=place.vpc)
        actions = [{"Type": "forward", "TargetGroupArn": made["TargetGroups"][0]["TargetGroupArn"]}]
    made = client.create_listener(
        LoadBalancerArn=balancer, Protocol=protocol, Port=port, DefaultActions=actions, **more
    )
    return str(made["Listeners"][0]["ListenerArn"])


_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"]


_LOGS = {
    "all": [{"types": _TYPES, "enabled": True}],
    "all in two parts": [{"types": _TYPES[:2], "enabled": True}, {"types": _TYPES[2:], "enabled": True}],
    "some": [{"types": _TYPES[:1], "enabled": True}, {"types": _TYPES[1:], "enabled": False}],
    "none": [{"types": _TYPES, "enabled": False}],
}
_REACH = {
    "some addresses": ["198.51.100.0/24"], "everybody, by name": ["0.0.0.0/0"],
    "both halves": ["0.0.0.0/1", "128.0.0.0/1"],
}  # fmt: skip


def build_clusters(site: Site, count: int) -> None:
    """EKS. An endpoint that some addresses reach is judged differently by AWS and by Prowler."""
    chance = site.chance("clusters")
    endpoints = deal(chance, ("everybody", "private", "some addresses", "both halves", "everybody, by name"))
    logs, regions = deal(chance, ("all", "none", "some", "all in two parts")), deal(chance, site.regions)
    for number in range(count):
        region, endpoint, logged = next(regions), next(endpoints), next(logs)
        network: dict[str, Any] = {
            "subnetIds": ["subnet-1", "subnet-2"], "endpointPublicAccess": endpoint != "private",
            "endpointPrivateAccess": True,
        }  # fmt: skip
        if endpoint in _REACH:
            network["publicAccessCidrs"] = _REACH[endpoint]
        arn = site.client("eks", region).create_cluster(
            name=f"cluster-{number:02d}", roleArn=f"arn:aws:iam::{ACCOUNT}:role/eks", resourcesVpcConfig=network,
            logging={"clusterLogging": _LOGS[logged]},
        )["cluster"]["arn"]  # fmt: skip
        reached: bool | str = EITHER if endpoint == "some addresses" else endpoint != "private"
        site.truth.say("eks.public_endpoint", arn, reached, endpoint)
        site.truth.say("eks.logging", arn, not logged.startswith("all"), f"logs {logged}")
        site.made()
