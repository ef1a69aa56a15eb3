"""The files of a summary: its table as CSV, and the recorded days from which its burn-down is drawn."""

import csv
import io
from datetime import date
from zoneinfo import ZoneInfo

from bot.messages.export_csv import cell
from commands.summary_model import Summary
from storage.clock import parse
from storage.figures.values import COMPANY, View
from storage.pictures import Connection
from storage.progress_snapshots import Snapshot, series


def called(summary: Summary) -> str:
    """What its picture calls the team."""
    return "The company" if summary.team == "all" else summary.team


def table_csv(summary: Summary) -> str:
    """The table per control, most open first."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("control", "title", "open", "fixed_30d"))
    for row in summary.controls:
        rows.writerow((cell(row.control), cell(row.title), row.open, row.fixed))
    return out.getvalue()


def days_of(connection: Connection, summary: Summary, zone: str) -> list[Snapshot]:
    """The recorded days of the summary's view up to it, oldest first, and the summary's own where it has none.

    `zone` is the company's time zone: that of a summary which was worked out just now says what its day is.
    """
    cohort = summary.document["cohort"]
    if cohort["day0"] is None:
        return []
    view = COMPANY if summary.team == "all" else View("team", summary.team)
    at = parse(summary.document["as_of"]).astimezone(ZoneInfo(zone))
    today = date.fromisoformat(summary.day) if summary.day else at.date()
    told = [one for one in series(connection, view, date.fromisoformat(cohort["day0"])) if one.day <= today]
    if told and told[-1].day == today:
        return told
    now = {"day0": cohort["day0"], "cohort": cohort, "arrived_open": summary.arrived, "marks": []}
    return [*told, Snapshot(today, now)]
