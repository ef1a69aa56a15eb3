"""Findings that no scan made, kept as reconcile would, and what `Filter` promises said without SQL."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from scanners.model import Severity
from storage.model import Detection, Finding, FindingView, State, short
from storage.queries import Filter
from storage.rows import save_findings
from storage.rules import shown_state
from storage.words import asked, holds, words
from tests.storage.world import START

TEAMS = ["payments", "web", ""]
NOW = START + timedelta(days=3)
TITLES = {"s3.public": "Bucket is public", "ec2.imdsv2": "Instance metadata needs a session"}


def finding(at: int, name: str = "", **given: object) -> Finding:
    """One finding that was never scanned; `at` makes its id."""
    name = name or f"bucket-{at}"
    plain = Finding(
        f"pf1_{at:064x}", "s3.public", "aws/1/eu-west-1", "prod", f"arn:aws:s3:::{name}", name, "aws.s3.bucket",
        "eu-west-1", "", Severity.HIGH, "payments", Detection.PRESENT, START, START, START + timedelta(days=7),
    )  # fmt: skip
    return replace(plain, **given)  # type: ignore[arg-type]


def keep(connection: sqlite3.Connection, findings: Sequence[Finding]) -> None:
    """As reconcile would, without a scan."""
    save_findings(connection, list(findings))
    connection.executemany(
        "insert or ignore into observations (finding, checked_at, scan, evidence, remediation) values (?, ?, '', '{}', '')",
        [(one.id, "2026-11-02T09:00:00.000000Z") for one in findings],
    )


def lower(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def fits(one: Finding, wanted: Filter) -> bool:
    """What `Filter` promises, said without SQL."""
    state = shown_state(one, NOW)
    known = [
        word for text in (one.resource, one.resource_id, one.region, one.control, short(one.id), *one.tags, *one.tags.values())
        for word in words(text)
    ]  # fmt: skip
    title = list(words(TITLES[one.control]))
    by_key: dict[str, list[str]] = {}
    for tag in wanted.tags:
        by_key.setdefault(tag.partition("=")[0].casefold(), []).append(tag.casefold())
    has = {key.casefold() for key in one.tags} | {
        f"{key}={value}".casefold() for key, value in one.tags.items()
    }
    return (
        (str(state) in wanted.states if wanted.states else wanted.all_states or state not in (State.FIXED, State.OUT_OF_SCOPE))
        and (wanted.sees is None or one.team in wanted.sees)
        and (not wanted.teams or one.team in wanted.teams)
        and (not wanted.severities or str(one.severity) in wanted.severities)
        and (not wanted.controls or one.control in wanted.controls)
        and (not wanted.regions or one.region in wanted.regions)
        and (not wanted.target or one.target == wanted.target)
        and (wanted.due_by is None or one.due <= wanted.due_by)
        and (not wanted.resource or any(lower(wanted.resource) in lower(name) for name in (one.resource, one.resource_id)))
        and (not wanted.text or bool(asked(wanted.text)))
        and all(holds(known, word) or holds(title, word) for word in asked(wanted.text))
        and all(any(tag in has for tag in tags) for tags in by_key.values())
    )  # fmt: skip


def listed(views: Sequence[FindingView]) -> list[Finding]:
    return [view.finding for view in views]
