"""The summary as a page: whole, safe whatever was scanned, and without a word to anybody else."""

import re
from typing import Any

from bot.charts import burn_down, summary_html
from scanners.model import Severity
from tests.bot.charts.cases import month

SEVERITIES = [str(severity) for severity in Severity]


def document(**changes: Any) -> dict[str, Any]:
    """A `patrol.summary/1` document."""
    base: dict[str, Any] = {
        "as_of": "2026-11-02T17:00:00.000000Z",
        "team": "payments",
        "days": 30,
        "cohort": {
            "day0": "2026-10-03",
            "total": 20,
            "fixed": 15,
            "accepted": 1,
            "false_positive": 0,
            "open": 4,
        },
        "new": 7,
        "fixed": 1_215,
        "regressed": 2,
        "time_to_fix": {
            s: {"median_days": None, "ci95": [None, None], "n": 0, "open": 0} for s in SEVERITIES
        },
        "sla": {s: {"due_met": 0, "breached": 0, "due_7d": 0} for s in SEVERITIES},
        "ages": {"0-7": 1, "8-30": 3, "31-90": 0, "90+": 0},
        "coverage": {"checked": 100, "of": 100, "gaps": []},
        "score": 81.5,
    }
    base["time_to_fix"]["high"] = {"median_days": 9.25, "ci95": [6.0, None], "n": 30, "open": 4}
    base["time_to_fix"]["low"] = {"median_days": None, "ci95": [12.0, None], "n": 12, "open": 11}
    base["sla"]["high"] = {"due_met": 5, "breached": 3, "due_7d": 1}
    return {**base, **changes}


def gap(number: int, reason: str = "a permission was refused", target: str = "") -> dict[str, str]:
    return {"control": f"c{number}", "scope": "s", "target": target or f"t{number % 12}", "reason": reason}


def words(page: str) -> str:
    """What is read, in its order."""
    body = page.split("<body>")[1]
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


def test_it_says_what_the_document_holds() -> None:
    said = words(summary_html(document(), "On track: 4 of 20 are open.", longest={"low": 30.4}))
    for part in (
        "payments The last 30 days up to 2 November 2026, 17:00 UTC On track: 4 of 20 are open.",
        "Score 81.5 of 100 New 7 Proven fixed 1,215 Came back 2",
        "15 fixed 1 accepted 0 false positive 4 open Proven fixed: 75 % (15 of 20).",
        "high 5 3 1 9.2 d (6 or more)",
        "low 0 0 0 not reached (11 open, longest 30 d)",
        "8-30 days 3",
        "Checked in the last 24 hours: 100 % (100 of 100)",
    ):
        assert part in said
    assert "critical" not in said


def test_what_was_not_checked_stands_first_where_it_matters_and_last_where_not() -> None:
    few = words(summary_html(document(coverage={"checked": 99, "of": 100, "gaps": [gap(1)]}), "So."))
    many = words(
        summary_html(
            document(coverage={"checked": 40, "of": 100, "gaps": [gap(n) for n in range(60)]}), "So."
        )
    )
    assert few.index("Score") < few.index("What could not be checked")
    assert many.index("What could not be checked") < many.index("Score")
    assert "a permission was refused t0, t1, t10, t11, t2, t3, t4, t5 and 4 more 60" in many


def test_nothing_checked_has_no_score() -> None:
    said = words(summary_html(document(score=None, coverage={"checked": 0, "of": 0, "gaps": []}), "Unknown."))
    assert "Score ? nothing was checked" in said
    assert said.index("No full scan is known.") < said.index("Score")


def test_text_that_was_scanned_stays_text() -> None:
    evil = "</style><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}\"'"
    doc = document(team=evil, coverage={"checked": 1, "of": 2, "gaps": [gap(1, evil, evil)]})
    page = summary_html(doc, evil, burn_down(month(), evil))
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("</style>") == 1
    assert "{{ 7*7 }}" in page


def test_it_asks_nobody_for_anything() -> None:
    page = summary_html(document(), "So.", burn_down(month(), "payments"))
    assert "default-src 'none'" in page.replace("&#39;", "'")
    assert not re.search(r"(?:src|href)=|url\(|@import|https?:", page)


def test_a_day_0_without_findings_is_said() -> None:
    nothing = {"day0": None, "total": 0, "fixed": 0, "accepted": 0, "false_positive": 0, "open": 0}
    assert "Nothing was found on day 0." in words(summary_html(document(cohort=nothing), "Clean."))
