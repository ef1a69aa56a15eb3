"""What became of a month, one line a team: the table that `patrol demo --days` ends with."""

from collections.abc import Mapping, Sequence

from bot.messages.terminal_table import table
from scanners.model import Json
from storage.figures.definition import Share

_HEAD = (
    "TEAM", "DAY 0", "FIXED", "ACCEPTED", "FALSE POS.", "OPEN", "NEW", "CAME BACK", "LATE", "CHECKED", "SCORE",
)  # fmt: skip


def month_table(documents: Sequence[Mapping[str, Json]]) -> str:
    """`patrol.summary/1` documents as a table. FIXED to OPEN are of what was there on day 0; LATE is past its date."""
    return table(_HEAD, [_row(one) for one in documents], elastic=0)


def _row(document: Mapping[str, Json]) -> list[str]:
    cohort, coverage = document["cohort"], document["coverage"]
    share = Share(coverage["checked"], coverage["of"]).percent
    late = sum(one["breached"] for one in document["sla"].values())
    numbers = [cohort[name] for name in ("total", "fixed", "accepted", "false_positive", "open")]
    numbers += [document["new"], document["regressed"], late]
    return [
        "the company" if document["team"] == "all" else document["team"],
        *(f"{number:,}" for number in numbers),
        f"{coverage['checked']} of {coverage['of']}" if share is None else f"{share} %",
        "?" if document["score"] is None else f"{document['score']:.1f}",
    ]
