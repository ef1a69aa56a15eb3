"""moto's server as a process of its own, so that its work does not slow the bot down."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from scanners.aws.clients import make_session
from scanners.errors import PatrolError

ACCOUNT = "123456789012"  # moto's own
REGIONS = ("eu-west-1", "us-east-1")
START_S = 30


def session_of(key: str, secret: str, token: str | None = None) -> Any:
    """A boto3 session with these credentials; AWS's service models are read once a process for all of them."""
    from botocore.credentials import Credentials

    return make_session(Credentials(key, secret, token))


class SandboxAws:
    """Start it, then point boto3 or the AWS CLI at it by `environment`. `command` is what runs moto's server."""

    command: tuple[str, ...] = (sys.executable, "-m", "bot.sandbox.aws.moto_main")

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self.endpoint = ""
        self._session: Any = None
        self._clients: dict[tuple[str, str], Any] = {}

    def start(self) -> "SandboxAws":
        """Returns once it answers. Raises PatrolError where moto is not installed or does not start."""
        environ = os.environ | {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}
        # Set, it would be the one account; without it whoever assumes another account's role is in that account.
        environ.pop("MOTO_ACCOUNT_ID", None)
        self._process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=environ, cwd=Path(__file__).parents[3],
        )  # fmt: skip
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith("http://127.0.0.1:"):
            self.stop()
            raise PatrolError(
                "The AWS sandbox did not start: moto is missing. Install patrol-bot[sandbox], or use `make demo`."
            )
        self.endpoint = line.strip()
        return self

    def stop(self) -> None:
        """End the process; it also ends by itself when this one does, for its standard input closes."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(3)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    def __enter__(self) -> "SandboxAws":
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def environment(self) -> dict[str, str]:
        """What makes boto3 and the AWS CLI talk to the sandbox and to nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_PAGER": "",
        }

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A boto3 client on the sandbox, whatever the environment says; made once, for making one is slow."""
        key = (service, region)
        if key not in self._clients:
            self._session = self._session or session_of("sandbox", "sandbox")
            self._clients[key] = self._session.client(service, region, endpoint_url=self.endpoint)
        return self._clients[key]

    def age_key(self, user: str, key: str, days: int) -> None:
        """Make an access key `days` older: the API gives every new key today's date."""
        self._tell({"user": user, "key": key, "days": days})

    def age_user(self, user: str, days: int) -> None:
        """Make a user and their password `days` older; their keys stay as they are."""
        self._tell({"user": user, "key": "", "days": days})

    def _tell(self, order: dict[str, object]) -> None:
        assert self._process is not None and self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        if answer != "done":
            raise PatrolError(f"The AWS sandbox could not do that: {answer or 'it ended'}.")
