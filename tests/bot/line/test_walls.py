"""The walls at the rim: what comes later, the doctor, the people of each workspace, and a terminal."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot import settings_toml
from bot.answers import Asker
from bot.cli.main import run
from bot.cli.person import system_user
from bot.desk import Desk
from bot.desk.follow import _tell
from bot.desk.showing import late
from bot.doctor import BAD, OK, WARN, Check, examine
from bot.features import Features
from bot.followups import Followups
from bot.seat import _lane
from bot.settings_workspaces import UNOWNED_UNSEEN
from commands.reply import Decided
from commands.routes import Routing
from scanners.errors import RefusedError
from storage import jobs
from storage.posts import dirty
from tests.bot.line.companies import ACME, GLOBEX, SAM, SHOP, YUKI, Companies, open_companies
from tests.commands.office import Office, open_office
from tests.commands.walls import ID, NAMES, ORGANISATION, SECRETS, context, kept, say, scanned

ME = f"os:{system_user({})}"


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Companies]:
    """Two sandboxes, and no process."""
    with open_companies(tmp_path) as made:
        yield made


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """One finding of each team of `tests.commands.walls`."""
    made = open_office(tmp_path)
    made.organisation = ORGANISATION
    for team in NAMES:
        scanned(made, team)
    yield made
    made.store.close()


class Told:
    """A Slack that remembers what it was asked to show."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def call(self, method: str, **given: Any) -> dict[str, Any]:
        """Every call goes well."""
        self.calls.append((method, given))
        return {"ok": True}


def desk(office: Office, workspace: str = ACME) -> tuple[Desk, Told]:
    told = Told()
    directory = cast(Any, SimpleNamespace(organisation=office.organisation, meet=lambda _user: None))
    made = Desk(
        office.store, cast(Any, told), directory, Features(), Followups(), office.scanner, lambda: office.now,
        lambda: None, workspace=workspace,
    )  # fmt: skip
    return made, told


def checks(both: Companies, **changed: Any) -> list[Check]:
    settings = replace(both.settings, **changed)
    return list(examine(settings, both.scanner, lambda: datetime.now(UTC)))


def test_the_doctor_looks_at_every_workspace_and_names_it(both: Companies) -> None:
    found = {check.subject: check for check in checks(both)}
    for workspace, team in ((ACME, "payments"), (ACME, "platform"), (GLOBEX, "shop")):
        for subject in ("tokens", "scopes", "clock", "Socket Mode", f"channel of {team}"):
            assert found[f"{subject} in {workspace}"].level == OK
    assert f"channel of shop in {ACME}" not in found
    both.globex.kick(SHOP)
    wrong = [check for check in checks(both) if check.level == BAD]
    assert [check.subject for check in wrong] == [f"channel of shop in {GLOBEX}"]


def test_what_is_wrong_in_one_workspace_keeps_the_doctor_from_none(both: Companies) -> None:
    acme, globex = both.settings.workspaces
    for broken, said in (
        (replace(acme, bot_token=""), "SLACK_BOT_TOKEN_T0ACME is not set"),
        (
            replace(acme, bot_token=globex.bot_token, api_url=globex.api_url),
            "is the token of T0GLOBEX, not of T0ACME",
        ),
    ):
        found = checks(both, workspaces=(broken, globex))
        assert [
            c.text for c in found if c.subject == f"tokens in {ACME}" and said in c.text and c.level == BAD
        ]
        assert any(c.subject == f"channel of shop in {GLOBEX}" and c.level == OK for c in found)
        assert not any(c.subject == f"channel of payments in {ACME}" for c in found)


def test_each_workspace_knows_the_security_people_that_it_has(both: Companies) -> None:
    process = both.start()
    pictures = [seat.directory.organisation for seat in process.seats]
    assert [picture.security for picture in pictures] == [("S0SECURITY", SAM), (YUKI,)]
    for picture in pictures:  # whom it does not name is still nobody else's
        assert picture.workspaces == (ACME, GLOBEX)


def test_each_sender_takes_the_messages_of_its_own_channels(office: Office) -> None:
    with office.store.read() as connection:
        for workspace, channels in ((ACME, {"C0PAY", "G0VAULT"}), (GLOBEX, {"C0SHOP"})):
            found = dirty(connection, 100, _lane(ORGANISATION, workspace))
            assert {post.channel for post in found} == channels


def test_the_outcome_of_a_check_is_not_told_once_the_finding_is_anothers(office: Office) -> None:
    made, told = desk(office)
    claimed = say(office, "U0DEV1", ACME, f"fixed {ID['payments']}")
    assert isinstance(claimed, Decided)
    with office.store.read() as connection:
        job = jobs.get(connection, claimed.job)
    assert job is not None
    say(office, "U0SEC", ACME, f"reassign {ID['payments']} --team vault")
    _tell(made, Asker("U0DEV1", "C0PAY"), claimed.view.finding.id, job)
    ((method, given),) = told.calls
    assert method == "chat.postEphemeral"
    assert "No finding starts with" in given["text"]
    assert "vault" not in str(given)


