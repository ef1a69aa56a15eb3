"""`patrol demo --days`: a few days played into a new store, told in a table."""

from pathlib import Path

import pytest

from bot.cli.main import run
from storage.ledger import verify
from storage.store import Store


def demo(*words: str) -> int:
    return run(["demo", "--once", *words])


def test_days_fill_a_store_and_tell_what_became_of_each_team(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "month.db"
    assert demo("--days", "2", "--seed", "3", "--store", str(path)) == 0
    told = capsys.readouterr().out
    assert "Playing 2 days of six teams and forty accounts (seed 3)" in told
    rows = [line.split()[0] for line in told.splitlines() if line and line[0] not in "0123456789"]
    assert rows[-8:-1] == ["payments", "platform", "web", "mobile", "data", "identity", "the"]
    assert "are of the last 7 days" in told
    assert "\nSummary for all teams, " in told and "\nTeams compared " in told
    store = Store(path)
    with store.read() as connection:
        assert verify(connection).broken_at is None
    store.close()

    assert demo("--days", "2", "--store", str(path)) == 64
    assert "into a new store only" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--days", "0"), "--days takes a number from 1 to 90"),
        (("--days", "91"), "--days takes a number from 1 to 90"),
        (("--days", "a week"), "--days takes a number from 1 to 90"),
        (("--days", "²"), "--days takes a number from 1 to 90"),
        (("--days", "2", "--seed", "-1"), "--seed takes a whole number"),
        (("--seed", "3"), "name --days as well"),
    ],
)
def test_what_it_cannot_play_is_said_before_anything_is_written(
    words: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo(*words, "--store", str(tmp_path / "month.db")) == 64
    assert told in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_teams_of_the_month_are_people_and_channels_of_the_workspace(tmp_path: Path) -> None:
    from bot.sandbox.month.acme import acme_company, team_tables, with_teams
    from bot.sandbox.slack import acme_workspace
    from bot.sandbox.stage import CONFIG
    from bot.settings import load

    workspace = with_teams(acme_workspace())
    users = {user.id for user in workspace.users}
    channels = {channel.id for channel in workspace.channels}
    config = tmp_path / "patrol.toml"
    config.write_text(CONFIG + team_tables(), encoding="utf-8")
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
    teams = {team.name: team for team in load(tokens, config=config).organisation.teams}
    company = acme_company(3)
    assert {crew.name for crew in company.crews} == set(teams)
    assert {team.channel for team in teams.values()} <= channels
    assert {company.security, *(p for crew in company.crews for p in (crew.lead, *crew.members))} <= users
