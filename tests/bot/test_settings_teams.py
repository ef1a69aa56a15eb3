"""Routing, noise, privacy and workspaces in patrol.toml: what is right is read, each mistake is told once."""

import re
from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot import settings_hours, settings_ids
from bot.settings import Settings, load, problems, slack_tokens
from bot.settings_toml import read_toml
from bot.settings_values import shown
from commands.routing import owner_of
from scanners.errors import ConfigError
from scanners.model import Resource, Target
from tests.examples import examples

WHOLE = """
[roles]
security = ["S0SEC", "C0SECURITY"]
admin = ["U0ADM"]

[[team]]
name = "payments"
channel = "C0PAYMENTS"
leads = ["U0LEAD", "G0LEADS"]
members = ["C0PAYMENTS"]
aliases = ["pay", "acme/payments", "Team Payments"]
digest = "08:30"
summary = "fri 16:00"
quiet = "20:00-07:00"
posts_per_day = 5
private = true
workspace = "T0ACME"

[[team]]
name = "platform"
channel = "C0PLATFORM"
aliases = ["infra"]
digest = "off"
workspace = "E0BETA"

[[target]]
name = "shop"
kind = "aws"
codeowners = "repo/CODEOWNERS"

[routing]
tags = ["team", "cost centre"]
default = "platform"

[[route]]
match = "arn:aws:s3:::data-*"
team = "platform"

[[route]]
match = "services/pay/*"
team = "payments"

[[workspace]]
id = "T0ACME"
bot_token = "SLACK_BOT_TOKEN_ACME"
app_token = "SLACK_APP_TOKEN_ACME"
signing_secret = "SLACK_SIGNING_SECRET_ACME"

[[workspace]]
id = "E0BETA"
bot_token = "SLACK_BOT_TOKEN_BETA"
api_url = "https://slack.example/api"
"""
CODEOWNERS = "* @acme/infra\n/services/pay/ @acme/payments # the money\n/services/pay/docs/\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / "CODEOWNERS").write_text(CODEOWNERS, encoding="utf-8")
    return tmp_path


def _load(folder: Path, text: str = WHOLE, **environ: str) -> Settings:
    path = folder / "patrol.toml"
    path.write_text(text, encoding="utf-8")
    return load(environ, config=path)


