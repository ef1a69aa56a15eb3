"""patrol.toml: what is right is read, and every mistake is told with its key and its mend."""

from pathlib import Path

import pytest

from bot.settings import EXAMPLE, Settings, load, slack_tokens
from scanners.errors import ConfigError
from scanners.model import Severity


def _load(folder: Path, text: str, **environ: str) -> Settings:
    path = folder / "patrol.toml"
    path.write_text(text, encoding="utf-8")
    return load(environ, config=path)


def _mistakes(folder: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        _load(folder, text, **environ)
    return str(caught.value).splitlines()


def test_the_example_is_right(tmp_path: Path) -> None:
    found = _load(tmp_path, EXAMPLE)
    (team,) = found.organisation.teams
    assert (team.name, team.channel, team.realtime, team.timezone) == (
        "payments",
        "C024BE91L",
        Severity.HIGH,
        "Europe/Berlin",
    )
    assert found.organisation.targets[0].regions == ("eu-west-1", "us-east-1")
    assert found.store == tmp_path / "patrol.db"
    assert found.schedules[0].run == "scan prod"


def test_every_table_may_be_left_out(tmp_path: Path) -> None:
    assert _load(tmp_path, "").organisation.teams == ()


def test_people_and_operators(tmp_path: Path) -> None:
    found = _load(tmp_path, '[people]\n"os:alice" = "U0DEV1"\noperators = ["os:root"]\n')
    assert (found.people, found.operators) == ({"os:alice": "U0DEV1"}, {"os:root"})


CASES = (
    ('realtime = "high"', 'realtime = "hihg"', "team[1].realtime", "Did you mean high?"),
    ('timezone = "Europe/Berlin"\n\n[[target]]', 'timezone = "Europe/Berln"\n\n[[target]]', "team[1].timezone", "Europe/Berlin"),
    ('channel = "C024BE91L"', 'channel = "#payments"', "team[1].channel", "no channel id"),
    ('channel = "C024BE91L" ', '', "team[1].channel", "missing"),
    ('leads = ["U0LEAD"]', 'leads = "U0LEAD"', "team[1].leads", "list of texts"),
    ('leads = ["U0LEAD"]', 'leads = ["priya"]', "team[1].leads", "neither a Slack user"),
    ('owner = "payments"', 'owner = "paymnts"', "target[1].owner", "Did you mean payments?"),
    ('kind = "aws"', 'kind = "gcp"', "target[1].kind", "Known: aws"),
    ('"eu-west-1", ', '"eu-west", ', "target[1].regions", "eu-west-1"),
    ('cron = "0 3 * * *"', 'cron = "0 3 * *"', "schedule[1].cron", "five"),
    ('run = "scan prod"', 'run = "scna prod"', "schedule[1].run", "Did you mean scan?"),
    ('run = "scan prod"', 'run = "scan prd"', "schedule[1].run", "Did you mean prod?"),
    ('[store]', '[stor]', "stor", "Did you mean store?"),
    ('path = "patrol.db"', 'pth = "patrol.db"', "store.pth", "Did you mean path?"),
    ('path = "patrol.db"', 'path = 5', "store.path", "text in quotes"),
    ('[[team]]', '[team]', "team", "[[team]]"),
)  # fmt: skip


@pytest.mark.parametrize(("stands", "instead", "key", "mend"), CASES)
def test_a_mistake_is_one_line_with_key_and_mend(
    tmp_path: Path, stands: str, instead: str, key: str, mend: str
) -> None:
    assert stands in EXAMPLE
    found = [
        line for line in _mistakes(tmp_path, EXAMPLE.replace(stands, instead, 1)) if f": {key}: " in line
    ]
    assert len(found) == 1
    assert mend in found[0]
    assert found[0].startswith(str(tmp_path / "patrol.toml"))


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = EXAMPLE
    for stands, instead, _key, _mend in (CASES[0], CASES[2], CASES[9]):
        text = text.replace(stands, instead, 1)
    assert len(_mistakes(tmp_path, text)) == 3


def test_a_name_that_is_there_twice_is_told(tmp_path: Path) -> None:
    team = '[[team]]\nname = "a"\nchannel = "C111"\n'
    assert "2 times" in _mistakes(tmp_path, team + team)[0]


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    assert "line 2" in _mistakes(tmp_path, "[store]\npath = \n")[0]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="patrol init"):
        load({}, config=tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="is a folder"):
        load({}, config=tmp_path)
    (tmp_path / "odd.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        load({}, config=tmp_path / "odd.toml")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "bom.toml").write_bytes(b"\xef\xbb\xbf" + EXAMPLE.encode())
    assert load({}, config=tmp_path / "bom.toml").organisation.teams


def test_the_environment_names_both_files(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("", encoding="utf-8")
    found = load({"PATROL_CONFIG": str(tmp_path / "x.toml"), "PATROL_STORE": str(tmp_path / "y.db")})
    assert (found.path, found.store) == (tmp_path / "x.toml", tmp_path / "y.db")


def test_a_token_never_shows(tmp_path: Path) -> None:
    found = _load(tmp_path, "", SLACK_BOT_TOKEN="xoxb-1-secret", SLACK_APP_TOKEN="xapp-1-secret")
    assert "secret" not in repr(found)


def test_tokens_that_were_mixed_up_are_told(tmp_path: Path) -> None:
    told = _mistakes(tmp_path, "", SLACK_BOT_TOKEN="xapp-1", SLACK_APP_TOKEN="xoxb-1")
    assert len(told) == 2
    assert "xapp-1" not in "".join(told)


def test_plain_http_is_for_loopback_only(tmp_path: Path) -> None:
    assert "loopback" in _mistakes(tmp_path, "", SLACK_API_URL="http://slack.example/api/")[0]
    assert (
        _load(tmp_path, "", SLACK_API_URL="http://127.0.0.1:9/api").slack_api_url == "http://127.0.0.1:9/api/"
    )


def test_missing_tokens_say_where_to_find_them() -> None:
    with pytest.raises(ConfigError, match="OAuth & Permissions") as caught:
        slack_tokens(Settings())
    assert len(str(caught.value).splitlines()) == 2
    with pytest.raises(ConfigError, match="SLACK_SIGNING_SECRET"):
        slack_tokens(Settings(bot_token="xoxb-1"), http=True)
