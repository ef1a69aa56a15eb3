"""The terminal as a person and a build use it: processes of their own, exit codes, documents on standard output."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.cli.main import run
from bot.cli.person import system_user
from bot.sandbox.aws import SandboxAws
from bot.sandbox.aws.company import _buckets, _people
from bot.sandbox.slack import SandboxSlack
from scanners.controls.loader import control_files
from tests.warm import Warm

ROOT = Path(__file__).parents[3]
CONTROLS = "s3.public,s3.versioning,iam.root_mfa"
CONFIG = """\
[[team]]
name = "payments"
channel = "C0PAYMENTS"
members = ["U0DEV1"]
[[target]]
name = "prod"
kind = "aws"
owner = "payments"
regions = ["us-east-1"]
"""


@pytest.fixture(scope="module")
def aws() -> Iterator[SandboxAws]:
    with SandboxAws() as made:
        _people(made)
        _buckets(made)
        yield made


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    made = Warm(tmp_path_factory.mktemp("warm"), "patrol")
    yield made
    made.close()


class Terminal:
    """Runs `patrol` in a folder of its own."""

    def __init__(self, warm: Warm, folder: Path, environ: dict[str, str]) -> None:
        self._warm, self.folder = warm, folder
        base = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SLACK_", "PATROL_"))}
        self.environ = (
            base
            | {"PYTHONPATH": str(ROOT), "HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true"}
            | environ
        )

    def __call__(self, *words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        return self._warm(words, self.environ | environ, self.folder)

    def cold(self, *words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        """In an interpreter of its own, from its first import on."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *words], cwd=self.folder, env=self.environ | environ,
            capture_output=True, text=True, check=False, timeout=90,
        )  # fmt: skip

    def json(self, *words: str) -> Any:
        """The document that `words --format json` prints."""
        return json.loads(self(*words, "--format", "json").stdout)


@pytest.fixture
def patrol(tmp_path: Path, aws: SandboxAws, warm: Warm) -> Terminal:
    return Terminal(warm, tmp_path, aws.environment())


@pytest.fixture
def bare(tmp_path: Path, warm: Warm) -> Terminal:
    """No AWS, no Slack."""
    return Terminal(warm, tmp_path, {})


def test_a_scan_without_configuration_prints_one_document_and_writes_nothing(patrol: Terminal) -> None:
    done = patrol.cold("scan", "aws", "--regions", "us-east-1", "--controls", CONTROLS, "--format", "json")
    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert set(document) == {"schema", "target", "started", "finished", "verdicts", "coverage", "stats"}
    assert document["schema"] == "patrol.scan/1"
    assert {v["control"] for v in document["verdicts"]} == set(CONTROLS.split(","))
    assert set(document["verdicts"][0]) == {
        "control", "status", "resource_arn", "resource_id", "region", "severity", "evidence", "reason", "missing_permission",
    }  # fmt: skip
    assert document["stats"]["api_calls"] > 0
    assert list(patrol.folder.iterdir()) == []


def test_a_scan_that_finds_nothing_wrong_ends_with_nought(patrol: Terminal) -> None:
    done = patrol("scan", "aws", "--regions", "us-east-1", "--controls", "iam.root_access_key")
    assert (done.returncode, "Nothing fails" in done.stdout) == (0, True)


def test_a_scan_that_could_not_check_ends_with_two(patrol: Terminal) -> None:
    done = patrol(
        "scan",
        "aws",
        "--controls",
        "s3.public",
        "--regions",
        "us-east-1",
        AWS_ENDPOINT_URL_S3="http://127.0.0.1:9",
    )
    assert done.returncode == 2
    assert "UNKNOWN" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("scan", "aws", "--controls", "s3.pubic"), "s3.public"),
        (("scan", "aws", "--regions", "moon"), "eu-west-1"),
        (("scan", "aws", "--region", "x"), "--regions"),
        (("scan", "aws", "--format", "xml"), "table or json"),
        (("findigs",), "findings"),
        (("findings", "--colour", "x"), "no --colour"),
        (("findings", "severity:hihg"), "high"),
        (("store", "rebild"), "Usage"),
        (("audit",), "Usage"),
        (("--hlep",), "--help"),
    ],
)
def test_wrong_words_end_with_64_and_the_right_ones(
    patrol: Terminal, words: tuple[str, ...], told: str
) -> None:
    done = patrol(*words)
    assert done.returncode == 64, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_no_credentials_is_one_clear_error(bare: Terminal) -> None:
    done = bare("scan", "aws", "--regions", "us-east-1", "--controls", "s3.public")
    assert done.returncode == 2
    assert "AWS_PROFILE" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_no_network_is_one_clear_error(bare: Terminal) -> None:
    environ = {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_MAX_ATTEMPTS": "1",
    }
    done = bare("scan", "aws", "--regions", "us-east-1", "--controls", "s3.public", **environ)
    assert (done.returncode, "can't be reached" in done.stderr) == (2, True)


