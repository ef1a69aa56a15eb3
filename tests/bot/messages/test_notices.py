"""Summary, health, hold, job and thread."""

import json

from bot import blockkit
from scanners.model import Status
from storage import jobs
from tests.bot.messages.stage import Stage, ids, refused, verdict, words

TLS = refused("s3.tls_only", "s3:GetBucketPolicy")
KEYS = refused("kms.rotation", "kms:ListKeys")


LARGE = ("s3.public", "s3.versioning", "ec2.imdsv2", "rds.public", "rds.encrypted", "iam.root_mfa")


def test_the_summary_of_a_large_scan_prints_the_gaps_before_the_findings(stage: Stage) -> None:
    stage.see(*(verdict(control=control) for control in LARGE), gaps=[TLS, KEYS])
    message = stage.draw("scan")
    told = message["text"]
    assert blockkit.problems(message) == []
    assert told.index("Could not check kms.rotation") < told.index("Found: 6 critical.")
    assert "s3:GetBucketPolicy is refused. Add it to Patrol's role." in told
    assert "CRITICAL Buckets must not be public (s3.public): 1" in told
    assert "Posted below: 4 controls" in told
    assert "The digest tells the rest: 2 critical." in told
    assert "3. " in told and "4. " not in told


def test_the_summary_of_a_blind_scan_does_not_sound_clean(stage: Stage) -> None:
    stage.see(*(verdict(control=control) for control in LARGE), gaps=[TLS])
    assert "Not everything could be checked" in stage.draw("scan")["text"]
    assert "Everything was checked" not in stage.draw("scan")["text"]


def test_health_names_each_missing_permission_once_with_a_statement_to_add(stage: Stage) -> None:
    stage.see(verdict())
    stage.later(hours=1)
    stage.see(verdict(), gaps=[TLS, refused("s3.acl", "s3:GetBucketPolicy"), KEYS])
    message = stage.draw("health")
    assert "Could not check 2 controls (s3.acl, s3.tls_only)" in message["text"]
    (fenced,) = [text for text in words(message).split("```") if "Effect" in text]
    assert json.loads(fenced)["Action"] == ["kms:ListKeys", "s3:GetBucketPolicy"]
    assert blockkit.problems(message) == []


def test_health_says_so_when_everything_is_checked_again(stage: Stage) -> None:
    stage.see(verdict())
    for gaps in ([TLS], []):
        stage.later(hours=1)
        stage.see(verdict(), gaps=gaps)
    assert "Everything in prod is checked again" in stage.draw("health")["text"]


def test_a_hold_says_how_many_of_how_many_why_and_what_next(stage: Stage) -> None:
    names = [f"bucket-{at}" for at in range(40)]
    stage.see(*(verdict(name) for name in names))
    stage.later(hours=1)
    stage.see(*(verdict(name, Status.PASS) for name in names))
    told = stage.draw("hold")["text"]
    assert "40 of 40 open findings in aws/123456789012/eu-west-1 would close at once" in told
    assert "one scan may close 25" in told
    assert "What happens next: the next complete scan decides." in told
    stage.later(hours=1)
    stage.see(*(verdict(name, Status.PASS) for name in names))
    assert "Settled" in stage.draw("hold")["text"]


def test_a_job_is_told_from_queue_to_result(stage: Stage) -> None:
    stage.say("scan prod")
    assert "Queued: scan of prod, asked for by <@U0DEV1>." in stage.draw("job")["text"]
    with stage.store.write() as connection:
        job = jobs.take(connection, stage.now)
        assert job
        jobs.progress(connection, job.id, "12 of 25 controls, 310 API calls")
    assert "Running: scan of prod: 12 of 25 controls, 310 API calls." in stage.draw("job")["text"]
    stage.see(verdict(), gaps=[TLS])
    with stage.store.write() as connection:
        jobs.finish(connection, job.id, stage.now, scan="scan-1")
    told = stage.draw("job")["text"]
    assert "Scan of prod: 1 failing, but 1 of 2 checks could not be done in full." in told
    assert blockkit.problems(stage.draw("job")) == []


def test_a_failed_job_says_why_and_offers_to_try_again(stage: Stage) -> None:
    stage.say("scan prod")
    with stage.store.write() as connection:
        job = jobs.take(connection, stage.now)
        assert job
        jobs.finish(connection, job.id, stage.now, error="The token has expired. Run `aws sso login`.")
    message = stage.draw("job")
    assert "Failed: scan of prod. Nothing was changed." in message["text"]
    assert "The token has expired." in message["text"]
    assert ids(message) == ["run_scan"]


def test_a_thread_tells_who_what_and_when_and_pings_nobody(stage: Stage) -> None:
    stage.see(verdict())
    with stage.store.write() as connection:
        connection.execute("insert into people (id, name, seen_at) values ('U0DEV1', 'Dana', '2026')")
        finding = connection.execute("select id from findings").fetchone()[0]
    stage.say(f"acknowledge {finding}")
    stage.say(f"fixed {finding}", "U0DEV2")
    message = stage.draw("history")
    assert "acknowledged by Dana until 24 Nov 2026" in message["text"]
    assert "fix claimed by U0DEV2" in message["text"]
    assert "<@" not in words(message)


def test_a_thread_line_holds_ten_events_at_most(stage: Stage) -> None:
    names = [f"bucket-{at}" for at in range(20)]
    stage.see(*(verdict(name) for name in names))
    stage.later(hours=1)
    stage.see(*(verdict(name, Status.PASS) for name in names))
    told = stage.draw("history")["text"]
    assert told.count("fixed, proven by a scan") == 10
    assert "and 10 more events" in told
