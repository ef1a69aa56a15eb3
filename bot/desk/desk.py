"""What everything that answers people in Slack shares."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.answers import Asker
from bot.desk.pages import Pages
from bot.directory import Directory
from bot.features import Features
from bot.followups import Followups
from bot.slack import Slack
from commands.model import Context, Scanner
from commands.people import Person
from commands.reply import Reply
from scanners.errors import PatrolError
from storage.jobs import Job
from storage.once import first_delivery
from storage.store import Store

log = logging.getLogger("patrol.desk")
Ask = Callable[[Context], Reply]


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that answers people in one Slack workspace. Safe to share between threads.

    `workspace` is its id where several are served: every command that is asked here sees that one's teams alone.
    """

    store: Store
    slack: Slack
    directory: Directory
    features: Features
    followups: Followups
    scanner: Scanner
    now: Callable[[], datetime]
    wake: Callable[[], None]
    pages: Pages = field(default_factory=Pages)
    workspace: str = ""

    def context(self, person: Person, channel: str = "", face: str = "slack") -> Context:
        """What a command may touch, for `person`."""
        return Context(
            self.store, self.directory.organisation, person, self.now, self.scanner, face, channel,
            self.features.problems, self.workspace,
        )  # fmt: skip

    def asked_by(self, asker: Asker) -> Context:
        """As `context`, for whoever clicked or typed."""
        return self.context(Person(asker.user), asker.channel)

    def is_first(self, key: str) -> bool:
        """False for a delivery that Slack repeats: what it asks for was done.

        No workspace's deliveries are taken for those of another: whether their ids can be the same is not ours.
        """
        with self.store.write() as connection:
            return first_delivery(connection, f"{self.workspace} {key}".lstrip(), self.now())

    def run(self, asker: Asker, ask: Ask) -> Reply | PatrolError:
        """The reply of a command, or the error that the person is shown. Never raises."""
        try:
            return ask(self.asked_by(asker))
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

    def job_ended(self, job: Job) -> None:
        """Tell those who asked for it."""
        for tell in self.followups.done(job):
            tell(job)
