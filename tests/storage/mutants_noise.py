"""The guards over what channels get; as `mutants`."""

NOISE, NEWS, POSTS, STAGED, DIGEST = (
    "storage/noise.py", "storage/news.py", "storage/posts.py", "storage/staged.py", "storage/digest.py",
)  # fmt: skip
DAYS, FIXES, SCANS, ASKS = "storage/digest_days.py", "storage/fixes.py", "storage/scans.py", "storage/asks.py"
DIGESTS, LAPSE = "commands/digest.py", "commands/lapse.py"

NOISE_MUTANTS: tuple[tuple[str, str, str, str], ...] = (
    # -- real time, quiet hours, the cap
    (NOISE, "or finding.severity.at_least(route.realtime)):", "or True):", "test_posts.py quiet_findings_wait"),
    (NOISE, "if not (finding.exploited or regressed or", "if not (finding.exploited or", "test_posts.py a_regression_is_posted"),
    (NOISE, "if not (finding.exploited or regressed or", "if not (regressed or", "test_noise.py known_exploited_is_posted"),
    (NOISE, "return QUIET if quiet and not urgent(finding) else", "return QUIET if False else", "test_noise.py in_quiet_hours_only_the_grave"),
    (NOISE, "return QUIET if quiet and not urgent(finding) else", "return QUIET if quiet else", "test_noise.py in_quiet_hours_only_the_grave"),
    (NOISE, "wall >= first or wall < last", "wall >= first", "test_noise.py quiet_hours_pass_midnight"),
    (NOISE, "first <= wall < last if first < last else", "first <= wall < last if True else", "test_noise.py quiet_hours_pass_midnight"),
    (NOISE, "max(0, route.cap - (day.got - day.free))", "99", "test_noise.py what_is_over_the_cap_waits"),
    (NOISE, "max(0, route.cap - (day.got - day.free))", "max(0, route.cap - day.got)", "test_noise.py a_first_scan_is_outside_the_cap"),
    (NOISE, "if route.digest or _must_come(one, why)", "", "test_noise.py without_a_digest_what_came_at_night"),
    (NEWS, "many = bool(cause.scan) and len(controls) > MOST_AT_ONCE", "many = False", "test_posts.py a_later_scan_with_much_news"),
    (NEWS, "if cause.first and cause.scan:", "if False:", "test_posts.py a_first_scan_of_many_findings"),
    (NEWS, "return (not urgent, rank,", "return (urgent, -rank,", "test_noise.py what_is_over_the_cap_waits"),
    (NEWS, 'return bool(event.data["to"])', "return False", "test_noise.py what_becomes_known_exploited_later"),
    (NEWS, 'Severity(event.data["to"]).rank < Severity(event.data["from"]).rank', "False", "test_noise.py what_is_raised_above_the_floor"),
    (NEWS, "if shown or what != \"moved\":", "if what != \"moved\":\n        return False\n    if shown:", "test_noise.py what_is_raised_above_the_floor"),
    (NEWS, "noise.take_back(connection, again)", "", "test_noise.py what_becomes_known_exploited_later"),
    (NEWS, "noise.take_back(connection, gone)", "", "test_noise.py without_a_digest_what_settled_itself"),
    (NEWS, "        if not noise.is_quiet(route, now) and noise.room(connection, route, now)", "",
     "commands/test_digest.py a_beat_with_nothing_to_let_through"),
    (POSTS, "or (route.digest and noise.is_quiet(route, now))", "", "test_noise.py gaps_at_night_wait"),
    (POSTS, 'if row["team"] == row["owner"]:', "if True:", "test_noise.py the_old_channel_hears_no_more"),
    (ASKS, "parent = _newest(connection, route)", "pass", "test_noise.py a_question_without_room"),
    # -- new controls
    (STAGED, "if scan.chosen:", "if False:", "test_noise.py a_choice_of_controls_is_no_first_sight"),
    (STAGED, "int(not first))", "1)", "test_noise.py the_controls_of_a_first_scan"),
    (STAGED, "return unannounced or now < since + STAGED_FOR", "return now < since + STAGED_FOR", "test_noise.py a_day_alone_is_not_enough"),
    (STAGED, "return unannounced or now < since + STAGED_FOR", "return unannounced", "test_noise.py a_new_control_is_counted_for_a_day"),
    (STAGED, "unannounced = route.digest and (", "unannounced = (", "test_noise.py where_there_is_no_digest_a_day"),
    (NOISE, "if staged and not regressed:", "if staged:", "test_noise.py a_regression_under_a_new_control"),
    (SCANS, "first = not scan.chosen and _first(", "first = _first(", "test_noise.py a_first_scan_of_a_few_controls"),
    # -- the digest
    (DAYS, "if last is not None and last.day >= digest.day:", "if False:", "test_digest.py one_a_day_and_no_day_twice"),
    (DAYS, "made, skipped = None, digest.why_skipped if digest.empty", "made, skipped = None, digest.why_skipped if True", "commands/test_digest.py it_is_posted_once_a_day"),
    (DAYS, '"update unposted set told = ? where told is null and team = ?"', '"update unposted set told = ? where 0 and team = ?"',
     "test_digest.py what_a_digest_told_is_new_no_more"),
    (DIGEST, "bool(gaps) and mark != gaps_before", "bool(gaps)", "test_digest.py gaps_come_first"),
    (DIGEST, "f.detection = 'present' and not f.out_of_scope order by {_WORST}, f.due, f.id\",\n        (team,),", "1 order by {_WORST}, f.due, f.id\",\n        (team,),",
     "test_digest.py what_was_settled_before"),
    (DIGEST, "{_OPEN}{_SEEN} and f.due <= ?", "{_OPEN} and ?<>'' and f.due <= ?", "test_digest.py due_counts_what_is_overdue"),
    (DIGEST, "or exists (select 1 from control_told t where", "or 1 = (select 2 from control_told t where", "test_noise.py what_a_new_control_finds_after"),
    (DIGESTS, "if is_quiet_at(team.quiet, local.time()) and not", "if False and not", "commands/test_digest.py what_was_missed_is_not_caught_up"),
    (DIGESTS, "team.timezone) > since", "team.timezone) > since or True", "commands/test_digest.py a_new_team_waits"),
    (DIGESTS, 'if context.face != "schedule":', "if False:", "commands/test_digest.py nobody_posts_a_digest_by_hand"),
    (LAPSE, "if not due and not waiting:", "if False:", "commands/test_digest.py a_beat_with_nothing_due"),
    (FIXES, 'if kind == CLOSES and key not in left:', "if False:", "test_fixes.py a_change_that_is_part_of_an_earlier_fix"),
    (FIXES, "by_place.get((control, _account(finding)), set())", "by_place.get((control, 'aws/999999999999'), set())", "test_fixes.py it_closes_nothing_in_another"),
    (FIXES, "if now != rank:", "if False:", "test_fixes.py a_fix_that_another_ate_into"),
)  # fmt: skip
