"""A built account in a process of its own: its address, its truth, and the environment that points at it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.aws.site import REGIONS
from tests.benchmarks.aws.truth import Truth

ROOT = Path(__file__).parents[3]


class BuiltAccount:
    """`with BuiltAccount(seed, size) as account`: about `size` resources over the first `regions` of REGIONS."""

    def __init__(self, seed: int, size: int, regions: int = 3) -> None:
        self.seed, self.size, self.regions = seed, size, REGIONS[:regions]
        self.endpoint, self.resources, self.truth = "", 0, Truth()
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "BuiltAccount":
        with tempfile.TemporaryDirectory() as folder:
            told, said = Path(folder) / "truth.json", Path(folder) / "stderr"
            # moto prints a traceback for every call that it does not know.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.benchmarks.aws.account_server", str(self.seed), str(self.size),
                 ",".join(self.regions), str(told)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said.open("w"), text=True, cwd=ROOT,
            )  # fmt: skip
            assert self._process.stdout is not None
            line = self._process.stdout.readline().split()
            if len(line) != 3:
                self.__exit__()
                raise RuntimeError(f"the account could not be built: {said.read_text()[-2000:]}")
            self.endpoint, self.resources = line[0], int(line[1])
            self.truth = Truth.load(told.read_text())
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process is not None and self._process.stdin and self._process.stdout
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._process.stdout.close()

    def environment(self, endpoint: str = "") -> dict[str, str]:
        """What makes an AWS client talk to the account (or to `endpoint` before it) and to nothing else."""
        return {
            "AWS_ENDPOINT_URL": endpoint or self.endpoint,
            "AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }  # fmt: skip
