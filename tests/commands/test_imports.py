"""Imports through a real store: what opens, what closes, and everything that must not close."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from commands.imports import Request, guessed, run
from commands.people import Person
from commands.reply import Decided, ImportDone
from scanners.errors import RefusedError, UsageError
from scanners.imports.report import Declared
from scanners.model import Target
from storage.model import Kind, State
from storage.queries import Filter, list_findings
from tests.commands.office import ORGANISATION, Office
from tests.scanners.imports.made import BUCKET, WHEN, detection, found, ocsf, sarif
from tests.scanners.imports.made import run as sarif_run

SECURITY = "U0SEC"
DAY = 86_400
ROOT = Person("os:root", operator=True)


def bring(
    office: Office, data: bytes, actor: str | Person = SECURITY, at: Any = None, **said: Any
) -> ImportDone:
    """An hour later a file is imported. `said` are fields of the request, or of what is declared."""
    office.later(hours=1)
    declared = Declared(said.pop("scope", ""), at, said.pop("complete", False))
    return run(
        office.context(actor, face="terminal"), Request(data, "report.json", declared=declared, **said)
    )


def day(number: int, *events: dict[str, Any]) -> bytes:
    """Prowler's file of that day."""
    return ocsf(*({**event, "time": WHEN + number * DAY} for event in events))


@pytest.fixture
def office(office: Office) -> Office:
    office.now = office.now.replace(year=2027)  # every file here is older than now
    office.organisation = replace(
        ORGANISATION, targets=(*ORGANISATION.targets, Target("shop", "import", "payments"))
    )
    return office


def states(office: Office) -> dict[str, str]:
    """The resource's last letters -> its shown state."""
    with office.store.read() as connection:
        views = list_findings(connection, Filter(all_states=True), office.now)
    return {f"{v.finding.control.partition('/')[2]} {v.finding.resource_id}": str(v.state) for v in views}


A, B = detection("a", arn=BUCKET + "-a"), detection("a", arn=BUCKET + "-b")
OTHER = detection("c", arn=BUCKET + "-c")
OPEN, FIXED = str(State.OPEN), str(State.FIXED)


def passed(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "status_code": "PASS"}


def test_what_fails_opens_under_the_tools_own_name(office: Office) -> None:
    done = bring(office, day(0, A, passed(B)))
    assert states(office) == {"a acme-a": OPEN}
    (tool,) = done.tools
    assert (tool.tool, tool.target, tool.failing, tool.passing) == ("prowler", "import.prowler", 1, 1)
    assert tool.done is not None
    assert tool.done.opened == 1


def test_the_same_file_again_changes_nothing(office: Office) -> None:
    bring(office, day(0, A))
    events = office.events(Kind.OPENED), office.events(Kind.SCAN_RECORDED)
    again = bring(office, day(0, A))
    assert again.tools[0].done is not None
    assert again.tools[0].done.duplicate
    assert (office.events(Kind.OPENED), office.events(Kind.SCAN_RECORDED)) == events


def test_a_pass_closes_at_once(office: Office) -> None:
    bring(office, day(0, A, B))
    bring(office, day(1, passed(A), B))
    assert states(office) == {"a acme-a": FIXED, "a acme-b": OPEN}


def test_what_is_merely_missing_needs_two_whole_imports(office: Office) -> None:
    bring(office, day(0, A, B))
    bring(office, day(1, B))
    assert states(office)["a acme-a"] == OPEN
    bring(office, day(2, B))
    assert states(office) == {"a acme-a": FIXED, "a acme-b": OPEN}


def test_another_tool_closes_nothing(office: Office) -> None:
    bring(office, day(0, A, B))
    for number in (1, 2, 3):
        bring(office, day(number, B), tool="scoutsuite")
    assert states(office)["a acme-a"] == OPEN


def test_another_scope_closes_nothing(office: Office) -> None:
    bring(office, day(0, A, B))
    for number in (1, 2, 3):
        bring(office, day(number, B), scope="elsewhere")
        bring(office, day(number, {**B, "cloud": {**B["cloud"], "account": {"uid": "999988887777"}}}))
    assert states(office)["a acme-a"] == OPEN


def test_the_same_declared_scope_of_another_account_closes_nothing(office: Office) -> None:
    bring(office, day(0, A, B), scope="prod")
    for number in (1, 2, 3):
        bring(
            office,
            day(number, {**B, "cloud": {**B["cloud"], "account": {"uid": "999988887777"}}}),
            scope="prod",
        )
    assert states(office)["a acme-a"] == OPEN


