"""The whole of Patrol on loopback: a Slack workspace, an AWS account, and the process between them."""

import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from bot.process import Process
from bot.sandbox.aws import REGIONS, SandboxAws, build_company
from bot.sandbox.month.acme import team_tables, with_teams
from bot.sandbox.slack import SandboxSlack, acme_workspace
from bot.sandbox.slack.workspace import from_manifest
from bot.scanning import make_scanner
from bot.settings import Settings, load
from bot.times import now_utc
from storage.store import Store

MANIFEST = Path(__file__).parents[2] / "manifest.yml"
TEAM_CHANNEL = "C0PAYMENTS"
TARGET = "prod"
CONFIG = f"""\
[roles]
security = ["S0SECURITY"]

[[team]]
name = "payments"
channel = "{TEAM_CHANNEL}"
leads = ["U0LEAD"]
members = ["U0DEV1", "U0DEV2"]
realtime = "high"
timezone = "Europe/Berlin"

[[target]]
name = "{TARGET}"
kind = "aws"
owner = "payments"
regions = {list(REGIONS)}

[[schedule]]
run = "scan {TARGET}"
cron = "0 3 * * *"
timezone = "Europe/Berlin"
"""


class Stage:
    """Starts everything in `folder` (a temporary one where none is named); `close` ends and removes it."""

    def __init__(
        self, folder: Path | None = None, store: Path | None = None, port: int = 0, *, month: bool = False
    ) -> None:
        """With `month`, the people and teams of a played month (`bot.sandbox.month`) are there as well."""
        self._ending = ExitStack()
        temporary = self._ending.enter_context(tempfile.TemporaryDirectory(prefix="patrol-demo-"))
        self.folder = folder or Path(temporary)
        self._store_path = store
        workspace = with_teams(acme_workspace()) if month else acme_workspace()
        self._config = CONFIG + (team_tables() if month else "")
        self.slack = SandboxSlack(
            from_manifest(workspace, MANIFEST) if MANIFEST.exists() else workspace, port=port
        )
        self.aws = SandboxAws()
        self.process: Process | None = None
        self._before = dict(os.environ)

    def open_aws(self) -> None:
        """The account, with the company in it; this process's AWS calls go there from now on."""
        self._ending.callback(self.aws.stop)
        self.aws.start()
        build_company(self.aws)
        self._ending.callback(self._restore)
        os.environ.update(self.aws.environment())
        os.environ.pop("AWS_PROFILE", None)

    def open_slack(self) -> None:
        """The workspace. Raises OSError where its port is taken."""
        self._ending.callback(self.slack.stop)
        self.slack.start()

    def open_patrol(self) -> None:
        """Patrol itself, connected by Socket Mode."""
        settings = self.settings()
        self.process = Process(settings, Store(settings.store), make_scanner(now_utc), now_utc)
        self._ending.callback(self.process.stop)
        self.process.start()
        self.slack.wait_for(lambda: self.slack.connections, 15, "Patrol's Socket Mode connection")

    def settings(self) -> Settings:
        """What `patrol serve` would read."""
        config = self.folder / "patrol.toml"
        config.write_text(self._config, encoding="utf-8")
        return load(self.environment(), config=config, store=self._store_path)

    def environment(self) -> Mapping[str, str]:
        """The tokens of the sandbox."""
        return {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "SLACK_API_URL": self.slack.base_url,
        }

    def close(self) -> None:
        """End everything, the newest first."""
        self._ending.close()

    def _restore(self) -> None:
        os.environ.clear()
        os.environ.update(self._before)

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
