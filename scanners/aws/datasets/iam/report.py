"""IAM's credential report: one call for the passwords, keys and MFA of every user, as of when it was made.

Source: IAM User Guide, "Getting credential reports for your AWS account". AWS makes one at most every four hours.
"""

import csv
import io
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scanners.aws.api import Api, CallFailed, broken

TRIES = 20
ROOT = "<root_account>"
# Nothing in a report can be younger than the report, but for clocks that differ.
_CLOCKS_DIFFER = timedelta(minutes=5)
_WHERE = "iam get_credential_report"
# What IAM says while a report is being made.
_NOT_YET = ("ReportInProgress", "ReportNotPresent", "ReportExpired")
# What stands in a column of dates where there is none.
_NO_DATE = ("", "N/A", "no_information", "not_supported")
_DATES = (
    "user_creation_time",
    "password_last_changed",
    "access_key_1_last_rotated",
    "access_key_2_last_rotated",
)
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Report:
    """The rows, root's among them, and when AWS wrote them; None where that is the moment of this scan."""

    rows: tuple[Row, ...]
    made: datetime | None


def credential_report(api: Api) -> Report:
    """The report, fetched once a scan. Raises CallFailed where there is none to be had."""
    return api.once("iam.report", lambda: _fetch(api))


def _fetch(api: Api) -> Report:
    api.call("iam", "generate_credential_report")  # answers at once, also where a report is there already
    for attempt in range(TRIES):
        try:
            answer = api.call("iam", "get_credential_report")
        except CallFailed as failure:
            if failure.code not in _NOT_YET or attempt == TRIES - 1:
                raise
            time.sleep(min(0.5 * (attempt + 1), 3.0))
            continue
        break
    content = answer.get("Content", b"")
    text = content.decode("utf-8") if isinstance(content, bytes) else str(content)
    if not text.startswith("user,"):
        raise broken(_WHERE, "this is no report")
    rows = tuple(csv.DictReader(io.StringIO(text)))
    return Report(rows, _when(rows, answer.get("GeneratedTime"), api.now))


def _when(rows: tuple[Row, ...], stamp: object, now: datetime) -> datetime | None:
    """The stamp where it can be true. moto's is of 2015, whatever it tells of: its reports are of the moment."""
    if not isinstance(stamp, datetime):
        return None
    newest = max(_known_dates(rows), default=None)
    if newest is None or newest > stamp + _CLOCKS_DIFFER or stamp >= now:
        return None
    return stamp.astimezone(UTC)


def _known_dates(rows: tuple[Row, ...]) -> Iterator[datetime]:
    for row in rows:
        for column in _DATES:
            try:
                found = date(row, column)
            except CallFailed:
                continue
            if found:
                yield found


def yes(row: Row, column: str) -> bool:
    """A column that holds true or false for every user but root. Raises CallFailed where it holds neither."""
    value = str(row.get(column)).lower()
    if value not in ("true", "false"):
        raise broken(_WHERE, f"{column} is {value[:40]!r}")
    return value == "true"


def date(row: Row, column: str) -> datetime | None:
    """A column that holds a date, or says that there is none. Raises CallFailed where it does neither."""
    text = row.get(column)
    if text in _NO_DATE:
        return None
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise broken(_WHERE, f"{column} is {str(text)[:40]!r}, which is no date") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
