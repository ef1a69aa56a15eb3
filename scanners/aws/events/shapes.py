"""How the resources of each dataset are named: an ARN exactly as the dataset gives it, from any form that events use."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from scanners.aws.paths import ANY_PATH

LONGEST = 2_048  # letters of an ARN, by AWS's own rule


@dataclass(frozen=True, slots=True)
class Shape:
    """`arn` is a template; `id` a pattern of the id in it; `forms` are other ways in which events name the same.

    In all of them {p}, {r} and {a} stand for partition, region and account, {id} for the id.
    """

    arn: str
    id: str
    forms: tuple[str, ...] = ()


_HEX = "[0-9a-f]{8,17}"
_NAME = r"[\w.-]{1,255}"


def _ec2(kind: str, prefix: str) -> Shape:
    return Shape(f"arn:{{p}}:ec2:{{r}}:{{a}}:{kind}/{{id}}", f"{prefix}-{_HEX}")


SHAPES: Mapping[str, Shape] = {
    "cloudtrail.trails": Shape("arn:{p}:cloudtrail:{r}:{a}:trail/{id}", r"[\w.-]{3,128}"),
    "dynamodb.tables": Shape("arn:aws:dynamodb:{r}:{a}:table/{id}", r"[\w.-]{3,255}"),
    "ec2.instances": _ec2("instance", "i"),
    "ec2.launch_templates": _ec2("launch-template", "lt"),
    "ec2.security_groups": _ec2("security-group", "sg"),
    "ec2.snapshots": _ec2("snapshot", "snap"),
    "ec2.volumes": _ec2("volume", "vol"),
    "ecr.repositories": Shape("arn:{p}:ecr:{r}:{a}:repository/{id}", r"[a-z0-9][a-z0-9._/-]{1,255}"),
    "efs.file_systems": Shape("arn:{p}:elasticfilesystem:{r}:{a}:file-system/{id}", f"fs-{_HEX}"),
    "eks.clusters": Shape("arn:{p}:eks:{r}:{a}:cluster/{id}", r"[A-Za-z0-9][\w-]{0,99}"),
    "elbv2.load_balancers": Shape(
        "arn:{p}:elasticloadbalancing:{r}:{a}:loadbalancer/{id}", r"(?:app|net|gwy)/[A-Za-z0-9-]{1,32}/[0-9a-f]{1,32}",
        (
            r"arn:{p}:elasticloadbalancing:{r}:{a}:listener/{id}/[0-9a-f]{1,32}",
            r"arn:{p}:elasticloadbalancing:{r}:{a}:listener-rule/{id}/[0-9a-f]{1,32}/[0-9a-f]{1,32}",
        ),
    ),
    # The path of a user stands in no event but its creation: whoever checks it asks for it (`scanners.aws.paths`).
    "iam.users": Shape(
        f"arn:{{p}}:iam::{{a}}{ANY_PATH}{{id}}", r"[\w+=,.@-]{1,64}", (r"arn:{p}:iam::{a}:user/(?:[!-~]+/)?{id}",),
    ),
    "kms.keys": Shape("arn:{p}:kms:{r}:{a}:key/{id}", r"(?:mrk-)?[0-9a-f-]{32,36}"),
    "lambda.functions": Shape(
        "arn:{p}:lambda:{r}:{a}:function:{id}", r"[\w-]{1,64}",
        (r"(?:{a}:function:)?{id}(?::[\w$-]+)?", r"arn:{p}:lambda:{r}:{a}:function:{id}:[\w$-]+"),
    ),
    "logs.groups": Shape(
        "arn:{p}:logs:{r}:{a}:log-group:{id}", r"[\w.\-/#]{1,512}", (r"arn:{p}:logs:{r}:{a}:log-group:{id}:\*",),
    ),
    "rds.instances": Shape("arn:{p}:rds:{r}:{a}:db:{id}", r"[A-Za-z][A-Za-z0-9-]{0,62}"),
    "rds.snapshots": Shape("arn:{p}:rds:{r}:{a}:snapshot:{id}", r"(?:[a-z]+:)?[A-Za-z][A-Za-z0-9-]{0,254}"),
    "rds.snapshots of clusters": Shape(
        "arn:{p}:rds:{r}:{a}:cluster-snapshot:{id}", r"(?:[a-z]+:)?[A-Za-z][A-Za-z0-9-]{0,254}"
    ),
    "s3.buckets": Shape("arn:aws:s3:::{id}", r"[A-Za-z0-9][A-Za-z0-9._-]{2,254}"),
    # AWS adds six letters to a secret's name: a name alone says no ARN.
    "secretsmanager.secrets": Shape("arn:{p}:secretsmanager:{r}:{a}:secret:{id}", r"[\w/+=.@-]{1,512}-[A-Za-z0-9]{6}"),
    "sns.topics": Shape("arn:{p}:sns:{r}:{a}:{id}", r"[\w.-]{1,256}"),
    "sqs.queues": Shape("arn:{p}:sqs:{r}:{a}:{id}", r"[\w.-]{1,80}", (r"https?://[^/\s]{1,255}/{a}/{id}",)),
    "vpc.network_acls": _ec2("network-acl", "acl"),
    "vpc.networks": _ec2("vpc", "vpc"),
    "vpc.subnets": _ec2("subnet", "subnet"),
}  # fmt: skip
ONLY_BY_ARN = frozenset({"secretsmanager.secrets"})
LOWERED = frozenset({"rds.instances", "rds.snapshots", "rds.snapshots of clusters"})  # RDS keeps them so


def arn_of(shape: str, said: object, partition: str, region: str, account: str) -> str:
    """The ARN of what an event calls `said`, "" where that is no id of this shape, or of another account or region."""
    if not isinstance(said, str) or not 0 < len(said) <= LONGEST:
        return ""
    own = {"p": partition, "r": region, "a": account}
    for form in _forms(shape):
        found = form.fullmatch(said)
        if found is None:
            continue
        parts = found.groupdict()
        if any(parts.get(name) not in (None, value) for name, value in own.items()):
            return ""
        identity = parts["id"].lower() if shape in LOWERED else parts["id"]
        if shape == "iam.users" and said.startswith("arn:"):
            return said
        return SHAPES[shape].arn.format(**own, id=identity)
    return ""


@cache
def _forms(shape: str) -> tuple[re.Pattern[str], ...]:
    known = SHAPES[shape]
    plain = () if shape in ONLY_BY_ARN else ("{id}",)
    return tuple(
        re.compile(_filled(form, known.id), re.ASCII)
        for form in (known.arn.replace("*", r"\*"), *plain, *known.forms)
    )


def _filled(form: str, identity: str) -> str:
    groups: Iterable[tuple[str, str]] = (
        ("{p}", "(?P<p>aws[a-z-]{0,20})"), ("{r}", "(?P<r>[a-z0-9-]{1,32})"), ("{a}", "(?P<a>[0-9]{12})"),
        ("{id}", f"(?P<id>{identity})"),
    )  # fmt: skip
    for name, group in groups:
        form = form.replace(name, group)
    return form
