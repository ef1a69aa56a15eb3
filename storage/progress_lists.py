"""The list behind a number of a summary, read from the ledger as the number was: it is as long as the number."""

import sqlite3
from dataclasses import dataclass

from storage import history
from storage.figures.parts import PARTS
from storage.figures.tally import labels
from storage.figures.values import SEVERITIES, View
from storage.progress_snapshots import Basis, look

_RANKS = {severity: rank for rank, severity in enumerate(SEVERITIES)}


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One line, worst first: a finding with the severity that it counted under. What was fixed twice is two lines."""

    rank: int
    finding: str
    severity: str


def lines(connection: sqlite3.Connection, basis: Basis, view: View, part: str, days: int) -> list[Line]:
    """The list behind the number `part` of `PARTS` as of `basis`, in a window of `days` where it has one.

    Reads the whole ledger, as the number did.
    """
    lens, estate = look(connection, basis)
    wanted = frozenset(PARTS[part](lens, estate.day0_of(view), days))
    return sorted(
        Line(_RANKS[episode.severity], episode.finding, str(episode.severity))
        for episode in history.episodes(connection, basis.as_of, basis.seq)
        if view.holds(episode.team, episode.target)
        for label in labels(episode, lens)
        if label in wanted
    )
