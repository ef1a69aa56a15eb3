"""The company, scanned once for each file of tests; the environment leads to it alone."""

import os
from collections.abc import Iterator

import pytest

from bot.sandbox.aws import SandboxAws, build_company
from tests.bot.sandbox.aws.proof import Company, scanned
from tests.warm import WarmCli


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The sandbox's account and what a scan of all of it found."""
    before = dict(os.environ)
    with SandboxAws() as aws:
        build_company(aws)
        os.environ.update(aws.environment())
        os.environ.pop("AWS_PROFILE", None)
        cli = WarmCli(tmp_path_factory.mktemp("cli"))
        yield Company(aws, scanned(), cli)
        cli.close()
    os.environ.clear()
    os.environ.update(before)
