"""Users, groups, roles, policies and the account's own settings."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.benchmarks.aws.site import HOME, Site, Statement, deal, document
from tests.benchmarks.aws.truth import EITHER, FAIL, NONE, PASS

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
SUPPORT = "arn:aws:iam::aws:policy/AWSSupportAccess"
READER = "arn:aws:iam::aws:policy/ReadOnlyAccess"
_TRUST = document(
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
)


@dataclass(frozen=True, slots=True)
class Key:
    """An access key: days since it was made, days since it was used (None: never), whether it is active."""

    age: int
    used: int | None
    active: bool = True

    @property
    def idle(self) -> int:
        """Days that count as unused (CIS 1.11: of a key never used, those since it was made)."""
        return self.age if self.used is None else self.used


@dataclass(frozen=True, slots=True)
class Person:
    """A kind of user. `console`: days since the password was used, None never; "" no password."""

    name: str
    age: int
    console: int | str | None = ""
    mfa: bool = False
    keys: tuple[Key, ...] = ()


_PEOPLE = (
    Person("console with MFA", 200, 2, True),
    Person("console without MFA", 200, 2),
    Person("console, idle 46 days", 200, 46, True),
    Person("console, idle 44 days", 200, 44, True),
    Person("console never used, old", 60, None, True),
    Person("console never used, new", 10, None, True),
    Person("console without MFA and idle", 400, 120),
    Person("nothing at all", 300),
    Person("MFA without console", 300, "", True),
    Person("young key in use", 30, "", False, (Key(20, 1),)),
    Person("key of 91 days in use", 120, "", False, (Key(91, 1),)),
    Person("key of 89 days in use", 120, "", False, (Key(89, 1),)),
    Person("old inactive key", 500, "", False, (Key(400, 300, active=False),)),
    Person("old inactive and young active key", 500, "", False, (Key(400, 300, active=False), Key(5, 1))),
    Person("key never used, old", 100, "", False, (Key(80, None),)),
    Person("key never used, new", 100, "", False, (Key(12, None),)),
    Person("key idle 46 days", 100, "", False, (Key(70, 46),)),
    Person("key idle 44 days", 100, "", False, (Key(70, 44),)),
    Person("two active keys", 100, "", False, (Key(30, 1), Key(3, 0))),
    Person("two active keys, the second old and idle", 300, "", False, (Key(3, 0), Key(200, 190))),
    Person("two keys, one inactive", 100, 3, True, (Key(30, 1), Key(20, None, active=False))),
    Person("two inactive keys", 300, 3, True, (Key(200, None, active=False), Key(120, 100, active=False))),
    Person("everything wrong", 800, 700, False, (Key(700, 650), Key(600, None))),
)  # fmt: skip

_ALL: Statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_READ: Statement = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}
_NO_MFA = {"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}
# A document gives everything, or does not, or the sources differ.
_DOCUMENTS: tuple[tuple[str, bool | str, tuple[Statement, ...]], ...] = (
    ("all on all", True, (_ALL,)),
    ("all on all in lists", True, ({"Effect": "Allow", "Action": ["*"], "Resource": ["*"]},)),
    ("all among others", True, ({"Effect": "Allow", "Action": ["s3:GetObject", "*"], "Resource": ["arn:aws:s3:::a", "*"]},)),
    ("all as *:*", True, ({"Effect": "Allow", "Action": "*:*", "Resource": "*"},)),
    ("all in the second statement", True, (_READ, _ALL)),
    ("all, one thing denied", True, (_ALL, {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"})),
    ("reading", False, (_READ,)),
    ("all of one service", False, ({"Effect": "Allow", "Action": "s3:*", "Resource": "*"},)),
    ("all on one bucket", False, ({"Effect": "Allow", "Action": "*", "Resource": ["arn:aws:s3:::acme", "arn:aws:s3:::acme/*"]},)),
    ("deny all", False, ({"Effect": "Deny", "Action": "*", "Resource": "*"},)),
    ("deny all without MFA", False, (_READ, {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", **_NO_MFA})),
    ("all but IAM and the organisation", False, ({"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},)),
    ("all but one action", EITHER, ({"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "*"},)),
    ("all, then all denied", EITHER, (_ALL, {"Effect": "Deny", "Action": "*", "Resource": "*"})),
    ("all with MFA", EITHER, (_ALL | {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},)),
    ("all on all but one bucket", EITHER, ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::acme"},)),
)  # fmt: skip


def build_account(site: Site, *, managed: bool) -> None:
    """Root, the password policy, the support role. `managed`: AWS's own policies are there to be attached."""
    from moto.iam.models import iam_backends

    chance = site.chance("account")
    iam = site.client("iam")
    summary = iam_backends[site.account]["aws"].account_summary
    summary._account_mfa_enabled = chance.randint(0, 1)
    summary._account_access_keys_present = chance.randint(0, 1)
    site.truth.say("iam.root_mfa", "", not summary._account_mfa_enabled, "root")
    site.truth.say("iam.root_access_key", "", bool(summary._account_access_keys_present), "root")
    length, reuse = chance.choice(((None, None), (8, 24), (13, 5), (14, None), (14, 24), (20, 23), (16, 24)))
    if length is not None:
        more = {"PasswordReusePrevention": reuse} if reuse else {}
        iam.update_account_password_policy(MinimumPasswordLength=length, **more)
    site.truth.say("iam.password_length_14", "", (length or 0) < 14, f"policy {length} {reuse}")
    site.truth.say("iam.password_reuse_24", "", (reuse or 0) < 24, f"policy {length} {reuse}")
    _support(site, chance.choice(("role", "group", "user", "none")) if managed else "none")


