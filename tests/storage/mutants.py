"""The guards that `test_mutations` takes out: file, what stands there, a careless hand's version, who notices.

What stands there must be in the file exactly once. The last column is a test file of `tests/storage` (or a
path from `tests/`) and the beginning of a test's name behind `test_`. Those over people's decisions are in
`mutants_people`, the walls between teams in `mutants_walls`.
"""

from tests.storage.mutants_imports import IMPORT_MUTANTS
from tests.storage.mutants_noise import NOISE_MUTANTS
from tests.storage.mutants_people import PEOPLES_MUTANTS
from tests.storage.mutants_walls import WALL_MUTANTS

RECONCILE, HOLDS, RELEASE = "storage/reconcile.py", "storage/holds.py", "storage/release.py"
RULES, SCANS, EVIDENCE = "storage/rules.py", "storage/scans.py", "storage/evidence.py"
LIFECYCLE, LAPSES, CHANGES = "storage/lifecycle.py", "storage/lapses.py", "storage/changes.py"
QUERIES = "storage/queries.py"
STORE, LEDGER, SCHEMA = "storage/store.py", "storage/ledger.py", "storage/migrations.py"
ROWS = "storage/post_rows.py"
POSTS, JOBS, ONCE, ASKS = "storage/posts.py", "storage/jobs.py", "storage/once.py", "storage/asks.py"
PEOPLE, DECIDE, WORK = "commands/people.py", "commands/decide.py", "commands/work.py"

