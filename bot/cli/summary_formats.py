"""`patrol summary --format ...`: what the terminal writes beside the text and the JSON."""

import sys

from bot.messages.summary_files import called, days_of, table_csv
from commands.model import Context
from commands.summary_build import figures_settings
from commands.summary_model import Summary
from scanners.errors import UsageError

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

    with context.store.read() as connection:
        days = days_of(connection, summary, figures_settings(context).zone)
    picture = burn_down(days, called(summary))
    if form == "png":
        sys.stdout.buffer.write(burn_down_png(picture))
        return
    sys.stdout.write(
        summary_html(summary.document, f"{summary.verdict}: {summary.reason}", picture, summary.longest)
    )
