"""Search: words by their beginnings, parts of names, tags; hostile text; and a filter is what plain Python says."""

import random
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scanners.errors import UsageError
from scanners.model import Severity
from storage import search
from storage.model import Detection, Disposition, Finding, FindingView, State, short
from storage.pictures import opened_by, soonest_due, views_of
from storage.queries import Filter, count_by, count_stale, find_one, list_findings
from storage.rebuild import rebuild
from storage.rows import save_findings
from storage.rules import shown_state
from storage.store import Store
from storage.words import asked, holds, words
from tests.storage.world import START, World

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


def found(world: World, **wanted: object) -> list[str]:
    """The names of what is found, before the index knows of it and after; both must be the same."""
    told = []
    for _ in range(2):
        with world.store.read() as connection:
            views = list_findings(connection, Filter(**wanted), NOW)  # type: ignore[arg-type]
            page = list_findings(connection, Filter(**wanted), NOW, limit=3)  # type: ignore[arg-type]
            counted = count_by(connection, Filter(**wanted), NOW, "severity").total()  # type: ignore[arg-type]
        assert (counted, page) == (len(views), views[:3])
        told.append([view.finding.resource_id for view in views])
        search.keep_up(world.store)
    assert told[0] == told[1]
    return sorted(told[1])


NAMED = (
    finding(1, "acme-invoices-prod", tags={"env": "prod", "Cost-Center": "4711"}),
    finding(2, "customerDataDev", tags={"env": "dev", "note": "a=b, c"}),
    finding(3, "HTTPServer_Logs", control="ec2.imdsv2", region="us-east-1", severity=Severity.LOW),
    finding(4, "Überweisung.größe", tags={"env": "PROD"}, team=""),
    finding(5, "100%_sure'\"--; drop table findings", tags={'we"ird': "x' or 1=1"}),
)


@pytest.fixture
def named(world: World) -> World:
    """Names as people give them."""
    with world.store.write() as connection:
        keep(connection, NAMED)
    return world


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("invoi", ["acme-invoices-prod"]),
        ("PROD acme", ["acme-invoices-prod"]),
        ("invoices-prod", ["acme-invoices-prod"]),
        ("data", ["customerDataDev"]),
        ("customerdata", ["customerDataDev"]),
        ("customerData", ["customerDataDev"]),
        ("server log", ["HTTPServer_Logs"]),
        ("us-east", ["HTTPServer_Logs"]),
        ("imds", ["HTTPServer_Logs"]),
        ("4711", ["acme-invoices-prod"]),
        ("cost center", ["acme-invoices-prod"]),
        ("uberweis", ["Überweisung.größe"]),
        ("GRÖSSE", ["Überweisung.größe"]),
        ("voices", []),
        ("acme dev", []),
        ("prod", ["acme-invoices-prod", "Überweisung.größe"]),
        (short(f"pf1_{3:064x}"), ["100%_sure'\"--; drop table findings", "HTTPServer_Logs", "acme-invoices-prod",
                                  "customerDataDev", "Überweisung.größe"]),
        ("public", ["100%_sure'\"--; drop table findings", "acme-invoices-prod", "customerDataDev", "Überweisung.größe"]),
        ("session server", ["HTTPServer_Logs"]),
        ("session prod", []),
        ("sure", ["100%_sure'\"--; drop table findings"]),
        ("***", []),
        ('"', []),
    ],
)  # fmt: skip
def test_words_are_found_by_their_beginnings(named: World, text: str, names: list[str]) -> None:
    assert found(named, text=text, titles=TITLES) == sorted(names)


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("voices-pr", ["acme-invoices-prod"]),
        ("ACME", ["acme-invoices-prod"]),
        ("%_s", ["100%_sure'\"--; drop table findings"]),
        ("'\"--", ["100%_sure'\"--; drop table findings"]),
        ("rD", ["customerDataDev"]),
        ("größe", ["Überweisung.größe"]),
        ("acme AND prod", []),
        ("\0", []),
        ("arn:aws:s3:::cust", ["customerDataDev"]),
    ],
)
def test_a_part_of_a_name_is_found(named: World, part: str, names: list[str]) -> None:
    assert found(named, resource=part) == names


