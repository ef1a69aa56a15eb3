"""What people do, as the payloads that Slack makes of it."""

import re
from typing import Any

from bot.sandbox.slack.delivery import Deliveries
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.methods_chat import show_ephemeral
from bot.sandbox.slack.methods_views import change
from bot.sandbox.slack.state import Delivery, Json, State

_MENTION = re.compile(r"(?<!\S)([@#])([A-Za-z0-9_.-]+)")
TIMED_OUT = "failed because the app did not respond"


class People:
    """Everything a person can do in the workspace. Runs on the server's loop."""

    def __init__(self, state: State, deliveries: Deliveries, base: str) -> None:
        self._state, self._deliveries, self._base = state, deliveries, base

    async def command(self, user: str, channel: str, line: str) -> Delivery:
        """A line that begins with a slash: "/patrol findings"."""
        name, _, text = line.strip().partition(" ")
        state = self._state
        if name not in state.workspace.commands:
            raise ApiError("unknown_command")
        payload = {
            **self._common(),
            "team_domain": "acme",
            "channel_id": channel,
            "channel_name": self._channel(channel)["name"],
            "user_id": user,
            "user_name": self._user(user)["username"],
            "command": name,
            "text": self._escaped(text.strip()),
            "is_enterprise_install": "false",
            "response_url": self._response_url(user, channel),
            "trigger_id": state.new_trigger(user),
        }
        delivery = await self._deliveries.deliver("command", payload)
        if not delivery.acked:
            self._slackbot(channel, user, f"{name} {TIMED_OUT}")
        elif delivery.response and (delivery.response.get("text") or delivery.response.get("blocks")):
            content: Json = {
                key: delivery.response[key] for key in ("text", "blocks") if key in delivery.response
            }
            show_ephemeral(state, channel, user, content)
        return delivery

    async def click(self, user: str, channel: str, ts: str, element: Json) -> Delivery:
        """A button of a message; `element` names action_id and, where several fit, value or block_id."""
        message = self._message(user, channel, ts)
        block, found = _element(message.get("blocks") or [], element)
        kept = {k: v for k, v in message.items() if k not in ("seen_by", "metadata")}
        ephemeral = bool(message.get("ephemeral"))
        container = {
            "type": "message",
            "message_ts": ts,
            "channel_id": channel,
            "is_ephemeral": ephemeral,
        }
        payload = self._action(user, block, found) | {
            "container": container,
            "channel": self._channel(channel),
            "response_url": self._response_url(user, channel, ts),
            "trigger_id": self._state.new_trigger(user),
        }
        if not ephemeral:
            payload["message"] = kept
        delivery = await self._deliveries.deliver("interactive", payload)
        if not delivery.acked:
            self._slackbot(channel, user, "This app did not respond in time. Try again.")
        return delivery

    async def click_view(self, user: str, view_id: str, element: Json) -> Delivery:
        """A button of a dialog or of the App Home."""
        view = self._view(user, view_id)
        block, found = _element(view["blocks"], element)
        payload = self._action(user, block, found) | {
            "container": {"type": "view", "view_id": view_id},
            "view": _shown(view),
            "trigger_id": self._state.new_trigger(user, view_id if view["type"] == "modal" else ""),
        }
        return await self._deliveries.deliver("interactive", payload)

    async def submit(self, user: str, view_id: str, values: Json) -> Delivery:
        """The submit button of a dialog; what the app answers is done to it."""
        view = self._view(user, view_id)
        view["state"] = {"values": values}
        payload = {
            **self._common(),
            "type": "view_submission",
            "team": self._team(),
            "user": self._user(user),
            "trigger_id": self._state.new_trigger(user, view_id),
            "view": _shown(view),
            "response_urls": [],
        }
        delivery = await self._deliveries.deliver("interactive", payload)
        if delivery.acked:
            self._after_submit(user, view, delivery.response or {})
        return delivery

    def _after_submit(self, user: str, view: Json, answer: Json) -> None:
        action = answer.get("response_action")
        if action == "errors":
            view["errors"] = answer.get("errors") or {}
            self._state.changed("view", user=user)
        elif action == "update" and answer.get("view"):
            change(self._state, view, answer["view"])
        elif action == "clear":
            self._state.stacks[user] = []
            self._state.changed("view", user=user)
        else:
            self._pop(user, view["id"])

    async def close(self, user: str, view_id: str) -> None:
        """The cross of a dialog."""
        view = self._view(user, view_id)
        self._pop(user, view_id)
        if view.get("notify_on_close"):
            payload = {
                **self._common(),
                "type": "view_closed",
                "team": self._team(),
                "user": self._user(user),
                "view": _shown(view),
                "is_cleared": False,
            }
            await self._deliveries.deliver("interactive", payload)

    def _pop(self, user: str, view_id: str) -> None:
        self._state.stacks[user] = [one for one in self._state.stacks[user] if one != view_id]
        self._state.views.pop(view_id, None)
        self._state.changed("view", user=user)

    async def home(self, user: str) -> Delivery | None:
        """The Home tab is opened; told to the app where it subscribed to that."""
        if "app_home_opened" not in self._state.workspace.events:
            return None
        now = self._state.clock().timestamp()
        event: Json = {
            "type": "app_home_opened",
            "user": self._user(user)["id"],
            "channel": f"D{user[1:]}",
            "tab": "home",
            "event_ts": f"{now:.6f}",
        }
        view = self._state.views.get(self._state.homes.get(user, ""))
        if view is not None:
            event["view"] = _shown(view)
        payload = {
            **self._common(),
            "type": "event_callback",
            "event": event,
            "event_id": self._state.new_id("Ev"),
            "event_time": int(now),
            "authorizations": [
                {
                    "team_id": self._state.workspace.team_id,
                    "user_id": self._state.workspace.bot_user,
                    "is_bot": True,
                }
            ],
        }
        return await self._deliveries.deliver("event", payload)

    def say(self, user: str, channel: str, text: str) -> str:
        """A person writes into a channel."""
        self._channel(channel)
        ts = self._state.next_ts()
        self._state.messages[channel][ts] = {
            "type": "message", "ts": ts, "user": self._user(user)["id"], "text": text,
        }  # fmt: skip
        self._state.changed("message", channel)
        return ts

    def delete(self, channel: str, ts: str) -> None:
        """A person (an admin) deletes a message."""
        if self._state.messages[channel].pop(ts, None) is None:
            raise ApiError("message_not_found")
        self._state.changed("message", channel)

    def _action(self, user: str, block: Json, element: Json) -> Json:
        acted = {
            "type": element["type"],
            "action_id": element.get("action_id", ""),
            "block_id": block.get("block_id", ""),
            "text": element.get("text"),
            "value": element.get("value", ""),
            "action_ts": f"{self._state.clock().timestamp():.6f}",
        }
        if element.get("style"):
            acted["style"] = element["style"]
        return {
            **self._common(),
            "type": "block_actions",
            "user": self._user(user),
            "team": self._team(),
            "enterprise": None,
            "is_enterprise_install": False,
            "state": {"values": {}},
            "actions": [acted],
        }

    def _common(self) -> Json:
        workspace = self._state.workspace
        return {"token": "sandbox", "team_id": workspace.team_id, "api_app_id": workspace.app_id}

    def _team(self) -> Json:
        return {"id": self._state.workspace.team_id, "domain": "acme"}

    def _user(self, identity: str) -> Json:
        user = self._state.workspace.user(identity)
        if user is None:
            raise ApiError("user_not_found")
        team = self._state.workspace.team_id
        return {"id": user.id, "username": user.name, "name": user.name, "team_id": team}

    def _channel(self, identity: str) -> Json:
        channel = self._state.channel(identity)
        if channel is None:
            raise ApiError("channel_not_found")
        return {"id": channel.id, "name": channel.name}

    def _message(self, user: str, channel: str, ts: str) -> Json:
        for message in self._state.ephemerals:
            if message["ts"] == ts and message["seen_by"] == user:
                return message
        found = self._state.messages[channel].get(ts)
        if found is None:
            raise ApiError("message_not_found")
        return found

    def _view(self, user: str, identity: str) -> Json:
        view = self._state.views.get(identity)
        if view is None or view["seen_by"] != user:
            raise ApiError("view_not_found")
        return view

    def _response_url(self, user: str, channel: str, ts: str = "") -> str:
        return f"{self._base}/response/{self._state.new_response_url(user, channel, ts)}"

    def _slackbot(self, channel: str, user: str, text: str) -> None:
        ts = show_ephemeral(self._state, channel, user, {"text": text})
        message = next(one for one in self._state.ephemerals if one["ts"] == ts)
        message.update({"user": "USLACKBOT", "bot_id": "", "bot_profile": {"name": "Slackbot"}})

    def _escaped(self, text: str) -> str:
        plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return _MENTION.sub(self._named, plain) if self._state.workspace.should_escape else plain

    def _named(self, match: "re.Match[str]") -> str:
        sign, name = match.groups()
        listed: Any = self._state.workspace.users if sign == "@" else self._state.workspace.channels
        found = next((one for one in listed if name in (one.name, one.id)), None)
        return f"<{sign}{found.id}|{found.name}>" if found else match.group()


def _element(blocks: list[Json], wanted: Json) -> tuple[Json, Json]:
    """The block and button that `wanted` names. Raises ApiError where it is not there."""
    for block in blocks:
        accessory = block.get("accessory")
        for element in [*(block.get("elements") or []), *([accessory] if accessory else [])]:
            keys = [key for key in ("action_id", "value") if wanted.get(key)]
            same = all(element.get(key) == wanted[key] for key in keys)
            if same and wanted.get("block_id", block.get("block_id")) == block.get("block_id"):
                return block, element
    raise ApiError("no_such_button")


def _shown(view: Json) -> Json:
    return {key: value for key, value in view.items() if key not in ("seen_by", "errors")}
