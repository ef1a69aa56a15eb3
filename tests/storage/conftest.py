"""A fresh world for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.world import World, open_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Nothing scanned yet."""
    made = open_world(tmp_path)
    yield made
    made.store.close()
