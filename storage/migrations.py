"""The schema, as versioned migrations of sqlite-utils. A landed migration is never edited; add one."""

from typing import TYPE_CHECKING

from sqlite_utils.migrations import Migrations

if TYPE_CHECKING:
    from sqlite_utils.db import Database

migrations = Migrations("patrol")

_TABLES = (
    """create table targets (
        name text primary key, kind text not null, owner text not null, identity text not null default '',
        first_scanned text) strict""",
    """create table scans (
        id text primary key, target text not null references targets(name), kind text not null,
        identity text not null, started text not null, finished text not null, "trigger" text not null,
        only_resource text not null, cancelled integer not null, api_calls integer not null,
        seconds real not null, resources integer not null, failed integer not null, passed integer not null,
        unknown integer not null, versions text not null) strict""",
    "create index scans_by_target on scans(target, started)",
    """create table coverage (
        scan text not null references scans(id), control text not null, scope text not null,
        status text not null, reason text not null, missing_permission text not null,
        primary key (scan, control, scope)) strict, without rowid""",
    """create table scope_checks (
        control text not null, scope text not null, started text not null, scan text not null,
        primary key (control, scope)) strict, without rowid""",
    """create table findings (
        id text primary key, control text not null, scope text not null, target text not null,
        resource text not null, resource_id text not null, resource_type text not null,
        region text not null, locus text not null, severity text not null, team text not null,
        detection text not null, first_seen text not null, opened_at text not null, due text not null,
        control_version text not null, disposition text not null, disposition_by text not null,
        disposition_at text, until text, claim_by text not null, claim_at text,
        refutations integer not null, episode integer not null, fixed_at text, cause text not null,
        fixed_by text not null, out_of_scope integer not null, tags text not null) strict""",
    "create index findings_live on findings(scope, control) where detection = 'present'",
    "create index findings_by_team on findings(team, detection, severity)",
    "create index findings_by_until on findings(until) where until is not null",
    """create table episodes (
        finding text not null references findings(id), episode integer not null, opened_at text not null,
        due text not null, closed_at text, cause text,
        primary key (finding, episode)) strict, without rowid""",
    """create table observations (
        finding text primary key references findings(id), checked_at text not null, scan text not null,
        evidence text not null, remediation text not null, reason text not null default '',
        missed_scan text not null default '', missed_at text) strict, without rowid""",
    """create table events (
        seq integer primary key autoincrement, at text not null, kind text not null, finding text not null,
        actor text not null, data text not null, prev text not null, hash text not null) strict""",
    "create index events_by_finding on events(finding, seq)",
    """create trigger events_no_update before update on events begin
        select raise(abort, 'the ledger is append-only: an event is never changed'); end""",
    """create trigger events_no_delete before delete on events begin
        select raise(abort, 'the ledger is append-only: an event is never removed'); end""",
    """create table holds (
        id integer primary key, scope text not null, target text not null, scan text not null,
        at text not null, started text not null, findings text not null, open_count integer not null,
        ended_by text not null default '') strict""",
    """create table posts (
        id integer primary key, channel text not null, kind text not null, subject text not null,
        day text not null, team text not null, wanted integer not null, drawn integer not null default 0,
        ts text not null default '', parent integer references posts(id),
        sending integer not null default 0, data text not null default '{}', created text not null,
        unique (channel, kind, subject, day)) strict""",
    "create index posts_dirty on posts(id) where wanted > drawn",
    """create table post_findings (
        post integer not null references posts(id), finding text not null references findings(id),
        primary key (post, finding)) strict, without rowid""",
    "create index post_findings_by_finding on post_findings(finding)",
    """create table jobs (
        id integer primary key, kind text not null, subject text not null, requested_by text not null,
        channel text not null default '', status text not null, progress text not null default '',
        run_after text not null, created text not null, started text, finished text,
        attempt integer not null default 0, scan text not null default '', error text not null default '',
        data text not null default '{}') strict""",
    "create unique index jobs_one_active on jobs(kind, subject) where status in ('queued', 'running')",
    "create table deliveries (key text primary key, at text not null) strict, without rowid",
    """create table people (
        id text primary key, name text not null, timezone text not null default 'UTC',
        seen_at text not null) strict""",
    """create table snapshots (
        day text not null, scope text not null, data text not null, taken_at text not null,
        primary key (day, scope)) strict, without rowid""",
    """create table schedule_runs (
        schedule text not null, slot text not null, at text not null,
        primary key (schedule, slot)) strict, without rowid""",
)


@migrations()
def m001_first_schema(db: "Database") -> None:
    """The line: targets, scans, coverage, findings, episodes, ledger, posts, jobs."""
    for statement in _TABLES:
        db.execute(statement)


@migrations()
def m002_held_closings(db: "Database") -> None:
    """What a held run had seen of each finding, so that security's word can let it take effect."""
    db.execute("alter table holds add column closings text not null default '{}'")


