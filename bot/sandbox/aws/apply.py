"""Applies a fix exactly as it is shown: the text into bash, the real `aws` behind it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from scanners.errors import PatrolError

LONGEST_S = 60
# AWS CLI 1 sends RDS in us-east-1 to rds.amazonaws.com, whatever AWS_ENDPOINT_URL says; a flag it does obey.
_TO_THE_SANDBOX = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }\n'


@dataclass(frozen=True, slots=True)
class Applied:
    """What the shell said. `seconds` is the time until it ended."""

    returncode: int
    output: str
    seconds: float


def apply_fix(cli: str, environment: Mapping[str, str]) -> Applied:
    """Run `cli` in bash as a person would paste it, stopping at the first command that fails.

    `environment` must name a loopback AWS_ENDPOINT_URL. Raises PatrolError where it does not, or where the
    AWS CLI is not installed beside this Python.
    """
    endpoint = environment.get("AWS_ENDPOINT_URL", "")
    if urlsplit(endpoint).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise PatrolError(
            f"{endpoint or 'No AWS_ENDPOINT_URL'}: fixes are applied by machine to the sandbox alone."
        )
    beside = str(Path(sys.executable).parent)
    path = os.pathsep.join([beside, os.environ.get("PATH", "/usr/bin:/bin")])
    if shutil.which("aws", path=path) is None:
        raise PatrolError("The AWS CLI is not installed. Install patrol-bot[sandbox], or use `make demo`.")
    environ = {
        "PATH": path,
        "HOME": os.devnull,
        "LANG": "C.UTF-8",
        **environment,
        # S3 Control puts the account before the host; a name like that is only found through a proxy.
        "HTTP_PROXY": endpoint,
        # Whatever asks for another host over TLS ends here: moto is no such proxy, and refuses.
        "HTTPS_PROXY": endpoint,
        "AWS_MAX_ATTEMPTS": "2",
    }
    began = time.monotonic()
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", _TO_THE_SANDBOX + cli],
        env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST_S, check=False,
    )  # fmt: skip
    return Applied(done.returncode, (done.stdout + done.stderr).strip(), time.monotonic() - began)
