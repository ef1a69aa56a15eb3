"""The post of one control, through a finding's whole life."""

from bot import blockkit
from commands.work import run_job
from scanners.model import Severity, Status
from storage import jobs
from tests.bot.messages.stage import Stage, ids, refused, verdict, words

ACME = "arn:aws:s3:::acme-invoices"


def _short(stage: Stage) -> str:
    with stage.store.read() as connection:
        found = connection.execute("select id from findings where resource = ?", (ACME,)).fetchone()
    return str(found[0])[4:12]


def _claim(stage: Stage) -> None:
    stage.see(verdict())
    stage.later(minutes=1)
    stage.say(f"fixed {_short(stage)}")
    with stage.store.write() as connection:
        assert jobs.take(connection, stage.now)
    stage.later(seconds=5)


def test_one_finding_is_told_in_full_with_its_buttons(stage: Stage) -> None:
    stage.see(verdict())
    message = stage.draw()
    assert blockkit.problems(message) == []
    assert ids(message) == ["acknowledge", "fix", "fixed", "show", "more", "show_all"]
    told = message["text"]
    for part in (
        "CRITICAL",
        "s3.public",
        "acme-invoices",
        "eu-west-1",
        "123456789012",
        "open",
        "30 Nov 2026",
    ):
        assert part in told
    assert "Bucket acme-invoices can be reached by anyone through its policy (Read)." in told


def test_the_value_of_a_button_is_the_finding_and_of_show_all_a_command(stage: Stage) -> None:
    stage.see(verdict())
    (row,) = [block for block in stage.draw()["blocks"] if block["type"] == "actions"]
    values = {
        button["action_id"]: button["value"] for button in row["elements"] if button["type"] == "button"
    }
    assert values["fixed"] == values["acknowledge"] == values["fix"]
    assert values["fixed"].startswith("pf1_" + _short(stage))
    assert values["show_all"] == "findings control:s3.public team:payments state:all"


def test_acknowledged_says_by_whom_and_until_when_and_loses_the_button(stage: Stage) -> None:
    stage.see(verdict())
    stage.say(f"acknowledge {_short(stage)}")
    message = stage.draw()
    assert "acknowledged by <@U0DEV1> until 24 Nov 2026" in message["text"]
    assert ids(message) == ["fix", "fixed", "show", "more", "show_all"]


def test_a_claim_is_shown_as_being_checked_and_cannot_be_made_twice(stage: Stage) -> None:
    _claim(stage)
    message = stage.draw()
    assert "Checking: fix claimed by <@U0DEV1> at 09:01 UTC." in message["text"]
    assert "fixed" not in ids(message)
    assert "proven" not in message["text"]


def test_a_refuted_claim_says_not_yet_and_what_was_seen(stage: Stage) -> None:
    _claim(stage)
    stage.see(verdict(), only=ACME)
    message = stage.draw()
    assert (
        "Not yet: Bucket acme-invoices can be reached by anyone through its policy (Read)." in message["text"]
    )
    assert "fixed" in ids(message)


def test_a_proven_fix_collapses_to_one_line_and_credits_the_claimant(stage: Stage) -> None:
    _claim(stage)
    stage.see(verdict(status=Status.PASS), only=ACME)
    message = stage.draw()
    assert len(message["text"].splitlines()) == 1
    assert (
        "acme-invoices: fixed, proven by a scan at 23 Nov 2026 09:01 UTC, thanks <@U0DEV1>."
        in message["text"]
    )
    assert "CRITICAL" in message["text"]
    assert ids(message) == []


def test_an_undecided_check_says_why_and_when_it_tries_again(stage: Stage) -> None:
    _claim(stage)
    stage.see(verdict(status=Status.UNKNOWN, reason="s3:GetBucketPolicy was refused"), only=ACME)
    message = stage.draw()
    assert "Could not check: s3:GetBucketPolicy was refused. Trying again at 09:02 UTC." in message["text"]
    assert "fix claimed" in message["text"]


