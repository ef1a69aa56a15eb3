"""Who may do what: every role refused, each refusal naming who can."""

import pytest

from commands.people import Organisation, Person, Role, Team
from scanners.errors import RefusedError
from storage.model import Disposition
from tests.commands.office import ORGANISATION, Office
from tests.storage.world import identity, verdict

OPERATOR = Person("os:root", operator=True)
ALL = frozenset(Role)


@pytest.mark.parametrize(
    ("person", "team", "roles"),
    [
        ("U0DEV1", "payments", {Role.ANYONE, Role.MEMBER}),
        ("U0GRP", "payments", {Role.ANYONE, Role.MEMBER}),
        ("U0DEV1", "web", {Role.ANYONE}),
        ("U0LEAD", "payments", {Role.ANYONE, Role.MEMBER, Role.LEAD}),
        ("U0LEAD", "web", {Role.ANYONE}),
        ("U0SEC", "web", {Role.ANYONE, Role.MEMBER, Role.SECURITY}),
        ("U0ADM", "web", {Role.ANYONE, Role.MEMBER, Role.ADMIN}),
        ("U0GUEST", "payments", {Role.ANYONE}),
        ("U0DEV1", "", {Role.ANYONE}),
        ("U0SEC", "", {Role.ANYONE, Role.MEMBER, Role.SECURITY}),
        ("S0GROUP", "web", {Role.ANYONE}),
        ("schedule", "", ALL),
    ],
)
def test_roles_are_those_of_the_team_in_question(person: str, team: str, roles: set[Role]) -> None:
    assert ORGANISATION.roles(Person(person), team) == roles


def test_whoever_holds_the_store_has_every_role() -> None:
    assert ORGANISATION.roles(OPERATOR, "payments") == ALL


@pytest.mark.parametrize("actor", ["U0GUEST", "U0WEB", "U0WLEAD"])
@pytest.mark.parametrize(
    ("verb", "told"),
    [
        ("acknowledge", "You can't acknowledge findings of payments."),
        ("fixed", "You can't claim fixes for findings of payments."),
    ],
)
def test_another_team_may_not_decide(office: Office, actor: str, verb: str, told: str) -> None:
    office.see(verdict("a"))
    with pytest.raises(RefusedError) as caught:
        office.say(f"{verb} {identity('a')}", actor)
    assert str(caught.value) == f"{told} These can: @U0DEV1, @U0DEV2, @S0GROUP, @U0LEAD."
    assert caught.value.exit_code == 3
    assert (office.told(), office.waiting(), office.finding().disposition) == (
        ["opened"],
        [],
        Disposition.NONE,
    )


@pytest.mark.parametrize("actor", ["U0DEV2", "U0GRP", "U0LEAD", "U0SEC", "U0ADM", OPERATOR])
def test_the_team_its_lead_and_security_may_decide(office: Office, actor: str | Person) -> None:
    office.see(verdict("a"))
    office.say(f"acknowledge {identity('a')}", actor)
    assert office.state() == "acknowledged"


@pytest.mark.parametrize("actor", ["U0DEV1", "U0LEAD", "U0ADM", "U0GUEST", "U0WLEAD"])
def test_none_but_security_releases(office: Office, actor: str) -> None:
    with pytest.raises(
        RefusedError, match=r"You can't release held findings of payments. These can: @U0SEC\."
    ):
        office.say("release prod", actor)


def test_a_stranger_may_not_start_a_scan(office: Office) -> None:
    with pytest.raises(RefusedError, match="You can't start a scan: that takes a member of a team"):
        office.say("scan prod", "U0GUEST")
    assert office.waiting() == []


def test_anyone_may_look(office: Office) -> None:
    office.see(verdict("a"))
    for words in ("findings", "status", "help", f"show {identity('a')}", f"fix {identity('a')}"):
        office.say(words, "U0GUEST")


def test_a_role_that_nobody_has_is_told_with_the_mend() -> None:
    empty = Organisation(teams=(Team("payments", "C0PAY"),))
    with pytest.raises(RefusedError, match="Nobody has that role yet: add them to patrol.toml."):
        empty.require(Person("U0DEV1"), Role.LEAD, "payments", "approve")


def test_a_finding_of_no_team_is_for_security() -> None:
    with pytest.raises(RefusedError, match="findings of no team. These can: @U0SEC."):
        ORGANISATION.require(Person("U0DEV1"), Role.MEMBER, "", "acknowledge")


def test_a_long_list_of_people_is_cut() -> None:
    many = Organisation(teams=(Team("payments", "C", members=tuple(f"U{at}" for at in range(50))),))
    with pytest.raises(RefusedError, match="@U5 and more") as caught:
        many.require(Person("U0X"), Role.MEMBER, "payments", "acknowledge")
    assert "@U6" not in str(caught.value)


def test_a_team_without_a_channel_has_no_route() -> None:
    quiet = Organisation(teams=(Team("payments", ""),))
    assert quiet.route("payments") is None
    assert quiet.route("nobody") is None
    assert (ORGANISATION.leads("payments"), ORGANISATION.leads("nobody")) == (("U0LEAD",), ())
