"""Each guard of the store is taken out once; the suite must notice.

A mutant is a copy of `storage` with one fragment changed; the named test must then fail. A fragment that no
longer stands in the source fails here too, so that the table cannot rot in silence.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HONESTY = "test_honesty.py"
# file, what stands there, what a careless hand would write, the test that must notice
MUTANTS: tuple[tuple[str, str, str, str], ...] = (
    ("reconcile.py", "if verdict.status is Status.UNKNOWN:\n        return verdict.reason", "if False:\n        return verdict.reason",
     "an_unknown_never_closes_a_finding"),
    ("reconcile.py", "if verdict.scope in run.foreign:", "if False:", "answers_from_another_account_close_nothing"),
    ("reconcile.py", "if cover is None or cover.status is CoverageStatus.SKIPPED:", "if False:",
     "a_pass_where_the_control_was_skipped_closes_nothing"),
    ("reconcile.py", "if known and run.started <= known.checked_at:", "if False:",
     "an_older_scan_arriving_late_does_not_close"),
    ("reconcile.py", "if known and run.started <= known.checked_at:", "if False:",
     "an_older_scan_arriving_late_does_not_reopen"),
    ("reconcile.py", 'if run.newest.get((verdict.control, verdict.scope), "") > run.started:', "if False:",
     "an_older_scan_arriving_late_does_not_open_what_a_newer_one_did_not_see"),
    ("reconcile.py", "if already_recorded(connection, scan.id):", "if False:",
     "the_same_scan_twice_changes_nothing"),
    ("reconcile.py", "if not conclusive(scan, cover):", "if False:",
     "absence_under_incomplete_coverage_closes_nothing"),
    ("reconcile.py", "elif known.missed_at is None:", "elif False:", "a_resource_that_is_gone_needs_two_complete_scans"),
    ("reconcile.py", "if cover is None:\n            continue", "if cover is None:\n            cover = next(iter(run.covers.values()))",
     "a_control_that_was_not_selected_closes_nothing"),
    ("evidence.py", "if scan.only_resource:", "if False:",
     "a_targeted_check_speaks_of_its_resource_alone"),
    ("reconcile.py", "return cause if same else Cause.CONTROL_CHANGED", "return cause",
     "a_changed_control_closes_but_is_not_counted_as_a_fix"),
    ("reconcile.py", "return known.claim_at is not None and run.started >= known.claim_at",
     "return known.claim_at is not None", "a_scan_that_began_before_the_claim_says_nothing_of_it"),
    ("reconcile.py", "_WEIGHT[verdict.status] > _WEIGHT[before.status]", "True",
     "two_words_on_one_finding_count_as_the_worse"),
    ("reconcile.py", "if changed and not same_evidence(known.evidence, verdict.evidence):", "if changed:",
     "an_age_that_grows_is_no_event"),
    ("reconcile.py", "if known.id not in held.kept_open)", ")", "more_closings_than_the_limit_are_held"),
    ("reconcile.py", "if not known.present:\n        _say(run, known, Kind.REGRESSED", "if False:\n        _say(run, known, Kind.REGRESSED",
     "a_failure_newer_than_the_closing_evidence_starts_a_new_episode"),
    ("reconcile.py", "if verdict.severity != known.severity:", "if False:",
     "a_raised_severity_is_an_event_on_the_same_finding"),
    ("holds.py", "if len(fresh) <= limit(open_count):", "if True:", "more_closings_than_the_limit_are_held"),
    ("holds.py", "and conclusive(scan, cover)", "", "a_second_incomplete_run_releases_nothing"),
    ("holds.py", "return int(max(HOLD_FLOOR, HOLD_SHARE * open_count))", "return int(HOLD_SHARE * open_count)",
     "as_many_closings_as_the_limit_pass"),
    ("scans.py", "and own_account(scan, cover.scope)", "", "answers_from_another_account_close_nothing"),
    ("scans.py", 'startswith(scan.identity + "/")', "startswith(scan.identity)",
     "an_account_whose_number_only_begins_alike_is_another"),
    ("scans.py", "and not scan.cancelled", "", "a_cancelled_scan_closes_nothing_by_absence"),
    ("scans.py", "if scan.only_resource:\n        return False", "if False:\n        return False",
     "a_targeted_check_is_not_a_complete_look_at_the_scope"),
    ("rules.py", "now < finding.until)", "True)", "an_acknowledgement_lapses_from_its_instant"),
    ("rules.py", "if finding.claim_at is not None:\n        return State.FIX_CLAIMED", "if False:\n        return State.FIX_CLAIMED",
     "a_claim_closes_nothing"),
    ("decisions.py", "events: list[Event] = settle(connection, now, only=finding_id)", "events: list[Event] = []",
     "a_lapsed_acknowledgement_can_be_given_again"),
    ("ledger.py", "elif linked != prev:", "elif False:", "a_link_that_was_cut_is_named"),
    ("store.py", 'connection.execute("begin immediate")', 'connection.execute("begin")',
     "eight_writers_keep_every_row"),
    ("store.py", 'connection.execute("rollback")', 'connection.execute("commit")',
     "an_exception_leaves_nothing_behind"),
)  # fmt: skip
WHERE = {
    "a_lapsed": "test_ledger.py",
    "a_link": "test_ledger.py",
    "eight_": "test_store.py",
    "an_exception": "test_store.py",
}


def test_every_guard_is_noticed_when_it_is_gone(tmp_path: Path) -> None:
    unnoticed = [mutant for at, mutant in enumerate(MUTANTS) if not _noticed(tmp_path / str(at), *mutant)]
    assert [mutant[::3] for mutant in unnoticed] == []


def test_the_unchanged_copy_passes(tmp_path: Path) -> None:
    """Else a mutant would be "noticed" because the copy itself is broken."""
    names = sorted({mutant[3] for mutant in MUTANTS})
    folder = _copy(tmp_path / "same")
    done = _run(folder, sorted({_file(name) for name in names}))
    assert done.returncode == 0, done.stdout[-2000:]


def _noticed(folder: Path, file: str, stands: str, instead: str, test: str) -> bool:
    source = (ROOT / "storage" / file).read_text(encoding="utf-8")
    if stands not in source:
        pytest.fail(f"storage/{file} no longer holds {stands!r}: bring MUTANTS up to date")
    copy = _copy(folder)
    (copy / "storage" / file).write_text(source.replace(stands, instead), encoding="utf-8")
    done = _run(copy, [_file(test)], "-x", "-k", f"test_{test}")
    shutil.rmtree(copy)
    # 1 is a failed test; anything else (no test, a broken mutant) proves nothing.
    return done.returncode == 1


def _file(test: str) -> str:
    return next((file for start, file in WHERE.items() if test.startswith(start)), HONESTY)


def _copy(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in ("scanners", "commands"):
        (folder / name).symlink_to(ROOT / name)
    skipped = shutil.ignore_patterns("__pycache__", "test_mutations.py", "test_lifecycle_machine.py")
    shutil.copytree(ROOT / "storage", folder / "storage", ignore=skipped)
    shutil.copytree(ROOT / "tests" / "storage", folder / "tests" / "storage", ignore=skipped)
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\n", encoding="utf-8")
    return folder


def _run(folder: Path, files: list[str], *options: str) -> "subprocess.CompletedProcess[str]":
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV"))}
    environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", *options,
         *(f"tests/storage/{file}" for file in files)],
        cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
