"""The scanner that commands are given: chooses by the target's kind, imports late."""

import uuid
from collections.abc import Callable
from datetime import datetime
from threading import Event as StopSignal

from commands.model import Progress, Scanner
from scanners.errors import ConfigError
from scanners.model import Scan, Target


def make_scanner(now: Callable[[], datetime], new_id: Callable[[], str] | None = None) -> Scanner:
    """A scanner with this clock. `new_id` names scans; by default a random 128-bit id."""
    identify = new_id or _random_id

    def scanner(
        target: Target,
        controls: tuple[str, ...],
        *,
        only_resource: str = "",
        trigger: str = "command",
        progress: Progress | None = None,
        cancel: StopSignal | None = None,
    ) -> Scan:
        if target.kind == "import":
            raise ConfigError(
                f"{target.name} is fed by `patrol import --target {target.name}`; there is nothing to scan."
            )
        if target.kind == "securityhub":
            from scanners.aws.securityhub import scan_security_hub

            return scan_security_hub(
                target, clock=now, new_id=identify, trigger=trigger, progress=progress, cancel=cancel
            )
        if target.kind != "aws":
            raise ConfigError(
                f"The target {target.name} has the kind {target.kind!r}; Patrol scans aws and securityhub."
            )
        from scanners.aws.scan import scan_aws
        from scanners.controls import load_controls

        return scan_aws(
            target, load_controls(controls), clock=now, new_id=identify, only_resource=only_resource,
            trigger=trigger, progress=progress, cancel=cancel,
        )  # fmt: skip

    return scanner


def warm() -> None:
    """Read what every scan needs: a worker process does so before its first order comes."""
    import scanners.aws.scan  # noqa: F401
    from scanners.aws.clients import import_boto3
    from scanners.controls import load_controls

    import_boto3()
    load_controls(())


def _random_id() -> str:
    return uuid.uuid4().hex
