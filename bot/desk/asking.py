"""Makes the question of a decision's dialog: what the person must know, as of now."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from bot.answers import Asker
from bot.desk.desk import Desk
from bot.messages.dialogs import noted
from bot.messages.questions import Question
from commands import catalogue
from commands.accept import zone_of
from commands.approve import approvers
from commands.people import Person
from commands.snooze import most_days
from storage.decisions import newest_seq
from storage.lifecycle import latest_until
from storage.model import Event
from storage.pictures import people
from storage.queries import find_one


def question(
    desk: Desk, asker: Asker, verb: str, finding: str, *, typed: Mapping[str, str] | None = None,
    news: Sequence[Event] = (), refused: str = "",
) -> Question:  # fmt: skip
    """The question of `verb` on the finding. Raises UsageError where there is none of that id."""
    context = desk.asked_by(asker)
    now, organisation = context.now(), context.organisation
    with desk.store.read() as connection:
        view = find_one(connection, finding, now, sees=context.sees)
        newest, names = newest_seq(connection, view.finding.id), people(connection)
    carried = noted(asker.meta)
    # Only a finding's own dialog carries its bare id; the menu in its place hands on what it was told.
    under = asker.meta if asker.meta.startswith("pf1_") else str(carried.get("under") or "")
    zone = ZoneInfo(zone_of(context, view.finding))
    return Question(
        verb, now, view, catalogue.title_of(view), seen=newest, teams=teams(desk, asker.user),
        most_days=most_days(context, view.finding),
        latest=latest_until(view.finding.severity, now).astimezone(zone).date(),
        approvers=approvers(organisation, view.finding), typed=typed or {}, news=tuple(news), names=names,
        refused=refused, channel=asker.channel or str(carried.get("channel") or ""), under=under,
    )  # fmt: skip


def teams(desk: Desk, user: str) -> tuple[str, ...]:
    """Every team that `user` may know of, by name."""
    return tuple(team.name for team in desk.context(Person(user)).organisation.teams)
