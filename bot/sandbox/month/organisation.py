"""Who there is and what they have: six teams with habits of their own, forty accounts, and the rules they are held to."""

from dataclasses import dataclass
from random import Random

from scanners.model import Resource, Severity, Target

REGION = "eu-west-1"


@dataclass(frozen=True, slots=True)
class Habits:
    """How a team works.

    `fixes` a working day on average, in bulk with probability `bulk`. Of what it looks at: acknowledged, snoozed,
    or asked to be accepted, each with its probability. `false_claims` is the share of claims without a fix;
    `silent` the share of fixes that nobody tells Patrol of. `breaks` is how many new flaws a day it makes per account.
    """

    fixes: float
    bulk: float = 0.2
    acknowledges: float = 0.3
    snoozes: float = 0.05
    asks: float = 0.04
    false_claims: float = 0.1
    silent: float = 0.3
    breaks: float = 0.12


@dataclass(frozen=True, slots=True)
class Crew:
    """A team: its name, lead and members (user ids), and its habits."""

    name: str
    lead: str
    members: tuple[str, ...]
    habits: Habits


@dataclass(frozen=True, slots=True)
class Rule:
    """A control as the month needs it."""

    control: str
    severity: Severity
    resource_type: str


@dataclass(frozen=True, slots=True)
class Account:
    """A target with what is in it; `identity` is where its answers come from."""

    target: Target
    identity: str
    resources: tuple[Resource, ...]

    @property
    def scope(self) -> str:
        """Where all of its resources are."""
        return f"{self.identity}/{REGION}"


@dataclass(frozen=True, slots=True)
class Organisation:
    """The company: its teams, accounts and security person. `rules` apply from day 0, `later` from `later_day` on."""

    crews: tuple[Crew, ...]
    accounts: tuple[Account, ...]
    security: str
    rules: tuple[Rule, ...]
    later: tuple[Rule, ...]
    later_day: int = 12
    flawed: float = 0.22


_C, _H, _M = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM
RULES = (
    Rule("s3.public", _C, "aws.s3.bucket"),
    Rule("s3.tls_only", _M, "aws.s3.bucket"),
    Rule("s3.versioning", _M, "aws.s3.bucket"),
    Rule("ec2.sg_ssh_world", _H, "aws.ec2.security_group"),
    Rule("ec2.sg_rdp_world", _H, "aws.ec2.security_group"),
    Rule("ec2.imdsv2", _H, "aws.ec2.instance"),
    Rule("rds.encrypted", _H, "aws.rds.instance"),
    Rule("rds.public", _C, "aws.rds.instance"),
    Rule("iam.user_mfa_console", _H, "aws.iam.user"),
    Rule("iam.two_active_keys", _M, "aws.iam.user"),
)
LATER = (Rule("ec2.ebs_volume_encrypted", _M, "aws.ec2.volume"),)
# Resource type -> what its names begin with, the form of its ARN, how many an account has at most.
_KINDS = (
    ("aws.s3.bucket", "bucket", "arn:aws:s3:::{name}", 6),
    ("aws.ec2.security_group", "sg", "arn:aws:ec2:" + REGION + ":{account}:security-group/{name}", 5),
    ("aws.ec2.instance", "i", "arn:aws:ec2:" + REGION + ":{account}:instance/{name}", 4),
    ("aws.ec2.volume", "vol", "arn:aws:ec2:" + REGION + ":{account}:volume/{name}", 4),
    ("aws.rds.instance", "db", "arn:aws:rds:" + REGION + ":{account}:db:{name}", 2),
    ("aws.iam.user", "user", "arn:aws:iam::{account}:user/{name}", 4),
)
_CREWS = (
    ("payments", 7, Habits(fixes=5.0, bulk=0.3, acknowledges=0.5, false_claims=0.02)),
    ("platform", 10, Habits(fixes=6.0, bulk=0.5, asks=0.08)),
    ("web", 7, Habits(fixes=2.5, snoozes=0.2, false_claims=0.2)),
    ("mobile", 5, Habits(fixes=1.2, acknowledges=0.6, silent=0.1)),
    ("data", 6, Habits(fixes=0.6, acknowledges=0.1, asks=0.12, breaks=0.2)),
    ("identity", 5, Habits(fixes=3.0, silent=0.7, breaks=0.05)),
)


def small_company(seed: int = 7) -> Organisation:
    """Six teams that own forty accounts. The same seed gives the same company."""
    random = Random(f"company {seed}")  # noqa: S311  # a made-up company, no secret
    crews, accounts = [], []
    for number, (name, count, habits) in enumerate(_CREWS):
        people = tuple(f"U0{name[:4].upper()}{n}" for n in range(1, 4))
        crews.append(Crew(name, f"U0{name[:4].upper()}LEAD", people, habits))
        accounts += [_account(name, f"{name}-{n + 1}", 100 * (number + 1) + n, random) for n in range(count)]
    return Organisation(tuple(crews), tuple(accounts), "U0SECURITY", RULES, LATER)


def _account(owner: str, name: str, number: int, random: Random) -> Account:
    account = f"{number:012d}"
    resources = []
    for kind, prefix, form, most in _KINDS:
        for n in range(random.randint(max(1, most // 2), most)):
            thing = f"{name}-{prefix}-{n + 1}"
            resources.append(
                Resource(kind, form.format(name=thing, account=account), thing, REGION, {"team": owner})
            )
    return Account(Target(name, "aws", owner, (REGION,)), f"aws/{account}", tuple(resources))