def _support(site: Site, how: str) -> None:
    iam = site.client("iam")
    if how == "role":
        iam.create_role(RoleName="support", AssumeRolePolicyDocument=_TRUST)
        iam.attach_role_policy(RoleName="support", PolicyArn=SUPPORT)
        site.made()
    elif how == "group":
        iam.create_group(GroupName="support")
        iam.attach_group_policy(GroupName="support", PolicyArn=SUPPORT)
        site.made()
    elif how == "user":
        arn = iam.create_user(UserName="support")["User"]["Arn"]
        iam.attach_user_policy(UserName="support", PolicyArn=SUPPORT)
        _say_person(site, arn, Person("support", 0))
        site.truth.say("iam.inline_admin", arn, NONE, "no inline policy")
        site.truth.say("iam.user_admin_policy", arn, PASS, "support only")
        site.made()
    site.truth.say("iam.support_role", "", how != "role", f"support policy on {how}")


def build_users(site: Site, count: int, *, managed: bool) -> None:
    """Users with passwords, MFA and keys of all ages, and what is attached to them."""
    chance = site.chance("users")
    people, rights = deal(chance, _PEOPLE), deal(chance, _RIGHTS if managed else _RIGHTS[:3])
    paths = deal(chance, ("/", "/", "/ops/"))
    inline = deal(chance, _DOCUMENTS)
    for number in range(count):
        name = f"user-{number:04d}"
        arn = site.client("iam").create_user(UserName=name, Path=next(paths))["User"]["Arn"]
        person = next(people)
        _equip(site, name, person, chance.sample(range(2), 2))
        _say_person(site, arn, person)
        _give(site, name, arn, next(rights))
        own = next(inline) if chance.random() < 0.2 else None
        if own:
            site.client("iam").put_user_policy(
                UserName=name, PolicyName="own", PolicyDocument=document(*own[2])
            )
        _say_inline(site, arn, own)
        site.made()


def _equip(site: Site, name: str, person: Person, _order: Sequence[int]) -> None:
    from moto.iam.models import AccessKeyLastUsed, iam_backends

    iam = site.client("iam")
    user: Any = iam_backends[site.account]["aws"].users[name]
    user.create_date = _ago(site, person.age)
    if person.console != "":
        iam.create_login_profile(UserName=name, Password="correct horse battery 9!")
        user.password_last_used = None if person.console is None else _ago(site, int(person.console))
    if person.mfa:
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
        iam.enable_mfa_device(
            UserName=name, SerialNumber=device["SerialNumber"], AuthenticationCode1="123456", AuthenticationCode2="654321"
        )  # fmt: skip
    for key in person.keys:
        made = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
        if not key.active:
            iam.update_access_key(UserName=name, AccessKeyId=made, Status="Inactive")
        held = next(each for each in user.access_keys if each.access_key_id == made)
        held.create_date = _ago(site, key.age)
        if key.used is not None:
            held.last_used = AccessKeyLastUsed(_ago(site, key.used), "s3", HOME)


def _ago(site: Site, days: int) -> datetime:
    """Half an hour on the young side of so many days and a few hours, so that no test stands on a midnight."""
    return (site.now - timedelta(days=days, hours=3)).replace(tzinfo=None)


def _say_person(site: Site, arn: str, person: Person) -> None:
    say, console = site.truth.say, person.console
    active = [key for key in person.keys if key.active]
    say("iam.user_mfa_console", arn, NONE if console == "" else not person.mfa, person.name)
    idle = person.age if console is None else console
    say("iam.console_unused_45", arn, NONE if console == "" else int(idle) >= 45, person.name)
    without = NONE if not active else None
    say("iam.access_key_rotated_90", arn, without or any(key.age > 90 for key in active), person.name)
    say("iam.access_key_unused_45", arn, without or any(key.idle >= 45 for key in active), person.name)
    say("iam.two_active_keys", arn, FAIL if len(active) > 1 else NONE, person.name)


