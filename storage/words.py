"""What counts as a word of a name, and when a searched word is found. Pure; SQLite only compares.

"acme-invoicesProd" holds acme, invoices, prod and invoicesprod. A word is found by its beginning, whatever
its case and accents. Every other sign only parts words, so that no text can be an error.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

# The longest searched text is that of a command; more words than these only cost time.
MOST_WORDS = 32
_LONGEST = 80
_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FOREIGN = re.compile(r"[^a-z0-9]")

Alternatives = tuple[tuple[str, ...], ...]  # one of these must be found whole: each is beginnings of words


def words(text: str) -> Sequence[str]:
    """The words of `text`, and of those in camel case the parts too; letters a-z and digits only."""
    if len(text) <= _LONGEST and text.isascii() and text == text.lower():
        return _WORD.findall(text)  # most names: nothing to fold, cut or part
    listed: list[str] = []
    for found in _WORD.findall(_without_accents(text)):
        listed.append(_plain(found))
        parts = _CAMEL.split(found)
        if len(parts) > 1:
            listed += map(_plain, parts)
    return listed


def asked(text: str) -> tuple[Alternatives, ...]:
    """What `text` asks for: of each entry one alternative must be found. Empty where it holds no word."""
    found: dict[Alternatives, None] = {}
    for word in _WORD.findall(_without_accents(text))[:MOST_WORDS]:
        parts = tuple(map(_plain, _CAMEL.split(word)))
        found[((_plain(word),), parts) if len(parts) > 1 else (parts,)] = None
    return tuple(found)


def holds(known: Iterable[str], alternatives: Alternatives) -> bool:
    """True where one alternative is found: each of its parts begins a known word."""
    listed = tuple(known)
    return any(all(any(word.startswith(part) for word in listed) for part in whole) for whole in alternatives)


def titled(titles: Mapping[str, str], alternatives: Alternatives) -> tuple[str, ...]:
    """The controls (of `titles`: id -> title) whose title holds the word."""
    return tuple(sorted(control for control, title in titles.items() if holds(words(title), alternatives)))


@lru_cache(maxsize=4096)
def mark(kind: str, text: str) -> str:
    """One word that stands for the whole of `text`, whatever its case: for what is compared, not searched."""
    return kind + hashlib.sha256(text.casefold().encode("utf-8", "backslashreplace")).hexdigest()[:12]


@lru_cache(maxsize=4096)  # the same regions, tags and controls come again and again
def _plain(word: str) -> str:
    folded = word.casefold()
    # A sign beyond a-z by its number, of one width, so that a beginning stays a beginning.
    plain = folded if folded.isascii() else _FOREIGN.sub(lambda sign: f"x{ord(sign[0]):06x}", folded)
    return plain[:_LONGEST]


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
