"""What a summary says, as data that a message keeps: a past figure never changes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from scanners.model import Json
from storage.figures.comparison import Compared

MOST_GAPS = 100  # gaps that are kept by name; the document's numbers count all
ON_TRACK, AT_RISK, BEHIND, UNKNOWN = "On track", "At risk", "Behind", "Not known"


@dataclass(frozen=True, slots=True)
class Named:
    """A finding by name. `at` is when it opened or falls due (ISO 8601), `delta` what its fix would give, in tenths."""

    id: str
    control: str
    title: str
    resource: str
    severity: str
    at: str
    delta: int = 0


@dataclass(frozen=True, slots=True)
class ControlRow:
    """One control: how many of it are open, and how many were proven fixed within 30 days."""

    control: str
    title: str
    open: int
    fixed: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The answer of `summary`. `document` is `patrol.summary/1`; the rest is what a message needs beside it.

    `verdict` is one of the four words above, `reason` the sentence behind it (plain text). `late`, `due` and `oldest`
    name three at most, worst first, `fix` is the best one to do next. `waiting` are decisions that wait for an
    approver, `expiring` acceptances that end within 14 days. `thanks` is team -> fixes proven in the window, only
    teams that have some. `day` is the day of the snapshot that was read ("" where it was worked out just now),
    `leads` user ids, `names` user ids to names. `arrived` is what came since the first day and is open,
    `longest` severity -> for how many days the oldest open one has been open. `compared` are the teams that are
    compared, the furthest first; empty where that is not switched on.
    """

    document: Mapping[str, Json]
    verdict: str
    reason: str
    late: tuple[Named, ...] = ()
    due: tuple[Named, ...] = ()
    oldest: tuple[Named, ...] = ()
    fix: Named | None = None
    waiting: int = 0
    expiring: int = 0
    thanks: Mapping[str, int] = field(default_factory=dict)
    controls: tuple[ControlRow, ...] = ()
    day: str = ""
    leads: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    arrived: int = 0
    longest: Mapping[str, float] = field(default_factory=dict)
    compared: tuple[Compared, ...] = ()

    @property
    def team(self) -> str:
        """The team's name, or "all"."""
        return str(self.document["team"])

    @property
    def late_count(self) -> int:
        """How many are past their date."""
        return sum(part["breached"] for part in self.document["sla"].values())

    @property
    def due_count(self) -> int:
        """How many fall due within 7 days."""
        return sum(part["due_7d"] for part in self.document["sla"].values())

    @property
    def gap_count(self) -> int:
        """How many pairs of control and scope were not conclusively checked."""
        coverage = self.document["coverage"]
        return int(coverage["of"] - coverage["checked"])


def to_data(summary: Summary) -> dict[str, Json]:
    """JSON for the message's data; of very many gaps only the first are kept."""
    data = asdict(summary)
    coverage = data["document"]["coverage"]
    data["document"]["coverage"] = {**coverage, "gaps": coverage["gaps"][:MOST_GAPS]}
    return data


def from_data(data: Mapping[str, Json]) -> Summary:
    """The reverse of `to_data`."""
    given = dict(data)
    for name in ("late", "due", "oldest"):
        given[name] = tuple(Named(**one) for one in given[name])
    given["fix"] = Named(**given["fix"]) if given["fix"] else None
    given["controls"] = tuple(ControlRow(**row) for row in given["controls"])
    given["leads"] = tuple(given["leads"])
    given["compared"] = tuple(Compared(**one) for one in given.get("compared", ()))
    return Summary(**given)
