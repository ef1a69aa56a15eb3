"""Whose it is: `reassign` and `not-mine`, remembered for the resource, and never in a circle."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.people import Role, Team
from commands.reply import Decided
from commands.routes import Routing
from scanners.errors import RefusedError, UsageError
from storage.decisions import newest_seq
from storage.model import Kind
from storage.owners import everything
from storage.rebuild import compare, rebuild
from tests.commands.office import Office
from tests.storage.world import PASS, arn, identity, verdict

A = identity("a")


@pytest.fixture
def seen(office: Office) -> Office:
    """Three teams, platform by default; one resource with two findings, another with one."""
    office.organisation = replace(
        office.organisation,
        teams=(
            *office.organisation.teams,
            Team("platform", "C0PLAT", leads=("U0PLEAD",), members=("U0PLAT",)),
        ),
        routing=Routing(default="platform"),
    )
    office.see(verdict("a"), verdict("a", control="s3.versioning"), verdict("b"))
    return office


def say(office: Office, words: str, actor: str) -> Decided:
    reply = office.say(words, actor)
    assert isinstance(reply, Decided)
    return reply


@pytest.mark.parametrize("actor", ["U0DEV1", "U0LEAD", "U0WEB", "U0WLEAD", "U0SEC", "U0ADM"])
def test_its_team_the_team_that_takes_it_and_security_reassign(seen: Office, actor: str) -> None:
    reply = say(seen, f"reassign {A} --team web", actor)
    assert reply.message.startswith(
        "It belongs to web now, with 1 more of the same resource. Patrol remembers"
    )
    assert [view.finding.team for view in reply.others] == ["web"]
    assert (seen.finding("a").team, seen.finding("b").team) == ("web", "payments")


@pytest.mark.parametrize("actor", ["U0PLAT", "U0PLEAD", "U0GUEST"])
def test_a_third_team_does_not_reassign(seen: Office, actor: str) -> None:
    with pytest.raises(RefusedError, match="You can't reassign findings of payments. These can: @U0DEV1"):
        seen.say(f"reassign {A} --team web", actor)


def test_what_a_team_has_already_is_not_given_to_it(seen: Office) -> None:
    with pytest.raises(RefusedError, match="payments has it already"):
        seen.say(f"reassign {A} --team payments", "U0DEV1")
    with pytest.raises(RefusedError, match="payments can't get .*: it is with them now"):
        seen.say(f"not-mine {A} --team payments", "U0DEV1")
    with pytest.raises(UsageError, match="There is no team 'wbe'. Did you mean web?"):
        seen.say(f"not-mine {A} --team wbe", "U0DEV1")


def test_not_mine_goes_to_the_next_that_the_rules_name_and_at_last_to_nobody(seen: Office) -> None:
    assert say(seen, f"not-mine {A}", "U0DEV1").view.finding.team == "platform"
    reply = say(seen, f"not-mine {A}", "U0PLAT")
    assert reply.view.finding.team == ""
    assert reply.message.endswith("Whose is it? Tell Patrol with `reassign ID --team NAME`.")
    with pytest.raises(RefusedError, match="Nobody owns this yet. Give it to a team with `reassign"):
        seen.say(f"not-mine {A}", "U0SEC")
    with pytest.raises(RefusedError, match="findings of no team. These can: @U0SEC."):
        seen.say(f"acknowledge {A}", "U0DEV1")
    with pytest.raises(RefusedError, match="You can't reassign findings of no team. These can: @U0SEC."):
        seen.say(f"reassign {A} --team web", "U0GUEST")
    for team, actor in (("payments", "U0DEV1"), ("platform", "U0PLAT"), ("platform", "U0DEV1")):
        with pytest.raises(RefusedError, match=f"{team} said already that this is not theirs"):
            seen.say(f"reassign {A} --team {team}", actor)
    assert say(seen, f"reassign {A} --team web", "U0WEB").view.finding.team == "web"


def test_whoever_said_not_mine_of_what_nobody_owns_may_answer_whose_it_is(seen: Office) -> None:
    seen.organisation = replace(seen.organisation, routing=Routing())
    assert say(seen, f"not-mine {A}", "U0DEV1").view.finding.team == ""
    assert say(seen, f"reassign {A} --team web", "U0DEV2").view.finding.team == "web"
    with pytest.raises(RefusedError, match="You can't reassign findings of web"):
        seen.say(f"reassign {A} --team platform", "U0DEV1")


def test_a_team_that_said_no_is_not_asked_again_but_by_its_lead(seen: Office) -> None:
    seen.say(f"not-mine {A} --team web", "U0DEV1")
    with pytest.raises(RefusedError, match="payments can't get .*: they said already that it is not theirs"):
        seen.say(f"not-mine {A} --team payments", "U0WEB")
    for actor in ("U0WEB", "U0DEV1"):
        with pytest.raises(
            RefusedError, match="payments said already that this is not theirs. A lead or security"
        ):
            seen.say(f"reassign {A} --team payments", actor)
    assert say(seen, f"reassign {A} --team payments", "U0LEAD").view.finding.team == "payments"


def test_what_people_said_holds_for_new_findings_and_against_every_scan(seen: Office) -> None:
    seen.say(f"reassign {A} --team web", "U0DEV1")
    seen.see(
        verdict("a"), verdict("a", control="s3.versioning"), verdict("a", control="s3.logging"), verdict("b")
    )
    seen.see(verdict("a", PASS), verdict("a", PASS, control="s3.versioning"), verdict("b"))
    seen.see(verdict("a"), verdict("b"))
    with seen.store.read() as connection:
        found = connection.execute("select distinct team from findings where resource = ?", (arn("a"),))
        assert [row["team"] for row in found] == ["web"]
    assert seen.finding("b").team == "payments"


def test_what_is_remembered_is_rebuilt_from_the_ledger(seen: Office) -> None:
    seen.say(f"not-mine {A} --team web", "U0DEV1")
    with seen.store.write() as connection:
        before = everything(connection)
        connection.execute("update resource_owners set team = 'evil'")
        assert compare(connection).owners == (arn("a"),)
        rebuild(connection)
        assert everything(connection) == before
        assert compare(connection).equal


def test_a_dialog_that_was_open_while_it_was_given_away_does_nothing(seen: Office) -> None:
    with seen.store.read() as connection:
        before = newest_seq(connection, A)
    seen.say(f"reassign {A} --team web", "U0DEV1")
    with pytest.raises(RefusedError, match="changed while you were deciding"):
        seen.say(f"reassign {A} --team platform --seen {before}", "U0SEC")
    assert seen.finding("a").team == "web"
    assert seen.events(Kind.OWNER_CHANGED) == 2


SAYS = st.lists(
    st.tuples(st.sampled_from(("U0DEV1", "U0WEB", "U0PLAT")), st.sampled_from(("", "payments", "web", "platform"))),
    max_size=12,
)  # fmt: skip


@given(SAYS)
@settings(
    max_examples=25, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
def test_not_mine_never_goes_round_in_a_circle(
    tmp_path_factory: pytest.TempPathFactory, says: list[tuple[str, str]]
) -> None:
    from tests.commands.office import open_office

    office = open_office(tmp_path_factory.mktemp("circle"))
    teams = (*office.organisation.teams, Team("platform", "C0PLAT", members=("U0PLAT",)))
    office.organisation = replace(office.organisation, teams=teams, routing=Routing(default="platform"))
    office.see(verdict("a"))
    path = ["payments"]
    for actor, to in says:
        member = Role.MEMBER in office.organisation.roles(office.context(actor).actor, path[-1])
        try:
            office.say(f"not-mine {A}" + (f" --team {to}" if to else ""), actor)
        except RefusedError:
            continue
        assert member
        path.append(office.finding("a").team)
    office.store.close()
    assert len(set(path)) == len(path), "a team that said no had it again"
    assert all(before != after for before, after in pairwise(path))
