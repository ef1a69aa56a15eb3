"""Two companies that use Slack and know nothing of each other."""

from bot.sandbox.slack.workspace import Channel, User, UserGroup, Workspace


def acme_workspace() -> Workspace:
    """The workspace of the demo: two teams, a lead, a security person, a guest in no team."""
    return Workspace(
        name="Acme Payments",
        users=(
            User("U0DEV1", "dana", "Dana Reyes", "Europe/Berlin", "developer"),
            User("U0DEV2", "kofi", "Kofi Mensah", "Europe/London", "developer"),
            User("U0LEAD", "priya", "Priya Nair", "Europe/Berlin", "lead"),
            User("U0SEC", "sam", "Sam Okafor", "America/New_York", "security"),
            User("U0NOTEAM", "noor", "Noor Haddad", "Asia/Dubai", "guest", guest=True),
        ),
        channels=(
            Channel("C0PAYMENTS", "team-payments"),
            Channel("C0PLATFORM", "team-platform"),
            Channel("C0SECURITY", "security"),
            Channel("C0GENERAL", "general", bot_inside=False),
        ),
        groups=(UserGroup("S0SECURITY", "security", ("U0SEC",)),),
    )


def globex_workspace() -> Workspace:
    """A second workspace with an installation of its own: no id of it is known to the first."""
    return Workspace(
        name="Globex Retail",
        users=(
            User("U0GLXDEV", "ines", "Ines Duarte", "Europe/Lisbon", "developer"),
            User("U0GLXLEAD", "tom", "Tom Becker", "America/Chicago", "lead"),
            User("U0GLXSEC", "yuki", "Yuki Tanaka", "Asia/Tokyo", "security"),
        ),
        channels=(
            Channel("C0GLXSHOP", "team-shop"),
            Channel("C0GLXSECURITY", "security"),
            Channel("G0GLXLEADS", "leads", private=True, members=("U0GLXLEAD", "U0GLXSEC")),
        ),
        groups=(UserGroup("S0GLXSECURITY", "security", ("U0GLXSEC",)),),
        team_id="T0GLOBEX",
        domain="globex",
        app_id="A0PATROLGLX",
        bot_id="B0PATROLGLX",
        bot_user="U0PATROLGLX",
    )
