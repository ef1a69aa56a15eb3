"""Whatever is scanned or typed: Slack takes the message, nobody is pinged, the words are all there."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import blockkit
from bot.messages.fix_view import finding_view, fix_modal
from bot.messages.replies import draw, draw_error
from bot.messages.terminal import text
from commands.reply import FindingDetail, FindingList, FixGuide
from scanners.errors import PatrolError
from scanners.model import Remediation, Severity
from storage.model import Cause, Detection, Disposition, Event, Finding, FindingView, Kind
from storage.rules import due_date, shown_state
from tests.bot.messages.stage import FIX, HOSTILE, START, Stage, refused, rendered, verdict
from tests.examples import examples

# What Slack would act on: a ping of a channel, a group or a person who has no part in this, a foreign link.
PING = re.compile(r"<(?:!(?!date\^)|@(?!U0(?:DEV1|DEV2)>)|#)|<https?://evil")
NASTY = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=200))
EVIDENCE = st.dictionaries(NASTY, st.one_of(NASTY, st.integers(), st.lists(NASTY, max_size=3)), max_size=9)
MOMENTS = st.integers(0, 400).map(lambda days: START - timedelta(days=days))


def _sound(message: Mapping[str, Any]) -> None:
    assert blockkit.problems(message) == []
    assert not PING.search(rendered(message))
    assert message["text"].strip()


@st.composite
def views(draw_from: st.DrawFn) -> FindingView:
    """Any finding that could ever be stored, and some that could not."""
    severity = draw_from(st.sampled_from(Severity))
    opened = draw_from(MOMENTS)
    claimed = draw_from(st.booleans())
    finding = Finding(
        id="pf1_" + draw_from(st.text("0123456789abcdef", min_size=64, max_size=64)),
        control=draw_from(st.sampled_from(["s3.public", "ec2.sg_ssh_world", "gone.control"])),
        scope=draw_from(st.sampled_from(["aws/123456789012/eu-west-1", "odd", "<!here>/<!here>/<!here>"])),
        target=draw_from(NASTY),
        resource=draw_from(NASTY),
        resource_id=draw_from(NASTY),
        resource_type=draw_from(st.sampled_from(["aws.s3.bucket", "else"])),
        region=draw_from(NASTY),
        locus="",
        severity=severity,
        team=draw_from(NASTY),
        detection=draw_from(st.sampled_from(Detection)),
        first_seen=opened,
        opened_at=opened,
        due=due_date(opened, severity),
        disposition=draw_from(st.sampled_from(Disposition)),
        disposition_by=draw_from(NASTY),
        until=draw_from(st.one_of(st.none(), MOMENTS)),
        claim_by=draw_from(NASTY) if claimed else "",
        claim_at=opened if claimed else None,
        refutations=draw_from(st.integers(0, 3)),
        episode=draw_from(st.integers(1, 3)),
        fixed_at=draw_from(st.one_of(st.none(), MOMENTS)),
        cause=draw_from(st.sampled_from(["", *Cause])),
        fixed_by=draw_from(NASTY),
        out_of_scope=draw_from(st.booleans()),
    )
    fix = draw_from(st.one_of(st.none(), st.builds(Remediation, NASTY, NASTY, NASTY, NASTY, NASTY, NASTY)))
    return FindingView(
        finding, shown_state(finding, START), opened, draw_from(EVIDENCE), fix, draw_from(NASTY),
        draw_from(st.booleans()),
    )  # fmt: skip


@given(st.lists(views(), max_size=12), NASTY, st.booleans())
@settings(max_examples=examples(60), deadline=None)
def test_any_list_of_findings_is_a_message_that_slack_takes(
    found: list[FindingView], asked: str, act: bool
) -> None:
    total = len(found) + 5
    reply = FindingList(tuple(found), total, 0, {"high": total}, asked, START, {"s3.public": asked})
    _sound(draw(reply, act=act))
    assert all(line.isprintable() for line in text(reply).split("\n"))


@given(views(), st.lists(st.sampled_from(Kind), max_size=12), EVIDENCE, NASTY)
@settings(max_examples=examples(60), deadline=None)
def test_any_finding_and_any_history_can_be_shown(
    view: FindingView, kinds: list[Kind], data: dict[str, Any], actor: str
) -> None:
    told = dict.fromkeys(("reason", "from", "to", "claimed_by", "scope"), actor) | {"evidence": data}
    history = tuple(Event(START, kind, view.finding.id, actor, told) for kind in kinds)
    detail = FindingDetail(view, actor or "title", history, ("https://example.com/a?b&c",), START)
    _sound(draw(detail))
    assert blockkit.problems_view(finding_view(detail)) == []
    assert not PING.search(rendered(finding_view(detail)))
    assert all(line.isprintable() for line in text(detail).split("\n"))


@given(views(), NASTY)
@settings(max_examples=examples(60), deadline=None)
def test_any_fix_can_be_shown(view: FindingView, title: str) -> None:
    guide = FixGuide(view, title, START)
    _sound(draw(guide))
    assert blockkit.problems_view(fix_modal(guide)) == []
    assert not PING.search(rendered(fix_modal(guide)))


@given(NASTY)
@settings(deadline=None)
def test_any_error_can_be_shown(words: str) -> None:
    _sound(draw_error(PatrolError(words)))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_post_about_a_resource_with_a_hostile_name_pings_nobody(stage: Stage, name: str) -> None:
    stage.see(verdict(name), gaps=[refused("s3.tls_only", name)])
    for kind in ("control", "health"):
        _sound(stage.draw(kind))
    with stage.store.read() as connection:
        finding = connection.execute("select id from findings").fetchone()[0]
    stage.say(f"fixed {finding}")
    _sound(stage.draw("control"))
    _sound(stage.draw("history"))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_first_scan_of_a_resource_with_a_hostile_name_pings_nobody(fresh: Stage, name: str) -> None:
    fresh.see(verdict(name), verdict(name, control="s3.versioning"), gaps=[refused("s3.tls_only", name)])
    _sound(fresh.draw("scan"))


def test_ten_hostile_names_in_one_post_fit(stage: Stage) -> None:
    stage.see(*(verdict(name, fix=FIX) for name in HOSTILE))
    message = stage.draw()
    _sound(message)
    assert f"{len(HOSTILE)} buckets" in message["text"]
