"""Freezing a list: all that fits, or just what was shown; and words typed into one box."""

import pytest

from commands.findings import freeze_shown, looking_for
from commands.model import Arguments
from commands.registry import run_command
from commands.reply import BulkPreview, Decided, FindingList
from scanners.errors import RefusedError, UsageError
from tests.commands.office import Office
from tests.storage.world import verdict


def _seen(office: Office, *names: str) -> None:
    office.see(*(verdict(name) for name in names))


def test_what_is_selected_is_what_fits_now_and_not_what_comes(office: Office) -> None:
    _seen(office, *(f"b{at}" for at in range(12)))
    page = office.say("findings --limit 5 --select")
    assert isinstance(page, FindingList)
    assert page.selection is not None
    assert page.selection.findings == tuple(view.finding.id for view in page.findings)
    office.later(seconds=1)
    listed = office.say("findings --select")
    assert isinstance(listed, FindingList)
    assert listed.selection is not None
    assert (len(listed.findings), len(listed.selection.findings)) == (10, 12)
    _seen(office, *(f"b{at}" for at in range(13)))
    preview = office.say(f"snooze {listed.selection.id} --days 3")
    assert isinstance(preview, BulkPreview)
    assert len(preview.possible) == 12


def test_nothing_is_selected_unless_asked_and_nothing_can_not_be(office: Office) -> None:
    _seen(office, "a")
    listed = office.say("findings")
    assert isinstance(listed, FindingList)
    assert listed.selection is None
    with pytest.raises(UsageError, match="Nothing fits"):
        office.say("findings resource:zzz --select")


def test_only_what_exists_can_be_frozen_and_once_each(office: Office) -> None:
    _seen(office, "a", "b")
    listed = office.say("findings")
    assert isinstance(listed, FindingList)
    ids = [view.finding.id for view in listed.findings]
    chosen = freeze_shown(office.context(), [*ids, ids[0]], "findings")
    assert list(chosen.findings) == ids
    with pytest.raises(UsageError):
        freeze_shown(office.context(), ["pf1_" + "0" * 64], "findings")


def test_fields_are_handed_over_as_they_stand(office: Office) -> None:
    """A quote, a dash or a colon in a reason means nothing to a command that gets it in a field."""
    _seen(office, "a")
    identity = office.finding("a").id
    reason = 'Public --until "2099" on purpose: it\'s the price list'
    reply = run_command(office.context(), "false-positive", Arguments((identity,), {"reason": reason}))
    assert isinstance(reply, Decided)
    assert office.finding("a").decision.asked_reason == reason
    with pytest.raises(UsageError, match="Did you mean `snooze`"):
        run_command(office.context(), "snoze", Arguments())


@pytest.mark.parametrize(
    ("words", "options", "about"),
    [
        ("snooze", {"days": "99"}, "days"),
        ("snooze", {"days": "x"}, "days"),
        ("accept", {"reason": "too short", "until": "3d"}, "reason"),
        ("accept", {"reason": "long enough to be a reason", "until": "999d"}, "until"),
        ("accept", {"reason": "long enough to be a reason", "until": "yesterday"}, "until"),
        ("start", {"link": "javascript:1"}, "link"),
        ("reassign", {"team": "payments"}, "team"),
        ("note", {}, "text"),
    ],
)
def test_a_refusal_names_the_field_that_it_is_about(
    office: Office, words: str, options: dict[str, str], about: str
) -> None:
    _seen(office, "a")
    with pytest.raises((UsageError, RefusedError)) as refused:
        run_command(office.context(), words, Arguments((office.finding("a").id,), options))
    assert refused.value.about == about


def test_words_and_filters_are_told_apart_in_one_box() -> None:
    found = looking_for('acme severity:critical,high "two words" nonsense:x')
    assert found.filters["severity"] == ("critical", "high")
    assert [*found.filters.values()][-1] == ("acme two words nonsense:x",)
