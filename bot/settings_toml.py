"""What patrol.toml says: teams, targets, schedules, roles and people. Every mistake with its key and its mend."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot import settings_values as values
from bot.crontab import parse as parse_cron
from bot.settings_tables import Table, Tables
from commands.parse import arguments, split
from commands.people import Organisation, Team
from commands.registry import lookup
from commands.scan import named_target
from scanners.errors import UsageError
from scanners.model import Severity, Target

TABLES = ("store", "roles", "team", "target", "schedule", "people")
TEAM_KEYS = ("name", "channel", "leads", "members", "realtime", "timezone")
TARGET_KEYS = ("name", "kind", "owner", "regions")
SCHEDULE_KEYS = ("run", "cron", "timezone")
KINDS = ("aws",)


@dataclass
class Reading:
    """What was understood, and every mistake. A schedule is its words, its crontab line and its time zone."""

    mistakes: list[str] = field(default_factory=list)
    store: str = ""
    organisation: Organisation = field(default_factory=Organisation)
    schedules: list[tuple[str, str, str]] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)
    operators: frozenset[str] = frozenset()


def read_toml(text: str, name: str) -> Reading:
    """The whole file. Mistakes are collected in `mistakes`, each "file: key: what. Mend."."""
    tables = Tables(text, name)
    reading = Reading(mistakes=tables.mistakes)
    tables.only(TABLES)
    reading.store = tables.text(tables.table("store", ("path",)), "store.path", check=values.path)
    reading.organisation = _organisation(tables)
    reading.schedules = _schedules(tables, reading.organisation)
    _terminal(tables, reading)
    return reading


def _organisation(tables: Tables) -> Organisation:
    roles = tables.table("roles", ("security", "admin"))
    security = tables.texts(roles, "roles.security", values.member)
    admin = tables.texts(roles, "roles.admin", values.member)
    entries = tables.entries("team", TEAM_KEYS)
    names = _names(tables, "team", entries)
    teams = [_team(tables, place, entry, name) for (place, entry), name in zip(entries, names, strict=True)]
    entries = tables.entries("target", TARGET_KEYS)
    names = _names(tables, "target", entries)
    found = Organisation(tuple(teams), (), security, admin)
    targets = [
        _target(tables, place, entry, name, found)
        for (place, entry), name in zip(entries, names, strict=True)
    ]
    return replace(found, targets=tuple(targets))


def _names(tables: Tables, key: str, entries: Sequence[tuple[str, Table]]) -> list[str]:
    """The name of each entry, "" where it is wrong; then the table is not understood whole."""
    found: list[str] = []
    for place, entry in entries:
        needed = "Give it a short name of one word."
        name = tables.text(entry, f"{place}.name", check=values.name, needed=needed)
        if name in found and name:
            first = f"{key}[{found.index(name) + 1}]"
            tables.wrong(
                f"{place}.name", f"{values.shown(name)} is the name of {first} already. Give it another."
            )
        elif not name:
            tables.unsure.add(key)
        found.append(name)
    return found


def _team(tables: Tables, place: str, entry: Table, name: str) -> Team:
    severities = [str(severity) for severity in Severity]
    severity = tables.text(entry, f"{place}.realtime", check=values.one_of(severities, "severity"))
    needed = "Put in the channel's id, such as C024BE91L."
    return Team(
        name=name,
        channel=tables.text(entry, f"{place}.channel", check=values.channel, needed=needed),
        leads=tables.texts(entry, f"{place}.leads", values.member),
        members=tables.texts(entry, f"{place}.members", values.member),
        realtime=Severity(severity or Severity.HIGH),
        timezone=_zone(tables, place, entry),
    )


def _target(tables: Tables, place: str, entry: Table, name: str, organisation: Organisation) -> Target:
    kind = tables.text(
        entry,
        f"{place}.kind",
        check=values.one_of(KINDS, "kind of target"),
        needed=f"Known: {', '.join(KINDS)}.",
    )
    owner = tables.text(entry, f"{place}.owner")
    teams = [team.name for team in organisation.teams]
    if owner and owner not in teams and "team" not in tables.unsure:
        tables.wrong(
            f"{place}.owner", f"there is no [[team]] named {values.shown(owner)}.{values.hint(owner, teams)}"
        )
    return Target(name, kind, owner, tables.texts(entry, f"{place}.regions", values.region))


def _schedules(tables: Tables, organisation: Organisation) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for place, entry in tables.entries("schedule", SCHEDULE_KEYS):
        run = tables.text(entry, f"{place}.run", needed='Write a command, such as "scan prod".')
        told = _words(run, organisation, sure="target" not in tables.unsure) if run else ""
        if told:
            tables.wrong(f"{place}.run", told)
        cron = tables.text(entry, f"{place}.cron", check=_cron, needed='Write it like "0 3 * * *".')
        schedule = (" ".join(run.split()), " ".join(cron.split()), _zone(tables, place, entry))
        if run and cron and schedule in found:
            tables.wrong(place, f"it is the same as schedule[{found.index(schedule) + 1}]. Take one out.")
        found.append(schedule)
    return found


def _words(run: str, organisation: Organisation, *, sure: bool) -> str:
    """What is wrong with the words of a command, told as the command itself would tell it."""
    try:
        words = split(run)
        command = lookup(words[0])
        given = arguments(command, words[1:])
        if command.name == "scan" and sure:
            named_target(organisation, given)
    except UsageError as error:
        return str(error)
    return ""


def _cron(value: str) -> str:
    try:
        parse_cron(value)
    except ValueError as error:
        return f"{error}."
    return ""


def _zone(tables: Tables, place: str, entry: Table) -> str:
    return tables.text(entry, f"{place}.timezone", check=values.timezone) or "UTC"


def _terminal(tables: Tables, reading: Reading) -> None:
    people = tables.table("people", None)
    for key in people:
        if key == "operators":
            reading.operators = frozenset(tables.texts(people, "people.operators", values.os_user))
        elif values.os_user(key):
            near = values.hint(key, ("operators",), listed=False)
            tables.wrong(f"people.{key[:60]}", f'a terminal user is written like "os:alice".{near}')
        elif complaint := values.user(people[key]):
            tables.wrong(f"people.{key[:60]}", complaint)
        else:
            reading.people[key] = people[key]
