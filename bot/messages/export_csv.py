"""Findings as CSV, for a spreadsheet: no cell is taken for a formula."""

import csv
import io

from bot.blockkit import redact
from bot.messages.evidence import seen_plain
from commands.reply import FindingList
from storage.clock import iso

COLUMNS = (
    "id", "severity", "state", "control", "title", "resource", "resource_id", "region", "scope", "team", "first_seen",
    "opened_at", "due", "fixed_at", "last_checked", "seen",
)  # fmt: skip
# A spreadsheet takes a cell that begins like this for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def findings_csv(reply: FindingList) -> str:
    """One line a finding under the names of `COLUMNS`; times are ISO 8601 in UTC."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for view in reply.findings:
        one = view.finding
        fixed = iso(one.fixed_at) if one.fixed_at else ""
        told = (
            one.id, str(one.severity), str(view.state), one.control, reply.titles.get(one.control, one.control),
            one.resource, one.resource_id, one.region, one.scope, one.team, iso(one.first_seen), iso(one.opened_at),
            iso(one.due), fixed, iso(view.last_checked), redact(seen_plain(view)),
        )  # fmt: skip
        rows.writerow(map(cell, told))
    return out.getvalue().encode("utf-8", "replace").decode()


def cell(text: str) -> str:
    """`text` as a spreadsheet shows it: a sign in front keeps it from being worked out."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
