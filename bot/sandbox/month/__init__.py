"""A company's month, played into a store without waiting: scans, people, faults. The same seed, the same month."""

from bot.sandbox.month.organisation import Organisation, small_company
from bot.sandbox.month.play import Played, play

__all__ = ["Organisation", "Played", "play", "small_company"]
