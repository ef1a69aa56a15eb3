"""Who is who in Slack: the members of user groups that hold a role, and people's names. Asked now and then."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

from bot.features import Features
from bot.logs import event
from bot.slack import Refused, Slack, SlackError
from commands.people import Organisation
from storage.clock import iso
from storage.people import last_met, meet
from storage.store import Store

log = logging.getLogger("patrol.directory")
GROUPS_EVERY = timedelta(minutes=10)
PEOPLE_EVERY = timedelta(days=1)
GROUPS = "roles given to user groups"
NAMES = "people's names in histories"


class Directory:
    """The organisation as configured, with its user groups filled in. Safe to share between threads."""

    def __init__(
        self, organisation: Organisation, store: Store, slack: Slack, features: Features,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._organisation, self._store, self._slack = organisation, store, slack
        self._features, self._now = features, now
        self._lock = Lock()

    @property
    def organisation(self) -> Organisation:
        """The newest picture."""
        return self._organisation

    def refresh_groups(self) -> None:
        """Ask Slack who is in each configured group. A group that cannot be read keeps whom it had."""
        found = dict(self._organisation.groups)
        for group in sorted(_groups(self._organisation)):
            try:
                answer = self._slack.call("usergroups.users.list", usergroup=group)
            except Refused as refused:
                self._features.narrow(GROUPS, str(refused))
                if refused.code in ("no_such_subteam", "subteam_not_found"):
                    found.pop(group, None)
                continue
            except SlackError as error:
                event(log, "groups.unread", level=logging.WARNING, group=group, error=error)
                continue
            found[group] = frozenset(map(str, answer.get("users") or ()))
            self._features.restore(GROUPS)
        with self._lock:
            self._organisation = replace(self._organisation, groups=found)

    def meet(self, person: str) -> None:
        """Keep the name and time zone of `person`, asked for at most once a day."""
        now = self._now()
        with self._store.read() as connection:
            if last_met(connection, person) > iso(now - PEOPLE_EVERY):
                return
        try:
            user = self._slack.call("users.info", user=person).get("user") or {}
        except Refused as refused:
            if refused.code != "user_not_found":
                self._features.narrow(NAMES, str(refused))
            return
        except SlackError as error:
            event(log, "person.unread", level=logging.WARNING, person=person, error=error)
            return
        profile = user.get("profile") or {}
        name = profile.get("display_name") or user.get("real_name") or user.get("name") or ""
        if name:
            with self._store.write() as connection:
                meet(connection, person, str(name)[:80], str(user.get("tz") or "UTC"), now)


def _groups(organisation: Organisation) -> set[str]:
    listed = [*organisation.security, *organisation.admin]
    for team in organisation.teams:
        listed += [*team.leads, *team.members]
    return {one for one in listed if one.startswith("S")}
