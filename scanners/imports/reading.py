"""JSON of strangers, value by value with its line: a broken item costs itself, a broken end costs what is behind it.

A whole file as one `json.loads` would lose everything to one bad letter, and would not know any line.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from scanners.imports.model import MOST_BYTES, MOST_RESULTS, Gathering
from scanners.model import Json

_BLANK = re.compile(r"[ \t\n\r,]*")
_SPACE = re.compile(r"[ \t\n\r]*")
_TOKEN = re.compile(r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"|[\[\]{}]')
_LONGEST_NUMBER = 30
# Each broken item is searched for its end, and the decoder counts the lines before it: a file of nothing else
# must not cost minutes.
_MOST_BROKEN = 500
_FARTHEST_END = 1_000_000
_MOST_SEARCHED = 5_000_000
_TOO_MANY = f"it holds more than {MOST_RESULTS:,} results. Split it, by account or by check"
_NULL = "it is null, where a result should be"
Path = tuple[str, ...]


def _whole_number(text: str) -> int | None:
    return int(text) if len(text) <= _LONGEST_NUMBER else None


def _number(text: str) -> float | None:
    value = float(text)
    return value if abs(value) != float("inf") else None


# NaN and Infinity are no JSON, and some tools write them: such a value is as if it were not there.
_DECODER = json.JSONDecoder(parse_constant=lambda _word: None, parse_int=_whole_number, parse_float=_number)


@dataclass(frozen=True, slots=True)
class Item:
    """One value of the file with the line on which it begins."""

    line: int
    value: Json


class _Cut(Exception):
    """The text can't be read any further."""


def text_of(data: bytes, gathering: Gathering) -> str:
    """The file's text: UTF-8, or UTF-16 and UTF-32 with or without a mark. "" where there is none to be read."""
    if len(data) > MOST_BYTES:
        gathering.end(
            0, f"it has {len(data):,} bytes; {MOST_BYTES:,} are the most. Split it, by account or by check"
        )
        return ""
    encoding = json.detect_encoding(data) if data else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
        line = text.count("\n", 0, max(0, text.find("\ufffd"))) + 1
        gathering.refuse(line, "some letters are no " + encoding.removesuffix("-sig").upper())
    return text.removeprefix("\ufeff")


class Reader:
    """Reads one text. `lists` are the arrays to take apart, as paths of keys; "*" stands for an array's items."""

    def __init__(self, text: str, lists: tuple[Path, ...], gathering: Gathering) -> None:
        self._text, self._lists, self._gathering = text, lists, gathering
        self._at = 0
        self._counted, self._line = 0, 1
        self._items, self._broken, self._searched = 0, 0, 0

    def values(self) -> Iterator[Json]:
        """The values that stand side by side: one for a document, many for JSON lines.

        An array of `lists` comes as a list of `Item`; the top of the file is the path ().
        """
        while self._skip(_BLANK):
            start, before = self._at, self._gathering.count
            self._items += self._peek() != "["
            if self._items > MOST_RESULTS:
                self._end(_TOO_MANY)
                return
            try:
                value = self._value(())
            except _Cut:
                if not self._next_line(start):
                    return
                continue
            if value is not None:
                yield value
            elif self._gathering.count == before and not self._gathering.cut:
                self._gathering.refuse(self.line, _NULL)
            if self._gathering.cut:
                return

    @property
    def line(self) -> int:
        """The line of the place that was reached."""
        if self._at < self._counted:
            self._counted, self._line = 0, 1
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def _next_line(self, start: int) -> bool:
        """In JSON lines a broken line costs itself alone; elsewhere nothing behind it is read."""
        here = self._text.find("\n", start)
        rest = _SPACE.match(self._text, here).end() if here >= 0 else -1  # type: ignore[union-attr]
        cut, self._gathering.cut = self._gathering.cut, None
        self._broken += 1
        own_lines = self._broken <= _MOST_BROKEN and (start == 0 or self._text[start - 1] in "\n\r")
        if cut and own_lines and 0 <= rest < len(self._text) and self._text[rest] == "{":
            self._gathering.refuse(cut.line, cut.reason)
            self._at = rest
            return True
        self._gathering.cut = cut
        return False

    def _value(self, path: Path) -> Json:
        if self._peek() == "[" and path in self._lists:
            return self._array(path)
        if self._peek() == "{" and any(
            one[: len(path)] == path and len(one) > len(path) for one in self._lists
        ):
            return self._table(path)
        return self._plain()

    def _plain(self) -> Json:
        try:
            value, self._at = _DECODER.raw_decode(self._text, self._at)
        except (ValueError, RecursionError) as error:
            end = self._balanced_end()
            self._broken += 1
            if end is None or self._broken > _MOST_BROKEN:
                self._stop(_told(error, len(self._text)))
            self._gathering.refuse(self.line, _told(error, len(self._text)))
            self._at = end
            return None
        return value

    def _array(self, path: Path) -> list[Item]:
        found: list[Item] = []
        self._at += 1
        inside = (*path, "*")
        while not self._gathering.cut:
            if not self._skip(_BLANK):
                self._end("the file breaks off inside a list")
                break
            if self._peek() == "]":
                self._at += 1
                break
            line, before = self.line, self._gathering.count
            self._items += 1
            if self._items > MOST_RESULTS:
                self._end(_TOO_MANY)
                break
            try:
                value = self._value(inside)
            except _Cut:
                break
            if value is not None:
                found.append(Item(line, value))
            elif self._gathering.count == before:
                self._gathering.refuse(line, _NULL)
        return found

    def _table(self, path: Path) -> dict[str, Json]:
        found: dict[str, Json] = {}
        self._at += 1
        try:
            while not self._gathering.cut:
                if not self._skip(_BLANK):
                    self._stop("the file breaks off inside an object")
                if self._peek() == "}":
                    self._at += 1
                    break
                key = self._key()
                found[key] = self._value((*path, key))
        except _Cut:
            pass  # what was read of it stands
        return found

    def _key(self) -> str:
        key: Json = self._plain() if self._peek() == '"' else None
        if not isinstance(key, str) or not self._skip(_SPACE) or self._peek() != ":":
            self._stop("this is no JSON: a name in quotes and a colon should stand here")
        self._at += 1
        if not self._skip(_SPACE):
            self._stop("the file breaks off behind a name")
        return str(key)

    def _balanced_end(self) -> int | None:
        """Where the broken object or list at this place ends, as far as its brackets tell; None where it does not."""
        farthest = min(_FARTHEST_END, _MOST_SEARCHED - self._searched)
        if self._peek() not in "{[" or farthest <= 0:
            return None
        depth, end = 0, self._at
        for token in _TOKEN.finditer(self._text, self._at, self._at + farthest):
            end = token.end()
            if token[0] in "{[":
                depth += 1
            elif token[0] in "}]":
                depth -= 1
                if not depth:
                    self._searched += end - self._at
                    return end
        self._searched += farthest
        return None

    def _skip(self, what: re.Pattern[str]) -> bool:
        """Go on to the next sign; False at the end of the text."""
        match = what.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._at < len(self._text)

    def _peek(self) -> str:
        return self._text[self._at]

    def _end(self, reason: str) -> None:
        self._gathering.end(self.line, reason)

    def _stop(self, reason: str) -> NoReturn:
        self._end(reason)
        raise _Cut


def _told(error: Exception, size: int) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    if isinstance(error, json.JSONDecodeError):
        if error.pos >= size or error.msg.startswith("Unterminated"):
            return "the file breaks off here"
        return f"this is no JSON: {error.msg[:1].lower()}{error.msg[1:]}"
    return "this is no JSON that can be read"
