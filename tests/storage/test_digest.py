"""What the digest says, when it says nothing, and that it says each thing once."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from storage import digest_days, lifecycle
from storage.decisions import decide, settle
from storage.digest import Digest, from_data, read, to_data, unowned
from storage.model import Disposition
from storage.rows import load_findings
from tests.storage.channel import CRITICAL, HIGH, LOW, MEDIUM, PAYMENTS, Channel, open_channel
from tests.storage.world import DENIED, PASS, identity, verdict


@pytest.fixture
def channel(tmp_path: Path) -> Channel:
    """Scanned once and clean."""
    return open_channel(tmp_path, scanned=True)


def _read(channel: Channel, day: str = "2026-11-02", **given: object) -> Digest:
    with channel.store.read() as connection:
        return read(connection, "payments", day, channel.now, targets=["prod"], **given)  # type: ignore[arg-type]


def _post(channel: Channel, day: str) -> Digest:
    """The digest of that day is posted or skipped."""
    with channel.store.write() as connection:
        said = read(connection, "payments", day, channel.now, targets=["prod"])
        assert digest_days.post(connection, PAYMENTS, said, channel.now)
    return said


def _skipped(channel: Channel) -> str:
    with channel.store.read() as connection:
        last = digest_days.last_day(connection, "payments")
    assert last is not None
    return last.skipped


def test_new_is_what_was_not_posted_and_beside_it_how_many_were(channel: Channel) -> None:
    channel.see(verdict("a", severity=MEDIUM), verdict("b", severity=LOW), verdict("c", severity=HIGH))
    said = _read(channel)
    assert (said.new.total, said.posted) == (2, 1)
    assert [item.resource for item in said.new.items] == ["a", "b"]  # the worst first
    assert said.kept == {"below": 2}


def test_what_a_digest_told_is_new_no_more(channel: Channel) -> None:
    channel.see(verdict("a", severity=MEDIUM), verdict("c"))
    _post(channel, "2026-11-02")
    said = _read(channel, "2026-11-03")
    assert (said.new.total, said.posted, said.empty) == (0, 0, True)


def test_an_empty_digest_is_skipped_and_says_why(channel: Channel) -> None:
    _post(channel, "2026-11-02")
    assert channel.all("digest") == []
    assert _skipped(channel) == "nothing new, nothing due"


def test_one_a_day_and_no_day_twice_whatever_the_clock_does(channel: Channel) -> None:
    channel.see(verdict("a", severity=MEDIUM))
    _post(channel, "2026-11-03")
    for day in ("2026-11-03", "2026-11-02"):
        with channel.store.write() as connection:
            said = read(connection, "payments", day, channel.now)
            assert not digest_days.post(connection, PAYMENTS, said, channel.now)
    assert len(channel.all("digest")) == 1


def test_gaps_come_first_and_make_a_digest_only_when_they_are_new(channel: Channel) -> None:
    channel.see(verdict("a", PASS), covers=DENIED)
    said = _post(channel, "2026-11-02")
    assert [gap[0] for gap in said.gaps] == ["s3.public"]
    assert len(channel.all("digest")) == 1
    channel.see(verdict("a", PASS), covers=DENIED)
    _post(channel, "2026-11-03")
    assert len(channel.all("digest")) == 1
    assert _skipped(channel) == "nothing new, nothing due; the same gaps as before"


def test_a_target_at_which_nobody_looked_is_not_called_checked(tmp_path: Path) -> None:
    fresh = open_channel(tmp_path, scanned=False)
    assert [gap[3] for gap in _read(fresh).gaps] == ["it was never scanned"]
    fresh.see(verdict("a", PASS))
    assert _read(fresh).gaps == ()
    fresh.later(days=8)
    assert [gap[3] for gap in _read(fresh).gaps] == ["its last full scan was on 02 Nov 2026"]


def test_fixed_is_told_with_thanks_and_once(channel: Channel) -> None:
    channel.see(verdict("a"))
    _post(channel, "2026-11-02")
    channel.claim("a")
    with channel.store.write() as connection:
        connection.execute("insert into people (id, name, seen_at) values ('U0DEV1', 'Dana', '2026')")
    channel.see(verdict("a", PASS))
    said = _post(channel, "2026-11-03")
    assert (said.fixed.total, said.fixed.items[0].note, said.names) == (1, "U0DEV1", {"U0DEV1": "Dana"})
    assert _read(channel, "2026-11-04").fixed.total == 0


def test_a_regression_is_told_whether_or_not_it_was_posted(channel: Channel) -> None:
    channel.see(verdict("a"))
    channel.see(verdict("a", PASS))
    _post(channel, "2026-11-02")
    channel.see(verdict("a"))
    assert _read(channel, "2026-11-03").regressed.total == 1


def test_what_was_settled_before_the_digest_is_not_called_new(channel: Channel) -> None:
    channel.see(verdict("a", severity=LOW))
    channel.see(verdict("a", PASS))
    said = _read(channel)
    assert (said.new.total, said.fixed.total) == (0, 1)


def test_decisions_that_end_soon_are_told_acceptances_a_week_ahead(channel: Channel) -> None:
    channel.see(verdict("a", severity=CRITICAL), verdict("b"), verdict("c"))
    channel.acknowledge("a")  # lapses in 24 h
    channel.acknowledge("b")  # in three days
    _suppress(channel, "c", Disposition.RISK_ACCEPTED, days=6)
    said = _read(channel)
    assert sorted((item.resource, item.note.split(" ")[0]) for item in said.lapsing.items) == [
        ("a", "acknowledged"),
        ("c", "risk_accepted"),
    ]


def _suppress(channel: Channel, name: str, disposition: Disposition, days: int) -> None:
    with channel.store.write() as connection:
        until = (channel.now + timedelta(days=days)).isoformat().replace("+00:00", ".000000Z")
        connection.execute(
            "update findings set disposition = ?, until = ? where id = ?",
            (str(disposition), until, identity(name)),
        )


def test_due_counts_what_is_overdue_and_leaves_out_what_is_suppressed(channel: Channel) -> None:
    channel.see(verdict("a", severity=CRITICAL), verdict("b", severity=CRITICAL), verdict("c"))
    _suppress(channel, "b", Disposition.RISK_ACCEPTED, days=30)
    channel.later(days=8)
    said = _read(channel)
    assert (said.due.total, said.overdue) == (1, 1)
    channel.later(days=16)
    assert (_read(channel).due.total, _read(channel).overdue) == (2, 1)


def test_decisions_wait_for_a_lead_or_for_security(channel: Channel) -> None:
    channel.see(verdict("a", severity=CRITICAL), verdict("b", severity=LOW), verdict("c", severity=MEDIUM))
    for name in ("a", "b", "c"):
        with channel.store.write() as connection:
            rule = partial(
                lifecycle.request, what=Disposition.RISK_ACCEPTED, reason="we replace this system next month",
                until=channel.now + timedelta(days=20),
            )  # fmt: skip
            decide(connection, identity(name), "U0DEV1", channel.now, rule)
    said = _read(channel)
    assert (said.lead, said.security) == (2, 1)


def test_a_frozen_digest_is_the_same_whatever_came_since(channel: Channel) -> None:
    channel.see(verdict("a", severity=MEDIUM))
    said = _post(channel, "2026-11-02")
    channel.see(verdict("a", PASS), verdict("b"))
    (post,) = channel.all("digest")
    assert from_data(post.data) == replace(said, kept=dict(said.kept)) == from_data(to_data(said))
    assert post.wanted == 1


def test_what_nobody_owns_is_counted_for_the_default_team_alone(channel: Channel) -> None:
    channel.see(verdict("gone-1"), verdict("a"))
    with channel.store.read() as connection:
        assert unowned(connection, ["payments"]) == 1
    assert _read(channel, known=["payments"]).unowned == 1
    assert _read(channel).unowned == 0


def test_what_fell_due_is_found_through_the_partial_indexes(channel: Channel) -> None:
    """A million findings must not be walked twice a minute."""
    from storage.decisions import DUE

    with channel.store.read() as connection:
        plan = connection.execute(
            f"explain query plan select f.id from findings f where {DUE}", ("", "")
        ).fetchall()
    told = [row["detail"] for row in plan]
    assert not any(line.startswith("SCAN") for line in told), told
    assert any("findings_by_until" in line for line in told) and any(
        "findings_by_request" in line for line in told
    )


def test_nothing_due_writes_nothing(channel: Channel) -> None:
    channel.see(verdict("a"))
    before = channel.count("events")
    with channel.store.write() as connection:
        assert settle(connection, channel.now) == []
        assert load_findings(connection, "f.until is not null") == []
    assert channel.count("events") == before