def test_the_life_of_a_finding_on_a_terminal(patrol: Terminal, aws: SandboxAws) -> None:
    (patrol.folder / "patrol.toml").write_text(CONFIG)
    assert patrol("scan", "prod", "--controls", CONTROLS).returncode == 1
    listed = patrol.json("findings", "control:s3.versioning")
    assert listed["schema"] == "patrol.findings/1"
    finding = listed["findings"][0]
    assert set(finding) == {
        "id", "control", "scope", "resource", "region", "severity", "state", "detection", "disposition", "claim", "episode",
        "first_seen", "opened_at", "fixed_at", "last_checked", "due", "stale", "team",
    }  # fmt: skip
    short = finding["id"][4:12]
    assert patrol("findings").returncode == 1
    done = patrol.json("acknowledge", short)
    assert (done["schema"], done["ok"], done["finding"]["state"]) == ("patrol.reply/1", True, "acknowledged")
    again = patrol("acknowledge", short, "--format", "json")
    assert (again.returncode, json.loads(again.stdout)["ok"]) == (3, False)
    assert patrol("fixed", short).returncode == 1  # not yet
    name = finding["resource"].rsplit(":", 1)[1]
    region = {"eu-west-1": "eu-west-1"}.get(finding["region"], "us-east-1")
    aws.client("s3", region).put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    proven = patrol("fixed", short)
    assert (proven.returncode, "Proven" in proven.stdout) == (0, True)
    assert patrol.json("findings", "state:fixed")["findings"][0]["id"] == finding["id"]
    assert finding["id"] not in {f["id"] for f in patrol.json("findings")["findings"]}
    assert patrol("store", "rebuild", "--check").returncode == 0
    assert patrol("audit", "verify").returncode == 0
    assert (
        patrol("show", short).returncode
        == patrol("fix", short).returncode
        == patrol("status").returncode
        == 0
    )
    assert patrol("show", "ffffffff").returncode == 64
    assert patrol("store", "backup", "copy.db").returncode == 0
    assert patrol("findings", "--store", "copy.db").returncode == 1
    assert patrol("store", "backup", "copy.db").returncode == 2


def test_an_ad_hoc_scan_is_recorded_where_a_store_is_named(patrol: Terminal) -> None:
    patrol("scan", "aws", "--regions", "us-east-1", "--controls", "iam.root_mfa", "--store", "x.db")
    assert len(patrol.json("findings", "--store", "x.db")["findings"]) == 1


def test_roles_hold_on_a_terminal_once_people_are_named(patrol: Terminal) -> None:
    me = f"os:{system_user(os.environ)}"
    (patrol.folder / "patrol.toml").write_text(CONFIG)
    patrol("scan", "prod", "--controls", "iam.root_mfa")
    short = patrol.json("findings")["findings"][0]["id"][4:12]
    (patrol.folder / "patrol.toml").write_text(CONFIG + '[people]\n"os:nobody-else" = "U0DEV1"\n')
    refused = patrol("acknowledge", short)
    assert (refused.returncode, "U0DEV1" in refused.stderr) == (3, True)
    assert patrol("acknowledge", short, "--as", "U0DEV1").returncode == 3
    (patrol.folder / "patrol.toml").write_text(CONFIG + f'[people]\noperators = ["{me}"]\n')
    assert patrol("acknowledge", short, "--as", "U0GUEST").returncode == 3
    assert patrol("acknowledge", short, "--as", "U0DEV1").returncode == 0


def test_a_broken_ledger_is_named(patrol: Terminal) -> None:
    import sqlite3

    patrol("scan", "aws", "--regions", "us-east-1", "--controls", "iam.root_mfa", "--store", "x.db")
    with sqlite3.connect(patrol.folder / "x.db") as connection:
        connection.execute("drop trigger events_no_update")
        connection.execute("update events set actor = 'evil' where seq = 1")
    done = patrol("audit", "verify", "--store", "x.db")
    assert (done.returncode, "Broken at event 1" in done.stdout) == (2, True)


def test_stores_that_cannot_be_used_are_told(patrol: Terminal) -> None:
    (patrol.folder / "notes.db").write_text("x" * 5000)
    for store, told in (("notes.db", "not a Patrol store"), ("none/x.db", "does not exist"), (".", "")):
        done = patrol("findings", "--store", store)
        assert done.returncode == 2
        assert told in done.stderr
        assert "Traceback" not in done.stderr


