"""A fresh office for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.office import Office, open_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Nothing scanned yet."""
    made = open_office(tmp_path)
    yield made
    made.store.close()
