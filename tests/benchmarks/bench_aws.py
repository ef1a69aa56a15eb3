"""Patrol beside Prowler on one account of moto: calls, seconds, memory, throttling, refusals, and whether it is true.

PATROL_BENCH_PROWLER=/path/to/venv runs Prowler itself; without it figures recorded on another account stand in.
PATROL_BENCH_SEED chooses another account, PATROL_BENCH_SIZE another size of the large one.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scanners.controls import load_controls
from tests.benchmarks.aws import prowler
from tests.benchmarks.aws.account import BuiltAccount
from tests.benchmarks.aws.front import BenchFront
from tests.benchmarks.aws.refusals import lost, subsets, untruths
from tests.benchmarks.aws.run import Run, patrol, run
from tests.benchmarks.aws.table import Figure, printed
from tests.benchmarks.aws.truth import Score, compare, verdicts_of

SEED = int(os.environ.get("PATROL_BENCH_SEED", "21"))
LARGE, SMALL = int(os.environ.get("PATROL_BENCH_SIZE", "2145")), 155
LATENCY_S, RATE = 0.040, 25
REFUSED = (0, 0.05, 0.5, 0.95, 1)
ONE_CONTROL = "ec2.sg_ssh_world"
# Prowler 5.46 on another account of this size, with 66 checks: calls, seconds at 0 and at 40 ms a call, MiB.
RECORDED_SIZE = 2145
RECORDED: dict[str, float | None] = {"calls": 6725.0, "wall": 61.5, "wall 40 ms": 190.0, "memory": 680.0}


@dataclass(slots=True)
class Stage:
    """An account, the front before it, and the controls whose truth is known."""

    account: BuiltAccount
    front: BenchFront
    controls: tuple[str, ...]

    def scan(self, *controls: str) -> tuple[Run, dict[str, Any]]:
        """Patrol as a process of its own, through the front as it is set."""
        done = patrol(
            self.account.regions, controls or self.controls, self.account.environment(self.front.endpoint)
        )
        assert done.out, f"Patrol said nothing: {done.errors[-2000:]}"
        document: dict[str, Any] = json.loads(done.out)
        return done, document

    def score(self, document: dict[str, Any]) -> Score:
        """The scan's verdicts beside the truth."""
        return compare(self.account.truth, verdicts_of(document), self.controls)


