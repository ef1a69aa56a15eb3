"""Programs in forks of one interpreter that has imported them: starting them anew each time took minutes in all.

Each run is a process of its own with its own words, environment, folder and open files; only the imports are done
before. `python tests/warm.py SOCKET aws|patrol|moto` serves until it is terminated, or whoever started it has ended.
A run of many workers has one AWS CLI and one moto for all of them: `SHARED` are the variables that tell their sockets.
"""

import contextlib
import gc
import io
import logging
import os
import select
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from bot.garbage import collect_in_portions

AWS_SERVICES = (
    "ec2", "s3", "s3control", "rds", "iam", "kms", "cloudtrail", "sts", "elbv2", "eks", "logs", "cloudwatch", "sns",
    "account",
)  # fmt: skip
SCANNED = ("iam", "resourcegroupstaggingapi", "s3", "s3control", "sts")
MANY_COMMANDS = ("ec2", "rds", "iam")
NEEDED = (
    "boto3", "bot.cli.chat", "bot.cli.scan", "bot.doctor", "bot.messages.documents", "bot.messages.terminal",
    "bot.settings", "scanners.aws.scan", "storage.store",
)  # fmt: skip
SHARED = {"aws": "TESTS_WARM_AWS", "moto": "TESTS_WARM_MOTO"}
MOST_BYTES = 1_000_000
FAILED = 255
# What stands for the program (on PATH as `aws`): hands over words, environment, folder and the three open files; waits
# for the end. It imports what is built into the interpreter alone: `socket` and `json` are twice what the rest takes.
CLIENT = """#!{python} -SE
import _socket, posix, sys
way = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
way.connect({address!r})
words = [word.encode(sys.getfilesystemencoding(), "surrogateescape") for word in sys.argv[1:]]
told = b"\\0".join([posix.getcwdb(), b"%d" % len(words), *words, *map(b"=".join, posix.environ.items())])
files = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
way.sendmsg([len(told).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
way.sendall(told)
said = b""
while more := way.recv(64):
    said += more
posix._exit(int(said or 255))
"""
Run = Callable[[list[str]], int]


class Warm:
    """One warm program. Close it: it ends the interpreter."""

    def __init__(self, folder: Path, program: str) -> None:
        self.folder = folder
        # A path of a socket may have a hundred characters or so; a test's folder can be longer.
        self._place = tempfile.TemporaryDirectory(prefix="warm-")
        self.address = str(Path(self._place.name) / "socket")
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).resolve()), self.address, program],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        )  # fmt: skip
        assert self._process.stdout is not None
        self._process.stdout.readline()  # it listens

    def __call__(
        self, words: Sequence[str], environ: Mapping[str, str], folder: Path
    ) -> "subprocess.CompletedProcess[str]":
        """One run, as `subprocess.run` gives it."""
        told = b"\0".join(
            map(os.fsencode, [folder, str(len(words)), *words, *map("=".join, environ.items())])
        )
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as way,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
            Path(os.devnull).open("rb") as nothing,
        ):
            way.settimeout(90)
            way.connect(self.address)
            files = [nothing.fileno(), out.fileno(), err.fileno()]
            socket.send_fds(way, [len(told).to_bytes(4, "big")], files)
            way.sendall(told)
            code = int(way.makefile().read() or FAILED)
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode())
        return subprocess.CompletedProcess(list(words), code, *texts)

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.communicate()
        self._place.cleanup()


