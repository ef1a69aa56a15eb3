"""patrol.toml: what is right is read, and every mistake is told once, with its key and its mend."""

import re
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.settings import EXAMPLE, Settings, load, problems
from bot.settings_values import nearest, region, shown, timezone
from commands.routes import RouteRule, Routing
from scanners.aws.options import Options, options_of
from scanners.errors import ConfigError
from scanners.model import Severity
from tests.examples import examples

PEOPLE = '\n[people]\n"os:alice" = "U0DEV1"\noperators = ["os:root"]\n'
WHOLE = EXAMPLE + PEOPLE


def _load(folder: Path, text: str) -> Settings:
    path = folder / "patrol.toml"
    path.write_text(text, encoding="utf-8")
    return load({}, config=path)


def _swapped(stands: str, instead: str) -> list[str]:
    assert stands in WHOLE
    return problems(WHOLE.replace(stands, instead, 1), "patrol.toml")


def test_the_example_is_right(tmp_path: Path) -> None:
    assert problems(EXAMPLE, "patrol.toml") == []
    found = _load(tmp_path, EXAMPLE)
    (team,) = found.organisation.teams
    assert (team.name, team.channel, team.leads, team.members) == (
        "payments", "C024BE91L", ("U0LEAD",), ("U0DEV1", "U0DEV2"),
    )  # fmt: skip
    assert (team.realtime, team.timezone) == (Severity.HIGH, "Europe/Berlin")
    (target,) = found.organisation.targets
    assert (target.name, target.kind, target.owner) == ("prod", "aws", "payments")
    assert target.regions == ("eu-west-1", "us-east-1")
    assert (found.organisation.security, found.organisation.admin) == (("U0SEC",), ("U0ADM",))
    assert (team.digest, team.quiet, team.posts_per_day) == (time(9), (time(20), time(7)), 20)
    assert (team.private, team.workspace, team.aliases) == (False, "", ())
    routing = found.organisation.routing
    assert (routing.tags, routing.default) == (("team", "owner"), "payments")
    assert routing.rules == (RouteRule("arn:aws:s3:::pay-*", "payments"),)
    assert found.store == tmp_path / "patrol.db"
    (schedule,) = found.schedules
    assert schedule.name == "scan prod @ 0 3 * * * Europe/Berlin"


def test_what_the_example_shows_commented_out_is_right_too() -> None:
    keys = r"\[people\]|\"os:|operators|aliases|private|workspace =|codeowners|\[\[workspace\]\]|id =|\w+_token|signing_secret"
    keys += r"|calendar|weekend|holidays|\[summary\]|compare"
    keys += r"|role =|external_id|max_calls|calls_per_second|events_queue|events_per_minute|\[\[target\]\]|name =|kind =|organization|(?:skip_)?accounts =|regions =|filters =|owner ="
    shown_lines = re.sub(rf"^# (?={keys})", "", EXAMPLE, flags=re.MULTILINE)
    assert "\n[people]" in shown_lines
    assert not re.search(r"^# *[\w\"]\S* = ", shown_lines, re.MULTILINE)
    assert problems(shown_lines, "patrol.toml") == []


def test_every_table_may_be_left_out(tmp_path: Path) -> None:
    found = _load(tmp_path, "")
    assert (found.organisation.teams, found.schedules, found.people) == ((), (), {})


def test_what_is_left_out_of_a_team_has_its_default(tmp_path: Path) -> None:
    found = _load(tmp_path, '[[team]]\nname = "a"\nchannel = "C111"\n')
    (team,) = found.organisation.teams
    assert (team.realtime, team.timezone, team.leads) == (Severity.HIGH, "UTC", ())
    assert (team.digest, team.quiet, team.posts_per_day, team.private) == (time(9), None, 20, False)
    assert found.organisation.routing == Routing()


def test_people_and_operators(tmp_path: Path) -> None:
    found = _load(tmp_path, PEOPLE)
    assert dict(found.people) == {"os:alice": "U0DEV1"}
    assert found.operators == {"os:root"}


def test_the_order_of_tables_does_not_matter() -> None:
    head, *tables = re.split(r"^(?=\[)", WHOLE, flags=re.MULTILINE)
    assert problems(head + "\n".join(reversed(tables)), "patrol.toml") == []


