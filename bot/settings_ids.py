"""What an id in patrol.toml must look like: Slack's, a terminal user's, and the name of an environment variable."""

import re

from bot.settings_values import shown

_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}\Z")
_USER = re.compile(r"[UW][A-Z0-9]{2,}\Z")
_GROUP = re.compile(r"S[A-Z0-9]{2,}\Z")
_WORKSPACE = re.compile(r"[TE][A-Z0-9]{2,}\Z")
_OS_USER = re.compile(r"os:\S+\Z")
# Capitals alone: a secret that was pasted here has small letters in it.
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{1,99}\Z")


def channel(value: str) -> str:
    """A channel's id, public or private."""
    if _CHANNEL.match(value):
        return ""
    return f"{shown(value)} is no channel id. Open the channel's details in Slack: the id (C...) stands at the bottom."


def member(value: str) -> str:
    """Whoever can hold a role: a Slack user, a user group, or everyone in a channel."""
    if _USER.match(value) or _GROUP.match(value) or _CHANNEL.match(value):
        return ""
    return (
        f"{shown(value)} is neither a Slack user (U...) nor a user group (S...) nor a channel (C...). A user's id"
        " stands in the profile: three dots, Copy member ID."
    )


def user(value: object) -> str:
    """A Slack user, and no group: it is who one person on a terminal is."""
    if isinstance(value, str) and _USER.match(value):
        return ""
    return f"{shown(value)} is no Slack user id. It begins with U: profile, three dots, Copy member ID."


def workspace(value: str) -> str:
    """A workspace (T...), or a whole organisation of Enterprise Grid (E...)."""
    if _WORKSPACE.match(value):
        return ""
    return f"{shown(value)} is no workspace id. It begins with T: open Slack in a browser, it stands in the address."


def os_user(value: str) -> str:
    """A user of a terminal."""
    return "" if _OS_USER.match(value) else f'{shown(value)} is no terminal user. Write it like "os:root".'


def variable(value: str) -> str:
    """The name of an environment variable. The value is never told: it may be the token itself."""
    if _VARIABLE.match(value):
        return ""
    if value.strip().startswith(("xox", "xapp-")):
        return (
            "that is a token, and tokens do not belong in this file. Put it in an environment variable and"
            " write the variable's name here, such as SLACK_BOT_TOKEN_ACME. Others may have read it: make a new one."
        )
    return (
        "that is no name of an environment variable. Write capitals, digits and `_`, such as"
        " SLACK_BOT_TOKEN_ACME, and no token."
    )
