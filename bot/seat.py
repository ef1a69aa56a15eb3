"""One Slack workspace that Patrol serves: its client, its people, its desk and its sender."""

import logging
from collections.abc import Callable
from datetime import datetime
from threading import Event as StopSignal
from typing import Any

from slack_bolt.authorization import AuthorizeResult

from bot.desk import Desk
from bot.directory import Directory
from bot.features import Features
from bot.followups import Followups
from bot.logs import event
from bot.sender import Sender
from bot.settings_workspaces import Workspace, wrong_workspace
from bot.slack import Refused, Slack, SlackError, web_client
from commands.model import Scanner
from commands.people import Organisation
from scanners.errors import CredentialError
from storage import workspaces
from storage.post_rows import Lane
from storage.store import Store

log = logging.getLogger("patrol.process")
REVOKED = ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "not_allowed_token_type")
LONGEST_WAIT_S = 30.0


class Seat:
    """`workspace.id` is "" where one workspace is served and its id was not configured.

    With several, each seat sends the posts of its own teams' channels alone, and answers with what its own
    workspace may see alone.
    """

    def __init__(
        self, workspace: Workspace, organisation: Organisation, store: Store, scanner: Scanner,
        now: Callable[[], datetime], wake: Callable[[], None], followups: Followups,
    ) -> None:  # fmt: skip
        self.workspace, self._store, self._now = workspace, store, now
        self.features = Features()
        self.client = web_client(workspace.bot_token, workspace.api_url)
        self.slack = Slack(self.client)
        self.directory = Directory(organisation, store, self.slack, self.features, now, workspace.id)
        self.desk = Desk(
            store, self.slack, self.directory, self.features, followups, scanner, now, wake,
            workspace=workspace.id,
        )  # fmt: skip
        self.sender = Sender(store, self.slack, self.features, now, lane=_lane(organisation, workspace.id))
        self.team = ""
        self.known: AuthorizeResult | None = None

    def introduce(self, stop: StopSignal) -> None:
        """Learn from Slack who we are there. Waits while it cannot be reached.

        Raises CredentialError where the token is refused, or is that of another workspace.
        """
        who = self._who_am_i(stop)
        self.team = str(who.get("team_id") or "")
        if self.workspace.id and self.team != self.workspace.id:
            raise wrong_workspace(self.workspace, self.team)
        self.known = AuthorizeResult(
            enterprise_id=who.get("enterprise_id"),
            team_id=who.get("team_id"),
            bot_token=self.client.token,
            bot_id=who.get("bot_id"),
            bot_user_id=who.get("user_id"),
        )
        with self._store.write() as connection:
            workspaces.keep(
                connection, self.team, str(who.get("team") or ""), str(who.get("url") or ""), self._now()
            )
        self.directory.refresh_groups()
        event(log, "workspace.known", team=self.team, bot=who.get("user_id"))

    def _who_am_i(self, stop: StopSignal) -> dict[str, Any]:
        wait = 0.5
        while True:
            try:
                return self.slack.call("auth.test")
            except Refused as refused:
                if refused.code in REVOKED:
                    raise CredentialError(
                        f"Slack refuses {self.workspace.bot_token_name} ({refused.code}). Copy the Bot User OAuth"
                        " Token (xoxb-...) from OAuth & Permissions in the app's settings."
                    ) from refused
                raise
            except SlackError as error:
                event(log, "slack.unreachable", level=logging.WARNING, error=error, seconds=wait)
            if stop.wait(wait):
                raise CredentialError("Patrol was stopped before Slack could be reached.")
            wait = min(LONGEST_WAIT_S, wait * 2)


def _lane(organisation: Organisation, workspace: str) -> Lane | None:
    if not workspace:
        return None
    own = [team for team in organisation.teams if team.workspace == workspace or not team.workspace]
    return Lane(tuple(sorted({team.channel for team in own if team.channel})), workspace)
