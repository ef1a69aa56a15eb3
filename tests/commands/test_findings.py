"""`findings` as people type it: search, tags, due dates, what nobody owns, and the words of the next page."""

from dataclasses import replace
from datetime import timedelta

import pytest

from commands.findings import filter_words
from commands.parse import arguments, split
from commands.registry import COMMANDS, run_text
from commands.reply import FindingList
from scanners.errors import UsageError
from storage import search
from storage.queries import Filter
from tests.commands.office import Office
from tests.storage.found import finding, keep

FINDINGS = COMMANDS["findings"]


@pytest.fixture
def kept(office: Office) -> Office:
    """Three findings: of payments, of web, and of nobody."""
    with office.store.write() as connection:
        keep(connection, [
            finding(1, "acme-invoices-prod", tags={"env": "prod"}),
            finding(2, "web-logs", team="web", tags={"env": "prod", "tier": "2"}, due=office.now + timedelta(days=3)),
            finding(3, "orphan", team="", region="us-east-1", due=office.now - timedelta(hours=1)),
        ])  # fmt: skip
    return office


def names(office: Office, words: str, sees: frozenset[str] | None = None) -> list[str]:
    reply = run_text(replace(office.context(), sees=sees), f"findings {words}".strip())
    assert isinstance(reply, FindingList)
    assert reply.total == len(reply.findings)
    return sorted(view.finding.resource_id for view in reply.findings)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ('text:"invoices acme"', ["acme-invoices-prod"]),
        ("text:invoi,prod", ["acme-invoices-prod"]),
        ('text:"public logs"', ["web-logs"]),
        ("'text:\" OR *'", ["orphan"]),
        ("tag:env=prod", ["acme-invoices-prod", "web-logs"]),
        ("tag:env=prod tag:tier", ["web-logs"]),
        ("region:us-east-1", ["orphan"]),
        ("due:overdue", ["orphan"]),
        ("due:3d", ["orphan", "web-logs"]),
        ("team:unowned", ["orphan"]),
        ("team:unowned,web", ["orphan", "web-logs"]),
        ("resource:-logs", ["web-logs"]),
        ("control:s3.*,iam.root_mfa", ["acme-invoices-prod", "orphan", "web-logs"]),
        ("control:iam.*", []),
    ],
)
def test_findings_are_searched(kept: Office, words: str, found: list[str]) -> None:
    assert names(kept, words) == found


@pytest.mark.parametrize("due", ["soon", "7", "d", "-1d", "99999d", "٣d"])
def test_a_due_date_that_is_none_is_told(kept: Office, due: str) -> None:
    with pytest.raises(UsageError, match="due: takes overdue or a number of days such as 7d"):
        kept.say(f"findings due:{due}")


def test_one_sees_the_findings_of_ones_teams_alone(kept: Office) -> None:
    assert names(kept, "", frozenset({"web"})) == ["web-logs"]
    assert names(kept, "text:acme", frozenset({"web"})) == []
    with pytest.raises(UsageError, match="There is no team 'payments'. Known: web, unowned"):
        names(kept, "team:payments", frozenset({"web"}))


@pytest.mark.parametrize(
    "words",
    ['severity:high,low text:"a b" tag:env=prod', "'text:say \"hi\" now'", "text:o'clock", "resource:a,b"],
)
def test_the_words_of_a_list_give_the_list_again(words: str) -> None:
    given = arguments(FINDINGS, split(words)).filters
    assert arguments(FINDINGS, split(filter_words(given))).filters == given


def test_text_with_both_quotes_can_be_typed_again() -> None:
    given = arguments(FINDINGS, ["text:a \" b ' c"]).filters
    assert arguments(FINDINGS, split(filter_words(given))).filters == {"text": ('a " b   c',)}


@pytest.mark.parametrize("words", ["control:s3.publik", "control:s4.*", "control:s3.public,nothing"])
def test_a_control_that_is_not_there_is_told_and_is_not_clean(kept: Office, words: str) -> None:
    with pytest.raises(UsageError, match="There is no control"):
        names(kept, words)


def test_a_retired_control_is_found_by_those_who_may_see_its_findings(office: Office) -> None:
    with office.store.write() as connection:
        keep(connection, [finding(1, "old", control="acme.retired")])
    assert names(office, "control:acme.retired") == names(office, "control:acme.*") == ["old"]
    with pytest.raises(UsageError, match="There is no control"):
        names(office, "control:acme.retired", frozenset({"web"}))


def test_a_list_can_be_frozen(kept: Office) -> None:
    reply = kept.say("findings tag:env=prod --select")
    assert isinstance(reply, FindingList)
    assert reply.selection is not None
    assert reply.selection.words == "findings tag:env=prod"
    assert reply.selection.findings == tuple(view.finding.id for view in reply.findings)


def test_many_that_are_not_indexed_are_indexed_at_the_first_search(office: Office) -> None:
    with office.store.write() as connection:
        keep(connection, [finding(at) for at in range(2_001)])
    reply = office.say("findings text:bucket-1999")
    assert isinstance(reply, FindingList)
    with office.store.read() as connection:
        assert (reply.total, search.behind(connection)) == (1, 0)


def test_a_filter_that_asks_for_nothing_is_everything_open() -> None:
    assert Filter() == Filter(sees=None, text="", tags=(), regions=(), due_by=None)
