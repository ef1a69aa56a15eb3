"""The walls between teams and workspaces, for `mutants`: the same four columns."""

MODEL, PEOPLE, STATUS, SHOW = (
    "commands/model.py",
    "commands/people.py",
    "commands/status.py",
    "commands/show.py",
)
OWNER, ROUTING, TRACK, UNDO = (
    "commands/owner.py",
    "commands/routing.py",
    "commands/track.py",
    "commands/undo.py",
)
TAKEN_BACK, LINKS, FINDINGS = "storage/undo.py", "storage/workspaces.py", "commands/findings.py"
DIGEST, DECIDE, POSTS, SELECTIONS = (
    "commands/digest.py",
    "commands/decide.py",
    "storage/posts.py",
    "storage/selections.py",
)
W = "commands/test_walls.py"
GUESS, UNASKED = f"{W} a_guess_hears", f"{W} nothing_is_told_unasked"

WALL_MUTANTS: tuple[tuple[str, str, str, str], ...] = (
    # -- the one place where they are drawn
    (MODEL, "whole.seen_by(sees))", "whole)", GUESS),
    (MODEL, "visible if self.sees is None else visible & self.sees", "self.sees", GUESS),
    (PEOPLE, "tuple(team for team in self.teams if team.name in sees)", "self.teams", GUESS),
    (PEOPLE, "tuple(target for target in self.targets if target.owner in sees)", "self.targets", GUESS),
    (PEOPLE, "if self.workspaces and workspace and team.workspace != workspace:", "if False:", GUESS),
    (PEOPLE, "open_to_all = not team.private and", "open_to_all =", GUESS),
    (MODEL, "self.organisation.home(name) is not None", "True", UNASKED),
    # -- what is told unasked
    (STATUS, "if context.sees_target(line.target)}", "}", UNASKED),
    (STATUS, "tuple(_seen(connection, context, found))", "tuple(found)",
     f"{W} jobs_and_failures"),
    (STATUS, "_seen(connection, context, jobs.last_failures(connection))", "jobs.last_failures(connection)",
     f"{W} jobs_and_failures"),
    (STATUS, "in waiting(connection) if context.sees_target(hold.target))", "in waiting(connection))", f"{W} held_closings"),
    (STATUS, "context.sees is None or post.team in context.sees for", "True for", f"{W} messages_under_way"),
    (STATUS, "if not any(place in problem for place in hidden)]", "]", f"{W} a_problem_that_names"),
    (FINDINGS, "any(context.sees_target(line.target) for line in last_scans(connection))", "last_scans(connection)",
     f"{W} who_cannot_see_a_scan"),
    (SHOW, "if finding.team not in hidden or (before is not None and before.team not in hidden):", "if True:",
     f"{W} the_history_tells_nothing"),
    (SHOW, "data=_unnamed(event.data, hidden, event.kind is Kind.OWNER_CHANGED)", "data=event.data", f"{W} the_history_tells_nothing"),
    (SHOW, "context.workspace, _channels(context))", "context.workspace)", f"{W} a_link_leads"),
    (LINKS, "and (?2 is null or p.channel in (select key from json_each(?2)", "and (1 or p.channel in (select key from json_each(?2)",
     f"{W} a_link_leads"),
    (LINKS, 'workspace or (channels or {}).get(post["channel"], "")', "workspace", f"{W} a_link_of_a_terminal"),
    # -- what a word changes
    (OWNER, 'if team in known and team not in refused), "")', 'if team and team not in refused), "")', f"{W} not_mine_hands_nothing"),
    (OWNER, 'team_scope("f.team", context.sees)', 'team_scope("f.team", None)', f"{W} the_same_words_are_tracked"),
    (TRACK, "tracked = replace(tracked, locus=team)", "pass", f"{W} the_same_words_are_tracked"),
    (TAKEN_BACK, "and (?3 is null or iif(", "and (1 or iif(", f"{W} undo_takes_back_nothing"),
    (TAKEN_BACK, "iif(e.kind = 'owner_changed', json_extract(e.data, '$.from'), f.team)", "f.team", f"{W} what_was_given_away"),
    (UNDO, "return own or find_one(", "return find_one(", f"{W} what_was_given_away"),
    (SELECTIONS, "where id = ? and by = ? and at", "where id = ? and ? <> '' and at", f"{W} a_selection_of_one"),
    (ROUTING, "or organisation.within_walls(said, target.owner))", "or organisation.team(said))", f"{W} neither_a_tag"),
    (ROUTING, "in _by_tags(organisation, resource) if organisation.within_walls(team, owner))", "in _by_tags(organisation, resource))",
     f"{W} neither_a_tag"),
    (ROUTING, "in found if organisation.within_walls(team, owner))", "in found)", f"{W} a_codeowners_file"),
    (DECIDE, "posts.plan(connection, events, context.whole.route, now)", "posts.plan(connection, events, context.organisation.route, now)",
     f"{W} what_fell_due_elsewhere"),
    (POSTS, "to is None or to.private or", "to is None or", f"{W} a_message_says_only"),
    (POSTS, "(before is not None and before.workspace != to.workspace)", "False", f"{W} a_message_says_only"),
    (DIGEST, "for one in context.whole.teams]", "for one in context.organisation.teams]", f"{W} a_digest_counts"),
)  # fmt: skip