BERLIN = 'timezone = "Europe/Berlin"\n\n[[target]]'
CASES = (
    ('realtime = "high"', 'realtime = "hihg"', "team[1].realtime", "Did you mean high? Known: critical, high, medium, low, unknown."),
    ('realtime = "high"', 'realtime = "HIGH"', "team[1].realtime", "Did you mean high?"),
    (BERLIN, BERLIN.replace("Berlin", "Berln"), "team[1].timezone", "Did you mean Europe/Berlin?"),
    (BERLIN, BERLIN.replace("Europe/", ""), "team[1].timezone", "Did you mean Europe/Berlin?"),
    (BERLIN, BERLIN.replace("Europe/Berlin", "../../etc/passwd"), "team[1].timezone", "no time zone"),
    ('channel = "C024BE91L"', 'channel = "#payments"', "team[1].channel", "Open the channel's details in Slack"),
    ('channel = "C024BE91L"', 'channel = "D024BE91L"', "team[1].channel", "no channel id"),
    ('channel = "C024BE91L"', 'channel = ""', "team[1].channel", "missing"),
    ('channel = "C024BE91L" ', "", "team[1].channel", "missing"),
    ('leads = ["U0LEAD"]', 'leads = "U0LEAD"', "team[1].leads", "list of texts"),
    ('leads = ["U0LEAD"]', 'leads = ["priya"]', "team[1].leads", "neither a Slack user"),
    ('security = ["U0SEC"]', 'security = ["@sec"]', "roles.security", "Copy member ID"),
    ('name = "payments"', 'name = "pay ments"', "team[1].name", "Use letters"),
    ('name = "payments"\n', "", "team[1].name", "missing"),
    ('name = "prod"', 'name = ""', "target[1].name", "missing"),
    ('owner = "payments"', 'owner = "paymnts"', "target[1].owner", "Did you mean payments?"),
    ('kind = "aws"', 'kind = "gcp"', "target[1].kind", "Known: aws"),
    ('kind = "aws"\n', "", "target[1].kind", "Known: aws"),
    ('"eu-west-1", ', '"eu-west", ', "target[1].regions", "Write it like eu-west-1"),
    ('"eu-west-1", ', '"eu-west-1a", ', "target[1].regions", "Name its region: eu-west-1"),
    ('cron = "0 3 * * *"', 'cron = "0 3 * *"', "schedule[1].cron", "five"),
    ('cron = "0 3 * * *"', 'cron = "0 3 30 2 *"', "schedule[1].cron", "never comes"),
    ('cron = "0 3 * * *"', 'cron = "²"', "schedule[1].cron", "five"),
    ('run = "scan prod"', 'run = "scna prod"', "schedule[1].run", "Did you mean `scan`?"),
    ('run = "scan prod"', 'run = "scan prd"', "schedule[1].run", "Did you mean prod?"),
    ('run = "scan prod"', 'run = "scan prod now"', "schedule[1].run", "one word too many"),
    ('run = "scan prod"', 'run = "findings severty:high"', "schedule[1].run", "Did you mean severity:?"),
    ('run = "scan prod"', "run = 'scan \"prod'", "schedule[1].run", "never closed"),
    ('run = "scan prod"', 'run = " "', "schedule[1].run", "missing"),
    ("[store]", "[stor]", "stor", "Did you mean store?"),
    ("[[team]]", "[[teams]]", "teams", "Did you mean team?"),
    ("[[target]]", "[[targets]]", "targets", "Did you mean target?"),
    ('path = "patrol.db"', 'pth = "patrol.db"', "store.pth", "Did you mean path?"),
    ('path = "patrol.db"', "path = 5", "store.path", "text in quotes"),
    ('path = "patrol.db"', 'path = "~nobody-of-that-name/x"', "store.path", "without `~`"),
    ('path = "patrol.db"', 'path = "a\\u0000b"', "store.path", "NUL"),
    ("[[team]]", "[team]", "team", "[[team]]"),
    ("[[target]]", "[target]", "target", "[[target]]"),
    ("[roles]", "[[roles]]", "roles", "[roles]"),
    ('\n"os:alice"', "\nalice", "people.alice", "os:alice"),
    ('"U0DEV1"\noperators', '"S0DEV1"\noperators', "people.os:alice", "begins with U"),
    ('"U0DEV1"\noperators', "5\noperators", "people.os:alice", "begins with U"),
    ("\noperators", "\noperator", "people.operator", "Did you mean operators?"),
    ('\noperators = ["os:root"]', '\noperators = ["root"]', "people.operators", '"os:root"'),
)  # fmt: skip


