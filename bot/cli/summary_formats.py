"""`patrol summary --format ...`: what the terminal writes beside the text and the JSON."""

import csv
from typing import TextIO

from commands.summary_model import Summary

FILES = ("csv",)
FORMATS = ("table", "text", "json", *FILES)
# A spreadsheet takes a cell that begins like this for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(form: str, summary: Summary, out: TextIO) -> None:
    """The table per control as CSV, most open first."""
    assert form == "csv", "the formats are checked when the words are read"
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("control", "title", "open", "fixed_30d"))
    for row in summary.controls:
        rows.writerow((_cell(row.control), _cell(row.title), row.open, row.fixed))


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
