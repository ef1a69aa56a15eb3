"""An account of 155 resources whose truth is known by construction: every verdict is true, and a refusal makes none up."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from bot.messages.documents import scan_document
from bot.scanning import make_scanner
from bot.times import now_utc
from scanners.controls import load_controls
from scanners.model import Target
from tests.benchmarks.aws.account import BuiltAccount
from tests.benchmarks.aws.front import BenchFront
from tests.benchmarks.aws.refusals import lost, subsets, untruths
from tests.benchmarks.aws.truth import PASS, compare, verdicts_of

SEED, SIZE = 7, 155
REFUSED = (0.2, 0.5, 0.9)  # of the permissions, each with a third of the services
Document = dict[str, Any]


@pytest.fixture(scope="module")
def built() -> Iterator[BuiltAccount]:
    """Good, bad and tricky states over two regions, on plain moto."""
    with BuiltAccount(SEED, SIZE, regions=2) as account:
        yield account


@pytest.fixture(scope="module")
def gate(built: BuiltAccount) -> Iterator[BenchFront]:
    """boto3's default session talks to the front, the front to the account."""
    before = dict(os.environ)
    with BenchFront(built.endpoint) as front:
        os.environ.update(built.environment(front.endpoint))
        os.environ.pop("AWS_PROFILE", None)
        yield front
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="module")
def controls(built: BuiltAccount) -> tuple[str, ...]:
    """Those that are loaded and of which the builder knows the truth."""
    known = {key[0] for key in built.truth.said}
    return tuple(sorted({control.id for control in load_controls()} & known))


@pytest.fixture(scope="module")
def scan(built: BuiltAccount, gate: BenchFront) -> Callable[[Sequence[str]], Document]:
    """A scan of the account as the front has it now."""
    target = Target("built", "aws", regions=built.regions)
    return lambda controls: scan_document(make_scanner(now_utc)(target, tuple(controls)))


@pytest.fixture(scope="module")
def whole(scan: Callable[[Sequence[str]], Document], controls: tuple[str, ...]) -> Document:
    """The scan that nobody hindered."""
    return scan(controls)


def test_every_verdict_is_the_truth(
    built: BuiltAccount, whole: Document, controls: tuple[str, ...], gate: BenchFront
) -> None:
    score = compare(built.truth, verdicts_of(whole), controls)
    assert not score.wrong, "\n".join(map(str, score.wrong))
    assert score.recall == score.precision == 1.0
    assert score.hit > 100
    assert whole["stats"]["api_calls"] == gate.total


def test_a_scan_that_is_refused_makes_nothing_up_and_says_what_it_misses(
    whole: Document, gate: BenchFront, scan: Callable[[Sequence[str]], Document], controls: tuple[str, ...]
) -> None:
    needed = {call.permission for call in gate.calls} - {""}
    for number, denied in enumerate(subsets(needed, SEED, REFUSED)):
        third = sorted({control.split(".")[0] for control in controls})[number :: len(REFUSED)]
        chosen = [control for control in controls if control.split(".")[0] in third]
        gate.reset()
        gate.denied, gate.quiet = denied, 0.3
        refused = scan(chosen)
        before = _only(whole, chosen)
        assert untruths(before, refused, denied) == []
        assert lost(before, refused), "the refusal was not felt"


def _only(document: Document, controls: Sequence[str]) -> Document:
    return {
        part: [each for each in document[part] if each["control"] in controls]
        for part in ("verdicts", "coverage")
    }


def test_the_comparison_counts_what_is_missed_and_what_is_invented(built: BuiltAccount) -> None:
    key, other = (
        next(key for key, told in built.truth.said.items() if told[0] == status) for status in ("FAIL", PASS)
    )
    true = {each: told[0] for each, told in built.truth.said.items() if told[0] in ("FAIL", PASS)}
    names = {each[0] for each in true}
    assert compare(built.truth, true, names).wrong == []
    assert compare(built.truth, true | {key: "UNKNOWN"}, names).recall < 1
    assert compare(built.truth, true | {other: "FAIL"}, names).precision < 1
    assert compare(built.truth, true | {(key[0], "arn:nobody:built", ""): PASS}, names).wrong
