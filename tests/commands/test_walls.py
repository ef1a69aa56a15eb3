"""What one may not see does not exist: the same words as for what was never there, and nothing changes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from commands.codeowners import parse
from commands.reply import Decided, DigestShown, FindingDetail, FindingList, StatusReport
from commands.routes import RouteRule, Routing
from commands.routing import owner_of
from scanners.errors import PatrolError, RefusedError, UsageError
from scanners.model import Resource, Target
from storage import workspaces
from storage.model import Kind
from storage.pictures import moved_away
from storage.posts import plan
from tests.commands.office import Office, open_office
from tests.commands.walls import (
    ACME,
    GLOBEX,
    ID,
    NAMES,
    ORGANISATION,
    SECRETS,
    STRANGERS,
    heard,
    kept,
    say,
    scanned,
)
from tests.storage.world import PASS, arn

REASON = '--reason "It holds our public price list"'
MADE_UP = {"id": "feedbeef" + "0" * 56, "team": "nowhere", "target": "nosuch", "bucket": "zqx-wvut"}
GUESSES = (
    "show {id}", "fix {id}", "acknowledge {id}", "start {id}", "snooze {id} --days 3", "fixed {id}", "note {id} hello",
    f"accept {{id}} {REASON} --until 30d", f"false-positive {{id}} {REASON}", "approve {id}", "reject {id}",
    "revoke {id}", "undo {id}", "reassign {id} --team platform", "not-mine {id}", "scan {target}", "release {target}",
    "findings resource:{bucket}", "findings text:{bucket}", "findings target:{target}", "findings team:{team}",
    "findings resource:{bucket} state:all --select", 'track "Rotate the key" --team {team}',
    "reassign {own} --team {team}", "not-mine {own} --team {team}", "digest {team}", "digest {team} --show due",
    "summary {team}", "summary {team} --show late", "summary team:{team} --days 7",
)  # fmt: skip
UNASKED = (
    "status", "findings", "findings state:all", "help", "undo", "release", "scan nosuch", "track x --team nowhere",
    "findings team:nowhere", "digest", "summary", "summary all",
)  # fmt: skip


@pytest.fixture
def walled(office: Office) -> Office:
    """One finding of each team."""
    return fill(office)


def fill(office: Office) -> Office:
    office.organisation = ORGANISATION
    for team in NAMES:
        scanned(office, team)
    return office


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The same, for tests that change nothing."""
    made = fill(open_office(Path(tmp_path_factory.mktemp("walls"))))
    yield made
    made.store.close()


def real(team: str) -> dict[str, str]:
    return {"id": ID[team], "team": team, "bucket": NAMES[team][0], "target": NAMES[team][1]}


def plain(told: str, guess: dict[str, str]) -> str:
    """Without what was typed."""
    for name, value in guess.items():
        told = (
            told.replace(value, f"<{name}>").replace(value[:16], f"<{name}>").replace(value[:8], f"<{name}>")
        )
    return told


@pytest.mark.parametrize(("actor", "workspace", "team"), STRANGERS)
def test_a_guess_hears_what_is_said_of_nothing(still: Office, actor: str, workspace: str, team: str) -> None:
    before = kept(still)
    own = ID["shop" if workspace == GLOBEX else "payments"]
    for guess in GUESSES:
        told = [
            plain(heard(still, actor, workspace, guess.format(own=own, **word)), word)
            for word in (real(team), MADE_UP)
        ]
        assert told[0] == told[1], guess
    assert kept(still) == before


@pytest.mark.parametrize(("actor", "workspace", "team"), STRANGERS)
def test_nothing_is_told_unasked(still: Office, actor: str, workspace: str, team: str) -> None:
    for words in UNASKED:
        told = heard(still, actor, workspace, words)
        assert [secret for secret in SECRETS[team] if secret in told] == [], words


@pytest.mark.parametrize("team", ["payments", "vault", "shop"])
def test_its_own_people_see_it(still: Office, team: str) -> None:
    """Else all of this would hold of a Patrol that shows nothing."""
    who, where = {"payments": ("U0DEV1", ACME), "vault": ("U0KEY", ACME), "shop": ("U0INES", GLOBEX)}[team]
    for workspace in (where, ""):
        assert isinstance(say(still, who, workspace, f"show {ID[team]}"), FindingDetail)
        status = say(still, who, workspace, "status")
        assert isinstance(status, StatusReport)
        assert NAMES[team][1] in [target.name for target in status.targets]
        listed = say(still, who, workspace, "findings")
        assert isinstance(listed, FindingList) and ID[team] in repr(listed)