def test_nobody_is_told_who_was_faster_on_a_finding_that_they_may_not_see(office: Office) -> None:
    made, _told = desk(office)
    say(office, "U0KEY", ACME, f"acknowledge {ID['vault']}")
    refused = RefusedError("no")
    whole = f"pf1_{ID['vault']}"
    assert late(made, Asker("U0KEY2"), refused, whole) == ""
    assert "acknowledged" in late(made, Asker("U0SEC"), refused, whole)


# -- a terminal

CONFIG = f"""\
[roles]
security = ["U0SEC"]
[people]
operators = ["{ME}"]
[[workspace]]
id = "T0ACME"
bot_token = "SLACK_BOT_TOKEN_ACME"
[[workspace]]
id = "T0GLOBEX"
bot_token = "SLACK_BOT_TOKEN_GLOBEX"
""" + "".join(
    f'[[team]]\nname = "{team.name}"\nchannel = "{team.channel}"\nmembers = {json.dumps(list(team.members))}\n'
    f'workspace = "{team.workspace}"\nprivate = {str(team.private).lower()}\naliases = {json.dumps(list(team.aliases))}\n'
    for team in ORGANISATION.teams
) + "".join(
    f'[[target]]\nname = "{target.name}"\nkind = "aws"\nowner = "{target.owner}"\n' for target in ORGANISATION.targets
)  # fmt: skip


@pytest.mark.parametrize("team", ["shop", "vault"])
@pytest.mark.parametrize("form", ["table", "json"])
def test_a_terminal_tells_a_person_no_more_than_slack_would(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], team: str, form: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "patrol.toml").write_text(CONFIG)
    bucket, target = NAMES[team]
    before = kept(office)
    for words in (
        ["status"], ["findings"], ["show", ID[team]], ["note", ID[team], "hello"], ["acknowledge", ID[team]],
        ["findings", f"resource:{bucket}"], ["scan", target], ["release", target], ["digest", team], ["undo"],
        ["reassign", ID["payments"], "--team", team], ["track", "x", "--team", team],
    ):  # fmt: skip
        run([*words, "--as", "U0DEV1", "--format", form])
        shown = capsys.readouterr()
        told = f"{shown.out} {shown.err}"
        for typed in words:
            told = told.replace(typed, "").replace(typed[:8], "").replace(typed[:16], "")
        assert [secret for secret in SECRETS[team] if f" {secret} " in told or f'"{secret}"' in told] == [], (
            words
        )
        assert bucket not in told, words
        assert words[0] != "scan" or "There is no target" in told
    assert kept(office) == before
    assert run(["show", ID["payments"], "--as", "U0DEV1"]) == 0


def test_a_channel_of_two_workspaces_is_a_mistake() -> None:
    doubled = CONFIG.replace('channel = "C0SHOP"', 'channel = "C0PAY"')
    assert settings_toml.read_toml(CONFIG, "patrol.toml").mistakes == []
    (mistake,) = settings_toml.read_toml(doubled, "patrol.toml").mistakes
    assert mistake.endswith("is the channel of team[1], in another workspace. Give each its own.")


def test_it_is_told_that_no_workspace_shows_what_nobody_owns(
    both: Companies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    alone = CONFIG[: CONFIG.rindex("[[workspace]]")] + CONFIG[CONFIG.index("[[team]]") :].replace(
        "T0GLOBEX", "T0ACME"
    )
    for text, told in ((CONFIG, True), (CONFIG + '[routing]\ndefault = "shop"\n', False), (alone, False)):
        (tmp_path / "patrol.toml").write_text(text)
        assert run(["config", "check"]) == 0
        assert (UNOWNED_UNSEEN in capsys.readouterr().out) == told
    whole = replace(both.settings.organisation, routing=Routing(default="shop"))
    for organisation, level in ((both.settings.organisation, WARN), (whole, OK)):
        found = checks(both, organisation=organisation, path=tmp_path / "patrol.toml")
        (said,) = [check for check in found if check.subject == "configuration"]
        assert (said.level, UNOWNED_UNSEEN in said.text) == (level, level == WARN)


def test_a_context_cannot_be_made_without_its_walls(office: Office) -> None:
    for actor, workspace, names in (
        ("U0DEV1", ACME, {"payments", "platform"}), ("U0INES", GLOBEX, {"shop"}), ("U0SEC", GLOBEX, {"shop"}),
        ("U0DEV1", "", {"payments"}), ("schedule", "", {"payments", "platform", "vault", "shop"}),
    ):  # fmt: skip
        made = context(office, actor, workspace)
        assert {team.name for team in made.organisation.teams} == names
        again = replace(made, channel="C0X")
        assert (again.sees, again.organisation, again.whole) == (made.sees, made.organisation, made.whole)
