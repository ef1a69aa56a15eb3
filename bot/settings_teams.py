"""[roles], [sla], [summary], [[team]], [[target]], [routing] and [[route]] -> the organisation."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time

from bot import settings_hours as hours
from bot import settings_ids as ids
from bot import settings_values as values
from bot.settings_aws import AWS_KEYS, aws_settings
from bot.settings_sla import KEYS as SLA_KEYS
from bot.settings_sla import Promise, read_promise, team_promise, unused
from bot.settings_tables import Table, Tables
from commands.people import Organisation, Team
from commands.routes import RouteRule, Routing
from commands.scan import STOP
from scanners.aws.securityhub_filters import filter_mistake
from scanners.model import Severity, Target

TEAM_KEYS = (
    "name", "channel", "leads", "members", "realtime", "timezone", "aliases", "digest", "quiet", "posts_per_day",
    "private", "workspace", "summary", "sla", "compare",
)  # fmt: skip
TARGET_KEYS = ("name", "kind", "owner", "regions", "codeowners", "filters", *AWS_KEYS)
ROUTING_KEYS = ("tags", "default")
ROUTE_KEYS = ("match", "team")
KINDS = ("aws", "import", "securityhub")
MOST_POSTS = 1_000
Codeowned = list[tuple[str, str, str]]  # the key's place, the target's name, the path as written


def read_organisation(tables: Tables, workspaces: tuple[str, ...]) -> tuple[Organisation, Codeowned]:
    """The organisation, without what its CODEOWNERS files say, and where those are. `workspaces` are ids."""
    roles = tables.table("roles", ("security", "admin"))
    security = tables.texts(roles, "roles.security", ids.member)
    admin = tables.texts(roles, "roles.admin", ids.member)
    entries = tables.entries("team", TEAM_KEYS)
    names = _names(tables, "team", entries)
    usual = tables.table("sla", SLA_KEYS)
    company = read_promise(tables, usual)
    compared = tables.flag(tables.table("summary", ("compare",)), "summary.compare")
    promises = [team_promise(tables, place, entry, company) for place, entry in entries]
    unused(tables, usual, [company, *promises])
    teams = [
        _promising(tables, place, entry, _team(tables, place, entry, name, workspaces), promise, compared)
        for (place, entry), name, promise in zip(entries, names, promises, strict=True)
    ]
    _aliases(tables, [place for place, _entry in entries], teams)
    _channels(tables, [place for place, _entry in entries], teams)
    zones = {team.timezone for team in teams}
    sla = company.sla(zones.pop() if len(zones) == 1 else "UTC")
    found = Organisation(tuple(teams), (), security, admin, workspaces=workspaces, sla=sla)
    targets, codeowned = _targets(tables, found)
    return replace(found, targets=targets, routing=_routing(tables, found)), codeowned


def zone(tables: Tables, place: str, entry: Table) -> str:
    """The time zone of an entry, UTC where none is given."""
    return tables.text(entry, f"{place}.timezone", check=values.timezone) or "UTC"


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


def _team(tables: Tables, place: str, entry: Table, name: str, workspaces: tuple[str, ...]) -> Team:
    severities = [str(severity) for severity in Severity]
    severity = tables.text(entry, f"{place}.realtime", check=values.one_of(severities, "severity"))
    needed = "Put in the channel's id, such as C024BE91L."
    quiet = tables.text(entry, f"{place}.quiet", check=hours.quiet)
    return Team(
        name=name,
        channel=tables.text(entry, f"{place}.channel", check=ids.channel, needed=needed),
        leads=tables.texts(entry, f"{place}.leads", ids.member),
        members=tables.texts(entry, f"{place}.members", ids.member),
        realtime=Severity(severity or Severity.HIGH),
        timezone=zone(tables, place, entry),
        aliases=tables.texts(entry, f"{place}.aliases", values.alias),
        digest=_digest(tables, place, entry),
        quiet=hours.hours(quiet) if quiet else None,
        posts_per_day=tables.number(entry, f"{place}.posts_per_day", 1, MOST_POSTS, 20),
        private=tables.flag(entry, f"{place}.private"),
        workspace=_workspace(tables, place, entry, workspaces),
        summary=_summary(tables, place, entry),
    )


def _promising(
    tables: Tables, place: str, entry: Table, team: Team, promise: Promise, compared: bool
) -> Team:
    """The team with its SLA, and whether it is compared with others: by its own word, else by [summary]."""
    compare = tables.flag(entry, f"{place}.compare") if "compare" in entry else compared
    return replace(team, sla=promise.sla(team.timezone), compare=compare)


def _digest(tables: Tables, place: str, entry: Table) -> time | None:
    said = tables.text(entry, f"{place}.digest", check=hours.digest) or "09:00"
    return None if said == hours.OFF else hours.clock(said)


def _summary(tables: Tables, place: str, entry: Table) -> tuple[int, time] | None:
    said = tables.text(entry, f"{place}.summary", check=hours.weekly) or "mon 09:00"
    return None if said == hours.OFF else hours.week_time(said)


def _workspace(tables: Tables, place: str, entry: Table, workspaces: tuple[str, ...]) -> str:
    place = f"{place}.workspace"
    if "workspace" in tables.unsure:
        return tables.text(entry, place)
    needed = f"Say in which workspace its channel is.{values.hint('', workspaces)}" if workspaces else ""

    def check(value: str) -> str:
        if value in workspaces:
            return ""
        return f"there is no [[workspace]] with the id {values.shown(value)}.{values.hint(value, workspaces)}"

    return tables.text(entry, place, check=check, needed=needed)


def _aliases(tables: Tables, places: Sequence[str], teams: Sequence[Team]) -> None:
    """A tag's value is read whatever its case, so no two teams may answer to it."""
    taken = {team.name.casefold(): f"the name of {place}" for place, team in zip(places, teams, strict=True)}
    for place, team in zip(places, teams, strict=True):
        for alias in team.aliases:
            holder = taken.setdefault(alias.casefold(), f"an alias of {place}")
            if holder != f"an alias of {place}":
                tables.wrong(
                    f"{place}.aliases", f"{values.shown(alias)} is {holder} already. Take one of them out."
                )


