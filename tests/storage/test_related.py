"""What belongs to one resource, what waits for an answer, and where its message is."""

from datetime import datetime

from storage import workspaces
from storage.decisions import decide
from storage.lifecycle import request
from storage.model import Disposition, Event, Finding
from storage.related import MOST_RELATED, same_resource, waiting
from tests.storage.world import World, identity, verdict

REASON = "Public on purpose: it holds the price list"


def _asks(world: World, name: str) -> None:
    def rule(finding: Finding, actor: str, now: datetime) -> Event:
        return request(finding, actor, now, Disposition.FALSE_POSITIVE, REASON)

    with world.store.write() as connection:
        decide(connection, identity(name), "U0DEV1", world.now, rule)


def test_the_same_resource_comes_without_itself_and_without_what_is_settled(world: World) -> None:
    world.see(verdict("a"), *(verdict("a", control=f"s3.c{at}") for at in range(8)), verdict("b"))
    with world.store.read() as connection:
        found = same_resource(connection, world.finding("a"), world.now, sees=None)
    assert len(found) == MOST_RELATED
    assert {view.finding.resource for view in found} == {world.finding("a").resource}
    assert identity("a") not in {view.finding.id for view in found}


def test_a_request_waits_for_its_teams_until_it_lapses(world: World) -> None:
    world.see(verdict("a"), verdict("b"))
    _asks(world, "a")
    with world.store.read() as connection:
        assert [view.finding.id for view in waiting(connection, ["payments"], world.now)] == [identity("a")]
        assert waiting(connection, ["other"], world.now) == []
        world.later(days=8)
        assert waiting(connection, ["payments"], world.now) == []


def test_the_link_is_that_of_the_newest_message_of_the_workspace(world: World) -> None:
    world.see(verdict("a"))
    with world.store.write() as connection:
        assert workspaces.link_of(connection, identity("a")) == ""
        workspaces.keep(connection, "T1", "Acme", "https://acme.slack.com/", world.now)
        assert workspaces.link_of(connection, identity("a")) == ""
        for post, ts in ((1, "1.5"), (2, "2.5"), (3, "")):
            connection.execute(
                "insert into posts (id, channel, kind, subject, day, team, wanted, ts, created)"
                " values (?, 'C1', 'control', ?, 'd', 'payments', 1, ?, '')",
                (post, f"s{post}", ts),
            )
            connection.execute(
                "insert into post_findings (post, finding) values (?, ?)", (post, identity("a"))
            )
        assert workspaces.link_of(connection, identity("a")) == "https://acme.slack.com/archives/C1/p25"
        assert workspaces.link_of(connection, identity("a"), "T1") == "https://acme.slack.com/archives/C1/p25"
        assert workspaces.link_of(connection, identity("a"), "T2") == ""
