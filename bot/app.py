"""Builds the Bolt app: Slack's payloads come in by Socket Mode (default) or signed HTTP."""

import logging
from concurrent.futures import Executor
from typing import Any

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.desk import Desk
from bot.listeners import listen


def build_app(desk: Desk, client: WebClient, who: dict[str, Any], signing_secret: str, work: Executor) -> App:
    """The app, whose answers are worked out in `work`, for the workspace that `who` (the answer of auth.test) names.

    Bolt would ask auth.test before the first payload; a hiccup there would cost a click its answer.
    """
    known = AuthorizeResult(
        enterprise_id=who.get("enterprise_id"),
        team_id=who.get("team_id"),
        bot_token=client.token,
        bot_id=who.get("bot_id"),
        bot_user_id=who.get("user_id"),
    )

    def authorize() -> AuthorizeResult:
        return known

    logger = logging.getLogger("patrol.bolt")
    logger.setLevel(logging.ERROR)  # its warnings are about the two ways to give a token
    app = App(
        client=client,
        authorize=authorize,
        signing_secret=signing_secret or "not-used-in-socket-mode",
        token_verification_enabled=False,
        ignoring_self_events_enabled=True,
        logger=logger,
    )
    listen(app, desk, work)
    return app
