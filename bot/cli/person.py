"""Who acts on a terminal: the operating-system user, mapped to a Slack user in [people]."""

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from commands.people import Person
from scanners.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from bot.settings import Settings

_USER = re.compile(r"[UW][A-Z0-9]{2,20}")


def system_user(environ: Mapping[str, str]) -> str:
    """The name of the user who owns this process; the environment is not believed."""
    try:
        import pwd

        return pwd.getpwuid(os.geteuid()).pw_name
    except (ImportError, KeyError):
        return str(getattr(os, "geteuid", lambda: environ.get("USERNAME", "unknown"))())


def acting_person(settings: "Settings", environ: Mapping[str, str], acting_as: str = "") -> Person:
    """The person who acts. `acting_as` is the word behind --as.

    Without [people] in patrol.toml whoever can write the store may decide: the file is theirs. Raises
    RefusedError where --as is used by someone whom [people] operators does not list.
    """
    own = f"os:{system_user(environ)}"
    if acting_as:
        if own not in settings.operators:
            raise RefusedError(
                f'--as is for operators, and {own} is none. Add it to patrol.toml: [people] operators = ["{own}"].'
            )
        if not _USER.fullmatch(acting_as):
            raise UsageError(f"--as takes a Slack user id such as U0DEV1, not {acting_as[:40]!r}.")
        return Person(acting_as, behind=own)
    if own in settings.people:
        return Person(settings.people[own])
    return Person(own, operator=not settings.people and not settings.operators)
