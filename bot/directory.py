"""Who is who in Slack: the members of groups and channels that hold a role, and people's names.

Asked now and then.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

from bot.features import Features
from bot.logs import event
from bot.slack import Refused, Slack, SlackError, Unsure
from commands.people import Organisation
from storage.clock import iso
from storage.people import last_met, meet
from storage.store import Store

log = logging.getLogger("patrol.directory")
GROUPS_EVERY = timedelta(minutes=10)
PEOPLE_EVERY = timedelta(days=1)
GROUPS = "roles given to user groups"
CHANNELS = "roles given to channels"
PAGE = 1000  # the most that Slack gives at once
MOST_PAGES = 100  # a channel of more people than that holds no role
GONE = ("no_such_subteam", "subteam_not_found")
STRANGER = ("user_not_found", "user_not_visible")
NAMES = "people's names in histories"


class Directory:
    """The organisation as configured, with its groups and channels filled in. Safe to share between threads."""

    def __init__(
        self, organisation: Organisation, store: Store, slack: Slack, features: Features,
        now: Callable[[], datetime], workspace: str = "",
    ) -> None:  # fmt: skip
        """`workspace` is the one that `slack` speaks to, where several are served: it is asked about its own."""
        self._configured = self._organisation = organisation
        self._store, self._slack = store, slack
        self._features, self._now, self._workspace = features, now, workspace
        self._lock = Lock()

    @property
    def organisation(self) -> Organisation:
        """The newest picture."""
        return self._organisation

    def refresh_groups(self) -> None:
        """Ask Slack who is in each configured group and channel. What cannot be read keeps whom it had.

        Where several workspaces are served, those of security and the admins whom this one does not know are left
        out of its picture: nobody here needs to read their ids.

        A group that was deleted loses them. Of a channel that is not to be found nobody can tell whether it was
        deleted or is private without us, so it keeps them.
        """
        found = dict(self._organisation.groups)
        strangers = {one for one in self._central() if not self._knows(one)}
        refusals: dict[str, list[str]] = defaultdict(list)
        asked = sorted(_holders(self._configured, self._workspace))
        for holder in asked:
            try:
                found[holder] = self._members(holder)
            except Refused as refused:
                if refused.code in GONE:
                    found.pop(holder, None)
                    if self._workspace and _everywhere(self._configured, holder):
                        strangers.add(holder)
                        continue  # a group of security's is known in one of several workspaces
                refusals[_feature(holder)].append(f"{holder}: {refused}")
            except SlackError as error:
                event(log, "groups.unread", level=logging.WARNING, group=holder, error=error)
        for feature in sorted({_feature(holder) for holder in asked}):
            if refusals[feature]:
                self._features.narrow(feature, " ".join(refusals[feature][:3]))
            else:
                self._features.restore(feature)
        with self._lock:
            self._organisation = replace(
                self._configured, groups=found, security=_without(self._configured.security, strangers),
                admin=_without(self._configured.admin, strangers),
            )  # fmt: skip

    def _central(self) -> set[str]:
        """The people who are security or admin in every workspace that is served."""
        if not self._workspace:
            return set()
        return {
            one for one in (*self._configured.security, *self._configured.admin) if one.startswith(("U", "W"))
        }

    def _knows(self, person: str) -> bool:
        """False where Slack says that there is no such person in this workspace."""
        try:
            self._slack.call("users.info", user=person)
        except Refused as refused:
            return refused.code not in STRANGER
        except SlackError as error:
            event(log, "person.unread", level=logging.WARNING, person=person, error=error)
            return person in (*self._organisation.security, *self._organisation.admin)
        return True

    def _members(self, holder: str) -> frozenset[str]:
        if holder.startswith("S"):
            answer = self._slack.call("usergroups.users.list", usergroup=holder)
            return frozenset(map(str, answer.get("users") or ()))
        return frozenset(person for page in self._pages(holder) for person in page)

    def _pages(self, channel: str) -> Iterator[list[str]]:
        """Everyone in `channel`, page by page. Half of them would be a wrong answer: it is all or an error."""
        cursor = ""
        for _page in range(MOST_PAGES):
            answer = self._slack.call("conversations.members", channel=channel, limit=PAGE, cursor=cursor)
            yield [str(person) for person in answer.get("members") or ()]
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return
        raise Unsure("conversations.members", f"{channel} has no end after {MOST_PAGES} pages")

    def meet(self, person: str) -> None:
        """Keep the name and time zone of `person`, asked for at most once a day."""
        now = self._now()
        with self._store.read() as connection:
            if last_met(connection, person) > iso(now - PEOPLE_EVERY):
                return
        try:
            user = self._slack.call("users.info", user=person).get("user") or {}
        except Refused as refused:
            if refused.code not in STRANGER:
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


def _without(listed: tuple[str, ...], strangers: set[str]) -> tuple[str, ...]:
    return tuple(one for one in listed if one not in strangers)


def _everywhere(organisation: Organisation, holder: str) -> bool:
    return holder in organisation.security or holder in organisation.admin


def _holders(organisation: Organisation, workspace: str) -> set[str]:
    listed = [*organisation.security, *organisation.admin]
    for team in organisation.teams:
        if team.workspace in ("", workspace) or not workspace:
            listed += [*team.leads, *team.members]
    return {one for one in listed if one.startswith(("S", "C", "G"))}


def _feature(holder: str) -> str:
    return GROUPS if holder.startswith("S") else CHANNELS
