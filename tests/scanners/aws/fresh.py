"""An empty AWS account of its own on the folder's moto server, for tests that fill it as they like."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.aws import SandboxAws, session_of
from scanners.aws.scan import scan_aws
from scanners.controls import load_controls
from scanners.model import Scan, Status, Target

NOW = datetime(2026, 11, 24, tzinfo=UTC)


class Fresh:
    """moto keeps accounts apart by whose role was assumed."""

    def __init__(self, server: SandboxAws, number: str) -> None:
        self.number = number
        made = server.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{number}:role/test", RoleSessionName="test"
        )["Credentials"]
        self._endpoint = server.endpoint
        self.session = session_of(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A client of this account, on the server itself: no fault is met."""
        key = (service, region)
        if key not in self._clients:
            self._clients[key] = self.session.client(service, region, endpoint_url=self._endpoint)
        return self._clients[key]

    def scan(self, *controls: str, regions: Sequence[str] = ("us-east-1",), only: str = "") -> Scan:
        """A scan of this account through the front."""
        return scan_aws(
            Target("fresh", "aws", "payments", tuple(regions)), load_controls(controls),
            clock=lambda: NOW, new_id=lambda: "scan", only_resource=only, session=self.session,
        )  # fmt: skip

    def told(
        self, control: str, regions: Sequence[str] = ("us-east-1",), only: str = ""
    ) -> dict[str, Status]:
        """What the control says, by ARN, or by region where it judges the account in each."""
        verdicts = self.scan(control, regions=regions, only=only).verdicts
        account = {v.resource.region or v.resource.arn: v for v in verdicts}
        by_arn = {v.resource.arn: v for v in verdicts}
        chosen = account if len(account) == len(verdicts) > len(by_arn) else by_arn
        return {key: verdict.status for key, verdict in chosen.items()}