@pytest.mark.parametrize("empty", [b"", b"   ", b"[]", b'{"Findings": []}', b'{"runs": []}', b"{}"])
@pytest.mark.parametrize("complete", [False, True])
def test_an_empty_file_closes_nothing(office: Office, empty: bytes, complete: bool) -> None:
    bring(office, day(0, A))
    for form in ("ocsf", "asff", "sarif"):
        for _twice in range(2):
            bring(office, empty, format=form, scope="x", complete=complete)
    assert states(office) == {"a acme-a": OPEN}


def test_a_truncated_file_closes_nothing_and_opens_what_it_holds(office: Office) -> None:
    bring(office, day(0, A, B))
    for number in (1, 2, 3):
        data = day(number, passed(A), OTHER)
        bring(office, data[:-3], format="ocsf")
        bring(office, day(number, OTHER, B)[:-500], format="ocsf")
    assert states(office) == {"a acme-a": OPEN, "a acme-b": OPEN, "c acme-c": OPEN}


def test_a_file_with_one_unreadable_item_takes_nothing_as_missing(office: Office) -> None:
    bring(office, day(0, A, B))
    for number in (1, 2, 3):
        done = bring(office, ocsf(*json.loads(day(number, B)), {"class_uid": 2004}))
        assert (done.whole, done.refused_count) == (False, 1)
    assert states(office)["a acme-a"] == OPEN


def test_an_older_file_arriving_late_neither_closes_nor_reopens(office: Office) -> None:
    bring(office, day(5, A, passed(B)))
    late = bring(office, day(1, passed(A), B, OTHER))
    assert states(office) == {"a acme-a": OPEN}
    assert late.tools[0].done is None
    assert "newer import" in late.tools[0].note


def test_a_muted_finding_is_neither_fixed_nor_gone(office: Office) -> None:
    bring(office, day(0, A, B))
    for number in (1, 2, 3):
        bring(office, day(number, {**A, "status_id": 3}, B))
    assert states(office)["a acme-a"] == OPEN


def test_a_run_of_a_few_checks_takes_nothing_of_the_others_as_missing(office: Office) -> None:
    every = [detection(f"check{at}", arn=f"{BUCKET}-{at}") for at in range(10)]
    bring(office, day(0, *every))
    for number in (1, 2, 3):
        done = bring(office, day(number, every[0], passed(every[1])))
        assert "as if they had not run" in done.tools[0].gaps[0]
    assert sorted(states(office).values()).count(FIXED) == 1
    for number in (4, 5):
        bring(office, day(number, every[0], passed(every[1])), complete=True)
    assert sorted(states(office).values()).count(FIXED) == 9


def test_too_many_at_once_are_held_and_security_lets_them_pass(office: Office) -> None:
    many = [detection("a", arn=f"{BUCKET}-{at}") for at in range(40)]
    bring(office, day(0, *many))
    done = bring(office, day(1, *map(passed, many)))
    assert done.tools[0].done is not None
    assert [hold.closings for hold in done.tools[0].done.held] == [40]
    assert set(states(office).values()) == {OPEN}
    office.say("release import.prowler", SECURITY)
    assert set(states(office).values()) == {FIXED}


def test_what_comes_back_is_a_new_episode(office: Office) -> None:
    for number, event in enumerate((A, passed(A), A)):
        bring(office, day(number, event))
    assert states(office) == {"a acme-a": str(State.REGRESSED)}


def test_a_claim_stays_until_an_import_decides(office: Office) -> None:
    bring(office, day(0, A))
    (identity,) = ids(office)
    reply = office.say(f"fixed {identity}", SECURITY)
    assert isinstance(reply, Decided)
    assert (reply.job, "next import decides" in reply.message) == (0, True)
    assert office.waiting() == []
    assert states(office) == {"a acme-a": str(State.FIX_CLAIMED)}
    # The tool looked before the claim, though another finding of the file is newer than it.
    newer = int(office.now.timestamp()) + 60
    bring(office, ocsf({**A, "time": WHEN + DAY}, {**B, "time": newer}))
    assert states(office)["a acme-a"] == str(State.FIX_CLAIMED)
    bring(office, ocsf(*({**event, "time": int(office.now.timestamp())} for event in (A, B))))
    assert states(office)["a acme-a"] == OPEN


def ids(office: Office) -> list[str]:
    with office.store.read() as connection:
        return [view.finding.id for view in list_findings(connection, Filter(), office.now)]


def test_a_number_of_days_that_grows_is_no_event(office: Office) -> None:
    bring(office, day(0, {**A, "status_detail": "not rotated for 91 days"}))
    bring(office, day(1, {**A, "status_detail": "not rotated for 92 days"}))
    assert office.events(Kind.EVIDENCE_CHANGED) == 0
    bring(office, day(2, {**A, "status_detail": "not rotated at all"}))
    assert office.events(Kind.EVIDENCE_CHANGED) == 1


