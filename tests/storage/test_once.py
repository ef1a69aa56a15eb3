"""Deliveries and slots are taken once."""

from datetime import timedelta
from pathlib import Path

from storage.once import REMEMBERED, first_delivery, first_run, last_slot
from storage.store import Store
from tests.storage.world import START


def test_a_delivery_is_taken_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "patrol.db")
    with store.write() as connection:
        assert first_delivery(connection, "Ev1", START)
        assert not first_delivery(connection, "Ev1", START + timedelta(seconds=3))
        assert first_delivery(connection, "Ev2", START)
    store.close()


def test_a_delivery_is_remembered_over_a_restart_and_forgotten_after_two_days(tmp_path: Path) -> None:
    for at, fresh in ((START, True), (START + REMEMBERED, False), (START + 2 * REMEMBERED, True)):
        store = Store(tmp_path / "patrol.db")
        with store.write() as connection:
            assert first_delivery(connection, "Ev1", at) is fresh
        store.close()


def test_a_click_whose_work_failed_may_be_delivered_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "patrol.db")
    try:
        with store.write() as connection:
            assert first_delivery(connection, "Ev1", START)
            raise KeyError("the work behind it failed")
    except KeyError:
        pass
    with store.write() as connection:
        assert first_delivery(connection, "Ev1", START)
    store.close()


def test_a_slot_that_comes_twice_when_the_clocks_go_back_runs_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "patrol.db")
    with store.write() as connection:
        assert last_slot(connection, "scan prod") == ""
        assert first_run(connection, "scan prod", "2026-10-25T02:30", START)
        assert not first_run(connection, "scan prod", "2026-10-25T02:30", START + timedelta(hours=1))
        assert first_run(connection, "scan staging", "2026-10-25T02:30", START)
        assert first_run(connection, "scan prod", "2026-10-26T02:30", START + timedelta(days=1))
        assert last_slot(connection, "scan prod") == "2026-10-26T02:30"
    store.close()