def test_jobs_and_failures_are_told_to_those_who_may_see_their_target(walled: Office) -> None:
    say(walled, "U0INES", GLOBEX, "scan tills")
    say(walled, "U0INES", GLOBEX, f"fixed {ID['shop']}")
    say(walled, "U0KEY", ACME, "scan safe")
    for actor, workspace, team in STRANGERS:
        told = heard(walled, actor, workspace, "status")
        assert [secret for secret in SECRETS[team] if secret in told] == []
    status = say(walled, "U0INES", GLOBEX, "status")
    assert isinstance(status, StatusReport)
    assert sorted(job.kind for job in status.jobs) == ["check", "scan"]
    for _job in range(3):
        walled.script.append(PatrolError("the role is gone"))
        walled.work()
    told = heard(walled, "U0INES", GLOBEX, "status")
    assert "scan tills: the role is gone" in told
    assert "safe" not in told
    assert "the role is gone" not in heard(walled, "U0DEV1", ACME, "status")


def test_held_closings_are_told_to_those_who_may_see_their_target(walled: Office) -> None:
    many = [f"shop-{at:02}" for at in range(30)]
    scanned(walled, "shop", *many)
    scanned(walled, "shop", *many, status=PASS)
    holds = {
        who: getattr(say(walled, who, where, "status"), "holds")  # noqa: B009
        for who, where in (("U0INES", GLOBEX), ("U0DEV1", ACME))
    }
    assert [len(found) for found in holds.values()] == [1, 0]


def test_a_problem_that_names_a_hidden_teams_channel_is_told_to_its_people_alone(walled: Office) -> None:
    walled.problems = (
        "posts to G0VAULT: not_in_channel.",
        "App Home: missing_scope.",
        "S0VAULT: no_such_subteam",
    )
    told = {who: getattr(say(walled, who, ACME, "status"), "problems") for who in ("U0DEV1", "U0KEY")}  # noqa: B009
    assert told["U0DEV1"] == walled.problems[1:2]
    assert told["U0KEY"] == walled.problems


def test_messages_under_way_are_counted_of_ones_own_teams(walled: Office) -> None:
    waiting = {
        (who, where): getattr(say(walled, who, where, "status"), "posts_waiting")  # noqa: B009
        for who, where in (("U0DEV1", ACME), ("U0KEY", ACME), ("U0INES", GLOBEX), ("schedule", ""))
    }
    assert waiting["U0DEV1", ACME] < waiting["U0KEY", ACME] < waiting["schedule", ""]
    assert 0 < waiting["U0INES", GLOBEX] < waiting["schedule", ""]


def test_who_cannot_see_a_scan_is_told_that_nothing_was_scanned(walled: Office) -> None:
    walled.organisation = replace(ORGANISATION, targets=ORGANISATION.targets[1:2])
    never = {
        who: say(walled, who, ACME, "findings team:platform").never_scanned for who in ("U0KEY", "U0PLAT")
    }
    assert never == {"U0KEY": False, "U0PLAT": True}


# -- what moves across a wall


def test_not_mine_hands_nothing_across_a_wall(walled: Office) -> None:
    rules = tuple(RouteRule("arn:*", team) for team in ("payments",))
    walled.organisation = replace(ORGANISATION, routing=Routing(rules=rules, default="shop"))
    reply = say(walled, "U0DEV1", ACME, f"not-mine {ID['payments']}")
    assert isinstance(reply, Decided)
    assert (reply.view.finding.team, "shop" in reply.message) == ("", False)


def test_what_was_given_away_out_of_sight_can_be_taken_back(walled: Office) -> None:
    for words in ("undo", f"undo {ID['payments'][:8]}"):
        say(walled, "U0DEV1", ACME, f"not-mine {ID['payments']}")
        with pytest.raises(UsageError, match="No finding starts with"):
            say(walled, "U0DEV1", ACME, f"show {ID['payments']}")
        reply = say(walled, "U0DEV1", ACME, words)
        assert isinstance(reply, Decided) and reply.view.finding.team == "payments"
        walled.later(minutes=6)


def test_nobody_is_asked_to_name_the_team_of_what_they_see_no_more(walled: Office) -> None:
    walled.organisation = replace(
        walled.organisation, routing=replace(walled.organisation.routing, default="")
    )
    reply = say(walled, "U0DEV1", ACME, f"not-mine {ID['payments']}")
    assert isinstance(reply, Decided)
    assert "It belongs to nobody now" in reply.message
    assert "`reassign" not in reply.message
    say(walled, "U0DEV1", ACME, "undo")
    reply = say(walled, "U0DEV1", ACME, f"not-mine {ID['payments']} --team platform")
    assert isinstance(reply, Decided)


