"""One small account for the folder's tests, behind a front that can fail."""

import os
from collections.abc import Iterator

import pytest

from bot.sandbox.aws import SandboxAws
from bot.sandbox.aws.company import EU, US, _america, _buckets, _people, _policies, _trails
from scanners.aws import limiter
from tests.scanners.aws.front import Front
from tests.scanners.aws.iam_account import fill

SPARE_BUCKETS = (
    "acme-ledger-prod", "acme-terraform-state", "acme-customer-uploads", "acme-reports", "acme-web-assets", "acme-db-dumps",
)  # fmt: skip


@pytest.fixture(scope="session")
def account() -> Iterator[SandboxAws]:
    """The sandbox's account: people, policies, buckets, and one region."""
    with SandboxAws() as aws:
        for build in (_people, _policies, _buckets, _trails):
            build(aws)
        _america(aws, US)
        for name in SPARE_BUCKETS:  # each costs a scan seven calls, and shows nothing that the others do not
            aws.client("s3", EU).delete_bucket(Bucket=name)
        yield aws


@pytest.fixture(scope="session")
def front(account: SandboxAws) -> Iterator[Front]:
    """boto3's default session talks to the front, the front to the account."""
    before = dict(os.environ)
    made = Front(account.endpoint)
    slowest, limiter.SLOWEST = limiter.SLOWEST, 1e6  # faults by the dozen: nobody is spared by a slower pace
    os.environ.update(account.environment() | {"AWS_ENDPOINT_URL": made.endpoint, "AWS_MAX_ATTEMPTS": "1"})
    os.environ.pop("AWS_PROFILE", None)
    yield made
    made.close()
    limiter.SLOWEST = slowest
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def iam_account() -> Iterator[SandboxAws]:
    """Another account, for IAM alone, where AWS's own policies are there."""
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        with SandboxAws() as aws:
            environ.undo()
            fill(aws)
            yield aws