@pytest.mark.parametrize(("stands", "instead", "key", "mend"), CASES)
def test_a_mistake_is_one_line_with_key_and_mend(stands: str, instead: str, key: str, mend: str) -> None:
    (found,) = _swapped(stands, instead)
    assert found.startswith(f"patrol.toml: {key}: ")
    assert mend in found


KEYS = sorted(set(re.findall(r"^(\w+) = ", WHOLE, re.MULTILINE)))


@pytest.mark.parametrize("key", KEYS)
def test_a_misspelt_key_is_one_mistake_and_names_the_right_one(key: str) -> None:
    (found,) = _swapped(f"\n{key} = ", f"\n{key}x = ")
    assert f"{key}x: " in found
    assert f"Did you mean {key}?" in found


@pytest.mark.parametrize("key", KEYS)
def test_a_value_of_the_wrong_type_is_one_mistake(key: str) -> None:
    value = re.search(rf"^{key} = (\[.*?\]|\".*?\"|\d+)", WHOLE, re.MULTILINE)
    assert value
    (found,) = _swapped(f"\n{key} = {value[1]}", f"\n{key} = 1979-05-27")
    assert "must be a" in found


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = WHOLE
    for stands, instead, _key, _mend in (CASES[0], CASES[5], CASES[18]):
        text = text.replace(stands, instead, 1)
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, text)
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert all(line.startswith(str(tmp_path / "patrol.toml")) for line in lines)


@pytest.mark.parametrize(
    "entry", ['[[team]]\nname = "a"\nchannel = "C111"\n', '[[target]]\nname = "a"\nkind = "aws"\n']
)
def test_a_name_that_is_there_twice_is_told(entry: str) -> None:
    (found,) = problems(entry + entry, "p")
    assert re.match(r"p: (team|target)\[2\]\.name: 'a' is the name of \1\[1\] already", found)


def test_a_schedule_that_is_there_twice_is_told() -> None:
    schedule = '[[schedule]]\nrun = "status"\ncron = "0 3 * * *"\n'
    assert problems(schedule + schedule, "p") == [
        "p: schedule[2]: it is the same as schedule[1]. Take one out."
    ]


def test_a_schedule_may_name_the_command_as_slack_takes_it() -> None:
    assert _swapped('run = "scan prod"', 'run = "SCAN  prod"') == []
    assert _swapped('run = "scan prod"', 'run = "scan"') == []  # the only target


def test_a_scan_without_a_name_needs_one_where_there_are_several() -> None:
    two = '\n[[target]]\nname = "test"\nkind = "aws"\n[[schedule]]\nrun = "scan"\ncron = "0 3 * * *"\n'
    (found,) = problems(EXAMPLE + two, "p")
    assert "Which target? Configured: prod, test." in found


def test_regions_of_every_partition_are_right() -> None:
    right = ("us-east-1", "us-gov-west-1", "cn-northwest-1", "ap-southeast-7", "us-isob-east-1", "eu-isoe-west-1",
             "eusc-de-east-1", "il-central-1", "mx-central-1")  # fmt: skip
    assert [one for one in right if region(one)] == []
    wrong = ("", "eu-wset-1", "eu-west1", "EU-WEST-1", "eu-west-1\n", "eu-west-0", "eu-west-١", "global")
    assert [one for one in wrong if not region(one)] == []


def test_time_zones_are_names_and_no_paths() -> None:
    assert [zone for zone in ("UTC", "Europe/Berlin", "America/Argentina/Ushuaia") if timezone(zone)] == []
    assert [
        zone for zone in ("Europe", "/etc/localtime", "europe/berlin", "+02:00") if not timezone(zone)
    ] == []


def test_broken_toml_names_the_line() -> None:
    (found,) = problems("[store]\npath = \n", "p")
    assert "line 2" in found


