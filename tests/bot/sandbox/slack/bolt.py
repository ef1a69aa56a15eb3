"""A plain Bolt app over Socket Mode that keeps what it gets and answers as the test wants."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler

from bot.sandbox.slack import SandboxSlack, Shortcut, Workspace, acme_workspace
from tests.bot.sandbox.slack.wire import Json, client_of

TRACK = "track"
ANY = re.compile("")


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str) -> Json:
    return {"text": plain(value.title()), "value": value}


def ask(name: str, kind: str, block: Json | None = None, **element: Any) -> Json:
    """An input block whose block_id and action_id are `name`."""
    asked = {"type": kind, "action_id": name, **element}
    return {"type": "input", "block_id": name, "label": plain(name), "element": asked, **(block or {})}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "submit": plain("Send"), "blocks": list(blocks), **more}


def tracking(workspace: Workspace | None = None) -> Workspace:
    """A workspace whose app has a message shortcut, a global one, and may share files."""
    acme = workspace or acme_workspace()
    shortcuts = (Shortcut(TRACK, "Track in Patrol"), Shortcut("find", "Find", "global"))
    return replace(acme, shortcuts=shortcuts, scopes=acme.scopes | {"files:write"})


class Bot:
    """`view` is opened by the shortcut, `answer` is how a submission is acknowledged, `home` is published."""

    def __init__(self, slack: SandboxSlack) -> None:
        self.slack, self.client = slack, client_of(slack)
        self.got: list[Json] = []
        self.view: Json = modal(ask("reason", "plain_text_input"))
        self.answer: Json = {}
        self.home: Json = {"type": "home", "blocks": []}
        app = App(token=slack.bot_token, client=self.client)
        app.command("/patrol")(self._keep)
        app.shortcut(TRACK)(self._track)
        app.shortcut("find")(self._keep)
        app.action(ANY)(self._keep)
        app.view(ANY)(self._submitted)
        app.view_closed(ANY)(self._keep)
        app.event("app_home_opened")(self._opened)
        self.handler = SocketModeHandler(app, slack.app_token)

    def open(self, user: str, **view: Any) -> Json:
        """A dialog of `self.view`, opened by a trigger that `user` just made."""
        trigger = self.slack._see(lambda: self.slack._state.new_trigger(user))
        return dict(self.client.views_open(trigger_id=trigger, view={**self.view, **view})["view"])

    def _track(self, ack: Any, body: Json, client: Any) -> None:
        ack()
        self.got.append(body)
        client.views_open(trigger_id=body["trigger_id"], view=self.view)

    def _keep(self, ack: Any, body: Json) -> None:
        self.got.append(body)
        ack()

    def _submitted(self, ack: Any, body: Json) -> None:
        self.got.append(body)
        ack(**self.answer)

    def _opened(self, event: Json, client: Any) -> None:
        client.views_publish(user_id=event["user"], view=self.home)


@contextmanager
def running(workspace: Workspace | None = None) -> Iterator[Bot]:
    """A workspace and an app in it, for a whole module."""
    with SandboxSlack(workspace or tracking()) as slack:
        bot = Bot(slack)
        bot.handler.connect()
        slack.wait_for(lambda: slack.connections, what="the connection")
        yield bot
        # Bolt's close waits ten seconds for its own watcher: not for it
        threading.Thread(target=bot.handler.close, daemon=True).start()
