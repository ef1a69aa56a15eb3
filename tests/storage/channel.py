"""A world whose scans and people's deeds become posts, as the commands do it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from scanners.model import Scan, Severity, Verdict
from storage import posts
from storage.asks import ask_leads
from storage.decisions import settle
from storage.model import Event, Post
from storage.posts import Route
from storage.reconcile import Outcome, reconcile
from tests.fresh import fresh_store
from tests.storage.world import SCOPE, START, World

CRITICAL, HIGH, MEDIUM, LOW = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW
PAYMENTS = Route("payments", "C0PAY", HIGH, "Europe/Berlin")


def team_of(said: Verdict) -> str:
    """A resource called "web-1" belongs to team web."""
    return said.resource.id.split("-")[0] if "-" in said.resource.id else "payments"


@dataclass
class Channel(World):
    """A world whose outcomes become posts, in the same transaction, as the commands do it."""

    routes: dict[str, Route] = field(default_factory=lambda: {"payments": PAYMENTS})

    def record(self, scan: Scan) -> Outcome:
        with self.store.write() as connection:
            lapsed = settle(connection, self.now)
            outcome = reconcile(connection, scan, team_of, self.now)
            events = [*lapsed, *outcome.events]
            name = "" if scan.only_resource else scan.id
            posts.plan(connection, events, self.routes.get, self.now, scan=name, first=outcome.first)
            ask_leads(connection, outcome.events, self.routes.get, lambda _team: ("U0LEAD",), self.now)
            posts.report_health(connection, scan, self.routes.get("payments"), self.now, outcome)
        return outcome

    def plan(self, events: Iterable[Event]) -> None:
        """As the commands of people do."""
        with self.store.write() as connection:
            posts.plan(connection, list(events), self.routes.get, self.now)

    def act(self, name: str, verb: str) -> None:
        """A person acts and the posts follow."""
        before = self.count("events")
        getattr(self, verb)(name)
        with self.store.read() as connection:
            from storage.ledger import events

            fresh = list(events(connection, after=before))
        self.plan(fresh)

    def draw(self) -> list[Post]:
        """Slack catches up; returns what was sent or edited, in turn."""
        sent: list[Post] = []
        while True:
            with self.store.write() as connection:
                waiting = posts.dirty(connection, 500)
                for post in waiting:
                    posts.mark_drawn(connection, post.id, post.wanted, post.ts or f"ts{post.id}")
            if not waiting:
                return sent
            sent += waiting

    def all(self, kind: str) -> list[Post]:
        with self.store.read() as connection:
            found = connection.execute("select * from posts where kind = ? order by id", (kind,))
            return [posts.post_of(row) for row in found]


CONTROLS = ["s3.public", "s3.versioning", "iam.root_mfa", *(f"s3.control_{at:02d}" for at in range(12))]


def open_channel(folder: Path, *, scanned: bool) -> Channel:
    """A channel on a fresh store. `scanned`: a clean scan came before, so that news has messages of its own."""
    made = Channel(fresh_store(folder / "patrol.db"))
    if scanned:
        looked = [(control, SCOPE) for control in CONTROLS]
        made.record(made.scan(looked=looked, name="clean", at=START - timedelta(hours=1)))
        assert made.draw() == []
    return made


def what(sent: Iterable[Post]) -> list[tuple[str, str]]:
    return [(post.kind, post.subject) for post in sent]
