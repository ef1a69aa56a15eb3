"""Several at once on one file: one outcome each, no lock error, no lost word; threads, and processes of their own."""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from scanners.errors import RefusedError
from scanners.model import Severity
from storage import lifecycle
from storage.decisions import Rule, decide, settle
from storage.ledger import history, verify
from storage.model import Disposition
from storage.rebuild import compare
from storage.store import Store
from storage.undo import last_action, undo
from tests.storage.world import World, identity, verdict

ROOT = Path(__file__).parents[2]
REASON = "Nobody else can reach it from there."
# Decides many times on the findings given, as one person; prints how each attempt ended.
CLICKER = """
import json, sys
from datetime import timedelta
from pathlib import Path
from scanners.errors import RefusedError
from storage import lifecycle
from storage.decisions import decide
from storage.store import Store
from tests.storage.world import START, identity
path, actor, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
store, ended = Store(Path(path)), []
sys.stdin.read(1)  # all begin together
for at in range(rounds):
    now = START + timedelta(hours=2, seconds=at)
    for name in "abcd":
        for verb, rule in (("ack", lifecycle.acknowledge), ("note", lambda f, a, n: lifecycle.note(f, a, n, f"{at}"))):
            try:
                with store.write() as connection:
                    decide(connection, identity(name), actor, now, rule)
                ended.append(f"{verb} done")
            except RefusedError:
                ended.append(f"{verb} refused")
            except Exception as error:
                ended.append(repr(error))
print(json.dumps(ended))
"""


def together(*works: Callable[[], object]) -> list[object]:
    """Run all at once, each in a thread; what each returned or raised, in their order."""
    found: list[object] = [None] * len(works)
    gate = threading.Barrier(len(works))

    def run(at: int) -> None:
        gate.wait()
        try:
            found[at] = works[at]()
        except Exception as error:
            found[at] = error

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def clicks(world: World, name: str, actor: str, rule: Rule) -> Callable[[], object]:
    """One person's click on one finding."""

    def click() -> object:
        with world.store.write() as connection:
            return decide(connection, identity(name), actor, world.now, rule)

    return click


def sound(store: Store) -> None:
    with store.read() as connection:
        assert verify(connection).broken_at is None
        assert compare(connection).equal


@pytest.mark.parametrize("round_", range(5))
def test_two_on_one_finding_have_one_outcome_each(world: World, round_: int) -> None:
    world.see(verdict("a"))
    first, second = together(
        clicks(world, "a", "U0DEV1", lifecycle.acknowledge),
        clicks(world, "a", "U0DEV2", lifecycle.acknowledge),
    )
    won, lost = (first, second) if isinstance(first, list) else (second, first)
    assert isinstance(won, list)
    assert isinstance(lost, RefusedError)
    assert f"it is acknowledged already, by @{world.finding('a').disposition_by}" in str(lost)
    assert won[0].actor == world.finding("a").disposition_by
    sound(world.store)


def test_one_request_has_one_answer(world: World) -> None:
    world.see(*(verdict(f"r{at}", severity=Severity.LOW) for at in range(8)))

    def ask(finding, actor, now):  # type: ignore[no-untyped-def]
        return lifecycle.request(finding, actor, now, Disposition.FALSE_POSITIVE, REASON)

    for at in range(8):
        clicks(world, f"r{at}", "U0DEV1", ask)()
    works = [
        clicks(world, f"r{at}", actor, rule)
        for at in range(8)
        for actor, rule in (
            ("U0LEAD", lifecycle.approve),
            ("U0SEC", lifecycle.reject),
            ("U0DEV1", lifecycle.approve),
        )
    ]
    ended = Counter("done" if isinstance(end, list) else type(end).__name__ for end in together(*works))
    assert ended == {"done": 8, "RefusedError": 16}
    sound(world.store)


def test_what_fell_due_is_written_once_however_many_look(world: World) -> None:
    world.see(verdict("a"), verdict("b"))
    world.acknowledge("a")
    world.acknowledge("b")
    world.later(days=4)

    def look() -> int:
        with world.store.write() as connection:
            return len(settle(connection, world.now))

    assert sorted(together(*[look] * 8)) == [0] * 7 + [2]  # type: ignore[type-var]
    sound(world.store)


def test_an_undo_and_somebody_elses_decision_do_not_both_win(world: World) -> None:
    world.see(verdict("a"))
    world.acknowledge("a")

    def take_back() -> object:
        with world.store.write() as connection:
            return undo(
                connection, last_action(connection, "U0DEV1", world.now, sees=None), "U0DEV1", world.now
            )

    undone, started = together(take_back, clicks(world, "a", "U0DEV2", lifecycle.start))
    assert isinstance(started, list)
    with world.store.read() as connection:
        told = [str(event.kind) for event in history(connection, identity("a"))]
    # Either the undo came first, or it was refused, for somebody had built on it.
    assert told == ["opened", "acknowledged", *(["undone"] if isinstance(undone, list) else []), "started"]
    assert world.state("a") == "in_progress"
    sound(world.store)


def test_eight_processes_lose_no_word(world: World) -> None:
    world.see(*(verdict(name) for name in "abcd"))
    rounds = 5
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CLICKER, str(world.store.path), f"U0DEV{at}", str(rounds)], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for at in range(8)
    ]  # fmt: skip
    try:
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("x")
            process.stdin.flush()
        ended = Counter(word for p in processes for word in json.loads(p.communicate(timeout=60)[0]))
    finally:
        for process in processes:
            process.kill()
            process.wait()
    notes, tries = 8 * 4 * rounds, 8 * 4 * rounds
    assert ended == {"ack done": 4, "ack refused": tries - 4, "note done": notes}
    with world.store.read() as connection:
        kinds = dict(connection.execute("select kind, count(*) from events group by kind").fetchall())
    assert (kinds["acknowledged"], kinds["noted"]) == (4, notes)
    sound(world.store)
