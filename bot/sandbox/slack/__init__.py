"""A Slack workspace on loopback, small and strict: an unmodified slack-bolt app talks to it by base_url alone."""

from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.state import Delivery
from bot.sandbox.slack.workspace import Channel, User, UserGroup, Workspace, acme_workspace

__all__ = [
    "Channel",
    "Delivery",
    "Faults",
    "SandboxSlack",
    "User",
    "UserGroup",
    "Workspace",
    "acme_workspace",
]
