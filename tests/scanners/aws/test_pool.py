"""Work that makes work shares a few threads: in order, in turn, never locked up, and errors come out."""

import threading

import pytest

from scanners.aws.pool import Pool


def test_results_come_in_order_whoever_made_them() -> None:
    with Pool(4) as pool:
        assert pool.map(lambda n: n * n, range(200)) == [n * n for n in range(200)]
        assert pool.map(str, []) == []


@pytest.mark.parametrize("workers", [1, 2, 16])
def test_work_within_work_within_work_never_locks_up(workers: int) -> None:
    with Pool(workers) as pool:

        def deep(depth: int) -> int:
            return 1 if depth == 0 else sum(pool.map(deep, [depth - 1] * 4))

        assert deep(5) == 4**5


def test_a_long_batch_lets_others_through() -> None:
    """Two threads, a hundred items of one batch before a short one: the short one does not wait for the long."""
    order: list[str] = []
    lock = threading.Lock()
    begun = threading.Event()

    def note(name: str) -> None:
        begun.set()
        with lock:
            order.append(name)

    with Pool(2) as pool:
        long = threading.Thread(target=pool.map, args=(note, ["long"] * 20_000))
        long.start()
        begun.wait(5)
        pool.map(note, ["short"] * 5)
        done = len(order)
        long.join()
    assert done < 20_005
    assert order.count("short") == 5


def test_no_more_at_once_than_was_asked_for() -> None:
    now = most = 0
    lock = threading.Lock()
    full = threading.Event()

    def work(_item: int) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
            if now == 3:
                full.set()
        full.wait(1)
        with lock:
            now -= 1

    with Pool(16) as pool:
        pool.map(work, range(12), most=3)
    assert most == 3


def test_the_first_error_ends_the_batch_and_comes_out() -> None:
    done: list[int] = []

    def work(item: int) -> None:
        if item == 3:
            raise KeyError("three")
        done.append(item)

    with Pool(2) as pool, pytest.raises(KeyError, match="three"):
        pool.map(work, range(10_000))
    assert len(done) < 10_000


def test_no_thread_begins_for_work_that_needs_none() -> None:
    before = threading.active_count()
    with Pool(16) as pool:
        pool.map(str, [1])
        assert threading.active_count() == before
        pool.map(str, [1, 2, 3])
        assert threading.active_count() == before + 2
    assert threading.active_count() == before