@pytest.mark.parametrize(
    ("tags", "names"),
    [
        (("env",), ["acme-invoices-prod", "customerDataDev", "Überweisung.größe"]),
        (("env=prod",), ["acme-invoices-prod", "Überweisung.größe"]),
        (("ENV=Prod", "env=dev"), ["acme-invoices-prod", "customerDataDev", "Überweisung.größe"]),
        (("env=prod", "cost-center=4711"), ["acme-invoices-prod"]),
        (("env=pro",), []),
        (("note=a=b, c",), ["customerDataDev"]),
        (('we"ird',), ["100%_sure'\"--; drop table findings"]),
        (("we\"ird=x' or 1=1",), ["100%_sure'\"--; drop table findings"]),
        (("",), []),
    ],
)
def test_tags_are_found_whole(named: World, tags: tuple[str, ...], names: list[str]) -> None:
    assert found(named, tags=tags) == names


@pytest.mark.parametrize(
    "text",
    ['a" OR words : "b', "NEAR(a b, 2)", "a AND", "OR", "NOT prod", "prod*", "^prod", "(prod", "words:prod", "{words", "-prod",
     "a + b", "\0prod", "x" * 4_000, "a " * 2_000, "\ud800", "prod\u202e", "'; drop table findings; --"],
)  # fmt: skip
def test_hostile_text_is_a_plain_search(named: World, text: str) -> None:
    expected = sorted(one.resource_id for one in NAMED if fits(one, Filter(text=text)))
    assert found(named, text=text, titles=TITLES) == expected
    found(named, resource=text.encode("utf-8", "backslashreplace").decode())
    found(named, tags=(text,))
    assert named.count("findings") == 5


def test_new_tags_are_found_and_old_ones_are_not(named: World) -> None:
    search.keep_up(named.store)
    with named.store.write() as connection:
        save_findings(connection, [finding(1, "acme-invoices-prod", tags={"env": "test"})])
    assert found(named, tags=("env=test",)) == ["acme-invoices-prod"]
    assert found(named, tags=("env=prod",)) == ["Überweisung.größe"]
    assert found(named, text="4711") == []


def test_a_row_can_be_indexed_anew_at_once(named: World) -> None:
    search.keep_up(named.store)
    with named.store.write() as connection:
        save_findings(connection, [finding(2, "customerDataDev", tags={"env": "test"})])
        search.reindex(connection, [finding(2).id, "pf1_unknown"])
        assert search.behind(connection) == 0
    assert found(named, tags=("env=test",)) == ["customerDataDev"]


def test_the_index_catches_up_in_steps(named: World) -> None:
    with named.store.write() as connection:
        assert (search.behind(connection), search.catch_up(connection, most=3)) == (5, 3)
        assert found_now(connection, "prod") == {1, 4}
        assert [search.catch_up(connection, most=3) for _ in range(2)] == [2, 0]
        assert search.behind(connection) == 0


def found_now(connection: sqlite3.Connection, text: str) -> set[int]:
    return {int(view.finding.id[4:], 16) for view in list_findings(connection, Filter(text=text), NOW)}


def test_a_rebuild_leaves_the_index_right(world: World) -> None:
    from tests.storage.world import verdict

    world.see(verdict("zulu"), verdict("alpha"))
    world.see(verdict("zulu"), verdict("alpha"), verdict("mike"))
    search.keep_up(world.store)
    for table in ("post_findings", "observations", "episodes", "findings"):
        world.store.connection.execute(f"delete from {table}")
    with world.store.write() as connection:
        rebuild(connection)
    for name in ("zulu", "alpha", "mike"):
        assert found(world, text=name) == found(world, resource=name) == [name]


