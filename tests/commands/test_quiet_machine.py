"""Random weeks: whatever happens, no channel gets more than its cap and no news gets lost or told twice."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands import lapse
from commands.digest import post_due
from commands.people import Organisation, Person, Team
from commands.routes import Routing
from commands.scan import scan_now
from scanners.errors import RefusedError
from scanners.model import CoverageStatus, Resource, Severity, Status, Verdict
from storage.store import Store
from tests.commands.office import PROD, Office
from tests.examples import examples
from tests.storage.world import FIX, SCOPE, arn

CONTROLS = [f"s3.c{at}" for at in range(7)]
TEAMS = (
    Team(
        "payments",
        "C0PAY",
        ("U0LEAD",),
        ("U0DEV1",),
        timezone="Europe/Berlin",
        quiet=(time(20), time(7)),
        posts_per_day=3,
    ),
    Team("web", "C0WEB", ("U0LEAD",), ("U0DEV1",), digest=None, quiet=(time(22), time(6)), posts_per_day=2),
    Team(
        "data",
        "C0PAY",
        ("U0LEAD",),
        ("U0DEV1",),
        timezone="Europe/Berlin",
        posts_per_day=3,
        digest=time(2, 30),
    ),
)
ORGANISATION = Organisation(TEAMS, (PROD,), ("U0SEC",), routing=Routing(tags=("team",)))
START = datetime(2026, 10, 23, 6, tzinfo=UTC)  # the clocks in Berlin go back on the 25th
BUCKETS = [f"{team}-{at}" for team in ("payments", "web", "data") for at in range(3)]
SEVERITIES = [Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM]
Failing = dict[tuple[str, str], tuple[Severity, bool]]

failing = st.dictionaries(
    st.tuples(st.sampled_from(BUCKETS), st.sampled_from(CONTROLS)),
    st.tuples(st.sampled_from(SEVERITIES), st.booleans()),
    max_size=14,
)
steps = st.one_of(
    st.tuples(st.just("scan"), failing, st.integers(3, 7)),
    st.tuples(st.just("wait"), st.integers(1, 30), st.none()),
    st.tuples(
        st.just("say"), st.sampled_from(["acknowledge", "fixed", "not-mine", "reassign"]), st.integers(0, 50)
    ),
)


def _verdict(thing: Resource, control: str, status: Status, severity: Severity, exploited: bool) -> Verdict:
    fails = status is Status.FAIL
    return Verdict(
        control, SCOPE, thing, status, severity, evidence={"public": fails},
        remediation=FIX if fails else None, exploited=exploited and fails,
    )  # fmt: skip


@dataclass
class Weeks:
    """An office whose process beats every hour, and what must hold after each step."""

    office: Office
    began: datetime = START
    links: set[tuple[int, str]] = field(default_factory=set)
    seq: int = 0
    kept: set[tuple] = field(default_factory=set)
    first: bool = True

    def scan(self, failing: Failing, controls: int) -> None:
        """A scan by the first `controls` controls."""
        verdicts = []
        for bucket in BUCKETS:
            thing = Resource(
                "aws.s3.bucket", arn(bucket), bucket, "eu-west-1", {"team": bucket.split("-")[0]}
            )
            for control in CONTROLS[:controls]:
                severity, exploited = failing.get((bucket, control), (Severity.HIGH, False))
                status = Status.FAIL if (bucket, control) in failing else Status.PASS
                verdicts.append(_verdict(thing, control, status, severity, exploited))
        self.office.will_see(*verdicts, covers=CoverageStatus.COMPLETE)
        scan_now(self.office.context(Person("schedule"), face="schedule"), PROD)

    def wait(self, hours: int) -> None:
        """The process beats every hour."""
        for _ in range(hours):
            self.office.later(hours=1)
            context = self.office.context(Person("schedule"), face="schedule")
            lapse.tick(context)
            post_due(context, self.began)
            self.holds()

    def say(self, verb: str, which: int) -> None:
        """A person acts on one of the findings that are open."""
        ids = [row[0] for row in self.rows("select id from findings where detection = 'present' order by id")]
        if not ids:
            return
        words = f"{verb} {ids[which % len(ids)]}"
        words += f" --team {('payments', 'web', 'data')[which % 3]}" if verb == "reassign" else ""
        try:
            self.office.say(words, "U0DEV1")
        except RefusedError:
            return

    def rows(self, sql: str, *parameters: object) -> list[tuple]:
        with self.office.store.read() as connection:
            return [tuple(row) for row in connection.execute(sql, parameters)]

    def holds(self) -> None:
        """No cap is passed; each piece of news of this step is in exactly one place."""
        self.caps_hold()
        self.news_is_in_one_place()

    def caps_hold(self) -> None:
        sent: dict[tuple[str, str], int] = {}
        for channel, kind, created, data in self.rows(
            "select channel, kind, created, data from posts where parent is null and kind not in ('digest', 'job')"
        ):
            if kind == "scan" and json.loads(data).get("first"):
                continue
            zone = ZoneInfo("Europe/Berlin" if channel == "C0PAY" else "UTC")
            day = datetime.fromisoformat(created).astimezone(zone).date().isoformat()
            sent[channel, day] = sent.get((channel, day), 0) + 1
        for (channel, _day), number in sent.items():
            assert number <= (3 if channel == "C0PAY" else 2), sent

    def news_is_in_one_place(self) -> None:
        fresh = self.rows(
            "select e.seq, e.finding, f.team, f.severity, f.exploited from events e join findings f on f.id = e.finding"
            " where e.seq > ? and e.kind in ('opened', 'regressed') and f.detection = 'present'", self.seq,
        )  # fmt: skip
        links = {
            (post, finding)
            for post, finding in self.rows(
                "select pf.post, pf.finding from post_findings pf join posts p on p.id = pf.post where p.kind = 'control'"
            )
        }
        waiting = set(self.rows("select id, finding, episode, at, why from unposted"))
        for _seq, finding, team, severity, exploited in fresh if not self.first else []:
            kept = [row for row in waiting - self.kept if row[1] == finding]
            made = {link for link in links - self.links if link[1] == finding}
            shown = {link for link in links if link[1] == finding}
            if team == "":
                continue  # nobody owns it, so no channel hears of it; it is counted as unowned
            if team == "web" and not kept and not shown:
                assert severity != "critical" and not exploited  # no digest, and below its floor
                continue
            assert len(kept) + len(made) <= 1, (finding, kept, made)
            assert kept or shown, (finding, team, severity)
        self.links = links
        self.kept = waiting
        self.seq = self.rows("select coalesce(max(seq), 0) from events")[0][0]
        self.first = self.first and not fresh

    def ends_well(self) -> None:
        """After quiet days nothing waits any more, and nothing grave was left out."""
        self.wait(24 * 3)
        left = self.rows(
            "select u.finding from unposted u join findings f on f.id = u.finding where u.told is null"
            " and f.detection = 'present'"
        )
        assert left == []
        counted = self.rows(
            "select team, day, count(*) from posts where kind = 'digest' group by 1, 2 having count(*) > 1"
        )
        assert counted == []
        for _channel, _day, would, got, quiet in self.rows(
            "select channel, day, would, got, quiet from channel_days"
        ):
            assert got >= 0 and quiet <= would and got <= would


@given(st.lists(steps, min_size=3, max_size=14))
@settings(max_examples=examples(15), deadline=None, suppress_health_check=list(HealthCheck))
def test_no_channel_gets_more_than_its_cap_and_no_news_is_lost(story: list[tuple]) -> None:
    with TemporaryDirectory() as folder:
        weeks = Weeks(Office(Store(Path(folder) / "patrol.db"), ORGANISATION, START))
        for what, first, second in [("scan", {}, 5), *story]:
            getattr(weeks, what)(*([first, second] if second is not None else [first]))
            weeks.holds()
        weeks.ends_well()
        weeks.office.store.close()
