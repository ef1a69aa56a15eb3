"""The AWS CLI in forks of one interpreter that has imported it: starting it anew for each fix took a minute in all.

It is the same program with the same words, environment, folder and files; only its imports are done before.
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

SERVICES = ("ec2", "s3", "s3control", "rds", "iam", "kms", "cloudtrail", "sts")
MOST_BYTES = 1_000_000
# What stands on PATH as `aws`: hands over words, environment, folder and the three open files; waits for the end.
CLIENT = """#!{python} -SE
import json, os, socket, sys
way = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
way.connect({address!r})
told = json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode()
socket.send_fds(way, [len(told).to_bytes(4, "big")], [0, 1, 2])
way.sendall(told)
sys.exit(int(way.makefile().read() or 255))
"""


class WarmCli:
    """`folder` holds an `aws` to be put first on PATH. Close it: it ends the interpreter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        address = str(folder / "aws.socket")
        shim = folder / "aws"
        shim.write_text(CLIENT.format(python=sys.executable, address=address), encoding="utf-8")
        shim.chmod(0o755)
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve()), address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()  # it listens

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.communicate()


def serve(address: str) -> None:
    """Until it is terminated: each connection is one run of the CLI."""
    from awscli.clidriver import create_clidriver

    driver = create_clidriver()
    for service in SERVICES:  # read once: EC2's model alone takes a third of a second
        driver.session.get_service_model(service)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(address)
    listening.listen(8)
    print("listening", flush=True)
    while True:
        way, _from = listening.accept()
        if os.fork() == 0:
            _run(way, driver)
        way.close()
        while _reaped():
            pass


def _reaped() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False


def _run(way: socket.socket, driver: Any) -> None:
    length, files, _flags, _from = socket.recv_fds(way, 4, 3)
    told = b""
    while len(told) < min(int.from_bytes(length, "big"), MOST_BYTES):
        told += way.recv(65_536)
    words, environ, folder = json.loads(told)
    child = os.fork()
    if child == 0:
        for target, file in enumerate(files):
            os.dup2(file, target)
        os.environ.clear()
        os.environ.update(environ)
        os.chdir(folder)
        code = driver.main(words)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    status = os.waitpid(child, 0)[1]
    way.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    way.close()
    os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1])
