"""The one message of a target's first scan."""

from bot import blockkit
from scanners.model import Severity, Status
from tests.bot.messages.stage import Stage, ids, refused, verdict, words

TLS = refused("s3.tls_only", "s3:GetBucketPolicy")
BLOCK = "s3.account_public_access_block"


def test_it_prints_the_gaps_then_the_totals_then_the_fixes(fresh: Stage) -> None:
    fresh.see(verdict(), verdict("logs", control="s3.versioning", severity=Severity.MEDIUM), gaps=[TLS])
    message = fresh.draw("scan")
    told = message["text"]
    assert blockkit.problems(message) == []
    gaps, totals, fixes = map(
        told.index, ("Could not check s3.tls_only", "Found: 1 critical, 1 medium", "One fix removes 1")
    )
    assert gaps < totals < fixes
    assert "Not everything could be checked" in told
    assert "Nothing else is posted here" in told
    assert fresh.posts("control") == []


def test_the_setting_that_closes_most_comes_first_with_its_buttons(fresh: Stage) -> None:
    buckets = [f"bucket-{at}" for at in range(40)]
    fresh.see(verdict("acme", control=BLOCK, severity=Severity.HIGH), *(verdict(name) for name in buckets))
    message = fresh.draw("scan")
    assert "1. HIGH One setting closes 41: The account must block public access to S3" in message["text"]
    assert ids(message) == [
        "acknowledge",
        "fix",
        "fixed",
        "more",
        "show_all",
        "run_critical",
        "run_findings",
        "run_status",
    ]


def test_one_resource_and_the_same_fix_on_many_are_told_in_words(fresh: Stage) -> None:
    many = [verdict(f"b{at}", control="s3.versioning", severity=Severity.LOW) for at in range(12)]
    one = [verdict("site", control=control) for control in ("s3.public", "s3.tls_only")]
    fresh.see(*many, *one)
    told = fresh.draw("scan")["text"]
    assert "1. LOW The same fix on 12 buckets: " in told
    assert "2. CRITICAL One bucket has 2: site" in told


def test_it_is_drawn_again_when_a_finding_with_buttons_changes(fresh: Stage) -> None:
    fresh.see(verdict())
    (before,) = fresh.posts("scan")
    fresh.say(f"acknowledge {fresh.id()}")
    (after,) = fresh.posts("scan")
    assert after.wanted > before.wanted
    assert "acknowledged by <@U0DEV1>" in fresh.draw("scan")["text"]
    assert fresh.posts("history")[0].parent == after.id


def test_its_figures_stay_those_of_the_first_scan(fresh: Stage) -> None:
    fresh.see(verdict("a"), verdict("b"))
    fresh.later(hours=1)
    fresh.see(verdict("a", Status.PASS), verdict("b", Status.PASS))
    told = fresh.draw("scan")["text"]
    assert "First scan of prod: 2 findings" in told
    assert "The same fix on 2 buckets" in told
    assert "fixed, proven by a scan" in told


def test_ten_thousand_findings_fit_in_one_message(fresh: Stage) -> None:
    controls = [f"s3.long_control_name_{at:03}" for at in range(200)]
    fresh.see(*(verdict(f"bucket-{at}-{'x' * 60}", control=c) for c in controls for at in range(50)))
    message = fresh.draw("scan")
    assert blockkit.problems(message) == []
    assert len(message["blocks"]) <= 50
    assert len(words(message)) <= 10_000
    assert "10. " in message["text"] and "11. " not in message["text"]
    assert len(fresh.posts("scan")) == 1