# What is attached to a user; the first three need none of AWS's own policies.
_RIGHTS = (
    "nothing",
    "nothing",
    "nothing",
    "administrator",
    "reader",
    "reader and administrator",
    "administrator by group",
)


def _give(site: Site, name: str, arn: str, rights: str) -> None:
    iam = site.client("iam")
    if rights == "administrator by group":
        if "admins" not in {group["GroupName"] for group in iam.list_groups()["Groups"]}:
            iam.create_group(GroupName="admins")
            iam.attach_group_policy(GroupName="admins", PolicyArn=ADMINISTRATOR)
            site.made()
        iam.add_user_to_group(GroupName="admins", UserName=name)
    elif rights != "nothing":
        for word, policy in (("reader", READER), ("administrator", ADMINISTRATOR)):
            if word in rights:
                iam.attach_user_policy(UserName=name, PolicyArn=policy)
    verdict = EITHER if rights == "administrator by group" else FAIL if "administrator" in rights else PASS
    site.truth.say("iam.user_admin_policy", arn, verdict, rights)


def _say_inline(site: Site, arn: str, own: tuple[str, bool | str, Any] | None) -> None:
    site.truth.say("iam.inline_admin", arn, own[1] if own else NONE, own[0] if own else "no inline policy")


def build_groups_and_roles(site: Site, count: int) -> None:
    """Two of three are roles; most have an inline policy."""
    chance, iam = site.chance("roles"), site.client("iam")
    inline = deal(chance, _DOCUMENTS)
    for number in range(count):
        own = next(inline) if chance.random() < 0.8 else None
        if number % 3:
            name = f"role-{number:04d}"
            arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_TRUST)["Role"]["Arn"]
            if own:
                iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*own[2]))
        else:
            name = f"group-{number:04d}"
            arn = iam.create_group(GroupName=name)["Group"]["Arn"]
            if own:
                iam.put_group_policy(GroupName=name, PolicyName="own", PolicyDocument=document(*own[2]))
        _say_inline(site, arn, own)
        site.made()


def build_policies(site: Site, count: int) -> None:
    """Customer's policies: attached to a role, a group, a user or nobody; with older versions that say else."""
    chance, iam = site.chance("policies"), site.client("iam")
    holders = deal(chance, ("role", "group", "user", "nobody", "role"))
    documents, histories = (
        deal(chance, _DOCUMENTS),
        deal(chance, ("one", "one", "newer is set aside", "older")),
    )
    iam.create_role(RoleName="holder", AssumeRolePolicyDocument=_TRUST)
    iam.create_group(GroupName="holders")
    holder = iam.create_user(UserName="holder")["User"]["Arn"]
    _say_person(site, holder, Person("holder of policies", 0))
    site.truth.say("iam.inline_admin", holder, NONE, "no inline policy")
    site.made(3)
    by_user: list[bool | str] = []
    for number in range(count):
        name, admin, statements = next(documents)
        at, history = next(holders), next(histories)
        arn = _policy(site, f"policy-{number:04d}", statements, bool(admin), history)
        if at == "user":
            by_user.append(admin)
        _attach(iam, at, arn)
        verdict: bool | str = admin if at != "nobody" else NONE
        site.truth.say(
            "iam.customer_policy_admin_attached", arn, verdict, f"{name}, {history} version, on {at}"
        )
        site.made()
    # An own policy that gives all is as good as AWS's; the sources speak of AWS's by name only.
    verdict = EITHER if any(each is not False for each in by_user) else PASS
    site.truth.say("iam.user_admin_policy", holder, verdict, "holds own policies")


def _policy(site: Site, name: str, statements: tuple[Statement, ...], admin: bool, history: str) -> str:
    iam = site.client("iam")
    opposite = document(_READ if admin else _ALL)
    first = opposite if history == "older" else document(*statements)
    if len(statements) == 1 and history == "one" and len(name) % 2 == 0:
        first = json.dumps(
            {"Version": "2012-10-17", "Statement": statements[0]}
        )  # one statement needs no list
    arn: str = iam.create_policy(PolicyName=name, PolicyDocument=first)["Policy"]["Arn"]
    if history == "older":
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(*statements), SetAsDefault=True)
    elif history == "newer is set aside":
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=opposite, SetAsDefault=False)
    return arn


def _attach(iam: Any, at: str, arn: str) -> None:
    if at == "role":
        iam.attach_role_policy(RoleName="holder", PolicyArn=arn)
    elif at == "group":
        iam.attach_group_policy(GroupName="holders", PolicyArn=arn)
    elif at == "user":
        iam.attach_user_policy(UserName="holder", PolicyArn=arn)
