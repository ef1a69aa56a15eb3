"""Reads patrol.toml, table by table, and collects every mistake with its key and its mend."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from bot.crontab import parse as parse_cron
from commands.people import Organisation, Team
from commands.registry import COMMANDS
from scanners.model import Severity, Target

_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}\Z")
_USER = re.compile(r"[UW][A-Z0-9]{2,}\Z")
_GROUP = re.compile(r"S[A-Z0-9]{2,}\Z")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d\Z")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,63}\Z")
_OS_USER = re.compile(r"os:\S+\Z")
KINDS = ("aws",)


@dataclass
class Reading:
    """What was understood, and every mistake."""

    mistakes: list[str] = field(default_factory=list)
    store: str = ""
    organisation: Organisation = field(default_factory=Organisation)
    schedules: list[tuple[str, str, str]] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)
    operators: frozenset[str] = frozenset()


def read_toml(text: str, name: str) -> Reading:
    """The whole file. Mistakes are collected in `mistakes`, each "file: key: what. Mend."."""
    reading = Reading()
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reading.mistakes.append(f"{name}: this is no TOML: {error}. Mend that line first.")
        return reading
    _Reader(document, name, reading).read()
    return reading


class _Reader:
    def __init__(self, document: Mapping[str, Any], name: str, reading: Reading) -> None:
        self._document, self._name, self._reading = document, name, reading

    def read(self) -> None:
        known = ("store", "roles", "team", "target", "schedule", "people")
        for key in self._document:
            if key not in known:
                self._wrong(key, f"there is no such table.{_near(key, known)}")
        store = self._table("store", ("path",))
        self._reading.store = self._text(store, "store.path")
        roles = self._table("roles", ("security", "admin"))
        teams = tuple(team for at, entry in self._list("team") if (team := self._team(at, entry)))
        self._unique("team", [team.name for team in teams])
        targets = tuple(target for at, entry in self._list("target") if (target := self._target(at, entry)))
        self._unique("target", [target.name for target in targets])
        self._reading.organisation = Organisation(
            teams,
            targets,
            self._people(roles, "roles.security"),
            self._people(roles, "roles.admin"),
        )
        for at, entry in self._list("schedule"):
            self._schedule(at, entry, targets)
        self._terminal()

    def _team(self, at: int, entry: Mapping[str, Any]) -> Team | None:
        place = f"team[{at}]"
        self._keys(entry, place, ("name", "channel", "leads", "members", "realtime", "timezone"))
        name = self._named(entry, place)
        channel = self._text(entry, f"{place}.channel")
        if not channel:
            if "channel" not in entry:
                self._wrong(f"{place}.channel", "it is missing. Put in the channel's id, such as C024BE91L.")
        elif not _CHANNEL.match(channel):
            self._wrong(
                f"{place}.channel",
                f"{_cut(channel)} is no channel id. Open the channel's details in Slack: the id (C...) stands at"
                " the bottom.",
            )
        severity = self._text(entry, f"{place}.realtime") or str(Severity.HIGH)
        severities = [str(value) for value in Severity]
        if severity not in severities:
            self._wrong(f"{place}.realtime", f"{_cut(severity)} is no severity.{_near(severity, severities)}")
            severity = str(Severity.HIGH)
        leads = self._people(entry, f"{place}.leads")
        members = self._people(entry, f"{place}.members")
        zone = self._zone(entry, place)
        return Team(name, channel, leads, members, Severity(severity), zone) if name else None

    def _target(self, at: int, entry: Mapping[str, Any]) -> Target | None:
        place = f"target[{at}]"
        self._keys(entry, place, ("name", "kind", "owner", "regions"))
        name = self._named(entry, place)
        kind = self._text(entry, f"{place}.kind")
        if kind not in KINDS:
            what = f"{_cut(kind)} is no kind of target." if kind else "it is missing."
            self._wrong(f"{place}.kind", f"{what} Known: {', '.join(KINDS)}.")
        owner = self._text(entry, f"{place}.owner")
        names = [str(given.get("name")) for _at, given in self._list("team")]
        if owner and owner not in names:
            self._wrong(f"{place}.owner", f"there is no [[team]] named {_cut(owner)}.{_near(owner, names)}")
        regions = self._texts(entry, f"{place}.regions")
        for region in regions:
            if not _REGION.match(region):
                self._wrong(f"{place}.regions", f"{_cut(region)} is no AWS region. Write it like eu-west-1.")
        return Target(name, kind, owner, tuple(dict.fromkeys(regions))) if name else None

    def _schedule(self, at: int, entry: Mapping[str, Any], targets: tuple[Target, ...]) -> None:
        place = f"schedule[{at}]"
        self._keys(entry, place, ("run", "cron", "timezone"))
        run, cron = self._text(entry, f"{place}.run"), self._text(entry, f"{place}.cron")
        if not run.strip():
            self._wrong(f"{place}.run", 'it is missing. Write a command, such as "scan prod".')
        else:
            self._words(place, run.split(), [target.name for target in targets])
        try:
            if not cron:
                raise ValueError('it is missing. Write it like "0 3 * * *"')
            parse_cron(cron)
        except ValueError as error:
            self._wrong(f"{place}.cron", f"{error}.")
        zone = self._zone(entry, place)
        self._reading.schedules.append((" ".join(run.split()), " ".join(cron.split()), zone))

    def _words(self, place: str, words: list[str], targets: list[str]) -> None:
        if words[0] not in COMMANDS:
            self._wrong(f"{place}.run", f"there is no command {_cut(words[0])}.{_near(words[0], COMMANDS)}")
        elif words[0] == "scan" and len(words) > 1 and words[1] not in targets:
            self._wrong(
                f"{place}.run", f"there is no [[target]] named {_cut(words[1])}.{_near(words[1], targets)}"
            )

    def _terminal(self) -> None:
        people = self._table("people", None)
        for key, value in people.items():
            place = f"people.{key}"
            if key == "operators":
                operators = self._texts(people, "people.operators")
                for one in operators:
                    if not _OS_USER.match(one):
                        self._wrong(place, f'{_cut(one)} is no terminal user. Write it like "os:root".')
                self._reading.operators = frozenset(operators)
            elif not _OS_USER.match(key):
                self._wrong(place, 'a terminal user is written like "os:alice".')
            elif not isinstance(value, str) or not _USER.match(value):
                self._wrong(
                    place, f"{_cut(value)} is no Slack user id. It begins with U and stands in the profile."
                )
            else:
                self._reading.people[key] = value

    def _named(self, entry: Mapping[str, Any], place: str) -> str:
        name = self._text(entry, f"{place}.name")
        if not name:
            self._wrong(f"{place}.name", "it is missing.")
        elif not _NAME.match(name):
            self._wrong(
                f"{place}.name",
                f"{_cut(name)} can't be typed in a command. Use letters, digits, `-`, `_`, `.`.",
            )
            return ""
        return name

    def _zone(self, entry: Mapping[str, Any], place: str) -> str:
        zone = self._text(entry, f"{place}.timezone") or "UTC"
        if zone in _zones():
            return zone
        self._wrong(
            f"{place}.timezone", f"there is no time zone {_cut(zone)}.{_near(zone, _zones(), listed=False)}"
        )
        return "UTC"

    def _people(self, table: Mapping[str, Any], place: str) -> tuple[str, ...]:
        found = self._texts(table, place)
        for one in found:
            if not _USER.match(one) and not _GROUP.match(one):
                self._wrong(place, f"{_cut(one)} is neither a Slack user (U...) nor a user group (S...).")
        return tuple(dict.fromkeys(found))

    def _unique(self, table: str, names: list[str]) -> None:
        for name in sorted({name for name in names if names.count(name) > 1}):
            self._wrong(f"{table}.name", f"{_cut(name)} is there {names.count(name)} times. Name each once.")

    def _table(self, key: str, known: tuple[str, ...] | None) -> Mapping[str, Any]:
        table = self._document.get(key, {})
        if not isinstance(table, dict):
            self._wrong(key, f"this must be a table: [{key}].")
            return {}
        if known is not None:
            self._keys(table, key, known)
        return table

    def _list(self, key: str) -> list[tuple[int, Mapping[str, Any]]]:
        found = self._document.get(key, [])
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            self._wrong(key, f"write it with double brackets: [[{key}]].")
            return []
        return list(enumerate(found, 1))

    def _keys(self, table: Mapping[str, Any], place: str, known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                self._wrong(f"{place}.{key}", f"there is no such key.{_near(key, known)}")

    def _text(self, table: Mapping[str, Any], place: str) -> str:
        value = table.get(place.rsplit(".", 1)[1], "")
        if isinstance(value, str):
            return value
        self._wrong(place, f"{_cut(value)} must be a text in quotes.")
        return ""

    def _texts(self, table: Mapping[str, Any], place: str) -> list[str]:
        value = table.get(place.rsplit(".", 1)[1], [])
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return value
        self._wrong(place, f'{_cut(value)} must be a list of texts: ["...", "..."].')
        return []

    def _wrong(self, key: str, what: str) -> None:
        self._reading.mistakes.append(f"{self._name}: {key}: {what}")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) | {"UTC"}


def _near(word: str, known: Iterable[str], *, listed: bool = True) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    if near:
        return f" Did you mean {near[0]}?"
    if not listed:
        return " Write it like Europe/Berlin or UTC."
    return f" Known: {', '.join(names)}." if names else " None is configured."


def _cut(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
