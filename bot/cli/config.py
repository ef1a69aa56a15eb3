"""`patrol config check`."""

from collections.abc import Sequence

from bot.cli.invocation import parse
from scanners.errors import UsageError

HELP = """
patrol config check [--config FILE]

Reads patrol.toml and the environment. Every mistake gets one line with the file, the key and the mend.
"""


def run(words: Sequence[str]) -> int:
    """Check; returns 0, or raises ConfigError with every mistake."""
    from bot.messages.words import count
    from bot.settings_workspaces import UNOWNED_UNSEEN

    invocation = parse(words)
    if invocation.words != ("check",):
        raise UsageError("Usage: patrol config check [--config FILE]")
    settings = invocation.settings()
    organisation = settings.organisation
    if settings.path is None:
        print("There is no patrol.toml here; defaults are used. `patrol init` writes one.")
        return 0
    print(
        f"{settings.path} is in order: {count(len(organisation.teams), 'team')},"
        f" {count(len(organisation.targets), 'target')}, {count(len(settings.schedules), 'schedule')}."
        f" The store is {settings.store}."
    )
    if organisation.unowned_is_unseen:
        print(UNOWNED_UNSEEN)
    return 0