class WarmCli:
    """The AWS CLI. `folder` holds an `aws` to be put first on PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shared = os.environ.get(SHARED["aws"], "")
        self._own = None if shared else Warm(folder, "aws")
        stand_in(folder / "aws", self._own.address if self._own else shared)

    def close(self) -> None:
        """End its interpreter, where it has one of its own."""
        if self._own:
            self._own.close()


def stand_in(path: Path, address: str) -> Path:
    """An executable file that runs the warm program of that socket."""
    path.write_text(CLIENT.format(python=sys.executable, address=address), encoding="utf-8")
    path.chmod(0o755)
    return path


def aws() -> Run:
    """The AWS CLI, with all read that every command reads: it is two thirds of what a command costs."""
    from awscli.clidriver import create_clidriver

    driver = create_clidriver()
    driver.session.get_available_services()
    files = driver.session.get_component("data_loader")
    for name in ("endpoints", "partitions", "sdk-default-configuration"):
        files.load_data(name)
    for service in AWS_SERVICES:
        driver.session.get_service_model(service)
        driver.session.create_client(service, region_name="us-east-1")
    commands = driver._get_command_table()
    for service in MANY_COMMANDS:
        commands[service]._get_command_table()
    gc.freeze()
    main: Run = driver.main
    return main


def patrol() -> Run:
    """Patrol's terminal, with what a scan and a store import."""
    from importlib import import_module

    from bot.cli.main import run
    from scanners.aws.clients import Clients, make_session
    from scanners.controls import load_controls

    for name in NEEDED:
        import_module(name)
    load_controls(())
    clients = Clients(make_session(), 1, lambda *_made: None)
    for service in SCANNED:
        clients.get(service)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        run(["findings", "--store", str(Path(folder) / "patrol.db")])  # imports what a store needs
    gc.freeze()  # a fork that collects would copy every page it looks at
    return run


def moto() -> Run:
    """moto's server with every service read that a scan asks: that takes each server nine seconds."""
    from botocore.loaders import JSONFileLoader
    from moto.kms import models
    from moto.moto_api._internal.models import moto_api_backend
    from moto.server import ThreadedMotoServer

    from bot.sandbox.aws import SandboxAws, moto_main
    from bot.scanning import make_scanner
    from bot.times import now_utc
    from scanners.controls.loader import select as select_controls
    from scanners.model import Target

    # Each part of moto reads AWS's files with a loader of its own, time and again.
    file_loader: Any = JSONFileLoader
    file_loader.load_file = cache(JSONFileLoader.load_file)
    moto_main.do_once()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    where = SandboxAws()
    where.endpoint = "http://{}:{}".format(*server.get_host_and_port())
    os.environ.update(where.environment())
    # moto itself has no analyzers: `moto_main` adds them.
    known = tuple(name for name in select_controls(()) if not name.startswith("accessanalyzer."))
    make_scanner(now_utc)(Target("warm", "aws", regions=("us-east-1",)), known)
    server.stop()
    moto_api_backend.reset()
    models.generate_private_key("SYMMETRIC_DEFAULT")
    gc.freeze()

    def run(_words: list[str]) -> int:
        moto_main.main()
        return 0

    return run


def serve(address: str, make: Callable[[], Run]) -> None:
    """Each connection is one run; those that come before the program is ready wait."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(address)
    listening.listen(64)
    print("listening", flush=True)
    collect_in_portions()
    run = make()
    while True:
        ready, _, _ = select.select([listening, sys.stdin], [], [])
        if sys.stdin in ready:
            return  # whoever started this has ended
        way, _from = listening.accept()
        if os.fork() == 0:
            _run(way, run)
        way.close()
        while _reaped():
            pass


def _reaped() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False


def _run(way: socket.socket, run: Run) -> None:
    length, files, _flags, _from = socket.recv_fds(way, 4, 3)
    told = b""
    while len(told) < min(int.from_bytes(length, "big"), MOST_BYTES):
        told += way.recv(65_536)
    folder, number, *texts = map(os.fsdecode, told.split(b"\0"))
    words, environ = texts[: int(number)], dict(text.split("=", 1) for text in texts[int(number) :])
    code = FAILED
    try:
        for target, file in enumerate(files):
            os.dup2(file, target)
            os.close(file)
        os.environ.clear()
        os.environ.update(environ)
        os.chdir(folder)
        code = run(words)
        sys.stdout.flush()
        sys.stderr.flush()
        way.sendall(str(code).encode())
    finally:
        os._exit(code)  # where it was killed, or broke, nothing was said and `way` is closed: it FAILED


if __name__ == "__main__":
    serve(sys.argv[1], {"aws": aws, "moto": moto, "patrol": patrol}[sys.argv[2]])
