"""What people ask in Slack: slash commands, clicks, dialogs, the App Home. Runs commands, shows outcomes; no rules here."""

from bot.desk.desk import Desk

__all__ = ["Desk"]
