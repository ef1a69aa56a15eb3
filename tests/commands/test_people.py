"""Who may do what: every role refused, each refusal naming who can."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.people import Organisation, Person, Role, Team
from commands.routes import Routing
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


# -- refusals, read aloud


@pytest.mark.parametrize(
    ("role", "told"),
    [
        (Role.MEMBER, "You can't scan: that takes a member of a team in patrol.toml. Ask an admin."),
        (Role.LEAD, "You can't scan: that takes the lead of a team in patrol.toml. Ask an admin."),
        (
            Role.SECURITY,
            "You can't scan: that takes one of the security people in patrol.toml. Ask an admin.",
        ),
        (Role.ADMIN, "You can't scan: that takes an admin in patrol.toml. Ask an admin."),
    ],
)
def test_a_refusal_of_no_team_reads_well_for_each_role(role: Role, told: str) -> None:
    with pytest.raises(RefusedError) as caught:
        ORGANISATION.require_somewhere(Person("U0GUEST"), role, "scan")
    assert str(caught.value) == told


def test_who_can_is_said_for_each_role() -> None:
    assert ORGANISATION.who_can(Role.MEMBER, "web") == "These can: @U0WEB, @U0WLEAD."
    assert ORGANISATION.who_can(Role.LEAD, "web") == "These can: @U0WLEAD."
    assert ORGANISATION.who_can(Role.LEAD, "") == "Nobody has that role yet: add them to patrol.toml."
    assert ORGANISATION.who_can(Role.SECURITY, "web") == "These can: @U0SEC."
    assert ORGANISATION.who_can(Role.ADMIN, "") == "These can: @U0ADM."


def test_who_can_names_each_once_and_a_channel_as_everyone_in_it() -> None:
    team = Team("payments", "C0PAY", leads=("U0LEAD",), members=("C0PAY", "U0LEAD"))
    assert Organisation((team,)).who_can(Role.MEMBER, "payments") == "These can: everyone in #C0PAY, @U0LEAD."


def test_everyone_in_a_channel_has_its_role() -> None:
    team = Team("payments", "C0PAY", leads=("G0LEADS",), members=("C0PAY",))
    groups = {"C0PAY": frozenset({"U0DEV1"}), "G0LEADS": frozenset({"U0LEAD"})}
    organisation = Organisation((team,), groups=groups)
    assert organisation.roles(Person("U0DEV1"), "payments") == {Role.ANYONE, Role.MEMBER}
    assert organisation.roles(Person("U0LEAD"), "payments") == {Role.ANYONE, Role.MEMBER, Role.LEAD}
    assert organisation.roles(Person("C0PAY"), "payments") == {Role.ANYONE, Role.MEMBER}


# -- names


def test_a_team_is_named_by_its_name_or_an_alias() -> None:
    teams = (
        Team("pay", "C1", aliases=("Money",)),
        Team("PAY", "C2"),
        Team("web", "C3", aliases=("acme/web",)),
    )
    organisation = Organisation(teams)
    found = {word: organisation.named(word) for word in ("pay", "PAY", "Pay", " money ", "ACME/Web", "", "x")}
    assert {word: team and team.channel for word, team in found.items()} == {
        "pay": "C1", "PAY": "C2", "Pay": "C1", " money ": "C1", "ACME/Web": "C3", "": None, "x": None,
    }  # fmt: skip


# -- what a person may see at all

PAY = Team(
    "payments", "C0PAY", leads=("U0LEAD",), members=("U0DEV1", "S0GROUP"), private=True, workspace="T1"
)
WEB = Team("web", "C0WEB", members=("U0WEB",), workspace="T1")
OTHER = Team("other", "C0OTH", members=("U0OTH",), workspace="T2")
PRIVATE = replace(ORGANISATION, teams=(PAY, WEB))
TWO = replace(ORGANISATION, teams=(PAY, WEB, OTHER), workspaces=("T1", "T2"), routing=Routing(default="web"))


def _seen(organisation: Organisation, person: str, workspace: str = "") -> set[str] | None:
    found = organisation.visible(Person(person), workspace)
    return None if found is None else set(found)


@pytest.mark.parametrize("person", ["U0GUEST", "U0DEV1", "U0SEC", "schedule"])
def test_everybody_sees_everything_where_nothing_is_private(person: str) -> None:
    assert _seen(ORGANISATION, person) is None
    assert _seen(ORGANISATION, person, "T1") is None


@pytest.mark.parametrize(
    ("person", "teams"),
    [
        ("U0DEV1", {"payments", "web", ""}), ("U0GRP", {"payments", "web", ""}), ("U0LEAD", {"payments", "web", ""}),
        ("U0WEB", {"web", ""}), ("U0GUEST", {"web", ""}), ("os:alice", {"web", ""}),
        ("U0SEC", None), ("U0ADM", None), ("schedule", None),
    ],
)  # fmt: skip
def test_a_private_team_is_seen_by_its_people_security_and_admins(
    person: str, teams: set[str] | None
) -> None:
    assert _seen(PRIVATE, person) == teams


@pytest.mark.parametrize(
    ("person", "workspace", "teams"),
    [
        ("U0WEB", "T1", {"web"}), ("U0DEV1", "T1", {"web", "payments"}), ("U0GUEST", "T1", {"web"}),
        ("U0WEB", "T2", {"other"}), ("U0DEV1", "T2", {"other"}), ("U0LEAD", "T2", {"other"}),
        ("U0SEC", "T1", {"web", "payments", ""}), ("U0ADM", "T1", {"web", "payments", ""}),
        ("U0SEC", "T2", {"other"}), ("U0ADM", "T2", {"other"}),
        ("U0SEC", "T3", set()), ("U0OTH", "T3", set()),
        # Without a workspace, on a terminal: the teams in which one has a role.
        ("U0OTH", "", {"other"}), ("U0GUEST", "", set()), ("U0DEV1", "", {"payments"}),
        ("U0SEC", "", {"web", "payments", "other", ""}),
        ("schedule", "", None), ("schedule", "T1", None),
    ],
)  # fmt: skip
def test_a_workspace_sees_its_own_teams_alone_whoever_asks(
    person: str, workspace: str, teams: set[str] | None
) -> None:
    assert _seen(TWO, person, workspace) == teams


def test_whoever_holds_the_store_sees_every_workspace() -> None:
    assert TWO.visible(OPERATOR) is None


def test_what_nobody_owns_is_seen_in_its_home_alone() -> None:
    homeless = replace(TWO, routing=Routing())
    assert _seen(homeless, "U0SEC", "T1") == {"web", "payments"}
    assert "" in (_seen(homeless, "U0SEC") or set())
    one = replace(TWO, workspaces=("T1",), routing=Routing())
    assert _seen(one, "U0SEC", "T1") == {"web", "payments", ""}
    assert _seen(one, "U0WEB", "T1") == {"web"}


@given(
    st.sampled_from(["U0DEV1", "U0GRP", "U0LEAD", "U0SEC", "U0ADM", "U0WEB", "U0OTH", "x"]),
    st.text(max_size=3),
)
def test_no_one_in_a_workspace_sees_a_team_of_another(person: str, workspace: str) -> None:
    for asked in (workspace or "T1", "T1", "T2"):
        for name in _seen(TWO, person, asked) or set():
            team = TWO.team(name)
            assert (team.workspace if team else "T1") == asked