def test_when_the_last_try_could_not_decide_the_person_may_ask_again(stage: Stage) -> None:
    stage.see(verdict())
    stage.later(minutes=1)
    stage.say(f"fixed {_short(stage)}")
    for _attempt in range(4):
        with stage.store.write() as connection:
            job = jobs.take(connection, stage.now)
        assert job is not None
        no_targets = stage.context()
        object.__setattr__(no_targets.organisation, "targets", ())
        assert "no longer in patrol.toml" in run_job(no_targets, job)
        stage.later(minutes=31)
    message = stage.draw()
    assert "Could not check: The target prod is no longer in patrol.toml" in message["text"]
    assert "Nothing was changed" in message["text"]
    assert "Trying again" not in message["text"]
    assert "fixed" in ids(message)


def test_a_few_findings_keep_their_places_as_they_are_settled(stage: Stage) -> None:
    stage.see(*(verdict(name) for name in ("alpha", "beta", "gamma")))
    stage.later(minutes=5)
    stage.see(verdict("beta", Status.PASS), verdict("alpha"), verdict("gamma"))
    message = stage.draw()
    shown = words(message)
    assert shown.index("alpha") < shown.index("beta") < shown.index("gamma")
    assert "~`beta`~" in shown
    assert "2 open, 1 fixed" in message["text"]
    assert ids(message).count("fixed") == 2


def test_many_findings_are_told_in_eight_lines_and_a_pointer(stage: Stage) -> None:
    stage.see(*(verdict(f"bucket-{at:02}") for at in range(40)))
    message = stage.draw()
    assert blockkit.problems(message) == []
    assert "40 buckets" in message["text"]
    assert "and 32 more: /patrol findings control:s3.public team:payments state:all" in message["text"]
    assert ids(message) == ["acknowledge", "fix", "fixed", "more"] * 3 + ["show_all"]


def test_of_many_findings_the_claimed_one_is_always_shown(stage: Stage) -> None:
    stage.see(*(verdict(f"bucket-{at:02}") for at in range(40)))
    with stage.store.read() as connection:
        last = connection.execute("select id, resource_id from findings order by due, id desc").fetchone()
    stage.say(f"fixed {last['id']}")
    assert f"{last['resource_id']} · eu-west-1" in stage.draw()["text"]
    assert "Checking: fix claimed by <@U0DEV1>" in stage.draw()["text"]


def test_when_all_are_settled_a_group_collapses_and_thanks(stage: Stage) -> None:
    stage.see(verdict("alpha"), verdict("beta"))
    stage.later(minutes=5)
    stage.see(verdict("alpha", Status.PASS), verdict("beta", Status.PASS))
    message = stage.draw()
    assert len(message["text"].splitlines()) == 1
    assert "nothing is left to do on 2 buckets: 2 fixed" in message["text"]
    assert ids(message) == []


def test_a_finding_closed_by_a_changed_rule_is_not_called_a_fix(stage: Stage) -> None:
    stage.see(verdict())
    with stage.store.write() as connection:
        connection.execute(
            "update findings set detection = 'absent', cause = 'control_changed',"
            " fixed_at = '2026-11-23T10:00:00.000000Z'"
        )
    assert "no longer failing since the rule changed" in stage.draw()["text"]
    assert "not counted as a fix" in stage.draw()["text"]


def test_a_date_is_shown_instead_of_an_age_that_would_be_wrong_tomorrow(stage: Stage) -> None:
    stage.see(verdict("alpha"), verdict("beta"))
    assert "due in" not in stage.draw()["text"]
    stage.later(days=8)
    assert "overdue since 30 Nov 2026" in stage.draw()["text"]


def test_the_mark_of_a_severity_is_never_alone(stage: Stage) -> None:
    stage.see(verdict(severity=Severity.HIGH))
    assert ":large_orange_circle: HIGH: " in words(stage.draw())


def test_a_post_without_findings_shows_nothing(stage: Stage) -> None:
    from bot.messages.posts import draw_post

    stage.see(verdict(), gaps=[refused("s3.tls_only", "s3:GetBucketPolicy")])
    (post,) = stage.posts("control")
    with stage.store.write() as connection:
        connection.execute("delete from post_findings")
        assert draw_post(connection, post, stage.now) is None