_LIFECYCLE = (
    "alter table findings add column exploited integer not null default 0",
    "alter table findings add column request text not null default ''",
    "alter table findings add column request_by text not null default ''",
    "alter table findings add column request_until text",
    "alter table findings add column decision text not null default '{}'",
    "create index findings_by_request on findings(request_until) where request_until is not null",
    """create table resource_owners (
        resource text primary key, team text not null, refused text not null, by text not null,
        at text not null) strict, without rowid""",
    """create table selections (
        id text primary key, by text not null, words text not null, findings text not null,
        at text not null) strict, without rowid""",
    # "My last action" is asked for at every undo; events of scans and the clock are not people's.
    "create index events_by_actor on events(actor, seq) where actor not in ('scan', 'clock')",
)


@migrations()
def m003_lifecycle(db: "Database") -> None:
    """Decisions that people make and the clock ends; owners that people named; frozen selections."""
    for statement in _LIFECYCLE:
        db.execute(statement)


# What a filter reads, beside the wide rows of `findings`: a tenth of the bytes, kept by triggers, so that no
# writer can forget it. A finding's group holds what many share; `held` and `free` are the shown state (its
# place in `storage.model.State`) while a disposition holds and where none does. `rank` is the severity's.
# A changed rule of the shown state needs a migration that makes the triggers and the rows anew.
_RANK = "case new.severity when 'critical' then 0 when 'high' then 1 when 'medium' then 2 when 'low' then 3 else 4 end"
_FREE = """case when new.out_of_scope then 9 when new.detection = 'absent' then 8
    when new.claim_at is not null then 7 when new.episode > 1 then 1 else 0 end"""
_HELD = f"""case when new.out_of_scope then 9 when new.detection = 'absent' then 8
    when new.disposition = 'snoozed' then 4 when new.disposition = 'risk_accepted' then 5
    when new.disposition = 'false_positive' then 6 when new.claim_at is not null then 7
    when new.disposition = 'acknowledged' then 2 when new.disposition = 'in_progress' then 3
    else {_FREE} end"""
# Microseconds since 1970: a third of the bytes of the text, in the same order.
_DUE = "strftime('%s', substr(new.due, 1, 19)) * 1000000 + substr(new.due, 21, 6)"
_GROUP = f"new.team, new.control, new.target, new.region, {_RANK}"
_IN_GROUP = f"(select id from finding_groups where (team, control, target, region, rank) = ({_GROUP}))"  # noqa: S608
_KNOW_GROUP = f"""insert into finding_groups (team, control, target, region, rank) values ({_GROUP})
    on conflict do nothing"""  # noqa: S608
_CHANGED = " or ".join(
    f"old.{column} is not new.{column}"
    for column in (
        "team", "control", "target", "region", "severity", "detection", "disposition", "until", "claim_at",
        "episode", "out_of_scope", "due",
    )
)  # fmt: skip
_SEARCH = (
    """create table finding_groups (
        id integer primary key, team text not null, control text not null, target text not null,
        region text not null, rank integer not null, unique (team, control, target, region, rank)) strict""",
    """create table finding_keys (
        row integer primary key, grp integer not null, held integer not null, until text,
        free integer not null, due integer not null, rank integer not null) strict""",
    "create index finding_keys_by_group on finding_keys(grp, held, until, free, due)",
    "create index finding_keys_worst on finding_keys(rank, due) where free < 8",
    f"""insert or ignore into finding_groups (team, control, target, region, rank)
        select {_GROUP} from findings new""",  # noqa: S608
    f"""insert into finding_keys (row, grp, held, until, free, due, rank)
        select new.rowid, {_IN_GROUP}, {_HELD}, new.until, {_FREE}, {_DUE}, {_RANK} from findings new""",  # noqa: S608
    f"""create trigger findings_key_new after insert on findings begin
        {_KNOW_GROUP};
        insert into finding_keys (row, grp, held, until, free, due, rank)
        values (new.rowid, {_IN_GROUP}, {_HELD}, new.until, {_FREE}, {_DUE}, {_RANK}); end""",  # noqa: S608
    f"""create trigger findings_key_changed after update on findings when {_CHANGED} begin
        {_KNOW_GROUP};
        update finding_keys set grp = {_IN_GROUP}, held = {_HELD}, until = new.until, free = {_FREE},
        due = {_DUE}, rank = {_RANK} where row = new.rowid; end""",  # noqa: S608
    """create trigger findings_key_gone after delete on findings begin
        delete from finding_keys where row = old.rowid; end""",
    # Words, split by Python: SQLite's own tokenizers know nothing of camel case.
    "create virtual table finding_words using fts5(words, marks, tokenize = 'ascii', columnsize = 0)",
    # Three letters each, for a part of a name. Nothing is kept beside them: names never change.
    """create virtual table finding_names using fts5(
        name, tokenize = 'trigram case_sensitive 1', content = '', columnsize = 0)""",
    # Up to which row of `findings` the two above have got, and which finding that was: a file that was
    # vacuumed may number its rows anew.
    "create table search_progress (one integer primary key, row integer not null, finding text not null) strict",
    "insert into search_progress (one, row, finding) values (1, 0, '')",
    # Rows whose words changed since they were indexed.
    "create table search_stale (row integer primary key) strict",
    """create trigger findings_retagged after update of tags on findings when old.tags is not new.tags begin
        insert into search_stale (row) values (new.rowid) on conflict do nothing; end""",
)