def test_rows_that_are_numbered_anew_are_indexed_anew(named: World) -> None:
    """A store that was vacuumed by hand after a row was removed."""
    search.keep_up(named.store)
    connection = named.store.connection
    connection.execute("pragma foreign_keys = off")
    connection.execute("update findings set rowid = rowid + 100")
    connection.execute("delete from finding_keys")
    connection.execute("update findings set episode = episode + 1")  # the keys follow
    connection.execute("insert into finding_keys select f.rowid, g.id, 1, null, 1, 0, g.rank from findings f"
                       " join finding_groups g on (g.team, g.control, g.region) = (f.team, f.control, f.region)")  # fmt: skip
    assert found(named, text="acme") == ["acme-invoices-prod"]


# -- a filter is what plain Python says

NAMES = st.sampled_from(
    ["acme-invoices-prod", "acmeInvoices", "prod", "a'b", 'x"y', "%", "_", "Ünï", "OR", "AND NOT", "NEAR(", "\u202etxet", "a*b", "i-0abc", "",
     "aaaa", "logs.eu"]
)  # fmt: skip
TEXTS = st.one_of(
    NAMES, st.text(max_size=12), st.sampled_from(["invoi prod", "public", '"a" OR "b"', "eu west", "0"])
)
TAGS = st.dictionaries(
    st.sampled_from(["env", "Env", "a=b", "team"]), st.sampled_from(["prod", "PROD", "", "x=y"]), max_size=2
)
TEAMS = ["payments", "web", ""]
MOMENTS = st.integers(-5, 5).map(lambda days: NOW + timedelta(days=days, microseconds=days * 7))


@st.composite
def findings_in_store(draw: st.DrawFn) -> list[Finding]:
    def one(at: int) -> Finding:
        disposition = draw(st.sampled_from(list(Disposition)))
        return finding(
            at + 0xABCD0000, draw(NAMES) + draw(NAMES), control=draw(st.sampled_from(["s3.public", "ec2.imdsv2"])),
            region=draw(st.sampled_from(["eu-west-1", "us-east-1"])), severity=draw(st.sampled_from(list(Severity))),
            team=draw(st.sampled_from(TEAMS)), detection=draw(st.sampled_from([*Detection, Detection.PRESENT])),
            due=draw(MOMENTS), disposition=disposition, until=draw(st.one_of(st.none(), MOMENTS)),
            claim_at=draw(st.sampled_from([None, None, NOW])), episode=draw(st.sampled_from([1, 1, 2])),
            out_of_scope=draw(st.sampled_from([False, False, False, True])), tags=draw(TAGS),
            target=draw(st.sampled_from(["prod", "staging"])),
        )  # fmt: skip

    return [one(at) for at in range(draw(st.integers(0, 12)))]


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    def some(options: Iterable[object]) -> tuple[str, ...]:
        return tuple(
            map(str, draw(st.one_of(st.just([]), st.lists(st.sampled_from(list(options)), max_size=2))))
        )

    return Filter(
        teams=some(TEAMS), severities=some(Severity), states=some(State), controls=some(TITLES), regions=some(["eu-west-1", "mars"]),
        resource=draw(st.one_of(st.just(""), NAMES, st.text(max_size=4))), target=draw(st.sampled_from(["", "", "prod"])),
        all_states=draw(st.booleans()), text=draw(st.one_of(st.just(""), TEXTS)),
        tags=tuple(draw(st.lists(st.sampled_from(["env", "ENV=prod", "env=", "a=b", "a=b=x=y", "team=x=y", "no"]), max_size=2))),
        due_by=draw(st.one_of(st.none(), MOMENTS)), titles=TITLES,
        sees=draw(st.one_of(st.none(), st.frozensets(st.sampled_from(TEAMS)))),
    )  # fmt: skip


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


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    kept=findings_in_store(),
    wanted=filters(),
    indexed=st.integers(0, 12),
    limit=st.integers(0, 4),
    offset=st.integers(0, 3),
)
@example([finding(1, 'x"y'), finding(2, "x'y")], Filter(text='x"y', resource='"y'), 1, 2, 0)
def test_a_filter_finds_what_plain_python_finds(
    tmp_path_factory: pytest.TempPathFactory,
    kept: list[Finding],
    wanted: Filter,
    indexed: int,
    limit: int,
    offset: int,
) -> None:
    store = Store(tmp_path_factory.mktemp("store") / "patrol.db")
    with store.write() as connection:
        keep(connection, kept)
        if indexed:
            search.catch_up(connection, most=indexed)
    expected = sorted(
        (one for one in kept if fits(one, wanted)), key=lambda one: (one.severity.rank, one.due, one.id)
    )
    with store.read() as connection:
        assert listed(list_findings(connection, wanted, NOW)) == expected
        page = list_findings(connection, wanted, NOW, limit=limit, offset=offset)
        assert listed(page) == expected[offset : offset + limit]
        soonest = list_findings(connection, wanted, NOW, soonest=True)
        assert listed(soonest) == sorted(expected, key=lambda one: (one.due, one.id))
        for column, of in (("severity", lambda one: str(one.severity)), ("team", lambda one: one.team),
                           ("state", lambda one: str(shown_state(one, NOW))), ("region", lambda one: one.region)):  # fmt: skip
            counted = count_by(connection, wanted, NOW, column)
            assert dict(counted) == {
                value: sum(of(one) == value for one in expected) for value in map(of, expected)
            }
    store.close()


