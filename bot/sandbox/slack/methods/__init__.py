"""The Web API's methods, a file a family: each takes the state and the arguments, and returns the answer."""

from collections.abc import Callable, Mapping

from bot.sandbox.slack.methods import apps, chat, conversations, files, users, views
from bot.sandbox.slack.state import Json, State

Method = Callable[[State, Json], Json]
METHODS: Mapping[str, Method] = {
    "api.test": apps.api_test,
    "auth.test": apps.who_am_i,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.permalink,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.postMessage": chat.post_message,
    "chat.update": chat.update,
    "conversations.history": conversations.history,
    "conversations.info": conversations.info,
    "conversations.list": conversations.listed,
    "conversations.members": conversations.members,
    "conversations.replies": conversations.replies,
    "files.completeUploadExternal": files.complete_upload,
    "files.getUploadURLExternal": files.upload_url,
    "usergroups.list": users.group_list,
    "usergroups.users.list": users.group_members,
    "users.info": users.info,
    "users.list": users.listed,
    "views.open": views.open_view,
    "views.publish": views.publish,
    "views.push": views.push,
    "views.update": views.update,
}
