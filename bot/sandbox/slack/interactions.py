"""What people do, as the payloads that Slack makes of it."""

from typing import Any

from bot.sandbox.slack import answers
from bot.sandbox.slack.acting import action_of, find_element
from bot.sandbox.slack.delivery import Deliveries
from bot.sandbox.slack.elements import STATEFUL
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.fields import over, values_of
from bot.sandbox.slack.methods.chat import remove, retell_parent, show_ephemeral
from bot.sandbox.slack.methods.views import shown
from bot.sandbox.slack.payloads import channel_in, common, escaped, event, interactive, seen_channel, user_in
from bot.sandbox.slack.state import Delivery, Json, State

TIMED_OUT = "failed because the app did not respond"
OPERATION = 'with the error "operation_timeout"'


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
        seen_channel(state, channel, user)
        payload = {
            **common(state),
            "team_domain": state.workspace.domain,
            "channel_id": channel,
            "channel_name": channel_in(state, channel)["name"],
            "user_id": user,
            "user_name": user_in(state, user)["username"],
            "command": name,
            "text": escaped(state, text.strip()),
            "is_enterprise_install": "false",
            "response_url": self._response_url(user, channel),
            "trigger_id": state.new_trigger(user),
        }
        delivery = await self._deliveries.deliver("command", payload)
        if delivery.acked:
            answers.answer_command(state, channel, user, delivery.response or {})
        else:
            self._slackbot(channel, user, f"{name} {TIMED_OUT}, {OPERATION}.")
        return delivery

    async def click(self, user: str, channel: str, ts: str, element: Json) -> Delivery:
        """An element of a message; `element` names action_id and, where several fit, value or block_id."""
        message = self._message(user, channel, ts)
        blocks = message.get("blocks") or []
        block, found = find_element(blocks, element)
        values = values_of(self._state, blocks, _chosen(element.get("state"), block, found, element))
        ephemeral = bool(message.get("ephemeral"))
        container = {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": ephemeral}
        payload = self._action(user, block, found, element) | {
            "container": container,
            "channel": channel_in(self._state, channel),
            "state": {"values": values},
            "response_url": self._response_url(user, channel, ts),
            "trigger_id": self._state.new_trigger(user),
        }
        if not ephemeral:
            payload["message"] = {k: v for k, v in message.items() if k not in ("seen_by", "metadata")}
        delivery = await self._deliveries.deliver("interactive", payload)
        if not delivery.acked:
            self._slackbot(channel, user, "This app did not respond in time. Try again.")
        return delivery

    async def click_view(self, user: str, view_id: str, element: Json) -> Delivery:
        """An element of a dialog or of the App Home; `state` in `element` is what its inputs hold."""
        view = self._view(user, view_id)
        block, found = find_element(view["blocks"], element)
        before = element["state"] if isinstance(element.get("state"), dict) else view["state"]["values"]
        values = values_of(self._state, view["blocks"], _chosen(before, block, found, element))
        view["state"] = {"values": values}
        payload = self._action(user, block, found, element) | {
            "container": {"type": "view", "view_id": view_id},
            "view": shown(view),
            "trigger_id": self._state.new_trigger(user, view_id if view["type"] == "modal" else ""),
        }
        return await self._deliveries.deliver("interactive", payload)

    async def submit(self, user: str, view_id: str, values: Json) -> Delivery:
        """The submit button of a dialog; what the app answers is done to it.

        `values` is {block_id: {action_id: a cell of state.values, or its bare value}}; what is left out holds
        what it held.

        Raises ApiError required_field where Slack's own client would not let it out.
        """
        view = self._view(user, view_id)
        if view["type"] != "modal" or not view.get("submit"):
            raise ApiError("no_submit")
        values = values_of(self._state, view["blocks"], over(view["state"]["values"], values))
        view["errors"] = answers.unfilled(view, values)
        if view["errors"]:
            self._state.changed("view", user=user)
            raise ApiError("required_field")
        view["state"] = {"values": values}
        payload = interactive(self._state, "view_submission", user) | {
            "trigger_id": self._state.new_trigger(user, view_id),
            "view": shown(view),
            "response_urls": [],
        }
        delivery = await self._deliveries.deliver("interactive", payload)
        if delivery.acked:
            answers.answer_submission(self._state, user, view, delivery.response or {})
        else:
            answers.tell_trouble(self._state, user, view)
        return delivery

    async def close(self, user: str, view_id: str, whole: bool = False) -> Delivery | None:
        """The close button of a dialog, or (`whole`) the cross, which ends those below it too.

        The app hears of it where the dialog, with the cross the first one, asked for that.
        """
        view = self._view(user, view_id)
        if view["type"] != "modal":
            raise ApiError("view_not_found")
        if whole:
            view = self._view(user, view["root_view_id"])
        cleared = whole or bool(view.get("clear_on_close"))
        if cleared:
            answers.clear_dialogs(self._state, user)
        else:
            answers.close_dialog(self._state, user, view_id)
        if not view.get("notify_on_close"):
            return None
        payload = interactive(self._state, "view_closed", user) | {"view": shown(view), "is_cleared": cleared}
        return await self._deliveries.deliver("interactive", payload)

    async def home(self, user: str) -> Delivery | None:
        """The Home tab is opened; told to the app where it subscribed to that."""
        state = self._state
        inner: Json = {
            "type": "app_home_opened",
            "user": user_in(state, user)["id"],
            "channel": f"D{user[1:]}",
            "tab": "home",
            "event_ts": f"{state.clock().timestamp():.6f}",
        }
        if inner["type"] not in state.workspace.events:
            return None
        view = state.views.get(state.homes.get(user, ""))
        if view is not None:
            inner["view"] = shown(view)
        return await self._deliveries.deliver("event", event(state, inner))

    async def shortcut(self, user: str, callback_id: str, channel: str = "", ts: str = "") -> Delivery:
        """A shortcut of the app: on a message where `channel` and `ts` name one, else a global one.

        Slack offers none on what only one person sees.
        """
        state, kind = self._state, "message" if ts else "global"
        if not any((one.callback_id, one.type) == (callback_id, kind) for one in state.workspace.shortcuts):
            raise ApiError("unknown_shortcut")
        payload = interactive(state, "message_action" if ts else "shortcut", user) | {
            "callback_id": callback_id,
            "action_ts": f"{state.clock().timestamp():.6f}",
            "trigger_id": state.new_trigger(user),
        }
        if ts:
            message = self._message(user, channel, ts)
            if message.get("ephemeral"):
                raise ApiError("message_not_found")
            told = {k: v for k, v in message.items() if k not in ("seen_by", "metadata")}
            payload |= {"message_ts": ts, "message": told, "channel": channel_in(state, channel)}
            # Not the message's own: what a person wrote is never replaced by an app.
            payload["response_url"] = self._response_url(user, channel)
        delivery = await self._deliveries.deliver("interactive", payload)
        if ts and not delivery.acked:
            self._slackbot(channel, user, "This app did not respond in time. Try again.")
        return delivery

    def say(self, user: str, channel: str, text: str, thread: str = "") -> str:
        """A person writes into a channel, or into a thread of it."""
        state, who = self._state, user_in(self._state, user)["id"]
        seen_channel(state, channel, user)
        if channel in state.archived:
            raise ApiError("is_archived")
        if thread and thread not in state.messages[channel]:
            raise ApiError("thread_not_found")
        ts, team = state.next_ts(), state.workspace.team_id
        message = {"type": "message", "ts": ts, "user": who, "team": team, "text": text}
        state.messages[channel][ts] = message
        if thread:
            parent = state.messages[channel][thread]
            message |= {"thread_ts": parent.get("thread_ts", thread), "parent_user_id": parent["user"]}
            retell_parent(state, channel, message["thread_ts"])
        state.changed("message", channel)
        return ts

    def delete(self, channel: str, ts: str) -> None:
        """A person (an admin) deletes a message."""
        remove(self._state, channel, ts)

    def _action(self, user: str, block: Json, element: Json, wanted: Json) -> Json:
        acted = action_of(block, element, wanted, self._state.clock().timestamp())
        return interactive(self._state, "block_actions", user) | {"actions": [acted]}

    def _message(self, user: str, channel: str, ts: str) -> Json:
        seen_channel(self._state, channel, user)
        seen = [m for m in self._state.ephemerals if m["seen_by"] == user and m["channel"] == channel]
        everyone: Any = self._state.messages[channel].get(ts)
        found: Json | None = next((m for m in seen if m["ts"] == ts), everyone)
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


def _chosen(before: Any, block: Json, element: Json, wanted: Json) -> Json:
    """`before`, {block_id: {action_id: ...}}, with what was just chosen."""
    if element["type"] not in STATEFUL:
        return over(before, {})
    return over(before, {block["block_id"]: {element["action_id"]: wanted.get("value")}})
