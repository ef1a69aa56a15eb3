"""Search by words and by parts of names, through FTS5.

The index is written behind the findings, never with them: a scan pays nothing for it. What it has not
reached yet is searched row by row, so that an answer is right at any time and only quicker once
`catch_up` has run.
"""

import json
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

from storage.model import short
from storage.store import Store
from storage.words import Alternatives, asked, holds, mark, titled, words

MOST = 5_000  # rows a call: about a third of a second, in which nobody else can write
_TABLES = ("finding_words", "finding_names")
_GRAM = 3
_A_TO_Z = str.maketrans(ascii_uppercase, ascii_lowercase)
_COLUMNS = "rowid, id, resource, resource_id, region, control, tags"


class _Row(NamedTuple):
    row: int
    id: str
    resource: str
    resource_id: str
    region: str
    control: str
    tags: str


@dataclass(frozen=True, slots=True)
class Sought:
    """What is searched for. `tags` are "key" or "key=value"; of one key any, of several keys all.

    `titles` (control id -> title) lets a word be found in the title of the finding's control as well.
    """

    text: str = ""
    tags: tuple[str, ...] = ()
    resource: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.text or self.tags or self.resource)


def catch_up(connection: sqlite3.Connection, most: int = MOST) -> int:
    """Index up to `most` findings that are new or were tagged anew; returns how many. 0: nothing is left.

    Must run inside `Store.write`; call it again until it returns 0.
    """
    reached = _reached(connection)
    if reached is None:
        start_over(connection)
        reached = 0
    stale = [row[0] for row in connection.execute("select row from search_stale limit ?", (most,))]
    if stale:
        _again(connection, stale)
        return len(stale)
    found = _rows(connection, "rowid > ? order by rowid limit ?", reached, most)
    if not found:
        return 0
    _index_words(connection, found)
    connection.executemany(
        "insert into finding_names (rowid, name) values (?, ?)", [(row.row, _name(row)) for row in found]
    )
    connection.execute("update search_progress set row = ?, finding = ?", (found[-1].row, found[-1].id))
    return len(found)


def keep_up(store: Store) -> int:
    """`catch_up` until nothing is left, in many short writes; returns how many findings were indexed."""
    total = 0
    while True:
        with store.write() as connection:
            done = catch_up(connection)
        if not done:
            return total
        total += done


def behind(connection: sqlite3.Connection) -> int:
    """How many findings a search must read row by row, for the index has not reached them."""
    row = connection.execute(
        "select (select count(*) from finding_keys where row > ?) + (select count(*) from search_stale)",
        (_reached(connection) or 0,),
    ).fetchone()
    return int(row[0])


def reindex(connection: sqlite3.Connection, finding_ids: Collection[str]) -> None:
    """Index these findings anew, now, as far as they are indexed. Must run inside `Store.write`."""
    named = json.dumps(sorted(finding_ids))
    chosen = "id in (select value from json_each(?))"
    _again(connection, [row.row for row in _rows(connection, chosen, named)])


def _again(connection: sqlite3.Connection, numbers: Collection[int]) -> None:
    listed = json.dumps(list(numbers))
    chosen = "rowid in (select value from json_each(?)) and rowid <= ?"
    found = _rows(connection, chosen, listed, _reached(connection) or 0)
    connection.executemany("delete from finding_words where rowid = ?", [(row.row,) for row in found])
    _index_words(connection, found)
    connection.execute("delete from search_stale where row in (select value from json_each(?))", (listed,))


def start_over(connection: sqlite3.Connection) -> None:
    """Forget the index: findings were removed, or their rows are numbered anew."""
    for table in _TABLES:
        # Emptied by a delete, each row would be split into its words again.
        made = connection.execute("select sql from sqlite_master where name = ?", (table,)).fetchone()
        connection.execute(f"drop table {table}")
        connection.execute(made[0])
    connection.execute("update search_progress set row = 0, finding = ''")
    connection.execute("delete from search_stale")


def _reached(connection: sqlite3.Connection) -> int | None:
    """The last indexed row of `findings`; None where the rows are no longer what was indexed."""
    at = connection.execute(
        "select p.row, p.finding, f.id from search_progress p left join findings f on f.rowid = p.row"
    ).fetchone()
    return int(at[0]) if at[0] == 0 or at[1] == at[2] else None


def _rows(connection: sqlite3.Connection, where: str, *parameters: object) -> list[_Row]:
    cursor = connection.cursor()
    cursor.row_factory = None
    cursor.execute(f"select {_COLUMNS} from findings where {where}", parameters)  # noqa: S608
    return [_Row(*row) for row in cursor]


def _index_words(connection: sqlite3.Connection, found: list[_Row]) -> None:
    connection.executemany(
        "insert into finding_words (rowid, words, marks) values (?, ?, ?)",
        [(row.row, " ".join(row_words(row)), " ".join(_marks(row))) for row in found],
    )


def row_words(row: _Row) -> dict[str, None]:
    """Every word by which a finding is found, each once."""
    shared = (*_shared_words(row.region), *_shared_words(row.control), *_tags(row.tags)[0])
    return dict.fromkeys((*words(row.resource), *words(row.resource_id), short(row.id), *shared))


def _marks(row: _Row) -> tuple[str, ...]:
    """The control, each tag's key, and each tag whole, as one word each."""
    return (mark("c", row.control), *_tags(row.tags)[1])