@pytest.fixture(scope="module", params=[LARGE])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The large account."""
    with BuiltAccount(SEED, request.param) as account, BenchFront(account.endpoint) as front:
        known = {key[0] for key in account.truth.said}
        loaded = {control.id for control in load_controls()} & known
        yield Stage(account, front, tuple(sorted(loaded)))


def _told(name: str, score: Score) -> None:
    print(
        f"\n{name}: {score.judged} verdicts judged, recall {score.recall:.4f}, precision {score.precision:.4f}"
    )
    for difference in score.wrong[:40]:
        print(f"  wrong: {difference}")
    print(f"  where the sources differ, so not counted: {len(score.debatable)}")


def test_figures_beside_prowler(stage: Stage) -> None:
    account, front = stage.account, stage.front
    print(
        f"\n{account.resources} resources, {len(stage.controls)} of {len(prowler.CHECKS)} controls, regions {', '.join(account.regions)}"
    )
    theirs = _prowler(stage)
    front.reset()
    plain, whole = stage.scan()
    calls, needed = front.total, {call.permission for call in front.calls} - {""}
    _most_called(front)
    front.reset()
    front.latency_s = LATENCY_S
    late, _ = stage.scan()
    front.reset()
    one, _ = stage.scan(ONE_CONTROL)
    front.reset()
    front.rate = RATE
    slowed, slow = stage.scan()
    turned_away = sum(front.throttled.values()) / front.total
    print(printed((
        Figure("API calls", "", theirs["calls"], calls, 0.40),
        Figure("wall at 40 ms a call", "s", theirs["wall 40 ms"], late.wall_s, 0.12),
        Figure("wall at 0 ms", "s", theirs["wall"], plain.wall_s, 0.30),
        Figure("peak memory of the process", "MiB", theirs["memory"], plain.peak_mib, 0.28),
        Figure(f"one control ({ONE_CONTROL}), cold process", "s", None, one.wall_s, 2.0),
        Figure(f"throttled at {RATE}/s: verdicts lost", "", None, lost(whole, slow), 0),
        Figure(f"throttled at {RATE}/s: calls refused", "%", None, 100 * turned_away, 5),
    )))  # fmt: skip
    print(
        f"processor time of Patrol: {plain.processor_s:.1f} s, of one control {one.processor_s:.1f} s;"
        f" wall when throttled: {slowed.wall_s:.1f} s"
    )
    score = stage.score(whole)
    _told(f"{account.resources} resources", score)
    dishonest = _refusals(stage, whole, needed)
    assert not lost(whole, slow)
    assert not dishonest
    assert not score.wrong


def _prowler(stage: Stage) -> dict[str, float | None]:
    program = prowler.prowler_of(os.environ)
    if program is None:
        print(
            "Prowler is not installed where PATROL_BENCH_PROWLER says (or it says nothing): its figures below were"
        )
        print(
            f"recorded with Prowler 5.46 on another account of {RECORDED_SIZE} resources, on another machine."
        )
        return RECORDED if LARGE == RECORDED_SIZE else dict.fromkeys(RECORDED)
    found: dict[str, float | None] = {}
    for name, latency in (("wall", 0.0), ("wall 40 ms", LATENCY_S)):
        stage.front.reset()
        stage.front.latency_s = latency
        with tempfile.TemporaryDirectory() as folder:
            words = prowler.command(program, stage.account.regions, Path(folder))
            done = run(words, prowler.environment(stage.account.environment(stage.front.endpoint)))
            if not latency:
                found |= {"calls": stage.front.total, "memory": done.peak_mib}
                _compare_with_prowler(stage, Path(folder))
        found[name] = done.wall_s
    return found


def _compare_with_prowler(stage: Stage, folder: Path) -> None:
    verdicts = prowler.verdicts_in(folder)
    score = compare(stage.account.truth, verdicts, prowler.CHECKS)
    print(
        f"Prowler beside the truth: recall {score.recall:.4f}, precision {score.precision:.4f}; by control and state:"
    )
    for line in sorted(
        {
            f"{each.control} | {each.why.split(';')[0]} | true {each.expected}, Prowler {each.got}"
            for each in score.wrong
        }
    ):
        print(f"  {line}")


def _most_called(front: BenchFront) -> None:
    by_operation: dict[str, int] = {}
    for call, count in front.calls.items():
        name = f"{call.service}:{call.operation}"
        by_operation[name] = by_operation.get(name, 0) + count
    most = sorted(by_operation.items(), key=lambda item: -item[1])[:12]
    print("most called: " + ", ".join(f"{name} {count}" for name, count in most))


def _refusals(stage: Stage, whole: dict[str, Any], needed: set[str]) -> list[str]:
    found: list[str] = []
    costs = []
    for denied in subsets(needed, SEED, REFUSED):
        stage.front.reset()
        stage.front.denied, stage.front.quiet = denied, 0.3
        _, document = stage.scan()
        found += untruths(whole, document, denied)
        costs.append(f"{len(denied)} refused: {lost(whole, document)} verdicts lost")
    print(f"permissions refused ({'; '.join(costs)}): {len(found)} made up, silent or unnamed (bar 0)")
    for line in found[:20]:
        print(f"  {line}")
    return found


@pytest.mark.parametrize("seed", [SEED, SEED + 1])
def test_small_accounts_are_told_as_they_are(seed: int) -> None:
    with BuiltAccount(seed, SMALL, regions=2) as account, BenchFront(account.endpoint) as front:
        loaded = {control.id for control in load_controls()} & {key[0] for key in account.truth.said}
        stage = Stage(account, front, tuple(sorted(loaded)))
        done, document = stage.scan()
        score = stage.score(document)
        _told(f"{account.resources} resources (seed {seed}, {done.wall_s:.1f} s, {front.total} calls)", score)
    assert not score.wrong
