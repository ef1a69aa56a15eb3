"""An office for the tests of commands: a store, an organisation, a clock, and a scanner that follows a script."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event as StopSignal

from commands.model import Context, Progress
from commands.people import Organisation, Person, Team
from commands.registry import run_text
from commands.reply import Decided, Reply, ScanDone
from commands.scan import scan_now
from commands.work import run_job
from scanners.model import Coverage, CoverageStatus, Scan, ScanStats, Target, Verdict
from storage import jobs
from storage.jobs import Job
from storage.model import Finding, Kind, Post
from storage.posts import post_of
from storage.queries import find_one
from storage.store import Store
from tests.fresh import fresh_store
from tests.storage.world import ACCOUNT, CONTROL, SCOPE, START, identity

Word = tuple[tuple[Verdict, ...], CoverageStatus]
PROD = Target("prod", "aws", "payments")
STAGING = Target("staging", "aws", "web")
ORGANISATION = Organisation(
    teams=(
        Team("payments", "C0PAY", leads=("U0LEAD",), members=("U0DEV1", "U0DEV2", "S0GROUP")),
        Team("web", "C0WEB", leads=("U0WLEAD",), members=("U0WEB",)),
    ),
    targets=(PROD, STAGING),
    security=("U0SEC",),
    admin=("U0ADM",),
    groups={"S0GROUP": frozenset({"U0GRP"})},
)


@dataclass
class Office:
    """People type; scans see what the script says next. An exception in the script is raised."""

    store: Store
    organisation: Organisation = ORGANISATION
    now: datetime = START
    script: list[Word | Exception] = field(default_factory=list)
    asked: list[tuple[str, tuple[str, ...], str, str]] = field(default_factory=list)
    scans: int = 0
    problems: tuple[str, ...] = ()
    meanwhile: Callable[[], None] = lambda: None

    def later(self, **length: float) -> None:
        """Move the clock on."""
        self.now += timedelta(**length)

    def will_see(self, *verdicts: Verdict, covers: CoverageStatus = CoverageStatus.COMPLETE) -> None:
        """What the next scan sees."""
        self.script.append((verdicts, covers))

    def scanner(
        self, target: Target, controls: tuple[str, ...], *, only_resource: str = "", trigger: str = "command",
        progress: Progress | None = None, cancel: StopSignal | None = None,
    ) -> Scan:  # fmt: skip
        """The `commands.model.Scanner` of these tests."""
        self.asked.append((target.name, controls, only_resource, trigger))
        word = self.script.pop(0)
        started = self.now
        self.later(seconds=20)
        self.meanwhile()
        if isinstance(word, Exception):
            raise word
        verdicts, covers = word
        self.scans += 1
        places = sorted({(v.control, v.scope) for v in verdicts} or {(CONTROL, SCOPE)})
        reason = "" if covers is CoverageStatus.COMPLETE else "s3:GetBucketPolicy was refused"
        return Scan(
            f"scan-{self.scans}", target.name, "aws", ACCOUNT, started, self.now, verdicts,
            tuple(Coverage(c, s, covers, reason) for c, s in places), ScanStats(10, 20.0, len(verdicts)),
            versions=dict.fromkeys({c for c, _s in places}, "1"), only_resource=only_resource, trigger=trigger,
        )  # fmt: skip

    def context(self, actor: str | Person = "U0DEV1", face: str = "slack", channel: str = "C0PAY") -> Context:
        """As `actor` would have it."""
        person = actor if isinstance(actor, Person) else Person(actor)
        return Context(
            self.store, self.organisation, person, lambda: self.now, self.scanner, face, channel,
            lambda: self.problems, sees=self.organisation.visible(person),
        )  # fmt: skip

    def say(self, words: str, actor: str | Person = "U0DEV1", face: str = "slack") -> Reply:
        """`/patrol words`, or the terminal."""
        return run_text(self.context(actor, face), words)

    def see(self, *verdicts: Verdict, covers: CoverageStatus = CoverageStatus.COMPLETE) -> ScanDone:
        """An hour later a scan of prod sees `verdicts` and is recorded."""
        self.later(hours=1)
        self.will_see(*verdicts, covers=covers)
        _scan, done = scan_now(self.context(Person("schedule")), PROD)
        return done

    def claim(self, name: str = "a", actor: str = "U0DEV1") -> Decided:
        """ "I fixed it"."""
        reply = self.say(f"fixed {identity(name)}", actor)
        assert isinstance(reply, Decided)
        return reply

    def work(self) -> str | None:
        """Run the job that is due, as the worker does; returns its error, None where none was due."""
        with self.store.write() as connection:
            job = jobs.take(connection, self.now)
        return None if job is None else run_job(self.context(Person("schedule")), job)

    def finding(self, name: str = "a") -> Finding:
        """The finding of that bucket."""
        with self.store.read() as connection:
            return find_one(connection, identity(name), self.now, sees=None).finding

    def state(self, name: str = "a") -> str:
        """What people are shown of it."""
        with self.store.read() as connection:
            return str(find_one(connection, identity(name), self.now, sees=None).state)

    def told(self, name: str = "a") -> list[str]:
        """Its history, by kind."""
        with self.store.read() as connection:
            found = connection.execute(
                "select kind from events where finding = ? order by seq", (identity(name),)
            )
            return [row["kind"] for row in found]

    def waiting(self) -> list[Job]:
        """Jobs that wait or run."""
        with self.store.read() as connection:
            return jobs.active(connection)

    def posts(self, kind: str) -> list[Post]:
        """Every post of that kind."""
        with self.store.read() as connection:
            return [post_of(row) for row in connection.execute("select * from posts where kind = ?", (kind,))]

    def events(self, kind: Kind) -> int:
        """How many events of that kind the ledger holds."""
        with self.store.read() as connection:
            row = connection.execute("select count(*) from events where kind = ?", (str(kind),)).fetchone()
        return int(row[0])


def open_office(folder: Path) -> Office:
    """An office on a fresh store."""
    return Office(fresh_store(folder / "patrol.db"))
