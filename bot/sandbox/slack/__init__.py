"""A Slack workspace on loopback, small and strict: an unmodified slack-bolt app talks to it by base_url alone."""

from bot.sandbox.slack.companies import acme_workspace, globex_workspace
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.state import Delivery
from bot.sandbox.slack.workspace import Channel, Shortcut, User, UserGroup, Workspace

__all__ = [
    "Channel",
    "Delivery",
    "Faults",
    "SandboxSlack",
    "Shortcut",
    "User",
    "UserGroup",
    "Workspace",
    "acme_workspace",
    "globex_workspace",
]