def test_undo_takes_back_nothing_of_another_workspace(walled: Office) -> None:
    say(walled, "U0SEC", GLOBEX, f"acknowledge {ID['shop']}")
    with pytest.raises(RefusedError, match="nothing of yours"):
        say(walled, "U0SEC", ACME, "undo")
    assert isinstance(say(walled, "U0SEC", GLOBEX, "undo"), Decided)


def test_a_selection_of_one_workspace_decides_nothing_in_another(walled: Office) -> None:
    listed = say(walled, "U0SEC", GLOBEX, "findings --select")
    assert isinstance(listed, FindingList) and listed.selection
    before = kept(walled)
    for word in (listed.selection.id, f"--yes {listed.selection.id}"):
        told = heard(walled, "U0SEC", ACME, f"acknowledge {word}")
        assert told.startswith("UsageError") and "shop" not in told
    assert "There is no selection" in heard(walled, "U0INES", GLOBEX, f"acknowledge {listed.selection.id}")
    assert kept(walled) == before


def test_the_same_words_are_tracked_by_two_who_do_not_know_of_each_other(walled: Office) -> None:
    words = 'track "Rotate the key" --link https://chat.example/archives/C1/p1'
    found = [
        say(walled, who, where, f"{words} --team {team}")
        for who, where, team in (
            ("U0KEY", ACME, "vault"),
            ("U0DEV1", ACME, "payments"),
            ("U0INES", GLOBEX, "shop"),
        )
    ]
    assert all(isinstance(reply, Decided) for reply in found)
    with pytest.raises(RefusedError, match="tracked already"):
        say(walled, "U0DEV1", ACME, f"{words} --team payments")
    # They are the same resource by name, and yet nobody's word on one moves the other.
    moved = say(walled, "U0SEC", ACME, f"reassign {found[1].view.finding.id} --team platform")  # type: ignore[union-attr]
    assert isinstance(moved, Decided) and "shop" not in repr(moved)
    for reply, who, where in ((found[0], "U0KEY", ACME), (found[2], "U0INES", GLOBEX)):
        assert isinstance(reply, Decided)
        shown = say(walled, who, where, f"show {reply.view.finding.id}")
        assert isinstance(shown, FindingDetail) or who == "U0KEY"


def test_the_history_tells_nothing_of_the_time_with_a_hidden_team(walled: Office) -> None:
    vault = ID["vault"]
    say(walled, "U0KEY", ACME, f"note {vault} the safe word is swordfish")
    say(walled, "U0KEY", ACME, f"reassign {vault} --team payments")
    say(walled, "U0DEV1", ACME, f"note {vault} ours now")
    shown = say(walled, "U0DEV1", ACME, f"show {vault}")
    assert isinstance(shown, FindingDetail)
    assert [event.kind for event in shown.history] == [Kind.OWNER_CHANGED, Kind.NOTED]
    told = repr(shown.history)
    assert "another team" in told
    assert [word for word in ("'vault'", "swordfish") if word in told] == []
    whole = say(walled, "U0KEY", ACME, f"show {vault}")
    assert isinstance(whole, FindingDetail) and "swordfish" in repr(whole.history)


def test_who_gave_it_to_a_hidden_team_and_got_it_back_reads_their_own_part(walled: Office) -> None:
    pay = ID["payments"]
    say(walled, "U0DEV1", ACME, f"note {pay} first")
    say(walled, "U0SEC", ACME, f"reassign {pay} --team vault")
    say(walled, "U0KEY", ACME, f"note {pay} swordfish")
    say(walled, "U0KEY", ACME, f"reassign {pay} --team payments")
    told = repr(getattr(say(walled, "U0DEV1", ACME, f"show {pay}"), "history"))  # noqa: B009
    assert "first" in told
    assert [word for word in ("'vault'", "swordfish") if word in told] == []