# -- what one may not see does not exist


@pytest.fixture
def two_teams(world: World) -> World:
    """Forty findings of payments, web and nobody, alike in all but their team."""
    shuffled = random.Random(4)
    kept = [
        finding(at, "shared-name", team=shuffled.choice(TEAMS), opened_at=START)
        for at in range(0x5EC0000, 0x5EC0028)
    ]
    with world.store.write() as connection:
        keep(connection, kept)
    search.keep_up(world.store)
    return world


@pytest.mark.parametrize("sees", [frozenset(), frozenset({"web"}), frozenset({"web", ""})])
def test_no_question_returns_what_is_outside_its_scope(two_teams: World, sees: frozenset[str]) -> None:
    with two_teams.store.read() as connection:
        every = listed(list_findings(connection, Filter(all_states=True), NOW))
        inside = {one.id for one in every if one.team in sees}
        for asks in (Filter(), Filter(text="shared"), Filter(resource="hared"), Filter(teams=("payments", "web", "")),
                     Filter(all_states=True), Filter(tags=("env",)), Filter(due_by=NOW + timedelta(days=99))):  # fmt: skip
            wanted = replace(asks, sees=sees)
            for views in (
                list_findings(connection, wanted, NOW),
                list_findings(connection, wanted, NOW, limit=50),
                list_findings(connection, wanted, NOW, limit=50, soonest=True),
            ):
                assert {view.finding.id for view in views} <= inside
            assert count_by(connection, wanted, NOW, "team").keys() <= sees
            assert count_by(connection, wanted, NOW, "state").total() <= len(inside)
        assert {v.finding.id for v in soonest_due(connection, TEAMS, NOW, 99, sees=sees)} == inside
        assert views_of(connection, [one.id for one in every], NOW, sees=sees).keys() == inside
        assert count_stale(connection, NOW + timedelta(days=30), sees=sees) == len(inside)
        for team in TEAMS:
            assert bool(opened_by(connection, "prod", START, team, sees=sees)) == (team in sees)


@pytest.mark.parametrize("cut", [8, 60, 64, 68])
def test_an_id_outside_the_scope_is_as_unknown_as_one_that_never_was(two_teams: World, cut: int) -> None:
    with two_teams.store.read() as connection:
        every = listed(list_findings(connection, Filter(), NOW))
        hidden = next(one for one in every if one.team == "payments")

        def answer(identity: str) -> str:
            with pytest.raises(UsageError) as refused:
                find_one(connection, identity[:cut], NOW, sees=frozenset({"none"}))
            return str(refused.value).replace(identity[4:cut][:16], "*")

        assert answer(hidden.id) == answer("pf1_" + "9" * 64)
        assert find_one(connection, hidden.id, NOW, sees=frozenset({"payments"})).finding == hidden