@migrations()
def m010_search(db: "Database") -> None:
    """Filters and search over a million findings: keys, groups, words and names."""
    for statement in _SEARCH:
        db.execute(statement)


_WORKSPACES = (
    """create table workspaces (
        id text primary key, name text not null, url text not null, seen_at text not null) strict, without rowid""",
    # A finding's page asks what else is wrong with its resource.
    "create index findings_by_resource on findings(target, resource) where detection = 'present'",
)


@migrations()
def m012_workspaces(db: "Database") -> None:
    """Where links to messages begin; what belongs to one resource."""
    for statement in _WORKSPACES:
        db.execute(statement)


_NOISE = (
    "alter table scans add column chosen integer not null default 0",
    """create table channel_days (
        channel text not null, day text not null, would integer not null, got integer not null,
        free integer not null, quiet integer not null, over integer not null, below integer not null,
        staged integer not null, primary key (channel, day)) strict, without rowid""",
    # News that was not posted: `told` is the message that told of it in the end.
    """create table unposted (
        id integer primary key, finding text not null references findings(id), episode integer not null,
        severity text not null, team text not null, channel text not null, at text not null, what text not null,
        why text not null, told integer references posts(id)) strict""",
    "create index unposted_waiting on unposted(team) where told is null",
    "create index unposted_by_finding on unposted(finding)",
    "create index unposted_by_post on unposted(told) where told is not null",
    """create table control_days (
        target text not null, control text not null, first_seen text not null, staged integer not null,
        primary key (target, control)) strict, without rowid""",
    """create table control_told (
        target text not null, control text not null, team text not null, at text not null,
        primary key (target, control, team)) strict, without rowid""",
    # What was covered before this migration is not new.
    """insert into control_days select s.target, c.control, min(s.started), 0 from coverage c
        join scans s on s.id = c.scan where s.only_resource = '' and c.status <> 'skipped' group by 1, 2""",
    # Up to which event the team's digest of that local day told; `post` is null where it was skipped.
    """create table digest_days (
        team text not null, day text not null, at text not null, seq integer not null, gaps text not null,
        post integer references posts(id), skipped text not null,
        primary key (team, day)) strict, without rowid""",
    # For whom the message shows the finding, and whether its new team is private.
    "alter table post_findings add column team text not null default ''",
    "alter table post_findings add column hidden integer not null default 0",
    "update post_findings set team = (select team from posts where posts.id = post_findings.post)",
    "alter table posts add column aged integer not null default 0",
    "create index posts_to_age on posts(created) where kind = 'control' and aged = 0",
)


@migrations()
def m020_noise(db: "Database") -> None:
    """Quiet hours, caps, staged controls and digests: what was posted, what was not, and why."""
    for statement in _NOISE:
        db.execute(statement)


_SNAPSHOTS = (
    """create trigger snapshots_no_update before update on snapshots begin
        select raise(abort, 'a snapshot is frozen: what was told is never changed'); end""",
    """create trigger snapshots_no_delete before delete on snapshots begin
        select raise(abort, 'a snapshot is frozen: what was told is never removed'); end""",
    # "insert or replace" removes the old row without asking the trigger above.
    """create trigger snapshots_no_replace before insert on snapshots
        when exists (select 1 from snapshots where day = new.day and scope = new.scope) begin
        select raise(abort, 'a snapshot is frozen: this day has one already'); end""",
)


@migrations()
def m030_snapshots(db: "Database") -> None:
    """What was told of a day stays as it was told."""
    for statement in _SNAPSHOTS:
        db.execute(statement)


@migrations()
def m040_summaries(db: "Database") -> None:
    """Which weekly summary was posted or skipped; `slot` is the wall clock's date and time at which it was due."""
    db.execute("""create table summary_weeks (
        team text not null, slot text not null, at text not null, mark text not null,
        post integer references posts(id), skipped text not null,
        primary key (team, slot)) strict, without rowid""")


@migrations()
def m060_events(db: "Database") -> None:
    """What came in on each target's queue of events, and the storm that is not over: `scan` is its job."""
    db.execute("""create table event_queues (
        target text primary key, messages integer not null default 0, counts text not null default '{}',
        storms integer not null default 0, storm_at text, scan integer, scanned_at text, last_at text,
        error text not null default '') strict, without rowid""")
    db.execute(
        "create index jobs_of_events on jobs(json_extract(data, '$.target'), run_after) where kind in ('event', 'sweep')"
    )