def _channels(tables: Tables, places: Sequence[str], teams: Sequence[Team]) -> None:
    """A channel that two workspaces share would show the one's findings to the other's people."""
    first: dict[str, tuple[str, str]] = {}
    for place, team in zip(places, teams, strict=True):
        before, workspace = (
            first.setdefault(team.channel, (place, team.workspace)) if team.channel else ("", "")
        )
        if before and workspace != team.workspace:
            told = f"{values.shown(team.channel)} is the channel of {before}, in another workspace. Give each its own."
            tables.wrong(f"{place}.channel", told)


def _targets(tables: Tables, organisation: Organisation) -> tuple[tuple[Target, ...], Codeowned]:
    entries = tables.entries("target", TARGET_KEYS)
    found: list[Target] = []
    codeowned: Codeowned = []
    for (place, entry), name in zip(entries, _names(tables, "target", entries), strict=True):
        needed = f"Known: {', '.join(KINDS)}."
        check = values.one_of(KINDS, "kind of target")
        if name == STOP:
            tables.wrong(f"{place}.name", f"`scan {STOP}` ends a scan. Give the target another name.")
        kind = tables.text(entry, f"{place}.kind", check=check, needed=needed)
        owner = _team_named(tables, entry, f"{place}.owner", organisation)
        regions = tables.texts(entry, f"{place}.regions", values.region)
        settings = aws_settings(tables, place, entry, kind)
        filters = tables.texts(entry, f"{place}.filters", filter_mistake)
        if filters and kind != "securityhub":
            tables.wrong(
                f"{place}.filters", 'only a target with kind = "securityhub" takes filters. Take them out.'
            )
        found.append(Target(name, kind, owner, regions, settings | ({"filters": filters} if filters else {})))
        path = tables.text(entry, f"{place}.codeowners", check=values.path)
        if path and name:
            codeowned.append((f"{place}.codeowners", name, path))
    return tuple(found), codeowned


def _routing(tables: Tables, organisation: Organisation) -> Routing:
    table = tables.table("routing", ROUTING_KEYS)
    tags = tables.texts(table, "routing.tags", values.tag_key)
    default = _team_named(tables, table, "routing.default", organisation)
    rules: list[RouteRule] = []
    for place, entry in tables.entries("route", ROUTE_KEYS):
        needed = 'Write what it is for, such as "arn:aws:s3:::data-*".'
        match = tables.text(entry, f"{place}.match", check=values.glob, needed=needed)
        team = _team_named(tables, entry, f"{place}.team", organisation, needed="Name a [[team]].")
        before = [rule.match for rule in rules]
        if match and match in before:
            first = f"route[{before.index(match) + 1}]"
            tables.wrong(
                f"{place}.match", f"{first} has the same, and the first that fits wins. Take one out."
            )
        rules.append(RouteRule(match, team))
    return Routing(tags, tuple(rules), default)


def _team_named(
    tables: Tables, table: Table, place: str, organisation: Organisation, *, needed: str = ""
) -> str:
    name = tables.text(table, place, needed=needed)
    teams = [team.name for team in organisation.teams]
    if name and name not in teams and "team" not in tables.unsure:
        tables.wrong(place, f"there is no [[team]] named {values.shown(name)}.{values.hint(name, teams)}")
    return name
