"""The App Home."""

import re
from dataclasses import replace
from typing import Any

from bot import blockkit
from bot.messages.home import home_subject, home_view, month_line
from commands.people import Person, Team
from commands.reply import FindingList
from scanners.model import Severity, Status
from storage.progress import Cohort
from tests.bot.messages.stage import Stage, ids, refused, verdict, words


def _home(stage: Stage, user: str = "U0DEV1", offset: int = 0) -> dict[str, Any]:
    with stage.store.read() as connection:
        subject = home_subject(connection, stage.context(user), offset)
    view = home_view(subject)
    assert blockkit.problems_view(view) == []
    return view


def test_a_member_sees_the_teams_findings_by_due_date(stage: Stage) -> None:
    stage.see(verdict("late", control="s3.versioning", severity=Severity.HIGH))
    stage.later(days=27)
    stage.see(
        verdict("late", control="s3.versioning", severity=Severity.HIGH),
        *(verdict(f"fresh-{at:02}") for at in range(12)),
    )
    shown = words(_home(stage))
    assert shown.index("late") < shown.index("fresh-")
    assert "13 open findings in 1 team" in shown
    assert "and 3 more" in shown


def test_the_first_findings_can_be_acted_on_at_once(stage: Stage) -> None:
    stage.see(*(verdict(f"b{at}") for at in range(5)))
    assert ids(_home(stage)).count("fixed") == 3


def test_home_says_how_far_its_figures_can_be_trusted(fresh: Stage) -> None:
    assert "none scanned yet" in words(_home(fresh))
    fresh.see(verdict(), gaps=[refused("s3.tls_only", "s3:GetBucketPolicy")])
    assert "s3:GetBucketPolicy is refused" in words(_home(fresh))
    assert "1 of 2 checks have gaps" in words(_home(fresh))


def test_someone_in_no_team_is_told_how_to_join_and_sees_no_findings(stage: Stage) -> None:
    stage.see(verdict())
    shown = words(_home(stage, "U0STRANGER"))
    assert "You are in no team yet" in shown
    assert "acme-invoices" not in shown


def test_security_sees_every_team(stage: Stage) -> None:
    stage.see(verdict())
    assert "acme-invoices" in words(_home(stage, "U0SEC"))


def test_pages_go_on_where_the_last_one_ended_and_survive_that_they_empty(stage: Stage) -> None:
    stage.see(*(verdict(f"b{at:02}") for at in range(23)))
    first, second, third = (_home(stage, offset=at) for at in (0, 10, 20))
    listed = [name for page in (first, second, third) for name in _names(page)]
    assert len(set(listed)) == len(listed) == 23
    assert _values(first, "home_next") == ["10"]
    assert _values(second, "home_previous") == ["0"]
    assert _values(third, "home_next") == []
    assert _names(_home(stage, offset=90)) == _names(third)


def _names(view: dict[str, Any]) -> list[str]:
    return re.findall(r"`(b\d\d)`", words(view))


def _values(view: dict[str, Any], action: str) -> list[str]:
    rows = [block["elements"] for block in view["blocks"] if block["type"] == "actions"]
    return [element["value"] for row in rows for element in row if element["action_id"] == action]


def test_what_a_decision_hides_is_neither_listed_nor_counted(stage: Stage) -> None:
    stage.see(verdict("one"), verdict("two"))
    first = stage.say("findings")
    assert isinstance(first, FindingList)
    stage.say(f"snooze {first.findings[0].finding.id} --days 3")
    assert "1 open finding in 1 team" in words(_home(stage))


def test_requests_wait_for_those_who_may_answer_with_their_reason(stage: Stage) -> None:
    stage.see(verdict(), verdict("low", control="s3.versioning", severity=Severity.LOW))
    listed = stage.say("findings")
    assert isinstance(listed, FindingList)
    for view in listed.findings:
        stage.say(f'false-positive {view.finding.id} --reason "<!here> only test data in it"')
    security, lead, asker = (_home(stage, user) for user in ("U0SEC", "U0LEAD", "U0DEV1"))
    assert "*Waiting for your answer* (2)" in words(security)
    assert "*Waiting for your answer* (1)" in words(lead)
    assert "Waiting for your answer" not in words(asker)
    assert "> &lt;!here&gt; only test data in it" in words(lead)
    assert ids(lead)[4:7] == ["approve", "reject", "show"]
    stage.later(days=8)
    assert "Waiting for your answer" not in words(_home(stage, "U0SEC"))


def test_thirty_days_stand_in_one_line_of_counts(stage: Stage) -> None:
    assert month_line(Cohort()) == ""
    month = Cohort(52, fixed=41, accepted=3, open=8)
    assert month_line(month) == "Of 52 findings open 30 days ago: 41 fixed, 3 accepted, 8 open."
    stage.see(verdict("one"), verdict("two"))
    stage.later(days=31)
    stage.see(verdict("one"), verdict("two", Status.PASS), verdict("three"))
    assert "Of 2 findings open 30 days ago: 1 fixed, 1 open." in words(_home(stage))


def test_what_nobody_owns_is_on_the_home_of_security_and_of_no_member(stage: Stage) -> None:
    stage.see(verdict("nobodys"), verdict("ours"))
    with stage.store.write() as connection:
        connection.execute("update findings set team = '' where resource_id = 'nobodys'")
    security = words(_home(stage, "U0SEC"))
    assert "payments, unowned: 2 critical." in security
    assert "nobodys" in security
    assert "nobodys" not in words(_home(stage))


def test_a_private_teams_scans_are_on_no_strangers_home(stage: Stage) -> None:
    payments, web = stage.organisation.teams[0], Team("web", "C0WEB", members=("U0WEB",))
    stage.organisation = replace(stage.organisation, teams=(replace(payments, private=True), web))
    stage.see(verdict())
    sees = stage.organisation.visible(Person("U0WEB"))
    with stage.store.read() as connection:
        subject = home_subject(connection, replace(stage.context("U0WEB"), sees=sees))
    assert subject.scans == ()
    assert subject.targets == 0
    assert "prod" not in words(home_view(subject))
