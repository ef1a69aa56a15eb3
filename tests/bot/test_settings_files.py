"""Which file is read, what the environment says, and what a file that cannot be read says."""

import os
from pathlib import Path

import pytest

from bot.settings import EXAMPLE, LARGEST, Settings, load, slack_tokens
from bot.settings_values import api_url
from scanners.errors import ConfigError


def _mistakes(**environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(environ)
    return str(caught.value).splitlines()


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_a_file_there_are_defaults() -> None:
    found = load({})
    assert (found.path, found.store, found.organisation.teams) == (None, Path("patrol.db"), ())


def test_the_file_in_this_folder_is_found_by_itself(tmp_path: Path) -> None:
    (tmp_path / "patrol.toml").write_text(EXAMPLE, encoding="utf-8")
    assert load({}).path == Path("patrol.toml")


def test_the_environment_names_both_files(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("", encoding="utf-8")
    found = load({"PATROL_CONFIG": str(tmp_path / "x.toml"), "PATROL_STORE": str(tmp_path / "y.db")})
    assert (found.path, found.store) == (tmp_path / "x.toml", tmp_path / "y.db")


def test_what_was_typed_goes_before_the_environment(tmp_path: Path) -> None:
    (tmp_path / "typed.toml").write_text("", encoding="utf-8")
    environ = {"PATROL_CONFIG": "none.toml", "PATROL_STORE": "environment.db"}
    found = load(environ, config=tmp_path / "typed.toml", store=Path("typed.db"))
    assert (found.path, found.store) == (tmp_path / "typed.toml", Path("typed.db"))


def test_the_store_is_beside_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    path = tmp_path / "etc" / "patrol.toml"
    path.write_text('[store]\npath = "data/p.db"\n', encoding="utf-8")
    assert load({}, config=path).store == tmp_path / "etc" / "data" / "p.db"
    path.write_text('[store]\npath = "/var/p.db"\n', encoding="utf-8")
    assert load({}, config=path).store == Path("/var/p.db")


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="patrol init --config"):
        load({}, config=tmp_path / "none.toml")
    assert "no such file" in _mistakes(PATROL_CONFIG="none.toml")[0]


def test_a_link_to_nothing_does_not_count_as_no_file(tmp_path: Path) -> None:
    (tmp_path / "patrol.toml").symlink_to("gone.toml")
    assert "link to nothing" in _mistakes()[0]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder"):
        load({}, config=tmp_path)
    (tmp_path / "odd.toml").write_bytes(b"# one\n\xff\xfe")
    with pytest.raises(ConfigError, match="line 2 is not UTF-8"):
        load({}, config=tmp_path / "odd.toml")
    with pytest.raises(ConfigError, match="Check the path"):
        load({}, config=tmp_path / "odd.toml" / "patrol.toml")
    (tmp_path / "large.toml").write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(ConfigError, match="larger than"):
        load({}, config=tmp_path / "large.toml")


def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    path = tmp_path / "patrol.toml"
    path.write_text("", encoding="utf-8")
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root reads everything; nobody does not
    try:
        with pytest.raises(ConfigError, match="no permission"):
            load({}, config=path)
    finally:
        os.seteuid(user)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "bom.toml").write_bytes(b"\xef\xbb\xbf" + EXAMPLE.replace("\n", "\r\n").encode())
    assert load({}, config=tmp_path / "bom.toml").organisation.teams


def test_a_token_never_shows() -> None:
    found = load(
        {"SLACK_BOT_TOKEN": "xoxb-secret", "SLACK_APP_TOKEN": "xapp-secret", "SLACK_SIGNING_SECRET": "secret"}
    )
    assert found.bot_token == "xoxb-secret"
    assert "secret" not in repr(found).replace("signing_secret", "")


def test_tokens_that_were_mixed_up_are_told_and_not_shown() -> None:
    told = _mistakes(SLACK_BOT_TOKEN="xapp-1", SLACK_APP_TOKEN="xoxb-1")
    assert len(told) == 2
    assert "xapp-1" not in "".join(told)


@pytest.mark.parametrize("token", ["xoxb-1 ", "xoxb-1\n", "xoxb-1 2", "xoxb-ä"])
def test_a_token_that_was_copied_badly_is_told(token: str) -> None:
    (told,) = _mistakes(SLACK_BOT_TOKEN=token)
    assert told.startswith("SLACK_BOT_TOKEN: ")


def test_mistakes_of_file_and_environment_come_together(tmp_path: Path) -> None:
    (tmp_path / "patrol.toml").write_text("[stor]", encoding="utf-8")
    assert len(_mistakes(SLACK_BOT_TOKEN="1")) == 2


def test_the_address_of_the_web_api_ends_in_a_slash() -> None:
    assert load({"SLACK_API_URL": "http://127.0.0.1:9/api"}).slack_api_url == "http://127.0.0.1:9/api/"
    assert load({}).slack_api_url == ""


def test_tokens_leave_by_https_or_on_loopback_only() -> None:
    right = ("https://slack.com/api/", "http://127.0.0.1:9/api", "http://[::1]:9/", "http://localhost/api")
    assert [url for url in right if api_url(url)] == []
    wrong = ("http://slack.example/api/", "http://127.0.0.1.example/", "http://localhost.example/", "http://127.0.0.1@slack.example/",
             "http://slack.example\\@127.0.0.1/", "https://", "ftp://slack.com/", "https://slack.com/api?x", "http://[::1", "slack.com",
             "https://slack.com:x/", "https://sla\nck.com/", "https://me:hunter2@slack.com/")  # fmt: skip
    assert [url for url in wrong if not api_url(url)] == []
    assert "hunter2" not in api_url("https://me:hunter2@slack.com/")


def test_missing_tokens_say_where_to_find_them() -> None:
    with pytest.raises(ConfigError, match="OAuth & Permissions") as caught:
        slack_tokens(Settings())
    assert len(str(caught.value).splitlines()) == 2
    with pytest.raises(ConfigError, match="SLACK_SIGNING_SECRET"):
        slack_tokens(Settings(bot_token="xoxb-1"), http=True)
    slack_tokens(Settings(bot_token="xoxb-1", app_token="xapp-1"))
