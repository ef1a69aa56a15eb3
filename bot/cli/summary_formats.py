"""`patrol summary --format ...`: what the terminal writes beside the text and the JSON."""

import csv
import io
import sys
from datetime import date
from zoneinfo import ZoneInfo

from bot.messages.export_csv import cell
from commands.model import Context
from commands.summary_build import figures_settings
from commands.summary_model import Summary
from scanners.errors import UsageError
from storage.clock import parse
from storage.figures.values import COMPANY, View
from storage.progress_snapshots import Snapshot, series

FILES = ("csv", "html", "png")
TEXT = "text"  # another word for the table
FORMATS = ("table", TEXT, "json", *FILES)


def write(form: str, summary: Summary, context: Context) -> None:
    """Write the summary to standard output, in one of `FILES`. Raises UsageError for a picture on a terminal."""
    if form == "csv":
        sys.stdout.write(table_csv(summary))
        return
    if form == "png" and sys.stdout.isatty():
        raise UsageError("A picture can't be shown here. Send it into a file: ... --format png > summary.png")
    from bot.charts import burn_down, burn_down_png, summary_html  # late: most never draw

    picture = burn_down(days_of(context, summary), "The company" if summary.team == "all" else summary.team)
    if form == "png":
        sys.stdout.buffer.write(burn_down_png(picture))
        return
    sys.stdout.write(
        summary_html(summary.document, f"{summary.verdict}: {summary.reason}", picture, summary.longest)
    )


def table_csv(summary: Summary) -> str:
    """The table per control, most open first."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("control", "title", "open", "fixed_30d"))
    for row in summary.controls:
        rows.writerow((cell(row.control), cell(row.title), row.open, row.fixed))
    return out.getvalue()


def days_of(context: Context, summary: Summary) -> list[Snapshot]:
    """The recorded days of the summary's view up to it, oldest first, and the summary's own where it has none."""
    cohort = summary.document["cohort"]
    if cohort["day0"] is None:
        return []
    view = COMPANY if summary.team == "all" else View("team", summary.team)
    with context.store.read() as connection:
        found = series(connection, view, date.fromisoformat(cohort["day0"]))
    zone = ZoneInfo(figures_settings(context).zone)
    today = parse(summary.document["as_of"]).astimezone(zone).date()
    told = [one for one in found if one.day <= today]
    if told and told[-1].day == today:
        return told
    now = {"day0": cohort["day0"], "cohort": cohort, "arrived_open": summary.arrived, "marks": []}
    return [*told, Snapshot(today, now)]
