"""Two companies and a private team on one store: who must not see whom."""

import re
from collections.abc import Iterator
from dataclasses import replace

from commands.model import Context
from commands.people import Organisation, Person, Team
from commands.registry import run_text
from commands.reply import Reply
from commands.scan import scan_now
from scanners.errors import PatrolError
from scanners.model import Status, Target
from tests.commands.office import Office
from tests.storage.world import ACCOUNT, FAIL, identity, verdict

ACME, GLOBEX = "T0ACME", "T0GLOBEX"
ORGANISATION = Organisation(
    teams=(
        Team("payments", "C0PAY", ("U0LEAD",), ("U0DEV1", "U0DEV2"), workspace=ACME),
        Team("platform", "C0PLAT", (), ("U0PLAT",), workspace=ACME),
        Team("vault", "G0VAULT", (), ("U0KEY", "S0VAULT"), private=True, workspace=ACME, aliases=("vkeys",)),
        Team("shop", "C0SHOP", ("U0GLEAD",), ("U0INES",), workspace=GLOBEX, aliases=("store",)),
    ),
    targets=(
        Target("prod", "aws", "payments"),
        Target("safe", "aws", "vault"),
        Target("tills", "aws", "shop"),
    ),
    security=("U0SEC",),
    workspaces=(ACME, GLOBEX),
)
NAMES = {
    "payments": ("pay-bucket", "prod"),
    "vault": ("deep-freeze", "safe"),
    "shop": ("cash-rolls", "tills"),
}
# A region for each, so that no scan of one finds the others' buckets gone.
SCOPES = dict(zip(NAMES, (f"{ACCOUNT}/eu-west-{number}" for number in (1, 2, 3)), strict=True))
ID = {
    team: identity(bucket, scope=SCOPES[team]).removeprefix("pf1_")
    for team, (bucket, _target) in NAMES.items()
}
SECRETS = {
    "vault": (ID["vault"][:8], "vault", "safe", "G0VAULT", "U0KEY", "vkeys"),
    "shop": (ID["shop"][:8], "shop", "tills", "C0SHOP", "U0INES", "U0GLEAD", GLOBEX),
}
TABLES = "select name from sqlite_master where type = 'table' and sql not like 'create virtual%'"
# Who asks from where ("" is a terminal), and whose findings must not exist for them.
STRANGERS = (
    ("U0DEV1", ACME, "shop"), ("U0SEC", ACME, "shop"), ("U0DEV1", ACME, "vault"), ("U0INES", GLOBEX, "vault"),
    ("U0SEC", GLOBEX, "vault"), ("U0DEV1", "", "shop"), ("U0DEV1", "", "vault"), ("U0GUEST", "", "shop"),
)  # fmt: skip


def scanned(office: Office, team: str, *more: str, status: Status = FAIL) -> None:
    """An hour later the team's target is scanned: its bucket fails, and those of `more` have `status`."""
    bucket, name = NAMES[team]
    target = office.organisation.target(name)
    assert target is not None
    office.later(hours=1)
    office.will_see(
        verdict(bucket, scope=SCOPES[team]), *(verdict(one, status, scope=SCOPES[team]) for one in more)
    )
    scan_now(context(office, "schedule"), target)


def context(office: Office, actor: str, workspace: str = "", face: str = "slack") -> Context:
    """As the desk of that workspace makes it, or the terminal."""
    made = office.context(Person(actor), face)
    return replace(made, workspace=workspace, sees=None)


def say(office: Office, actor: str, workspace: str, words: str) -> Reply:
    """Typed in that workspace."""
    return run_text(context(office, actor, workspace), words)


def heard(office: Office, actor: str, workspace: str, words: str) -> str:
    """Everything that the answer holds, a refusal included; a hint at the nearest name is no part of it."""
    try:
        told = repr(say(office, actor, workspace, words))
    except PatrolError as error:
        told = f"{type(error).__name__}: {error}"
    return re.sub(r" Did you mean [^?]*\?", "", told)


def kept(office: Office) -> list[tuple[object, ...]]:
    """Every row of the store."""

    def rows() -> Iterator[tuple[object, ...]]:
        with office.store.read() as connection:
            for (table,) in connection.execute(TABLES).fetchall():
                for row in connection.execute(f'select * from "{table}"'):
                    yield table, *row

    return sorted(rows(), key=repr)
