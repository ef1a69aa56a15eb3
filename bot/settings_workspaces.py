"""[[workspace]]: which Slack workspaces one process serves, and which environment variables hold their tokens."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot import settings_ids as ids
from bot.settings_tables import Tables
from bot.settings_values import api_url, shown

KEYS = ("id", "bot_token", "app_token", "signing_secret", "api_url")


@dataclass(frozen=True, slots=True)
class Workspace:
    """One workspace. The `..._name`s are environment variables; what they hold never shows in a repr.

    One app may be installed in several workspaces: its app-level token and signing secret are then the same.
    """

    id: str
    bot_token_name: str
    app_token_name: str = "SLACK_APP_TOKEN"  # noqa: S105  # the name of a variable
    signing_secret_name: str = "SLACK_SIGNING_SECRET"  # noqa: S105  # likewise
    api_url: str = ""
    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)

    def filled(self, environ: Mapping[str, str]) -> "Workspace":
        """With what the environment holds now, "" where it holds nothing."""
        return replace(
            self,
            bot_token=environ.get(self.bot_token_name, ""),
            app_token=environ.get(self.app_token_name, ""),
            signing_secret=environ.get(self.signing_secret_name, ""),
            api_url=self.api_url or slashed(environ.get("SLACK_API_URL", "")),
        )


def slashed(url: str) -> str:
    """The address with a slash at its end; "" stays empty."""
    return url if not url or url.endswith("/") else url + "/"


def read_workspaces(tables: Tables) -> list[Workspace]:
    """Every [[workspace]]; those whose id is wrong are told and left out."""
    found: list[Workspace] = []
    at: dict[str, str] = {}  # what may be there once: the place that has it
    for place, entry in tables.entries("workspace", KEYS):
        needed = "Write the workspace's id, such as T024BE91L."
        identity = tables.text(entry, f"{place}.id", check=ids.workspace, needed=needed)
        needed = "Name the environment variable that holds it, such as SLACK_BOT_TOKEN_ACME."
        bot = tables.text(
            entry, f"{place}.bot_token", check=ids.variable, needed=needed, hidden=True
        )  # fmt: skip
        for key, value in (("id", identity), ("bot_token", bot)):
            if value and value in at:
                tables.wrong(
                    f"{place}.{key}", f"{shown(value)} is that of {at[value]} already. Each has its own."
                )
            elif value:
                at[value] = place
        app = tables.text(entry, f"{place}.app_token", check=ids.variable, hidden=True)
        secret = tables.text(entry, f"{place}.signing_secret", check=ids.variable, hidden=True)
        url = tables.text(entry, f"{place}.api_url", check=api_url, hidden=True)
        if not identity:
            tables.unsure.add("workspace")
            continue
        made = Workspace(identity, bot, api_url=slashed(url))
        found.append(
            replace(
                made,
                app_token_name=app or made.app_token_name,
                signing_secret_name=secret or made.signing_secret_name,
            )
        )
    return found
