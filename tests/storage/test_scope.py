"""What one may not see does not exist: not in a list, a count, a search, nor by its id."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scanners.errors import UsageError
from storage import search
from storage.pictures import opened_by, soonest_due, views_of
from storage.queries import Filter, count_by, count_stale, counted_page, find_one, list_findings
from tests.storage.found import NOW, TEAMS, finding, keep, listed
from tests.storage.world import START, World


@pytest.fixture
def two_teams(world: World) -> World:
    """Forty findings of payments, web and nobody, alike in all but their team."""
    kept = [
        finding(at, "shared-name", team=TEAMS[at * 7 % 3], opened_at=START)
        for at in range(0x5EC0000, 0x5EC0028)
    ]
    with world.store.write() as connection:
        keep(connection, kept)
    search.keep_up(world.store)
    return world


@pytest.mark.parametrize("sees", [frozenset(), frozenset({"web"}), frozenset({"web", ""})])
def test_no_question_returns_what_is_outside_its_scope(two_teams: World, sees: frozenset[str]) -> None:
    with two_teams.store.read() as connection:
        every = listed(list_findings(connection, Filter(all_states=True), NOW))
        inside = {one.id for one in every if one.team in sees}
        for asks in (Filter(), Filter(text="shared"), Filter(resource="hared"), Filter(teams=("payments", "web", "")),
                     Filter(all_states=True), Filter(tags=("env",)), Filter(due_by=NOW + timedelta(days=99))):  # fmt: skip
            wanted = replace(asks, sees=sees)
            for views in (
                list_findings(connection, wanted, NOW),
                list_findings(connection, wanted, NOW, limit=50),
                list_findings(connection, wanted, NOW, limit=50, soonest=True),
            ):
                assert {view.finding.id for view in views} <= inside
            assert {view.finding.id for view in counted_page(connection, wanted, NOW, limit=50)[1]} <= inside
            assert count_by(connection, wanted, NOW, "team").keys() <= sees
            assert count_by(connection, wanted, NOW, "state").total() <= len(inside)
        assert {v.finding.id for v in soonest_due(connection, TEAMS, NOW, 99, sees=sees)} == inside
        assert views_of(connection, [one.id for one in every], NOW, sees=sees).keys() == inside
        assert count_stale(connection, NOW + timedelta(days=30), sees=sees) == len(inside)
        for team in TEAMS:
            assert bool(opened_by(connection, "prod", START, [team], sees=sees)) == (team in sees)


@pytest.mark.parametrize("cut", [8, 60, 64, 68])
def test_an_id_outside_the_scope_is_as_unknown_as_one_that_never_was(two_teams: World, cut: int) -> None:
    with two_teams.store.read() as connection:
        every = listed(list_findings(connection, Filter(), NOW))
        hidden = next(one for one in every if one.team == "payments")

        def answer(identity: str) -> str:
            with pytest.raises(UsageError) as refused:
                find_one(connection, identity[:cut], NOW, sees=frozenset({"none"}))
            return str(refused.value).replace(identity[4:cut][:16], "*")

        assert answer(hidden.id) == answer("pf1_" + "9" * 64)
        assert find_one(connection, hidden.id, NOW, sees=frozenset({"payments"})).finding == hidden