def test_a_result_of_code_that_moved_is_the_same_finding(office: Office) -> None:
    for line in (10, 99):
        bring(office, sarif(sarif_run(found(line=line, code="x()"))), scope="github.com/acme/shop")
    assert len(ids(office)) == 1
    assert office.events(Kind.EVIDENCE_CHANGED) == 0


def test_a_scope_that_nobody_declared_takes_nothing_as_missing(office: Office) -> None:
    bring(office, sarif(sarif_run(found("one"), found("two"))))
    for line in (3, 4, 5):
        done = bring(office, sarif(sarif_run(found("two", line=line))))
        assert done.tools[0].gaps == ("neither the file nor --scope says what was scanned",)
    assert len(ids(office)) == 2


def test_a_clean_run_closes_once_a_person_says_that_it_is_whole(office: Office) -> None:
    bring(office, sarif(sarif_run(found())), scope="shop")
    clean = sarif(sarif_run())
    for _again in range(3):
        bring(office, clean, scope="shop", at=office.now)
    assert states(office) == {"sql app/pay.py": OPEN}
    for _again in range(2):
        bring(office, clean, scope="shop", at=office.now, complete=True)
    assert states(office) == {"sql app/pay.py": FIXED}


def test_two_repositories_with_the_same_file_are_two_findings_of_two_owners(office: Office) -> None:
    bring(office, sarif(sarif_run(found(mark="abcdefghij"))), scope="one")
    bring(office, sarif(sarif_run(found(mark="abcdefghij"), found("x"))), scope="two")
    with office.store.read() as connection:
        views = list_findings(connection, Filter(controls=("semgrep/sql",)), office.now)
    assert sorted(view.finding.resource for view in views) == ["one:app/pay.py", "two:app/pay.py"]


def test_a_dry_run_tells_what_would_happen_and_keeps_nothing(office: Office) -> None:
    done = bring(office, day(0, A), dry_run=True)
    assert done.tools[0].done is not None
    assert done.tools[0].done.opened == 1
    assert states(office) == {}


def test_a_report_of_the_future_is_of_now(office: Office) -> None:
    done = bring(office, day(40_000, A))
    assert done.tools[0].at == office.now
    bring(office, ocsf({**passed(A), "time": int((office.now + timedelta(minutes=30)).timestamp())}))
    assert states(office) == {"a acme-a": FIXED}


def test_a_member_may_not_import_and_a_lead_only_into_the_teams_own_target(office: Office) -> None:
    for actor, said in (("U0DEV1", {"target": "shop"}), ("U0WLEAD", {"target": "shop"}), ("U0LEAD", {})):
        with pytest.raises(RefusedError, match="You can't import"):
            bring(office, day(0, A), actor, **said)
    assert bring(office, day(0, A), "U0LEAD", target="shop").tools[0].target == "shop.prowler"


def test_an_import_into_a_target_is_its_owners(office: Office) -> None:
    bring(office, day(0, A), target="shop")
    with office.store.read() as connection:
        assert [view.finding.team for view in list_findings(connection, Filter(), office.now)] == ["payments"]


def test_a_scope_belongs_to_one_target(office: Office) -> None:
    bring(office, day(0, A), scope="prod")
    with pytest.raises(RefusedError, match=r"imported into import\.prowler. Leave --target out"):
        bring(office, day(1, passed(A)), "U0LEAD", target="shop", scope="prod")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"target": "shpo"}, "Did you mean shop"),
        ({"tool": "???"}, "--tool takes a name"),
        ({"scope": "a\x1b[31m"}, "printable"),
        ({"data": b"hello"}, "no ocsf, asff or sarif"),
    ],
)
def test_wrong_words_are_told_with_their_mend(office: Office, said: dict[str, Any], words: str) -> None:
    data = said.pop("data", day(0, A))
    with pytest.raises(UsageError, match=words):
        bring(office, data, **said)


def test_the_format_is_told_by_the_files_beginning() -> None:
    assert guessed(day(0, A)) == "ocsf"
    assert guessed(sarif(sarif_run()).decode().encode("utf-16")) == "sarif"
    assert guessed(b'[{"SchemaVersion": "2018-10-08"}]') == "asff"


def test_imported_checks_are_not_staged_and_are_found_by_filter(office: Office) -> None:
    bring(office, day(0, A), target="shop")
    bring(office, day(1, A, {**OTHER, "severity_id": 5}), target="shop")
    with office.store.read() as connection:
        assert (
            connection.execute("select count(*) from control_days where control like '%/%'").fetchone()[0]
            == 0
        )
    reply: Any = office.say("findings control:prowler/* target:shop.prowler", ROOT, face="terminal")
    assert reply.total == 2
    assert reply.titles["prowler/a"] == "Title of a"
