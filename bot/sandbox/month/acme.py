"""The month's six teams as people, channels and configuration of the demo's workspace."""

from dataclasses import replace

from bot.sandbox.month.organisation import Crew, Organisation, small_company
from bot.sandbox.slack.workspace import Channel, User, Workspace

SECURITY = "U0SEC"
# Team -> its lead, then its members: id, name, whole name. Payments is the team that the demo has anyway.
_PEOPLE = {
    "platform": (("U0PLATLEAD", "mei", "Mei Lin"), ("U0PLAT1", "jonas", "Jonas Weber")),
    "web": (("U0WEBLEAD", "amara", "Amara Diallo"), ("U0WEB1", "luca", "Luca Rossi")),
    "mobile": (("U0MOBLEAD", "hana", "Hana Kim"), ("U0MOB1", "diego", "Diego Alvarez")),
    "data": (("U0DATALEAD", "ravi", "Ravi Menon"), ("U0DATA1", "elsa", "Elsa Lund")),
    "identity": (("U0IDLEAD", "zoe", "Zoe Martin"), ("U0ID1", "omar", "Omar Aziz")),
}
_PAYMENTS = ("U0LEAD", ("U0DEV1", "U0DEV2"))


def acme_company(seed: int) -> Organisation:
    """The company whose month is played, with the workspace's people in it."""
    company = small_company(seed)
    return replace(company, crews=tuple(map(_staffed, company.crews)), security=SECURITY)


def with_teams(workspace: Workspace) -> Workspace:
    """`workspace` with the people and channels of the other five teams."""
    users = [
        User(identity, name, real_name, role="developer" if number else "lead")
        for people in _PEOPLE.values()
        for number, (identity, name, real_name) in enumerate(people)
    ]
    known = {channel.name for channel in workspace.channels}
    channels = [Channel(_channel(team), f"team-{team}") for team in _PEOPLE if f"team-{team}" not in known]
    return replace(workspace, users=(*workspace.users, *users), channels=(*workspace.channels, *channels))


def team_tables() -> str:
    """The other five teams for patrol.toml."""
    return "".join(
        f"""
[[team]]
name = "{team}"
channel = "{_channel(team)}"
leads = ["{people[0][0]}"]
members = {[identity for identity, _name, _real in people[1:]]}
realtime = "critical"
timezone = "Europe/Berlin"
"""
        for team, people in _PEOPLE.items()
    )


def _staffed(crew: Crew) -> Crew:
    if crew.name == "payments":
        return replace(crew, lead=_PAYMENTS[0], members=_PAYMENTS[1])
    lead, *members = (identity for identity, _name, _real in _PEOPLE[crew.name])
    return replace(crew, lead=lead, members=tuple(members))


def _channel(team: str) -> str:
    return f"C0{team.upper()}"
