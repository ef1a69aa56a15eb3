"""users.* and usergroups.*: people and their groups."""

from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.paging import paged
from bot.sandbox.slack.state import Json, State
from bot.sandbox.slack.workspace import User


def info(state: State, given: Json) -> Json:
    """users.info."""
    user = state.workspace.user(str(given.get("user") or ""))
    if user is None:
        raise ApiError("user_not_found")
    return {"user": _user(state, user)}


def listed(state: State, given: Json) -> Json:
    """users.list."""
    members, following = paged([_user(state, user) for user in state.workspace.users], given, 200)
    return {"members": members, "response_metadata": {"next_cursor": following}}


def group_list(state: State, _given: Json) -> Json:
    """usergroups.list."""
    return {
        "usergroups": [
            {"id": group.id, "handle": group.handle, "name": group.handle, "user_count": len(group.members)}
            for group in state.workspace.groups
        ]
    }


def group_members(state: State, given: Json) -> Json:
    """usergroups.users.list."""
    group = next((one for one in state.workspace.groups if one.id == given.get("usergroup")), None)
    if group is None:
        raise ApiError("no_such_subteam")
    return {"users": list(group.members)}


def _user(state: State, user: User) -> Json:
    return {
        "id": user.id,
        "team_id": state.workspace.team_id,
        "name": user.name,
        "real_name": user.real_name,
        "tz": user.tz,
        "is_bot": False,
        "is_restricted": user.guest,
        "is_ultra_restricted": False,
        "deleted": False,
        "profile": {"real_name": user.real_name, "display_name": user.real_name},
    }