def test_init_writes_a_file_that_is_right_and_never_overwrites(bare: Terminal) -> None:
    assert bare("init").returncode == 0
    assert bare("config", "check").returncode == 0
    (bare.folder / "patrol.toml").write_text("mine")
    assert bare("init").returncode == 64
    assert (bare.folder / "patrol.toml").read_text() == "mine"


def test_every_command_has_help_that_can_be_read(bare: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    overview = bare.cold("--help")
    assert overview.returncode == 0
    names = [line.split()[0] for line in overview.stdout.splitlines() if line.startswith("  ")]
    assert {"scan", "serve", "findings", "fixed", "doctor"} <= set(names)
    for name in names:  # in this process: forty of them would be forty starts
        assert (run([name, "--help"]), name in capsys.readouterr().out) == (0, True), name


def test_controls_can_be_listed_and_tested(bare: Terminal) -> None:
    assert {each["id"] for each in bare.json("controls", "list")["controls"]} == set(control_files())
    assert bare("controls", "test", "s3.*").returncode == 0


def test_help_is_quick_because_nothing_heavy_is_imported(bare: Terminal) -> None:
    code = "import sys; from bot.cli import main; main(['--help']); print([m for m in ('boto3','slack_bolt','sqlite_utils','jinja2','cel_expr_python') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=bare.environ,
        cwd=bare.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_doctor_finds_what_is_wrong_and_what_is_well(patrol: Terminal) -> None:
    with SandboxSlack() as slack:
        slack.kick("C0PAYMENTS")
        (patrol.folder / "patrol.toml").write_text(CONFIG)
        tokens = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.base_url,
        }
        done = patrol("doctor", **tokens)
        assert done.returncode == 2
        assert "/invite @Patrol" in done.stdout
        every = len(control_files())
        assert f"Account 123456789012: {every} of {every}" in done.stdout or "checks work" in done.stdout
        slack.invite("C0PAYMENTS")
        assert patrol("doctor", **tokens).returncode == 0
        assert "SLACK_BOT_TOKEN is not set" in patrol("doctor").stdout


def test_serve_needs_its_tokens(bare: Terminal) -> None:
    done = bare("serve")
    assert done.returncode == 64
    assert len(done.stderr.splitlines()) == 2


def test_serve_runs_until_sigterm_and_ends_with_nought(patrol: Terminal) -> None:
    (patrol.folder / "patrol.toml").write_text(CONFIG)
    with SandboxSlack() as slack:
        environ = patrol.environ | {
            "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token, "SLACK_API_URL": slack.base_url,
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"],
            cwd=patrol.folder,
            env=environ,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            slack.wait_for(lambda: slack.connections, 20, "the connection")
            assert slack.command("U0DEV1", "C0PAYMENTS", "help").acked
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(12) == 0
            assert time.monotonic() - began < 10
            log = process.stderr.read() if process.stderr else ""
        finally:
            process.kill()
            process.wait()
    assert "process.stopped" in log
    assert slack.bot_token not in log


def test_serve_survives_kill_nine_and_goes_on(patrol: Terminal) -> None:
    (patrol.folder / "patrol.toml").write_text(CONFIG)
    with SandboxSlack() as slack:
        environ = patrol.environ | {
            "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token, "SLACK_API_URL": slack.base_url,
        }  # fmt: skip

        def start() -> "subprocess.Popen[bytes]":
            before = slack.connections
            made = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve"],
                cwd=patrol.folder,
                env=environ,
                stderr=subprocess.DEVNULL,
            )
            slack.wait_for(lambda: slack.connections > before, 20, "the connection")
            return made

        process = start()
        slack.command("U0DEV1", "C0PAYMENTS", "scan prod")
        slack.wait_for(lambda: slack.messages("C0PAYMENTS"), 40, "the message that follows the scan")
        process.kill()
        process.wait()
        slack.wait_for(lambda: not slack.connections, 10, "the dead connection gone")
        process = start()
        try:
            slack.wait_for(
                lambda: [m for m in slack.messages("C0PAYMENTS") if "First scan of prod" in m["text"]],
                40,
                "the summary",
            )
        finally:
            process.terminate()
            process.wait(12)
        texts = [m["text"].split("\n")[0] for m in slack.messages("C0PAYMENTS")]
        assert len(texts) == len(set(texts))


def test_the_demo_without_its_extra_says_what_to_install(bare: Terminal, tmp_path: Path) -> None:
    lame = tmp_path / "lame"
    lame.mkdir()
    (lame / "aiohttp.py").write_text("raise ImportError('no', name='aiohttp')")
    done = bare.cold("demo", "--once", PYTHONPATH=f"{lame}:{ROOT}")
    assert (done.returncode, "make demo" in done.stderr) == (2, True)
    shutil.rmtree(lame)
