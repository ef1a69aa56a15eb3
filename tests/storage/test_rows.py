"""What is written of a finding that has changed."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest

from scanners.model import Severity
from storage.model import Decision, Detection, Disposition, Finding
from storage.rows import load_findings, save_findings
from storage.store import Store
from tests.fresh import fresh_store
from tests.storage.found import NOW, finding, keep

MOVED = {
    "severity": Severity.LOW, "team": "web", "detection": Detection.ABSENT, "due": NOW, "opened_at": NOW,
    "control_version": "2", "disposition": Disposition.SNOOZED, "disposition_by": "U1", "disposition_at": NOW,
    "until": NOW, "claim_by": "U1", "claim_at": NOW, "refutations": 2, "episode": 2, "fixed_at": NOW, "cause": "proven",
    "fixed_by": "U1", "out_of_scope": True, "tags": {"env": "prod"}, "exploited": True, "request": "accept",
    "request_by": "U2", "request_until": NOW, "decision": Decision(reason="known"), "resource_id": "other",
}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(fresh_store(tmp_path / "patrol.db")) as made:
        with made.write() as connection:
            keep(connection, [finding(1), finding(2)])
        yield made


def read(store: Store) -> dict[str, Finding]:
    with store.read() as connection:
        return {one.id: one for one in load_findings(connection, "true")}


@pytest.mark.parametrize("name", MOVED)
def test_whatever_differs_is_written(store: Store, name: str) -> None:
    changed = replace(finding(1), **{name: MOVED[name]})  # type: ignore[arg-type]
    with store.write() as connection:
        save_findings(connection, [changed, finding(2)], before=read(store))
    assert read(store) == {changed.id: changed, finding(2).id: finding(2)}


def test_every_field_that_can_change_is_tried() -> None:
    identity = {
        "id",
        "control",
        "scope",
        "target",
        "resource",
        "resource_type",
        "region",
        "locus",
        "first_seen",
    }
    assert {field.name for field in fields(Finding)} - identity == MOVED.keys()


def test_several_findings_may_differ_each_in_its_own_way(store: Store) -> None:
    one, two = replace(finding(1), team="web"), replace(finding(2), due=NOW + timedelta(days=1), team="web")
    new = finding(3)
    with store.write() as connection:
        save_findings(connection, [two, new, one], fresh={new.id}, before=read(store))
    assert read(store) == {each.id: each for each in (one, two, new)}


def test_what_does_not_differ_is_left_alone(store: Store) -> None:
    """Each column named would have its indexes worked on."""
    with store.write() as connection:
        connection.execute("create temp table named (at text)")
        connection.execute(
            "create temp trigger seen after update of team on findings begin insert into named values (new.id); end"
        )
        save_findings(connection, [replace(finding(1), due=NOW), finding(2)], before=read(store))
        assert connection.execute("select count(*) from named").fetchone()[0] == 0
        save_findings(connection, [replace(finding(1), team="web")], before=read(store))
        assert connection.execute("select count(*) from named").fetchone()[0] == 1
