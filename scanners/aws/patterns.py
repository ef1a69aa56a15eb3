"""CloudWatch's filter patterns for log events: would this pattern match that event?

Patterns of JSON events are read in full but for `%regular expressions%`; of plain text, terms with `-` and `?`.
Source: CloudWatch Logs user guide, "Filter pattern syntax for metric filters". Nothing here is quadratic or
deep enough to be turned against the scan by a pattern of 1,024 characters, AWS's longest.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Event = Mapping[str, Any]
Test = Callable[[Event], bool]
LONGEST, DEEPEST = 1_024, 40
_TOKEN = re.compile(
    r"""\s*(?:(?P<selector>\$(?:\.[A-Za-z_][\w-]*|\[\d+\]|\.?\[(?:"[^"]*"|'[^']*')\])+)
    |(?P<string>"(?:\\.|[^"\\])*")|(?P<op>&&|\|\||!=|<=|>=|[()=<>])|(?P<word>[^\s()&|=!<>"%]+))""",
    re.VERBOSE,
)
_STEP = re.compile(r"""\.([A-Za-z_][\w-]*)|\[(\d+)\]|\.?\[(?:"([^"]*)"|'([^']*)')\]""")
_TERM = re.compile(r'\s*([-?]?)("(?:\\.|[^"\\])*"|[^\s"]+)')
_MISSING = object()


class Unreadable(Exception):
    """The pattern has a part that is not understood, so nothing is said of what it matches."""


def read_pattern(pattern: str) -> Test:
    """A test of events (CloudTrail records as parsed JSON). Raises Unreadable."""
    text = pattern.strip()
    if len(text) > LONGEST:
        raise Unreadable("it is longer than CloudWatch allows")
    if not text:
        return lambda _event: True  # the empty pattern matches every event
    if text.startswith("{"):
        if not text.endswith("}"):
            raise Unreadable("its braces are not closed")
        return _Parser(text[1:-1]).parse()
    if text.startswith("[") or "%" in text:
        raise Unreadable("it is no pattern of JSON events")
    return _terms(text)


class _Parser:
    """`||` of `&&` of conditions and brackets; `&&` binds closer."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0

    def parse(self) -> Test:
        test = self._either()
        if self._at != len(self._tokens):
            raise Unreadable(f"{self._tokens[self._at][1]!r} is not expected there")
        return test

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise Unreadable("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _either(self) -> Test:
        tests = [self._both()]
        while self._peek() == "||":
            self._next()
            tests.append(self._both())
        return lambda event: any(test(event) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._peek() == "&&":
            self._next()
            tests.append(self._one())
        return lambda event: all(test(event) for test in tests)

    def _one(self) -> Test:
        if self._peek() != "(":
            return self._condition()
        self._next()
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unreadable("its brackets are nested too deep")
        test = self._either()
        if self._next()[1] != ")":
            raise Unreadable("its brackets are not closed")
        self._depth -= 1
        return test

    def _condition(self) -> Test:
        kind, selector = self._next()
        if kind != "selector":
            raise Unreadable(f"{selector!r} is no selector")
        path = _path(selector)
        kind, operator = self._next()
        if kind == "word":
            return self._keyword(path, operator.upper())
        kind, value = self._next()
        if operator in ("&&", "||", "(", ")") or kind not in ("string", "word"):
            raise Unreadable(f"{operator} {value} is no comparison")
        wanted = _unquoted(value) if kind == "string" else value
        if operator not in ("=", "!="):
            _number(wanted)
        return lambda event: _compares(_at(event, path), operator, wanted)

    def _keyword(self, path: list[str | int], word: str) -> Test:
        if word == "EXISTS":
            return lambda event: _at(event, path) is not _MISSING
        following = self._next()[1].upper()
        if (word, following) == ("NOT", "EXISTS"):
            return lambda event: _at(event, path) is _MISSING
        values = {"NULL": None, "TRUE": True, "FALSE": False}
        if word != "IS" or following not in values:
            raise Unreadable(f"{word} {following} is no condition")
        return lambda event: _at(event, path) is values[following]


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise Unreadable(f"{text[at : at + 20].strip()!r} is not understood")
        found.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return found


def _path(selector: str) -> list[str | int]:
    steps = _STEP.findall(selector)
    return [int(index) if index else name or double or single for name, index, double, single in steps]


def _at(event: Event, path: list[str | int]) -> Any:
    value: Any = event
    for step in path:
        named = isinstance(step, str) and isinstance(value, Mapping) and step in value
        counted = isinstance(step, int) and isinstance(value, list) and step < len(value)
        if not named and not counted:
            return _MISSING
        value = value[step]
    return value


def _compares(actual: Any, operator: str, wanted: str) -> bool:
    if operator in ("=", "!="):
        same = actual is not _MISSING and _same(actual, wanted)
        return same is (operator == "=")
    number = _number(wanted)
    if isinstance(actual, bool) or not isinstance(actual, int | float):
        return False
    return {"<": actual < number, ">": actual > number, "<=": actual <= number, ">=": actual >= number}[
        operator
    ]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise Unreadable(f"{text!r} is no number") from error


def _same(actual: Any, wanted: str) -> bool:
    if isinstance(actual, int | float) and not isinstance(actual, bool):
        try:
            return float(wanted) == actual
        except ValueError:
            pass
    return _glob(wanted, actual if isinstance(actual, str) else json.dumps(actual))


def _glob(pattern: str, text: str) -> bool:
    """`*` stands for any run of characters. Takes a time that grows with the text, not with its combinations."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *middle, last = rest
    if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _terms(text: str) -> Test:
    """Words that must all be there, `-` words that must not, and `?` words of which one is enough."""
    needed: dict[str, list[str]] = {"": [], "-": [], "?": []}
    at = 0
    while at < len(text.rstrip()):
        match = _TERM.match(text, at)
        if match is None:
            raise Unreadable("its quotes are not closed")
        word = match.group(2)
        needed[match.group(1)].append(_unquoted(word) if word.startswith('"') else word)
        at = match.end()

    def test(event: Event) -> bool:
        line = json.dumps(event, separators=(",", ":"))
        if any(word in line for word in needed["-"]) or not all(word in line for word in needed[""]):
            return False
        return bool(needed[""]) or not needed["?"] or any(word in line for word in needed["?"])

    return test