@pytest.mark.parametrize(
    "text", ["a=" + "[" * 5000 + "]" * 5000, "a=" + "1" * 5000, "[store]\npath=0x" + "f" * 5000]
)
def test_what_python_refuses_to_parse_is_a_mistake_like_any(text: str) -> None:
    assert len(problems(text, "p")) == 1


def test_letters_that_steer_a_terminal_are_written_out() -> None:
    assert problems('"a\\nb\\u001b[2J" = 1', "p")[0].startswith("p: a\\nb\\x1b[2J: there is no such table")


def test_the_nearest_name_is_found_whatever_its_case() -> None:
    assert nearest("payments", ["PAYMENTS", "platform"]) == "PAYMENTS"
    assert nearest("", ["Payments"]) == nearest("zzz", ["Payments"]) == ""


def test_a_long_value_is_cut() -> None:
    assert len(shown("x" * 5000)) == 60
    assert len(_swapped('"C024BE91L"', '"' + "x" * 5000 + '"')[0]) < 250
    assert len(_swapped("\npath", "\n" + "x" * 5000)[0]) < 250


VALUES = re.findall(r"= (\[.*?\]|\".*?\")", WHOLE)
ODD = ('""', '"\\u0000"', '"\\u001b[2J\\n"', "'<!channel>'", "true", "-1", "[]", "[[1]]", '["", ""]', "{}", "{a=1}", "nan")  # fmt: skip


@given(st.sampled_from(VALUES), st.sampled_from(ODD), st.sampled_from(VALUES), st.text(max_size=6))
@hypothesis_settings(max_examples=examples(150), deadline=None)
def test_no_value_and_no_key_breaks_the_reader_or_the_line(a: str, odd: str, b: str, typed: str) -> None:
    text = WHOLE.replace(a, odd, 1).replace(b, f"{b}\n{typed}", 1)
    for told in problems(text, "p"):
        assert told.startswith("p: ")
        assert told.isprintable()
        assert len(told) < 400


def _target(rest: str) -> list[str]:
    text = f'[[target]]\nname = "all"\nkind = "aws"\n{rest}\n'
    return [told.removeprefix("p.toml: target[1].") for told in problems(text, "p.toml")]


def test_a_target_may_be_every_account_of_an_organisation(tmp_path: Path) -> None:
    file = tmp_path / "patrol.toml"
    file.write_text(
        '[[target]]\nname = "all"\nkind = "aws"\norganization = true\nrole = "audit/PatrolAudit"\nexternal_id = "x-1"\n'
        'skip_accounts = ["222222222222"]\nmax_calls = 5000\ncalls_per_second = 10\n'
    )
    (target,) = load({}, config=file).organisation.targets
    assert options_of(target) == Options(
        role="audit/PatrolAudit", external_id="x-1", organization=True, skip_accounts=("222222222222",),
        calls_per_second=10.0, max_calls=5000,
    )  # fmt: skip


def test_only_an_aws_target_has_accounts() -> None:
    text = '[[target]]\nname = "hub"\nkind = "securityhub"\norganization = true\nrole = "P"\n'
    (told,) = problems(text, "p.toml")
    assert "role: a target of the kind securityhub takes no role" in told


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        ("organization = true", "role: it is missing."),
        ('role = "PatrolAudit"', "role: a name alone says no account."),
        ('organization = true\nrole = "arn:aws:iam::123456789012:role/A"', "role: an ARN is of one account."),
        ('role = "arn:aws:iam::1234:role/A"', "is no role's ARN"),
        ('role = "arn:aws:iam::123456789012:user/A"', "is no role's ARN"),
        ('role = "two words"', "is no role."),
        ('external_id = "x"', "external_id: it goes with a role."),
        ('accounts = ["12345"]\nrole = "A"', "accounts: '12345' is no account."),
        ('skip_accounts = ["123456789012"]', "skip_accounts: it goes with"),
        ("organization = 1", "organization: 1 must be a plain true or false"),
        ("max_calls = -5", "max_calls: -5 must be a whole number"),
        ("calls_per_second = 0.5", "calls_per_second: 0.5 must be a whole number"),
    ],
)
def test_settings_of_accounts_that_do_not_fit_together_are_told(rest: str, told: str) -> None:
    (said,) = _target(rest)
    assert told in said