def _told(folder: Path, text: str = WHOLE, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        _load(folder, text, **environ)
    return str(caught.value).splitlines()


def test_everything_that_is_right_is_read(folder: Path) -> None:
    assert problems(WHOLE, "p") == []
    found = _load(folder)
    payments, platform = found.organisation.teams
    assert (payments.digest, payments.quiet) == (time(8, 30), (time(20), time(7)))
    assert (payments.summary, platform.summary) == ((4, time(16)), (0, time(9)))
    assert (payments.posts_per_day, payments.private, payments.workspace) == (5, True, "T0ACME")
    assert (payments.leads, payments.members) == (("U0LEAD", "G0LEADS"), ("C0PAYMENTS",))
    assert payments.aliases == ("pay", "acme/payments", "Team Payments")
    assert (platform.digest, platform.quiet, platform.private) == (None, None, False)
    assert found.organisation.security == ("S0SEC", "C0SECURITY")
    assert found.organisation.workspaces == ("T0ACME", "E0BETA")
    assert [rule.team for rule in found.organisation.routing.rules] == ["platform", "payments"]


def test_a_finding_is_routed_as_the_file_says(folder: Path) -> None:
    organisation = _load(folder).organisation
    shop = organisation.target("shop")
    assert shop is not None

    def owner(path: str) -> str:
        return owner_of(organisation, Target("shop", "aws"), Resource("lockfile", f"repo/{path}", path))

    assert owner("services/pay/poetry.lock") == "payments"  # by [[route]]
    assert owner("web/package-lock.json") == "platform"  # by CODEOWNERS, through an alias
    assert owner("/services/pay.lock") == "platform"


T1, T2, R, W = "team[1]", "team[2]", "routing", "workspace[1]"
TOKEN = "xoxb-1-secret"
CASES = (
    ('digest = "08:30"', 'digest = "8:30"', f"{T1}.digest", "Did you mean 08:30?"),
    ('digest = "08:30"', 'digest = "8.30"', f"{T1}.digest", "Did you mean 08:30?"),
    ('digest = "08:30"', 'digest = "24:00"', f"{T1}.digest", 'Write it like 09:00, or "off".'),
    ('digest = "08:30"', 'digest = "٠٨:٣٠"', f"{T1}.digest", "no time of day"),
    ('digest = "08:30"', "digest = 08:30:00", f"{T1}.digest", "text in quotes"),
    ('digest = "off"', 'digest = "OFF"', f"{T2}.digest", "Did you mean off?"),
    ('digest = "off"', "digest = false", f"{T2}.digest", "text in quotes"),
    ('summary = "fri 16:00"', 'summary = "Mon 09:00"', f"{T1}.summary", "Did you mean mon?"),
    ('summary = "fri 16:00"', 'summary = "monday 9:00"', f"{T1}.summary", 'Write it like "mon 09:00", or "off".'),
    ('summary = "fri 16:00"', 'summary = "mon 9:00"', f"{T1}.summary", "Did you mean 09:00?"),
    ('summary = "fri 16:00"', 'summary = "09:00"', f"{T1}.summary", "no day of the week"),
    ('summary = "fri 16:00"', 'summary = "Off"', f"{T1}.summary", "Did you mean off?"),
    ('summary = "fri 16:00"', "summary = false", f"{T1}.summary", "text in quotes"),
    ('quiet = "20:00-07:00"', 'quiet = "20:00"', f"{T1}.quiet", "Write it like 20:00-07:00"),
    ('quiet = "20:00-07:00"', 'quiet = "20:00-7:00"', f"{T1}.quiet", "Did you mean 07:00?"),
    ('quiet = "20:00-07:00"', 'quiet = "20:00 - 07:00"', f"{T1}.quiet", "Write it like 20:00-07:00"),
    ('quiet = "20:00-07:00"', 'quiet = "07:00-07:00"', f"{T1}.quiet", "same time"),
    ("posts_per_day = 5", "posts_per_day = 0", f"{T1}.posts_per_day", "from 1 to 1,000"),
    ("posts_per_day = 5", "posts_per_day = 1001", f"{T1}.posts_per_day", "from 1 to 1,000"),
    ("posts_per_day = 5", "posts_per_day = true", f"{T1}.posts_per_day", "whole number"),
    ("posts_per_day = 5", 'posts_per_day = "5"', f"{T1}.posts_per_day", "whole number"),
    ("posts_per_day = 5", "posts_per_day = 5.0", f"{T1}.posts_per_day", "whole number"),
    ("private = true", 'private = "true"', f"{T1}.private", "without quotes"),
    ("private = true", "private = 1", f"{T1}.private", "true or false"),
    ('["infra"]', '["PAY"]', f"{T2}.aliases", "an alias of team[1]"),
    ('["infra"]', '["Payments"]', f"{T2}.aliases", "the name of team[1]"),
    ('["infra"]', '["platform"]', f"{T2}.aliases", "the name of team[2]"),
    ('["infra"]', '[" infra"]', f"{T2}.aliases", "no blanks around"),
    ('["infra"]', '"infra"', f"{T2}.aliases", "list of texts"),
    ('members = ["C0PAYMENTS"]', 'members = ["#payments"]', f"{T1}.members", "nor a channel (C...)"),
    ('workspace = "T0ACME"', 'workspace = "T0ACNE"', f"{T1}.workspace", "Did you mean T0ACME? Known: T0ACME, E0BETA."),
    ('workspace = "E0BETA"\n', "", f"{T2}.workspace", "Say in which workspace its channel is. Known: T0ACME, E0BETA."),
    ('default = "platform"', 'default = "platfrom"', f"{R}.default", "Did you mean platform?"),
    ('default = "platform"', 'default = "infra"', f"{R}.default", "no [[team]] named 'infra'"),
    ('["team", "cost centre"]', '["team", ""]', f"{R}.tags", "no key of a tag"),
    ('["team", "cost centre"]', '"team"', f"{R}.tags", "list of texts"),
    ("[routing]", "[[routing]]", R, "[routing]"),
    ("[routing]", "[routin]", "routin", "Did you mean routing?"),
    ('match = "services/pay/*"', 'match = ""', "route[2].match", "missing"),
    ('match = "services/pay/*"', 'match = "services/[pay/*"', "route[2].match", "never closed"),
    ('match = "services/pay/*"', 'match = " services"', "route[2].match", "blanks around it"),
    ('match = "services/pay/*"', 'match = "arn:aws:s3:::data-*"', "route[2].match", "route[1] has the same"),
    ('\nteam = "payments"', "", "route[2].team", "Name a [[team]]"),
    ('\nteam = "payments"', '\nteam = "paymnts"', "route[2].team", "Did you mean payments?"),
    ('id = "T0ACME"', 'id = "acme"', f"{W}.id", "It begins with T"),
    ('id = "T0ACME"', 'id = "E0BETA"', "workspace[2].id", "is that of workspace[1] already"),
    ('"SLACK_BOT_TOKEN_BETA"', '"SLACK_BOT_TOKEN_ACME"', "workspace[2].bot_token", "is that of workspace[1] already"),
    ('bot_token = "SLACK_BOT_TOKEN_ACME"\n', "", f"{W}.bot_token", "Name the environment variable"),
    ('"SLACK_BOT_TOKEN_ACME"', f'"{TOKEN}"', f"{W}.bot_token", "do not belong in this file"),
    ('"SLACK_BOT_TOKEN_ACME"', f'["{TOKEN}"]', f"{W}.bot_token", "this must be a text"),
    ('"SLACK_APP_TOKEN_ACME"', '"xapp-1-secret"', f"{W}.app_token", "make a new one"),
    ('"SLACK_SIGNING_SECRET_ACME"', '"8f742231b10secret"', f"{W}.signing_secret", "Write capitals"),
    ('"https://slack.example/api"', '"http://slack.example/secret"', "workspace[2].api_url", "loopback only"),
    ('kind = "aws"\ncodeowners', 'kind = "aws"\ncodeownrs', "target[1].codeownrs", "Did you mean codeowners?"),
    ('"repo/CODEOWNERS"', "5", "target[1].codeowners", "text in quotes"),
)  # fmt: skip


@pytest.mark.parametrize(("stands", "instead", "key", "mend"), CASES)
def test_a_mistake_is_one_line_with_key_and_mend(stands: str, instead: str, key: str, mend: str) -> None:
    assert stands in WHOLE
    found = problems(WHOLE.replace(stands, instead, 1), "p")
    assert len(found) == 1, found
    assert found[0].startswith(f"p: {key}: ")
    assert mend in found[0]
    assert "secret" not in found[0].replace("signing_secret", "").replace("slack.example/secret", "")


@pytest.mark.parametrize("table", ["team", "workspace"])
def test_a_table_that_is_misspelt_is_one_mistake(table: str) -> None:
    (found,) = problems(WHOLE.replace(f"[[{table}]]", f"[[{table}x]]"), "p")
    assert f"Did you mean {table}?" in found


def test_a_team_can_be_in_no_workspace_where_none_is_configured() -> None:
    text = WHOLE[: WHOLE.index("[[workspace]]")]
    found = problems(text, "p")
    assert [one.split(": ")[1] for one in found] == [f"{T1}.workspace", f"{T2}.workspace"]
    assert all("None is configured." in one for one in found)


def test_a_token_is_never_told_wherever_it_was_pasted() -> None:
    for value in re.findall(r'"[^"]*"', WHOLE):
        assert "secret" not in "".join(problems(WHOLE.replace(value, f'"{TOKEN}"'), "p")).replace(
            "signing_secret", ""
        )
    assert shown(["xapp-1-a"]) == "a token (not shown here)"


# -- CODEOWNERS


def _broken_file(write: Callable[[Path], object], mend: str, folder: Path) -> None:
    write(folder / "repo" / "CODEOWNERS")
    (told,) = _told(folder)
    assert told.startswith(f"{folder / 'patrol.toml'}: target[1].codeowners: ")
    assert mend in told


def test_a_codeowners_file_that_cannot_be_used_is_one_line(folder: Path) -> None:
    _broken_file(lambda path: path.write_text("* @a\n\ndocs/[ @b\n"), "line 3: a [ in the pattern", folder)
    _broken_file(lambda path: path.write_text("!docs @b"), "line 1: a pattern that begins with !", folder)
    _broken_file(lambda path: path.write_bytes(b"* @a\n\xff"), "line 2 is not UTF-8", folder)
    _broken_file(lambda path: path.write_bytes(b"#" * (3 * 2**20 + 1)), "larger than 3 MiB", folder)
    _broken_file(lambda path: path.unlink(), "there is no file 'repo/CODEOWNERS'", folder)
    _broken_file(lambda path: path.mkdir(), "is a folder", folder)


def test_mistakes_of_the_file_and_of_codeowners_come_together(folder: Path) -> None:
    (folder / "repo" / "CODEOWNERS").unlink()
    assert len(_told(folder, WHOLE.replace("posts_per_day = 5", "posts_per_day = 0"))) == 2


# -- the tokens of workspaces


def test_a_terminal_needs_no_tokens_and_serve_needs_each(folder: Path) -> None:
    found = _load(folder)
    with pytest.raises(ConfigError) as caught:
        slack_tokens(found)
    told = str(caught.value).splitlines()
    assert [line.split(" is not set")[0] for line in told] == [
        "SLACK_BOT_TOKEN_ACME", "SLACK_APP_TOKEN_ACME", "SLACK_BOT_TOKEN_BETA", "SLACK_APP_TOKEN",
    ]  # fmt: skip
    assert told[0].endswith("from OAuth & Permissions of the Slack app in workspace T0ACME.")
    with pytest.raises(ConfigError, match="SLACK_SIGNING_SECRET_ACME is not set"):
        slack_tokens(found, http=True)


def test_the_variables_that_are_named_are_read(folder: Path) -> None:
    environ = {
        "SLACK_BOT_TOKEN_ACME": "xoxb-acme", "SLACK_APP_TOKEN_ACME": "xapp-acme",
        "SLACK_BOT_TOKEN_BETA": "xoxb-beta", "SLACK_APP_TOKEN": "xapp-both",
    }  # fmt: skip
    found = _load(folder, **environ)
    slack_tokens(found)
    acme, beta = found.workspaces
    assert (acme.bot_token, acme.app_token, acme.api_url) == ("xoxb-acme", "xapp-acme", "")
    assert (beta.bot_token, beta.app_token, beta.api_url) == (
        "xoxb-beta", "xapp-both", "https://slack.example/api/",
    )  # fmt: skip
    assert (found.bot_token, found.app_token) == ("", "xapp-both")  # no one workspace is the process's own
    assert "xoxb-" not in repr(found)


def test_the_only_workspace_is_the_process_s_own(folder: Path) -> None:
    text = WHOLE[: WHOLE.rindex("[[workspace]]")].replace('"E0BETA"', '"T0ACME"')
    found = _load(folder, text, SLACK_BOT_TOKEN_ACME="xoxb-acme", SLACK_BOT_TOKEN="xoxb-other")
    assert found.bot_token == "xoxb-acme"


def test_a_variable_with_the_wrong_token_is_told_and_not_shown(folder: Path) -> None:
    (told,) = _told(folder, SLACK_BOT_TOKEN_BETA="xapp-9")
    assert told.startswith("SLACK_BOT_TOKEN_BETA: a value that does not begin with xoxb-.")
    assert "xapp-9" not in told


# -- nothing that is written breaks the reader


VALUES = re.findall(r"= (\[.*?\]|\".*?\"|true|\d+)", WHOLE)
ODD = ('""', '"\\u0000"', '"\\u001b[2J"', "true", "-1", "[]", "[[1]]", '["", ""]', "{}", "{a=1}", "nan", "09:00:00", '"["', '"-"')  # fmt: skip


@given(st.sampled_from(VALUES), st.sampled_from(ODD), st.sampled_from(VALUES), st.sampled_from(ODD))
@hypothesis_settings(max_examples=examples(100), deadline=None)
def test_no_value_breaks_the_reader_or_the_line(a: str, odd: str, b: str, other: str) -> None:
    for told in problems(WHOLE.replace(a, odd, 1).replace(b, other, 1), "p"):
        assert told.startswith("p: ")
        assert told.isprintable()
        assert len(told) < 400


@given(st.text(max_size=12))
def test_a_time_that_passes_can_be_read(text: str) -> None:
    if not settings_hours.digest(text) and text != "off":
        assert f"{settings_hours.clock(text):%H:%M}" == text
    if not settings_hours.quiet(text):
        assert len(settings_hours.hours(text)) == 2


@given(st.text(max_size=40))
def test_what_is_no_variable_is_not_shown(text: str) -> None:
    told = settings_ids.variable(text)
    assert told == "" or told == settings_ids.variable("x") or text.strip().startswith(("xox", "xapp-"))


def test_a_target_may_be_fed_by_files_or_by_security_hub() -> None:
    text = """
[[target]]
name = "shop"
kind = "import"
[[target]]
name = "hub"
kind = "securityhub"
filters = ["SeverityLabel=HIGH", "ProductName=GuardDuty"]
"""
    reading = read_toml(text, "patrol.toml")
    assert reading.mistakes == []
    assert [target.kind for target in reading.organisation.targets] == ["import", "securityhub"]
    assert reading.organisation.targets[1].settings["filters"] == (
        "SeverityLabel=HIGH",
        "ProductName=GuardDuty",
    )


@pytest.mark.parametrize(
    ("kind", "filters", "told"),
    [
        ("securityhub", "Severity=HIGH", "is no filter. Write it like SeverityLabel=HIGH"),
        ("aws", "SeverityLabel=HIGH", "takes filters. Take them out"),
    ],
)
def test_a_filter_that_nobody_takes_is_told(kind: str, filters: str, told: str) -> None:
    reading = read_toml(f'[[target]]\nname = "a"\nkind = "{kind}"\nfilters = ["{filters}"]\n', "patrol.toml")
    assert [told in mistake for mistake in reading.mistakes] == [True]
