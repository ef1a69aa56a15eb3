"""Which scopes a Web API method needs: any one of each set (Slack's method reference)."""

from collections.abc import Mapping

CHANNEL_READ = frozenset({"channels:read", "groups:read"})
CHANNEL_HISTORY = frozenset({"channels:history", "groups:history"})
METHOD_SCOPES: Mapping[str, frozenset[str]] = {
    "api.test": frozenset(),
    "auth.test": frozenset(),
    "chat.delete": frozenset({"chat:write"}),
    "chat.getPermalink": frozenset(),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "conversations.history": CHANNEL_HISTORY,
    "conversations.info": CHANNEL_READ,
    "conversations.list": CHANNEL_READ,
    "conversations.members": CHANNEL_READ,
    "conversations.replies": CHANNEL_HISTORY,
    "files.completeUploadExternal": frozenset({"files:write"}),
    "files.getUploadURLExternal": frozenset({"files:write"}),
    "usergroups.list": frozenset({"usergroups:read"}),
    "usergroups.users.list": frozenset({"usergroups:read"}),
    "users.info": frozenset({"users:read"}),
    "users.list": frozenset({"users:read"}),
    "views.open": frozenset(),
    "views.publish": frozenset(),
    "views.push": frozenset(),
    "views.update": frozenset(),
}
APP_SCOPES = frozenset({"connections:write"})
APP_LEVEL: Mapping[str, frozenset[str]] = {"apps.connections.open": APP_SCOPES}
# A scope of public channels opens no private one, and the other way round.
BY_KIND: Mapping[str, tuple[str, str]] = {
    "conversations.history": ("channels:history", "groups:history"),
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.members": ("channels:read", "groups:read"),
    "conversations.replies": ("channels:history", "groups:history"),
}
