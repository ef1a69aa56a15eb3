"""The App Home."""

from typing import Any

from bot import blockkit
from bot.messages.home import home_subject, home_view
from scanners.model import Severity
from tests.bot.messages.stage import Stage, ids, refused, verdict, words


def _home(stage: Stage, user: str = "U0DEV1") -> dict[str, Any]:
    with stage.store.read() as connection:
        subject = home_subject(connection, stage.organisation, user, stage.now)
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
