"""Search: words by their beginnings, parts of names, tags; hostile text; and a filter is what plain Python says."""

import sqlite3
from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scanners.model import Severity
from storage import search
from storage.model import Detection, Disposition, Finding, State, short
from storage.queries import Filter, count_by, counted_page, list_findings
from storage.rebuild import rebuild
from storage.rows import save_findings
from storage.rules import shown_state
from storage.store import Store
from tests.examples import examples
from tests.storage.found import NOW, TEAMS, TITLES, finding, fits, keep, listed
from tests.storage.world import World


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
    assert found(named, tags=("env=prod",)) == ["Überweisung.größe"]  # first: what follows is indexed
    assert found(named, tags=("env=test",)) == ["acme-invoices-prod"]
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
    """Another finding stands where the index ended: nothing of what it says can be trusted."""
    search.keep_up(named.store)
    connection = named.store.connection
    connection.execute("update finding_words set words = 'acme' where rowid = 3")
    connection.execute("update search_progress set finding = 'pf1_another'")
    assert found(named, text="acme") == ["acme-invoices-prod"]


def test_a_store_that_was_vacuumed_by_hand_is_searched_as_before(named: World) -> None:
    search.keep_up(named.store)
    connection = named.store.connection
    connection.execute("delete from observations where finding = ?", (NAMED[0].id,))
    connection.execute("delete from episodes where finding = ?", (NAMED[0].id,))
    connection.execute("delete from findings where id = ?", (NAMED[0].id,))
    connection.execute("vacuum")
    assert found(named, text="acme") == []
    assert found(named, text="server", severities=("low",)) == ["HTTPServer_Logs"]


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


@settings(
    max_examples=examples(120),
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
        severities, same = counted_page(connection, wanted, NOW, limit=limit, offset=offset)
        assert (same, severities) == (page, count_by(connection, wanted, NOW, "severity"))
        soonest = list_findings(connection, wanted, NOW, soonest=True)
        assert listed(soonest) == sorted(expected, key=lambda one: (one.due, one.id))
        for column, of in (("severity", lambda one: str(one.severity)), ("team", lambda one: one.team),
                           ("state", lambda one: str(shown_state(one, NOW))), ("region", lambda one: one.region)):  # fmt: skip
            counted = count_by(connection, wanted, NOW, column)
            assert dict(counted) == {
                value: sum(of(one) == value for one in expected) for value in map(of, expected)
            }
    store.close()
