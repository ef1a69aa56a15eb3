"""Aligned columns for a terminal. Nothing scanned can move the cursor, colour the text or turn it round."""

import unicodedata
from collections.abc import Mapping, Sequence

WIDTH = 100
GAP = "  "
_NARROWEST = 12
RESET = "\x1b[0m"
COLOURS: Mapping[str, str] = {
    "critical": "\x1b[1;31m",
    "high": "\x1b[31m",
    "medium": "\x1b[33m",
    "low": "\x1b[36m",
    "fail": "\x1b[31m",
    "unknown": "\x1b[33m",
}


def safe(text: str) -> str:
    """`text` on one line; what can't be seen, or turns letters round, is written as its code: `\\x1b`."""
    return "".join(_visible(letter) for letter in text)


def _visible(letter: str) -> str:
    category = unicodedata.category(letter)
    if letter in "\t\n\r" or category == "Zs":
        return " "
    if category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        number = ord(letter)
        return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"
    return letter


def width(text: str) -> int:
    """Columns that `text` takes: wide letters two, combining marks none."""
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def clip(text: str, most: int) -> str:
    """`text` in at most `most` columns; the middle goes, for names differ at both ends."""
    if width(text) <= most:
        return text
    tail = max(0, (most - 3) // 3)
    return _first(text, most - 3 - tail) + "..." + _first(text[::-1], tail)[::-1]


def _first(text: str, columns: int) -> str:
    kept, used = "", 0
    for letter in text:
        used += _columns(letter)
        if used > columns:
            break
        kept += letter
    return kept


def table(head: Sequence[str], body: Sequence[Sequence[str]], *, elastic: int, colour: bool = False) -> str:
    """Rows under a heading, at most `WIDTH` columns; the column `elastic` gives way first."""
    rows = [list(head), *([safe(cell) for cell in row] for row in body)]
    widths = [max(width(row[at]) for row in rows) for at in range(len(head))]
    over = sum(widths) + len(GAP) * (len(head) - 1) - WIDTH
    while over > 0:
        at = elastic if widths[elastic] > _NARROWEST else widths.index(max(widths))
        taken = min(over, max(1, widths[at] - _NARROWEST))
        widths[at] -= taken
        over -= taken
    return "\n".join(_row(row, widths, colour and at > 0) for at, row in enumerate(rows))


def _row(row: Sequence[str], widths: Sequence[int], colour: bool) -> str:
    cells = [clip(cell, most) for cell, most in zip(row, widths, strict=True)]
    padded = [cell + " " * (most - width(cell)) for cell, most in zip(cells, widths, strict=True)]
    if colour and (code := COLOURS.get(row[0].lower())):
        padded[0] = f"{code}{padded[0]}{RESET}"
    return GAP.join(padded).rstrip()
