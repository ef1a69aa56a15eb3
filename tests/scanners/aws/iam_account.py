"""An account with good and bad of everything about IAM, and a front that can say what moto does not."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler

from bot.sandbox.aws import SandboxAws
from scanners.aws.scan import scan_aws
from scanners.controls import load_controls
from scanners.model import Scan, Status, Target
from tests.scanners.aws.front import Front

TARGET = Target("prod", "aws", "payments", ("us-east-1",))
ME = "arn:aws:iam::123456789012"
ALL = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
READ = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}'
TRUST = '{"Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}}'


class Scripted(Front):
    """A front that says some operations itself, in words that moto has not: `said[operation]` is (kind, body)."""

    def __init__(self, backend: str) -> None:
        super().__init__(backend)
        self.said: dict[str, tuple[str, bytes]] = {}

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        """One request."""
        body = request.rfile.peek() if request.command == "POST" else b""  # type: ignore[attr-defined]
        for operation, (kind, answer) in self.said.items():
            signed = "/access-analyzer/" in request.headers.get("Authorization", "")
            if (operation == "analyzers" and signed) or f"Action={operation}&".encode() in body:
                request.rfile.read(int(request.headers.get("Content-Length") or 0))
                self.seen.append(operation)
                self._answer(request, 200, answer, kind)
                return
        super().serve(request)


@contextmanager
def before(aws: SandboxAws) -> Iterator[Scripted]:
    """boto3's default session talks to the front, the front to the account."""
    environ = dict(os.environ)
    made = Scripted(aws.endpoint)
    os.environ.update(aws.environment() | {"AWS_ENDPOINT_URL": made.endpoint, "AWS_MAX_ATTEMPTS": "1"})
    os.environ.pop("AWS_PROFILE", None)
    yield made
    made.close()
    os.environ.clear()
    os.environ.update(environ)


def fill(aws: SandboxAws) -> None:
    """People, keys, policies and a role."""
    iam = aws.client("iam")
    for name in ("good", "no-mfa", "old-key", "two-keys", "aws-admin", "own-admin", "narrow", "inline"):
        iam.create_user(UserName=name)
    iam.create_login_profile(UserName="no-mfa", Password="correct horse battery 9!")
    aws.age_key("old-key", iam.create_access_key(UserName="old-key")["AccessKey"]["AccessKeyId"], 100)
    for _ in range(2):
        iam.create_access_key(UserName="two-keys")
    own = {name: iam.create_policy(PolicyName=name, PolicyDocument=text, Path="/team/")["Policy"]["Arn"]
           for name, text in (("all", ALL), ("read", READ), ("unattached", ALL))}  # fmt: skip
    iam.attach_user_policy(UserName="aws-admin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.attach_user_policy(UserName="own-admin", PolicyArn=own["all"])
    iam.attach_user_policy(UserName="narrow", PolicyArn=own["read"])
    iam.attach_user_policy(UserName="narrow", PolicyArn="arn:aws:iam::aws:policy/PowerUserAccess")
    iam.put_user_policy(UserName="inline", PolicyName="everything", PolicyDocument=ALL)
    iam.create_role(RoleName="machine", AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName="machine", PolicyName="read", PolicyDocument=READ)


_controls = cache(load_controls)  # compiled once


def scan_of(*controls: str, only: str = "", now: datetime | None = None) -> Scan:
    """A scan of those controls as of `now`."""
    moment = now or datetime.now(UTC)
    chosen = _controls(controls)
    return scan_aws(TARGET, chosen, clock=lambda: moment, new_id=lambda: "scan", only_resource=only)


def statuses(control: str, now: datetime | None = None) -> dict[str, Status]:
    """What a control says, by the end of each ARN."""
    return {v.resource.arn.removeprefix(ME + ":"): v.status for v in scan_of(control, now=now).verdicts}
