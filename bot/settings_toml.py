"""What patrol.toml says, table by table. Every mistake with its key and its mend."""

from dataclasses import dataclass, field

from bot import settings_ids as ids
from bot import settings_values as values
from bot.crontab import parse as parse_cron
from bot.settings_tables import Tables
from bot.settings_teams import Codeowned, read_organisation, zone
from bot.settings_workspaces import Workspace, read_workspaces
from commands.parse import arguments, split
from commands.people import Organisation
from commands.registry import lookup
from commands.scan import named_target
from scanners.errors import UsageError

TABLES = (
    "store",
    "roles",
    "team",
    "target",
    "schedule",
    "people",
    "routing",
    "route",
    "workspace",
    "sla",
    "summary",
)
SCHEDULE_KEYS = ("run", "cron", "timezone")


@dataclass
class Reading:
    """What was understood, and every mistake. A schedule is its words, its crontab line and its time zone.

    `codeowned` names the CODEOWNERS files that are still to be read.
    """

    mistakes: list[str] = field(default_factory=list)
    store: str = ""
    organisation: Organisation = field(default_factory=Organisation)
    schedules: list[tuple[str, str, str]] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)
    operators: frozenset[str] = frozenset()
    workspaces: list[Workspace] = field(default_factory=list)
    codeowned: Codeowned = field(default_factory=list)


def read_toml(text: str, name: str) -> Reading:
    """The whole file. Mistakes are collected in `mistakes`, each "file: key: what. Mend."."""
    tables = Tables(text, name)
    reading = Reading(mistakes=tables.mistakes)
    tables.only(TABLES)
    reading.store = tables.text(tables.table("store", ("path",)), "store.path", check=values.path)
    reading.workspaces = read_workspaces(tables)
    served = tuple(workspace.id for workspace in reading.workspaces)
    reading.organisation, reading.codeowned = read_organisation(tables, served)
    reading.schedules = _schedules(tables, reading.organisation)
    _terminal(tables, reading)
    return reading


def _schedules(tables: Tables, organisation: Organisation) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for place, entry in tables.entries("schedule", SCHEDULE_KEYS):
        run = tables.text(entry, f"{place}.run", needed='Write a command, such as "scan prod".')
        told = _words(run, organisation, sure="target" not in tables.unsure) if run else ""
        if told:
            tables.wrong(f"{place}.run", told)
        cron = tables.text(entry, f"{place}.cron", check=_cron, needed='Write it like "0 3 * * *".')
        schedule = (" ".join(run.split()), " ".join(cron.split()), zone(tables, place, entry))
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


def _terminal(tables: Tables, reading: Reading) -> None:
    people = tables.table("people", None)
    for key in people:
        if key == "operators":
            reading.operators = frozenset(tables.texts(people, "people.operators", ids.os_user))
        elif ids.os_user(key):
            near = values.hint(key, ("operators",), listed=False)
            tables.wrong(f"people.{key[:60]}", f'a terminal user is written like "os:alice".{near}')
        elif complaint := ids.user(people[key]):
            tables.wrong(f"people.{key[:60]}", complaint)
        else:
            reading.people[key] = people[key]
