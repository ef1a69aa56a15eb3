"""The month's six teams as people, channels and configuration of the demo's workspace."""

from dataclasses import replace

from bot.sandbox.month.organisation import Crew, Organisation, small_company
from bot.sandbox.slack.workspace import Channel, User, Workspace

SECURITY = "U0SEC"
# Team -> who leads it and does its work: id, name, whole name. One each, so that the page's list of people stays short.
# Payments is the team that the demo has anyway.
_LEADS = {
    "platform": ("U0PLATFORM", "mei", "Mei Lin"),
    "web": ("U0WEB", "amara", "Amara Diallo"),
    "mobile": ("U0MOBILE", "hana", "Hana Kim"),
    "data": ("U0DATA", "ravi", "Ravi Menon"),
    "identity": ("U0IDENTITY", "zoe", "Zoe Martin"),
}
_PAYMENTS = ("U0LEAD", ("U0DEV1", "U0DEV2"))


def acme_company(seed: int) -> Organisation:
    """The company whose month is played, with the workspace's people in it."""
    company = small_company(seed)
    return replace(company, crews=tuple(map(_staffed, company.crews)), security=SECURITY)


def with_teams(workspace: Workspace) -> Workspace:
    """`workspace` with the people and channels of the other five teams."""
    users = [User(identity, name, whole, role="lead") for identity, name, whole in _LEADS.values()]
    known = {channel.name for channel in workspace.channels}
    channels = [Channel(_channel(team), f"team-{team}") for team in _LEADS if f"team-{team}" not in known]
    return replace(workspace, users=(*workspace.users, *users), channels=(*workspace.channels, *channels))


def team_tables() -> str:
    """The other five teams for patrol.toml; all six are compared."""
    return "\n[summary]\ncompare = true\n" + "".join(
        f"""
[[team]]
name = "{team}"
channel = "{_channel(team)}"
leads = ["{lead}"]
realtime = "critical"
timezone = "Europe/Berlin"
"""
        for team, (lead, _name, _whole) in _LEADS.items()
    )


def _staffed(crew: Crew) -> Crew:
    if crew.name == "payments":
        return replace(crew, lead=_PAYMENTS[0], members=_PAYMENTS[1])
    lead = _LEADS[crew.name][0]
    return replace(crew, lead=lead, members=(lead,))


def _channel(team: str) -> str:
    return f"C0{team.upper()}"
