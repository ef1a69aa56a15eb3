"""A fresh store for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.messages.stage import Stage, open_stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A clean company: one team, one target, scanned once, nothing found."""
    made = open_stage(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Stage]:
    """An empty company: one team, one target, nothing scanned."""
    made = open_stage(tmp_path, scanned=False)
    yield made
    made.store.close()
