"""The tables and keys of a TOML document, with every mistake collected: one line a mistake, and one mistake a line.

A mistake brings others with it: where `[[team]]` is misspelt, no target's owner is found. Only the first is told:
`unsure` says which tables were not understood whole, so that nothing is held against them.
"""

import tomllib
from collections.abc import Mapping
from typing import Any

from bot.settings_values import Check, hint, nearest, plain, shown

Table = Mapping[str, Any]


class Tables:
    """Reads `text`. Places are written as a person counts: "team[1].channel" is the first [[team]]'s channel."""

    def __init__(self, text: str, name: str) -> None:
        self.mistakes: list[str] = []
        self.unsure: set[str] = set()
        self._name = name
        self._meant: set[str] = set()  # places whose key is there, misspelt
        self._document: Table = {}
        try:
            self._document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self._tell(f"this is no TOML: {error}. Mend that line first.")
        except RecursionError:
            self._tell("this is no TOML that can be read: brackets are nested too deep. Take them out.")
        except ValueError:  # Python refuses to read a number of more than 4,300 digits
            self._tell("this is no TOML that can be read: a number in it is too long. Shorten it.")

    def only(self, known: tuple[str, ...]) -> None:
        """Tell every table that is not one of `known`."""
        for key in self._document:
            if key not in known:
                self.wrong(key, f"there is no such table.{hint(key, known)}")
                self.unsure.add(nearest(key, known))

    def table(self, key: str, known: tuple[str, ...] | None) -> Table:
        """The table [key], empty where it is left out; with `known`, every other key is told."""
        found = self._document.get(key, {})
        if not isinstance(found, dict):
            self.wrong(key, f"this must be a table: [{key}].")
            return {}
        if known is not None:
            self._keys(found, key, known)
        return found

    def below(self, table: Table, place: str, known: tuple[str, ...]) -> Table:
        """The table inside a table at `place`, empty where it is left out; every key that is not known is told."""
        found = table.get(place.rsplit(".", 1)[1], {})
        if not isinstance(found, dict):
            self.wrong(place, "this must be a table: { critical = 7 }.")
            return {}
        self._keys(found, place, known)
        return found

    def entries(self, key: str, known: tuple[str, ...]) -> list[tuple[str, Table]]:
        """Each [[key]] with its place."""
        found = self._document.get(key, [])
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            self.wrong(key, f"write it with double brackets: [[{key}]].")
            self.unsure.add(key)
            return []
        placed = [(f"{key}[{at}]", entry) for at, entry in enumerate(found, 1)]
        for place, entry in placed:
            self._keys(entry, place, known)
        return placed

    def text(
        self, table: Table, place: str, *, check: Check | None = None, needed: str = "", hidden: bool = False
    ) -> str:
        """The text at `place`; "" where it is left out or wrong. `needed` is the mend where it may not be.

        What is `hidden` may be a secret: it is not shown in a mistake.
        """
        value = table.get(place.rsplit(".", 1)[1], "")
        if not isinstance(value, str):
            self.wrong(place, f"{'this' if hidden else shown(value)} must be a text in quotes.")
            return ""
        if not value.strip():
            if needed and place not in self._meant:
                self.wrong(place, f"it is missing. {needed}")
            return ""
        return value if self._passes(place, value, check) else ""

    def texts(self, table: Table, place: str, check: Check) -> tuple[str, ...]:
        """The list of texts at `place`, each once; those that are wrong are told and left out."""
        value = table.get(place.rsplit(".", 1)[1], [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.wrong(place, f'{shown(value)} must be a list of texts: ["...", "..."].')
            return ()
        return tuple(one for one in dict.fromkeys(value) if self._passes(place, one, check))

    def number(self, table: Table, place: str, least: int, most: int, default: int) -> int:
        """The whole number at `place`, from `least` to `most`; `default` where it is left out or wrong."""
        value = table.get(place.rsplit(".", 1)[1], default)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.wrong(place, f"{shown(value)} must be a whole number from {least:,} to {most:,}.")
        return default

    def flag(self, table: Table, place: str) -> bool:
        """True or false at `place`; false where it is left out or wrong."""
        value = table.get(place.rsplit(".", 1)[1], False)
        if isinstance(value, bool):
            return value
        self.wrong(place, f"{shown(value)} must be a plain true or false, without quotes.")
        return False

    def wrong(self, place: str, what: str) -> None:
        """Tell a mistake. Letters that could steer a terminal or break the line are written out."""
        self._tell(f"{place}: {what}")

    def _tell(self, what: str) -> None:
        self.mistakes.append(f"{self._name}: {plain(what)}")

    def _passes(self, place: str, value: str, check: Check | None) -> bool:
        complaint = check(value) if check else ""
        if complaint:
            self.wrong(place, complaint)
        return not complaint

    def _keys(self, table: Table, place: str, known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                self.wrong(f"{place}.{key[:60]}", f"there is no such key.{hint(key, known)}")
                self._meant.add(f"{place}.{nearest(key, known)}")
