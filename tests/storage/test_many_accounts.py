"""One scan of several accounts: each account's answers close and open what is in it, and nothing beside it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scanners.model import CoverageStatus, Scan, Verdict
from storage.evidence import load_scope_checks
from storage.model import Kind
from tests.storage.world import CONTROL, PASS, SCOPE, World, kinds, open_world, verdict

SECOND = "aws/210987654321"
THERE = f"{SECOND}/eu-west-1"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A bucket fails in each of two accounts."""
    made = open_world(tmp_path)
    made.record(_scan(made, verdict("a"), verdict("b", scope=THERE)))
    yield made
    made.store.close()


def _scan(
    world: World,
    *verdicts: Verdict,
    others: tuple[str, ...] = (SECOND,),
    looked=((CONTROL, SCOPE), (CONTROL, THERE)),
    **given,
) -> Scan:  # type: ignore[no-untyped-def]
    world.later(hours=1)
    return replace(world.scan(*verdicts, looked=looked, **given), others=others)


def _gone_twice(world: World, **given: object) -> list[Kind]:
    world.record(_scan(world, **given))
    return kinds(world.record(_scan(world, **given)))


def test_what_is_gone_closes_in_every_account_that_answered(world: World) -> None:
    assert _gone_twice(world) == [Kind.FIXED, Kind.FIXED]


def test_an_account_that_did_not_answer_for_itself_closes_nothing(world: World) -> None:
    assert _gone_twice(world, others=()) == [Kind.FIXED]
    assert world.finding("b", scope=THERE).detection == "present"


def test_an_account_that_left_the_organisation_closes_nothing(world: World) -> None:
    assert _gone_twice(world, others=(), looked=((CONTROL, SCOPE),)) == [Kind.FIXED]
    assert world.finding("b", scope=THERE).detection == "present"


def test_an_account_that_is_suspended_closes_nothing(world: World) -> None:
    covers = {(CONTROL, f"{SECOND}/global"): CoverageStatus.SKIPPED}
    looked = ((CONTROL, SCOPE), (CONTROL, f"{SECOND}/global"))
    assert _gone_twice(world, others=(), looked=looked, covers=covers) == [Kind.FIXED]
    assert world.finding("b", scope=THERE).detection == "present"


def test_verdicts_on_an_account_that_did_not_answer_decide_nothing(world: World) -> None:
    world.record(_scan(world, verdict("a", PASS), verdict("b", PASS, scope=THERE), others=()))
    assert (world.state("a"), world.finding("b", scope=THERE).detection) == ("fixed", "present")


def test_a_scan_of_one_account_reads_nothing_of_when_the_others_were_checked(world: World) -> None:
    with world.store.read() as connection:
        both = load_scope_checks(connection, _scan(world))
        one = load_scope_checks(connection, world.scan(verdict("a"), looked=((CONTROL, SCOPE),)))
        none = load_scope_checks(connection, world.scan(looked=(("s3.other", SCOPE),)))
    assert set(both) == {(CONTROL, SCOPE), (CONTROL, THERE)}
    assert one == {(CONTROL, SCOPE): both[(CONTROL, SCOPE)]}
    assert none == {}