def test_a_link_leads_only_to_a_message_that_one_may_see(walled: Office) -> None:
    with walled.store.write() as connection:
        workspaces.keep(connection, ACME, "Acme", "https://acme.slack.com/", walled.now)
        workspaces.keep(connection, GLOBEX, "Globex", "https://globex.slack.com/", walled.now)
        connection.execute("update posts set ts = '1.' || id")

    def link(who: str, where: str, finding: str) -> str:
        return str(getattr(say(walled, who, where, f"show {finding}"), "link"))  # noqa: B009

    assert link("U0DEV1", ACME, ID["payments"]).startswith("https://acme.slack.com/archives/C0PAY/")
    assert link("U0INES", "", ID["shop"]).startswith("https://globex.slack.com/archives/C0SHOP/")
    say(walled, "U0KEY", ACME, f"reassign {ID['vault']} --team platform")
    with walled.store.write() as connection:
        connection.execute("update posts set ts = '' where channel = 'C0PLAT'")
    assert link("U0PLAT", ACME, ID["vault"]) == ""
    assert link("U0KEY", ACME, ID["vault"]).startswith("https://acme.slack.com/archives/G0VAULT/")


def test_a_link_of_a_terminal_begins_where_its_message_is(walled: Office) -> None:
    with walled.store.write() as connection:
        workspaces.keep(connection, GLOBEX, "Globex", "https://globex.slack.com/", walled.now)
        walled.later(hours=1)
        workspaces.keep(connection, ACME, "Acme", "https://acme.slack.com/", walled.now)
        connection.execute("update posts set ts = '1.' || id")
    shown = say(walled, "U0INES", "", f"show {ID['shop']}")
    assert isinstance(shown, FindingDetail) and shown.link.startswith("https://globex.slack.com/")


@pytest.mark.parametrize(("to", "hidden"), [("platform", False), ("vault", True), ("shop", True)])
def test_a_message_says_only_that_it_moved_where_no_more_may_be_said(
    walled: Office, to: str, hidden: bool
) -> None:
    say(walled, "schedule", "", f"reassign {ID['payments']} --team {to}")
    with walled.store.read() as connection:
        (post,) = connection.execute(
            "select id from posts where kind = 'scan' and channel = 'C0PAY'"
        ).fetchall()
        (moved,) = moved_away(connection, post["id"]).values()
    assert moved.whither == ("away" if hidden else f"to {to}")
    assert [to in post.team for post in walled.posts("history") if post.channel == "C0PAY"] == (
        [] if hidden else [False]
    )


def test_a_digest_counts_as_nobodys_only_what_is_nobodys(walled: Office) -> None:
    walled.organisation = replace(ORGANISATION, routing=Routing(default="payments"))
    shown = say(walled, "U0DEV1", ACME, "digest payments")
    assert isinstance(shown, DigestShown)
    assert shown.digest.unowned == 0


# -- whose a resource is


def resource(**tags: str) -> Resource:
    return Resource("aws.s3.bucket", arn("x"), "x", "eu-west-1", tags)


def test_neither_a_tag_nor_a_word_carries_a_resource_across_but_patrol_toml_does() -> None:
    prod = Target("prod", "aws", "payments")
    organisation = replace(ORGANISATION, routing=Routing(tags=("team",)))
    assert owner_of(organisation, prod, resource(team="store")) == "payments"
    assert owner_of(organisation, prod, resource(team="platform")) == "platform"
    assert owner_of(organisation, prod, resource(), {arn("x"): "shop"}) == "payments"
    assert owner_of(organisation, prod, resource(), {arn("x"): "platform"}) == "platform"
    assert owner_of(replace(organisation, workspaces=()), prod, resource(team="store")) == "shop"
    ruled = replace(organisation, routing=Routing(rules=(RouteRule("arn:*", "shop"),)))
    assert owner_of(ruled, prod, resource()) == "shop"


def test_a_codeowners_file_carries_nothing_across() -> None:
    files = {"prod": parse("* @acme/shop @acme/platform\n")}
    organisation = replace(ORGANISATION, routing=Routing(codeowners=files))
    file = Resource("repository.file", "main.tf", "main.tf", "")
    assert owner_of(organisation, Target("prod", "aws", "payments"), file) == "platform"


def test_what_fell_due_elsewhere_is_still_posted_there(
    walled: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever acts, Patrol's own work goes by the whole configuration."""
    asked: list[str] = []

    def noted(connection, events, routing, now, **more):  # type: ignore[no-untyped-def]
        asked.extend(team for team in ("payments", "vault", "shop") if routing(team))
        return plan(connection, events, routing, now, **more)

    monkeypatch.setattr("commands.decide.posts.plan", noted)
    say(walled, "U0DEV1", ACME, f"acknowledge {ID['payments']}")
    assert asked == ["payments", "vault", "shop"]
