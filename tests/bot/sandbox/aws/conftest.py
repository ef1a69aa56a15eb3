"""The company, scanned once for each file of tests; the environment leads to it alone."""

from collections.abc import Iterator

import pytest

from bot.sandbox.aws import build_company
from tests.bot.sandbox.aws.proof import Company, opened


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The sandbox's account and what a scan of all of it found."""
    with opened(build_company, tmp_path_factory.mktemp("cli")) as made:
        yield made
