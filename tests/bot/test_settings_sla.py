"""[sla] and [summary] in patrol.toml: days and calendars reach the teams, and each mistake is told once."""

import re
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.settings import EXAMPLE, Settings, load, problems
from scanners.model import Severity
from storage.figures.sla import Calendar, Sla

TEAMS = """
[[team]]
name = "payments"
channel = "C0PAYMENTS"
timezone = "Europe/Berlin"
sla = { critical = 3, calendar = "business" }
compare = false

[[team]]
name = "web"
channel = "C0WEB"
"""


def _load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "patrol.toml"
    path.write_text(text, encoding="utf-8")
    return load({}, config=path)


def test_a_team_inherits_what_it_does_not_say_itself(tmp_path: Path) -> None:
    head = "[sla]\nhigh = 14\nholidays = [2026-12-25]\n[summary]\ncompare = true\n"
    whole = _load(tmp_path, head + TEAMS).organisation
    days = {**Sla().days, Severity.HIGH: 14}
    calendar = Calendar(holidays=frozenset({date(2026, 12, 25)}))
    assert whole.sla_of("payments") == Sla(
        {**days, Severity.CRITICAL: 3}, calendar, ZoneInfo("Europe/Berlin")
    )
    assert whole.sla_of("web") == whole.sla_of("") == Sla(days, None, ZoneInfo("UTC"))
    assert [team.compare for team in whole.teams] == [False, True]


def test_the_usual_days_are_no_sla_of_their_own(tmp_path: Path) -> None:
    whole = _load(tmp_path, '[sla]\ncritical = 7\ncalendar = "every-day"\n' + TEAMS).organisation
    assert whole.sla_of("web") is None
    assert not any(team.compare for team in whole.teams)


def test_the_example_promises_the_usual_days(tmp_path: Path) -> None:
    assert _load(tmp_path, EXAMPLE).organisation.sla_of("payments") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[sla]\nhigh = 0", r"sla\.high: 0 must be a whole number from 1 to 3,650\."),
        ('[sla]\nhigh = "14"', r"sla\.high: '14' must be a whole number"),
        ("[sla]\nhihg = 14", r"sla\.hihg: there is no such key\. Did you mean high\?"),
        ("sla = 7", r"sla: this must be a table: \[sla\]\."),
        ('[sla]\ncalendar = "busness"', r"sla\.calendar: 'busness' is no calendar\. Did you mean business\?"),
        (
            '[sla]\ncalendar = "business"\nholidays = ["25.12."]',
            r"sla\.holidays: '25\.12\.' is no date\. Write it",
        ),
        ('[sla]\ncalendar = "business"\nholidays = [2026-12-25T00:00:00]', r"sla\.holidays: .* is no date\."),
        (
            '[sla]\ncalendar = "business"\nholidays = 2026-12-25',
            r"sla\.holidays: 2026-12-25 must be a list of dates",
        ),
        (
            '[sla]\ncalendar = "business"\nweekend = ["Saturday"]',
            r"sla\.weekend: 'Saturday' is no day of the week\.",
        ),
        (
            '[sla]\ncalendar = "business"\nweekend = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]',
            r"sla\.weekend: no working day is left\.",
        ),
        ("[sla]\nholidays = [2026-12-25]", r'sla\.holidays: it counts only with calendar = "business"\.'),
        ('[[team]]\nname="a"\nchannel="C0A"\nsla = 7', r"team\[1\]\.sla: this must be a table"),
        (
            '[[team]]\nname="a"\nchannel="C0A"\nsla = { high = -1 }',
            r"team\[1\]\.sla\.high: -1 must be a whole",
        ),
        (
            '[[team]]\nname="a"\nchannel="C0A"\ncompare = "yes"',
            r"team\[1\]\.compare: 'yes' must be a plain true",
        ),
        ("[summary]\ncompare = 1", r"summary\.compare: 1 must be a plain true or false"),
        ("[summary]\ncompar = true", r"summary\.compar: there is no such key\. Did you mean compare\?"),
    ],
)
def test_each_mistake_names_file_key_and_mend(text: str, told: str) -> None:
    (found,) = problems(text, "patrol.toml")
    assert re.match(r"patrol\.toml: " + told, found), found