MUTANTS: tuple[tuple[str, str, str, str], ...] = (
    # -- rule 1: errors, gaps, older scans
    (RECONCILE, "if verdict.status is Status.UNKNOWN:\n        return verdict.reason", "if False:\n        return verdict.reason",
     "test_honesty.py an_unknown_never_closes_a_finding"),
    (RECONCILE, "if cover is None or cover.status is CoverageStatus.SKIPPED:", "if False:",
     "test_honesty.py a_pass_where_the_control_was_skipped_closes_nothing"),
    (RECONCILE, "if known and (_as_of(run, verdict.as_of) if verdict.as_of else run.started) <= known.checked_at:", "if False:",
     "test_honesty.py an_older_scan_arriving_late_does_not_close"),
    (RECONCILE, "(_as_of(run, verdict.as_of) if verdict.as_of else run.started)", "run.started", "test_as_of.py a_report_from_before_the_fix"),
    (RECONCILE, "> _as_of(run, verdict.as_of):", "> run.started:", "test_as_of.py a_report_from_before_a_clean_scan"),
    (RECONCILE, "as_of = _as_of(run, cover.as_of)", "as_of = run.started", "test_as_of.py a_list_from_before"),
    (RECONCILE, "_as_of(run, moment) >= known.claim_at", "run.started >= known.claim_at", "test_as_of.py a_report_from_before_the_claim"),
    (RECONCILE, "if not conclusive(scan, cover):", "if False:", "test_honesty.py absence_under_incomplete_coverage_closes_nothing"),
    (RECONCILE, "if as_of <= known.checked_at:", "if False:",
     "test_honesty.py two_late_scans_do_not_add_up_to_gone"),
    (RECONCILE, "elif known.missed_at < as_of:", "else:", "test_honesty.py an_older_complete_scan_arriving_late_is_no_second_look"),
    (RECONCILE, "_WEIGHT[verdict.status] > _WEIGHT[before.status]", "True", "test_honesty.py two_words_on_one_finding_count_as_the_worse"),
    (SCANS, "return cover.status is CoverageStatus.COMPLETE and own_account", "return own_account",
     "test_honesty.py absence_under_incomplete_coverage_closes_nothing"),
    (SCANS, "and not scan.cancelled", "", "test_honesty.py a_cancelled_scan_closes_nothing_by_absence"),
    (SCANS, "if before is None or before.status is CoverageStatus.COMPLETE:", "if True:", "test_honesty.py coverage_said_twice_counts_as_the_worse"),
    # -- rule 2: absence needs complete coverage, the right account, and a second look
    (RECONCILE, "elif known.missed_at is None:", "elif False:", "test_honesty.py a_resource_that_is_gone_needs_two_complete_scans"),
    (RECONCILE, "if cover is None:\n            continue", "if cover is None:\n            cover = next(iter(run.covers.values()))",
     "test_honesty.py a_control_that_was_not_selected_closes_nothing"),
    (RECONCILE, "if verdict.scope in run.foreign:", "if False:", "test_honesty.py answers_from_another_account_close_nothing"),
    (SCANS, "and own_account(scan, cover.scope)", "", "test_honesty.py answers_from_another_account_close_nothing"),
    (SCANS, 'startswith(who + "/")', "startswith(who)", "test_honesty.py an_account_whose_number_only_begins_alike_is_another"),
    (SCANS, "any(who and (scope", "any(not who or (scope", "test_honesty.py answers_from_an_account_that_was_not_learnt"),
    (SCANS, "if scan.only_resource:\n        return False", "if False:\n        return False",
     "test_honesty.py a_targeted_check_is_not_a_complete_look_at_the_scope"),
    (EVIDENCE, "if scan.only_resource:", "if False:", "test_honesty.py a_targeted_check_speaks_of_its_resource_alone"),
    ("storage/observations.py", "missed_at = case when missed_at > ?1 then missed_at end", "missed_at = missed_at",
     "test_honesty.py a_resource_that_was_missed_once_and_fails_again_starts_over"),
    # -- rule 3: too many at once
    (RECONCILE, "if known.id not in held.kept_open)", ")", "test_honesty.py more_closings_than_the_limit_are_held"),
    (HOLDS, "if len(fresh) <= limit(open_count):", "if True:", "test_honesty.py more_closings_than_the_limit_are_held"),
    (HOLDS, "and conclusive(scan, cover)", "", "test_honesty.py a_second_incomplete_run_releases_nothing"),
    (HOLDS, "return int(max(HOLD_FLOOR, HOLD_SHARE * open_count))", "return int(HOLD_SHARE * open_count)",
     "test_honesty.py as_many_closings_as_the_limit_pass"),
    (HOLDS, "return closing.checked_at < held_at and", "return bool(held_at) and", "test_holds.py too_many_that_failed_since"),
    (HOLDS, "and ended_by = '' and started < ?\"", "and ended_by = '' and started <> ?\"", "test_holds.py an_older_complete_run_that_arrives_late"),
    (HOLDS, "\" and o.checked_at < holds.started) returning", "\") returning", "test_holds.py what_failed_since_the_hold_needs_two_runs"),
    (RELEASE, "and not f.out_of_scope and o.checked_at < ?", "and not f.out_of_scope and o.checked_at <> ?", "test_holds.py what_was_seen_failing_since"),
    (RELEASE, 'if row["missed_at"] is not None or', "if True or", "test_holds.py what_was_gone_and_is_seen_again"),
    (RELEASE, " and closings <> '{}'", "", "test_holds.py a_hold_of_an_older_patrol"),
    (RELEASE, "if i not in closed}", "}", "test_holds.py two_holds_of_one_scope"),
    (RELEASE, "where target = ? and ended_by", "where ? <> '' and ended_by", "test_holds.py another_targets_hold"),
    ("commands/release.py", "Role.SECURITY, target.owner", "Role.MEMBER, target.owner", "commands/test_people.py none_but_security_releases"),
    # -- rule 4: what is a fix
    (RECONCILE, "return cause if same else Cause.CONTROL_CHANGED", "return cause", "test_honesty.py a_changed_control_closes_but"),
    (RECONCILE, "if version != known.version:", "if False:", "test_episodes.py a_new_version_that_still_fails"),
    (CHANGES, 'if event.data["cause"] == Cause.CONTROL_CHANGED else', "if False else", "test_rules.py nobody_is_credited_with"),
    ("commands/scan.py", 'event.kind is Kind.FIXED and event.data["cause"] in FIXES', "event.kind is Kind.FIXED",
     "commands/test_release.py what_a_changed_control_closed"),
    # -- rule 5: people's decisions
    (RULES, "now < finding.until)", "True)", "test_honesty.py an_acknowledgement_lapses_from_its_instant"),
    (RULES, "if finding.claim_at is not None:\n        return State.FIX_CLAIMED", "if False:\n        return State.FIX_CLAIMED",
     "test_honesty.py a_claim_closes_nothing"),
    (LIFECYCLE, "if state not in (State.OPEN, State.REGRESSED):", "if False:", "test_rules.py only_what_is_open_is_acknowledged"),
    (LIFECYCLE, "if state in SETTLED:\n        raise _refusal(\"claim a fix", "if False:\n        raise _refusal(\"claim a fix", "test_rules.py whatever_still_fails_may_be_claimed"),
    (LAPSES, 'Event(finding.until, Kind.LAPSED', "Event(now, Kind.LAPSED", "test_rules.py a_lapse_is_dated_when_it_fell_due"),
    (CHANGES, "        _cleared(finding)\n        | {", "        {", "test_rules.py a_fix_ends_what_people_did"),
    (CHANGES, "return _with_due(replace(finding, severity=Severity(event.data[\"to\"]), decision=decision))", "return replace(finding, severity=Severity(event.data[\"to\"]), decision=decision)", "test_rules.py a_new_severity_moves_the_due_date"),
    ("storage/decisions.py", "events: list[Event] = settle(connection, now, only=finding_id)", "events: list[Event] = []",
     "test_ledger.py a_lapsed_acknowledgement_can_be_given_again"),
    (RECONCILE, "return known.claim_at is not None and _as_of(run, moment) >= known.claim_at", "return known.claim_at is not None",
     "test_honesty.py a_scan_that_began_before_the_claim"),
    # -- rule 6: old evidence reopens nothing
    (RECONCILE, 'if run.newest.get((verdict.control, verdict.scope), "") > _as_of(run, verdict.as_of):', "if False:",
     "test_honesty.py an_older_scan_arriving_late_does_not_open"),
    (RECONCILE, "event.finding for event in written if event.kind is Kind.FIXED)", "event.finding for event in written if False)",
     "test_honesty.py an_older_scan_arriving_late_does_not_reopen"),
    (RECONCILE, "if already_recorded(connection, scan.id):", "if False:", "test_honesty.py the_same_scan_twice_changes_nothing"),
    (RECONCILE, "if not known.present:\n        flaw", "if False:\n        flaw",
     "test_episodes.py a_failure_newer_than_the_closing_evidence"),
    (RECONCILE, "if verdict.severity != known.severity:", "if False:", "test_honesty.py a_raised_severity_is_an_event"),
    (RECONCILE, "news = changed and not same_evidence(known.evidence, verdict.evidence)", "news = changed", "test_honesty.py an_age_that_grows_is_no_event"),
    # -- the ledger and the file
    (LEDGER, "elif linked != prev:", "elif False:", "test_ledger.py a_link_that_was_cut_is_named"),
    (LEDGER, "if seq != count:", "if False:", "test_ledger.py a_removed_event_is_named"),
    (LEDGER, "!= digest:\n            reason", "== 0:\n            reason", "test_ledger.py an_edited_event_is_named"),
    (LEDGER, "if audit.broken_at is None and audit.events != written:", "if False:", "test_ledger.py a_removed_tail_is_noticed"),
    (SCHEMA, "before update on events begin\n        select raise(abort,", "before update on events begin\n        select coalesce(1,",
     "test_ledger.py an_event_can_be_neither"),
    (SCHEMA, "before delete on events begin\n        select raise(abort,", "before delete on events begin\n        select coalesce(1,",
     "test_ledger.py an_event_can_be_neither"),
    ("storage/rebuild.py", "if audit.broken_at is not None:", "if False:", "test_ledger.py a_changed_ledger_does_not_become_the_truth"),
    (STORE, 'connection.execute("begin immediate")', 'connection.execute("begin")', "test_store.py a_writer_holds_the_lock_before"),
    (STORE, 'connection.execute("rollback")', 'connection.execute("commit")', "test_store.py an_exception_leaves_nothing_behind"),
    (STORE, "        if newer:\n", "        if False:\n", "test_store.py a_store_of_a_newer_patrol_is_refused"),
    (STORE, "if tables[0] and not applied:", "if False:", "test_store.py somebody_elses_database"),
    (STORE, "if destination.exists():", "if False:", "test_store.py a_backup_replaces_nothing"),
    (STORE, "pragma synchronous = full", "pragma synchronous = normal", "test_store_faults.py durability_and_foreign_keys"),
    (STORE, "pragma foreign_keys = on", "pragma foreign_keys = off", "test_store_faults.py durability_and_foreign_keys"),
    ("storage/identity.py", "encode_basestring(locus)", "encode_basestring(subject)", "test_identity.py an_id_never_changes"),
    # -- posts: few, in place, told once
    (ROWS, "and (p.parent is null or a.ts <> '')", "", "test_posts.py a_line_waits_until"),
    (POSTS, "and drawn = 0 and not sending", "and drawn = 0", "test_posts.py a_line_on_its_way"),
    (POSTS, '["signature"] == signature:', '["signature"] == "":', "test_posts.py gaps_are_told_once"),
    (POSTS, "told = outcome.first and _summarised(", "told = outcome.first or _summarised(", "test_posts.py the_gaps_of_a_first_scan_that_found_nothing"),
    (POSTS, "told = outcome.first and _summarised(", "told = False and _summarised(", "test_posts.py the_gaps_of_a_first_scan_stand"),
    (POSTS, "touch_holds(connection, outcome.settled)", "", "test_posts.py the_message_of_a_hold_is_drawn_again"),
    (ROWS, "drawn = max(drawn, ?)", "drawn = max(wanted, ?)", "test_posts.py a_change_while_a_drawing"),
    (ASKS, " and f.refutations = ?", " and f.refutations >= ? - 3", "test_posts.py three_refutations_ask"),
    (POSTS, "_touch_asks(connection, sorted({event.finding for event in events if event.kind in SETTLING}))", "",
     "test_posts.py the_question_to_the_leads"),
    # -- once
    (ONCE, "insert or ignore into deliveries", "insert or replace into deliveries", "test_once.py a_delivery_is_taken_once"),
    (ONCE, "insert or ignore into schedule_runs", "insert or replace into schedule_runs", "test_once.py a_slot_that_comes_twice"),
    (JOBS, "    if row:\n", "    if False:\n", "test_jobs.py a_second_request_joins"),
    (JOBS, 'and due < row["run_after"]:', "and False:", "test_jobs.py a_waiting_retry_is_brought_forward"),
    (JOBS, "where id = ? and status = 'queued'", "where id = ?", "test_jobs.py a_job_is_taken_once"),
    (JOBS, "where status = 'queued' and run_after <= ?\"", "where status = 'queued' and run_after <> ?\"", "test_jobs.py a_waiting_retry_is_brought_forward"),
    (JOBS, "started = null where status = 'running'", "started = null where status = 'never'", "test_jobs.py what_was_running_when"),
    # -- who may
    (DECIDE, "    deed.allow(context, finding, deed.may)\n    events", "    events", "commands/test_people.py another_team_may_not_decide"),
    (PEOPLE, "if self.roles(person, team).intersection((role, *also)):", "if True:", "commands/test_people.py another_team_may_not_decide"),
    (PEOPLE, "if owner and self.within(person.id, owner.members):", "if True:", "commands/test_people.py roles_are_those_of_the_team"),
    (PEOPLE, "if any(role in self.roles(person, name) for name in names):", "if True:", "commands/test_people.py a_stranger_may_not_start"),
    (PEOPLE, 'or person.id == "schedule":', 'or person.id.startswith("U0DEV"):', "commands/test_people.py roles_are_those_of_the_team"),
    # -- a claim's check
    (WORK, "or job.attempt >= len(CLAIM_RETRY_MINUTES):", "or job.attempt > 9:", "commands/test_work.py a_check_that_could_not_decide"),
    (WORK, "if not claim_waits(connection, job.subject):", "if False:", "commands/test_work.py a_claim_that_a_full_scan_answered"),
    (WORK, "only_resource=view.finding.resource", 'only_resource=""', "commands/test_work.py a_check_looks_at_that_control"),
    *PEOPLES_MUTANTS,
    *WALL_MUTANTS,
    *NOISE_MUTANTS,
    *IMPORT_MUTANTS,
    # -- what one may not see
    (QUERIES, "if wanted.sees is not None:", "if False:", "test_scope.py no_question_returns"),
    (QUERIES, "    if sees is None:\n        return \"1\", ()", "    if True:\n        return \"1\", ()", "test_scope.py an_id_outside"),
    ("storage/search.py", "at[0] == 0 or at[1] == at[2]", "True", "test_search.py rows_that_are_numbered_anew"),
    ("storage/search.py", "and rowid not in (select row from search_stale)", "", "test_search.py new_tags_are_found"),
)  # fmt: skip
