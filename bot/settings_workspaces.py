"""[[workspace]]: which Slack workspaces one process serves, and which environment variables hold their tokens."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot import settings_ids as ids
from bot.settings_tables import Table, Tables
from bot.settings_values import api_url, shown
from scanners.errors import CredentialError

KEYS = ("id", "bot_token", "app_token", "signing_secret", "api_url")
# No mistake, for who owns every target needs no default.
UNOWNED_UNSEEN = "What no team owns is shown in none of the workspaces, as [routing] has no default team. A terminal lists it."


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


def wrong_workspace(workspace: Workspace, team: str) -> CredentialError:
    """What to say where the token is that of `team`, the id that Slack gave."""
    return CredentialError(
        f"{workspace.bot_token_name} is the token of {team or 'another workspace'}, not of {workspace.id}. Nothing was"
        " sent. Set the right token, or mend [[workspace]] id."
    )


def slashed(url: str) -> str:
    """The address with a slash at its end; "" stays empty."""
    return url if not url or url.endswith("/") else url + "/"


def read_workspaces(tables: Tables) -> list[Workspace]:
    """Every [[workspace]]; those whose id is wrong are told and left out."""
    read = [(place, _workspace(tables, place, entry)) for place, entry in tables.entries("workspace", KEYS)]
    for key, field_name in (("id", "id"), ("bot_token", "bot_token_name")):
        first: dict[str, str] = {}
        for place, workspace in read:
            value = getattr(workspace, field_name)
            if value and first.setdefault(value, place) != place:
                told = f"{shown(value)} is that of {first[value]} already. Each has its own."
                tables.wrong(f"{place}.{key}", told)
                tables.unsure.add("workspace")
    if not all(workspace.id for _place, workspace in read):
        tables.unsure.add("workspace")
    return [workspace for _place, workspace in read if workspace.id]


def _workspace(tables: Tables, place: str, entry: Table) -> Workspace:
    def name_at(key: str, needed: str = "") -> str:
        return tables.text(entry, f"{place}.{key}", check=ids.variable, needed=needed, hidden=True)

    needed = "Write the workspace's id, such as T024BE91L."
    identity = tables.text(entry, f"{place}.id", check=ids.workspace, needed=needed)
    bot = name_at("bot_token", "Name the environment variable that holds it, such as SLACK_BOT_TOKEN_ACME.")
    url = tables.text(entry, f"{place}.api_url", check=api_url, hidden=True)
    made = Workspace(identity, bot, api_url=slashed(url))
    return replace(
        made,
        app_token_name=name_at("app_token") or made.app_token_name,
        signing_secret_name=name_at("signing_secret") or made.signing_secret_name,
    )
