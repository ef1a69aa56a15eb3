"""What people ask by slash command, click and App Home: run the command, show the outcome. No rules here."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.answers import Asker, answer, open_view, update_view
from bot.directory import Directory
from bot.features import Features
from bot.followups import Followups
from bot.messages import buttons
from bot.messages.dialogs import told_view
from bot.messages.draft import Message
from bot.messages.fix import draw_fix
from bot.messages.fix_view import finding_view, fix_modal
from bot.messages.home import home_subject, home_view
from bot.messages.outcome import outcome_reply
from bot.messages.replies import draw, draw_error
from bot.slack import Slack, SlackError
from commands.model import Context, Scanner
from commands.people import Person
from commands.registry import run_text
from commands.reply import Decided, FindingDetail, FixGuide, Reply
from scanners.errors import PatrolError
from storage import jobs
from storage.jobs import Job
from storage.once import first_delivery
from storage.pictures import people
from storage.queries import find_one
from storage.store import Store

log = logging.getLogger("patrol.desk")
VERBS = {
    buttons.ACKNOWLEDGE: "acknowledge",
    buttons.FIX: "fix",
    buttons.FIXED: "fixed",
    buttons.SHOW: "show",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that answers people in Slack. Safe to share between threads."""

    store: Store
    slack: Slack
    directory: Directory
    features: Features
    followups: Followups
    scanner: Scanner
    now: Callable[[], datetime]
    wake: Callable[[], None]

    def context(self, person: Person, channel: str = "", face: str = "slack") -> Context:
        """What a command may touch, for `person`."""
        return Context(
            self.store, self.directory.organisation, person, self.now, self.scanner, face, channel,
            self.features.problems,
        )  # fmt: skip

    def is_first(self, key: str) -> bool:
        """False for a delivery that Slack repeats: what it asks for was done."""
        with self.store.write() as connection:
            return first_delivery(connection, key, self.now())

    def slash(self, asker: Asker, text: str) -> None:
        """`/patrol ...`: the answer is seen by the asker alone."""
        reply = self._run(asker, text)
        answer(self.slack, asker, self._drawn(reply))
        self._follow(asker, reply)
        self.directory.meet(asker.user)

    def click(self, asker: Asker, action: str, value: str) -> None:
        """A button: the value is a finding's id, or the words of a command."""
        verb = VERBS.get(action)
        reply = self._run(asker, f"{verb} {value}" if verb else value)
        if asker.view:
            self._in_view(asker, reply)
        elif isinstance(reply, FixGuide):
            if not open_view(self.slack, asker, fix_modal(reply)):
                answer(self.slack, asker, draw_fix(reply))
        elif isinstance(reply, FindingDetail):
            if not open_view(self.slack, asker, self._finding(reply)):
                answer(self.slack, asker, draw(reply))
        else:
            answer(self.slack, asker, self._drawn(reply))
        self._follow(asker, reply)
        self.directory.meet(asker.user)

    def home(self, user: str) -> None:
        """Draw the person's own page. Slack's refusal narrows that one feature."""
        with self.store.read() as connection:
            subject = home_subject(connection, self.directory.organisation, user, self.now())
        try:
            self.slack.call("views.publish", user_id=user, view=home_view(subject))
            self.features.restore("App Home")
        except SlackError as error:
            self.features.narrow("App Home", str(error))

    def job_ended(self, job: Job) -> None:
        """Tell those who asked for it."""
        for tell in self.followups.done(job):
            tell(job)

    def _run(self, asker: Asker, text: str) -> Reply | PatrolError:
        try:
            return run_text(self.context(Person(asker.user), asker.channel), text)
        except PatrolError as error:
            return error
        except Exception:
            log.exception("command.failed user=%s", asker.user)
            return PatrolError(
                "Something broke inside Patrol, and nothing was changed. Its log says what; try again, and"
                " tell an admin if it happens twice."
            )
        finally:
            self.wake()

    def _drawn(self, reply: Reply | PatrolError) -> Message:
        return draw_error(reply) if isinstance(reply, PatrolError) else draw(reply, act=True)

    def _finding(self, detail: FindingDetail) -> dict[str, Any]:
        with self.store.read() as connection:
            return finding_view(detail, people(connection))

    def _in_view(self, asker: Asker, reply: Reply | PatrolError) -> None:
        """A click inside a dialog or on the App Home: there the outcome is shown, for no channel is near."""
        at_home = asker.view_type == "home"
        if isinstance(reply, FixGuide):
            open_view(self.slack, asker, fix_modal(reply))
        elif isinstance(reply, FindingDetail):
            open_view(self.slack, asker, self._finding(reply))
        elif at_home or isinstance(reply, PatrolError):
            open_view(self.slack, asker, told_view(self._drawn(reply)))
        else:
            update_view(self.slack, asker.view, told_view(self._drawn(reply)))
        if at_home:
            self.home(asker.user)

    def _follow(self, asker: Asker, reply: Reply | PatrolError) -> None:
        """A claim's outcome comes back to the one who pressed, where they pressed."""
        if not isinstance(reply, Decided) or not reply.job:
            return
        identity = reply.view.finding.id
        self.followups.when_done(reply.job, lambda job: self._tell(asker, identity, job))
        with self.store.read() as connection:
            job = jobs.get(connection, reply.job)
        if job is not None and job.finished is not None:  # it ended before anyone could wait for it
            self.job_ended(job)

    def _tell(self, asker: Asker, identity: str, job: Job) -> None:
        try:
            with self.store.read() as connection:
                view = find_one(connection, identity, self.now(), sees=None)
                reply = outcome_reply(connection, view, job, self.now())
            message = draw(reply)
            if asker.view_type == "home":
                self.home(asker.user)
            elif not (asker.view and update_view(self.slack, asker.view, told_view(message))):
                answer(self.slack, asker, message)
        except Exception:
            log.exception("outcome.not_told finding=%s", identity)
