"""The workspace as the page reads it once: people, channels, the app and its shortcuts."""

from bot.sandbox.slack.state import Json, State


def described(state: State) -> Json:
    """Names and ids; who is in a private channel, so that only they are shown it."""
    workspace = state.workspace
    return {
        "name": workspace.name,
        "url": workspace.url,
        "team_id": workspace.team_id,
        "app": workspace.bot_name,
        "app_id": workspace.app_id,
        "bot_user": workspace.bot_user,
        "command": workspace.commands[0],
        "usage_hint": workspace.usage_hint,
        "shortcuts": [
            {
                "callback_id": one.callback_id,
                "name": one.name,
                "type": one.type,
                "description": one.description,
            }
            for one in workspace.shortcuts
        ],
        "users": [
            {
                "id": u.id,
                "name": u.name,
                "real_name": u.real_name,
                "role": u.role,
                "tz": u.tz,
                "guest": u.guest,
            }
            for u in workspace.users
        ],
        "channels": [
            {
                "id": c.id,
                "name": c.name,
                "private": c.private,
                "bot_inside": c.id in state.inside,
                "members": workspace.members(c),
            }
            for c in workspace.channels
        ],
        "groups": [{"id": one.id, "handle": one.handle} for one in workspace.groups],
    }
