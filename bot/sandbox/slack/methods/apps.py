"""auth.test and api.test: who am I. (apps.connections.open is the front's own: it needs the sockets.)"""

from bot.sandbox.slack.state import Json, State


def who_am_i(state: State, _given: Json) -> Json:
    """auth.test."""
    workspace = state.workspace
    return {
        "url": workspace.url,
        "team": workspace.name,
        "team_id": workspace.team_id,
        "user": workspace.bot_name.lower(),
        "user_id": workspace.bot_user,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def api_test(_state: State, given: Json) -> Json:
    """api.test."""
    return {"args": given}