@lru_cache(maxsize=4096)  # many findings share these
def _shared_words(text: str) -> tuple[str, ...]:
    return tuple(words(text))


@lru_cache(maxsize=4096)
def _tags(tags: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words and the marks of tags (JSON)."""
    pairs = [(key, str(value)) for key, value in json.loads(tags).items()]
    told = tuple(word for pair in pairs for text in pair for word in words(text))
    marks = tuple(sign for key, value in pairs for sign in (mark("k", key), mark("v", f"{key}={value}")))
    return told, marks


def _name(row: _Row) -> str:
    whole = row.resource if row.resource_id in row.resource else f"{row.resource}\n{row.resource_id}"
    return _folded(whole).replace("\0", "\ufffd")  # FTS5 reads no further than a NUL


def _folded(text: str) -> str:
    """As SQLite's `lower`: A to Z alone."""
    return text.lower() if text.isascii() else text.translate(_A_TO_Z)


@dataclass(frozen=True, slots=True)
class Match:
    """SQL for what is sought, which all of `rows` must list.

    `rows` are queries of row numbers. `has` are conditions on one row of `findings` that say the same: for a
    few hundred rows they are quicker than the whole list.
    """

    rows: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)


def matching(connection: sqlite3.Connection, sought: Sought) -> Match:
    """How to find what is sought."""
    reached = _reached(connection) or 0
    rows: list[str] = []
    has: list[str] = []
    parameters: dict[str, object] = {"reached": reached}
    if sought.text or sought.tags:
        wanted = _wanted(sought)
        connection.create_function("is_found", 7, wanted.fits, deterministic=True)
        parameters["match"] = wanted.match()
        rows.append(_WORDS if wanted else _NOTHING)
        has.append(f"is_found({_COLUMNS})")
    if sought.resource:
        parameters |= {"part": _folded(sought.resource), "phrase": _phrase(_folded(sought.resource))}
        rows.append(_PART if _in_grams(sought.resource) else _PART_OF_ANY)
        has.append(_HAS_PART)
    return Match(tuple(rows), tuple(has), parameters)


_NOTHING = "select 0 as rowid where 0"
_READ = f"select rowid from findings where is_found({_COLUMNS}) and"  # noqa: S608
_WORDS = (
    "select rowid from finding_words where finding_words match :match and rowid <= :reached"  # noqa: S608
    " and rowid not in (select row from search_stale)"
    f" union all {_READ} rowid > :reached"
    f" union all {_READ} rowid in (select row from search_stale where row <= :reached)"
)
_HAS_PART = "(instr(lower(resource), :part) or instr(lower(resource_id), :part))"
_PART_OF_ANY = f"select rowid from findings where {_HAS_PART}"  # noqa: S608
_PART = (
    "select rowid from finding_names where finding_names match :phrase and rowid <= :reached"  # noqa: S608
    f" union all select rowid from findings where rowid > :reached and {_HAS_PART}"
)


def _in_grams(part: str) -> bool:
    """False for what the index of names cannot tell: less than three letters, or across its own signs."""
    return len(part) >= _GRAM and not any(sign in part for sign in "\0\n\ufffd")


def _phrase(part: str) -> str:
    return '"' + part.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class _Wanted:
    """`text`: of each entry one alternative, or one of its controls. `tags`: of each entry one mark."""

    text: tuple[tuple[Alternatives, tuple[str, ...]], ...]
    tags: tuple[tuple[str, ...], ...]

    def __bool__(self) -> bool:
        return bool(self.text or self.tags)

    def match(self) -> str:
        """The expression for FTS5: only words of a-z and digits, each in quotes."""
        every = [*map(_word_match, self.text), *(_mark_match(marks) for marks in self.tags)]
        return " AND ".join(f"({part})" for part in every)

    def fits(self, *columns: str | int) -> bool:
        """The same, of one row of `_COLUMNS`."""
        row = _Row(*columns)  # type: ignore[arg-type]
        known, marks = row_words(row), set(_marks(row))
        return (
            bool(self)
            and all(holds(known, word) or not marks.isdisjoint(controls) for word, controls in self.text)
            and all(not marks.isdisjoint(tags) for tags in self.tags)
        )


def _wanted(sought: Sought) -> _Wanted:
    by_key: dict[str, list[str]] = {}
    for tag in sought.tags:
        key, equals, _value = tag.partition("=")
        # A key may hold "=" itself.
        kinds = ("k", "v") if equals else ("k",)
        by_key.setdefault(key.casefold(), []).extend(mark(kind, tag) for kind in kinds)
    text = tuple(
        (word, tuple(mark("c", control) for control in titled(sought.titles, word)))
        for word in asked(sought.text)
    )
    if sought.text and not text:
        return _Wanted((), ())  # only signs: no name holds them as words
    return _Wanted(text, tuple(map(tuple, by_key.values())))


def _word_match(entry: tuple[Alternatives, tuple[str, ...]]) -> str:
    alternatives, controls = entry
    found = " OR ".join(
        "(" + " AND ".join(f'{{words}} : "{part}" *' for part in whole) + ")" for whole in alternatives
    )
    return f"{found} OR {_mark_match(controls)}" if controls else found


def _mark_match(marks: tuple[str, ...]) -> str:
    return " OR ".join(f'{{marks}} : "{each}"' for each in marks)
