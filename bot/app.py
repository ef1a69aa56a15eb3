"""Builds the Bolt app: Slack's payloads come in by Socket Mode (default) or signed HTTP."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from slack_bolt import App

from bot.desk import Desk
from bot.listeners import listen
from bot.seat import Seat


def build_app(seats: Sequence[Seat], signing_secret: str, work: Executor) -> App:
    """The app, whose answers are worked out in `work`, for the workspaces of `seats`, which are introduced.

    Bolt would ask auth.test before the first payload; a hiccup there would cost a click its answer. One app may
    be installed in several workspaces: the payload's team says whose desk answers, and of a workspace that is not
    served nothing is answered.
    """
    by_team = {seat.team: seat for seat in seats}
    only = seats[0] if len(seats) == 1 and not seats[0].workspace.id else None

    def seat_of(team: str) -> Seat | None:
        # With one workspace and no id to hold it against, every payload is its own.
        return only or by_team.get(team)

    def authorize(team_id: str | None) -> Any:
        """An AuthorizeResult; None, which Bolt refuses, for a workspace that is not served."""
        seat = seat_of(team_id or "")
        return seat.known if seat else None

    def desk_of(body: Mapping[str, Any]) -> Desk | None:
        team = body.get("team_id") or (body.get("team") or {}).get("id")
        seat = seat_of(str(team or ""))
        return seat.desk if seat else None

    logger = logging.getLogger("patrol.bolt")
    logger.setLevel(logging.ERROR)  # its warnings are about the two ways to give a token
    app = App(
        client=seats[0].client,
        authorize=authorize,
        signing_secret=signing_secret or "not-used-in-socket-mode",
        token_verification_enabled=False,
        ignoring_self_events_enabled=True,
        logger=logger,
    )
    listen(app, desk_of, [seat.desk for seat in seats], work)
    return app
