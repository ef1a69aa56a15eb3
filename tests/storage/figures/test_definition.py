"""Shares, and the page of definitions."""

import importlib
import pkgutil
from pathlib import Path

import pytest

import storage.figures
from storage.figures.catalogue import CATALOGUE, page
from storage.figures.definition import Definition, Share

METRICS = Path(__file__).resolve().parents[3] / "docs/metrics.md"


@pytest.mark.parametrize(
    ("part", "of", "words"),
    [
        (0, 0, "0 of 0"), (3, 4, "3 of 4"), (4, 4, "4 of 4"), (4, 5, "80 % (4 of 5)"), (30, 40, "75 % (30 of 40)"),
        (399, 400, "99 % (399 of 400)"), (400, 400, "100 % (400 of 400)"), (1, 400, "under 1 % (1 of 400)"),
        (0, 400, "0 % (0 of 400)"),
    ],
)  # fmt: skip
def test_a_share_carries_its_denominator_and_is_no_percentage_below_five(
    part: int, of: int, words: str
) -> None:
    assert str(Share(part, of)) == words


def test_a_part_greater_than_the_whole_is_refused() -> None:
    with pytest.raises(ValueError, match="5 is no part of 4"):
        Share(5, 4)


def test_the_committed_page_is_what_the_definitions_say() -> None:
    assert METRICS.read_text("utf-8") == page(), "run `python -m storage.figures.catalogue > docs/metrics.md`"


def test_every_definition_is_in_the_catalogue_once_and_says_how_it_misleads() -> None:
    defined = {
        value.name
        for module in pkgutil.iter_modules(storage.figures.__path__)
        for value in vars(importlib.import_module(f"storage.figures.{module.name}")).values()
        if isinstance(value, Definition)
    }
    assert sorted(one.name for one in CATALOGUE) == sorted(defined)
    assert all(one.reading_error and one.formula and one.counts and one.leaves_out for one in CATALOGUE)
