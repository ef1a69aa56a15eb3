"""A small company on a real store: scans go in by `commands.scan.keep`, people act by commands."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.messages.posts import draw_post
from commands.model import Context
from commands.people import Organisation, Person, Team
from commands.registry import run_text
from commands.reply import Reply, ScanDone
from commands.scan import keep
from scanners.controls import load_controls
from scanners.model import (
    Coverage,
    CoverageStatus,
    Json,
    Remediation,
    Resource,
    Scan,
    ScanStats,
    Severity,
    Status,
    Target,
    Verdict,
)
from storage import posts
from storage.model import Post
from storage.store import Store
from tests.fresh import fresh_store

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SCOPE = "aws/123456789012/eu-west-1"
PROD = Target("prod", "aws", "payments")
HOSTILE = (
    "<!channel>",
    "*bold* _it_ ~gone~ `code` ```fence```",
    "\u202eexe.gpj",
    "a" * 10_000,
    "tick ` tock",
    "two\nlines\r\nthree",
    "\x1b[31mred\x1b[0m\x07",
    "&lt;!here&gt; &amp;",
    "<@U0DEV1> <https://evil.example|click>",
    "\ud800 lone",
    "名前" * 60,
    " ",
)
FIX = Remediation(
    why="Anyone on the Internet can read it.\nMost large leaks began like this.",
    cli="aws s3api put-public-access-block --bucket acme-invoices",
    terraform='resource "aws_s3_bucket_public_access_block" "acme" {\n  block_public_acls = true\n}',
    console="S3 > acme-invoices > Permissions > Block public access > Save",
    undo="aws s3api delete-public-access-block --bucket acme-invoices",
    effort="5 minutes, no downtime",
)
PUBLIC: Mapping[str, Json] = {"policy_public": True, "public_sids": ["Read"], "acl_public": False}


def verdict(
    name: str = "acme-invoices", status: Status = Status.FAIL, *, control: str = "s3.public",
    severity: Severity = Severity.CRITICAL, evidence: Mapping[str, Json] = PUBLIC, reason: str = "",
    permission: str = "", fix: Remediation | None = FIX, region: str = "eu-west-1",
) -> Verdict:  # fmt: skip
    """What one control says of one bucket."""
    resource = Resource("aws.s3.bucket", f"arn:aws:s3:::{name}", name, region)
    return Verdict(
        control, SCOPE, resource, status, severity, evidence=evidence, reason=reason,
        missing_permission=permission, remediation=fix if status is Status.FAIL else None,
    )  # fmt: skip


def scan(
    number: int, at: datetime, verdicts: Iterable[Verdict], gaps: Iterable[Coverage] = (), only: str = ""
) -> Scan:
    """A scan of prod; what has no gap is complete."""
    said = tuple(verdicts)
    missing = tuple(gaps)
    blind = {(gap.control, gap.scope) for gap in missing}
    whole = sorted({(v.control, v.scope) for v in said} - blind)
    covered = tuple(Coverage(c, s, CoverageStatus.COMPLETE) for c, s in whole)
    return Scan(
        f"scan-{number}", "prod", "aws", "aws/123456789012", at, at + timedelta(seconds=38), said,
        (*covered, *missing), ScanStats(412, 38.0, len(said)), only_resource=only,
    )  # fmt: skip


def refused(control: str, permission: str, scope: str = SCOPE) -> Coverage:
    """A gap: the permission was refused."""
    return Coverage(control, scope, CoverageStatus.DENIED, f"{permission} was refused", permission)


@dataclass
class Stage:
    """The store, its people and a clock that the test moves."""

    store: Store
    now: datetime = START
    scans: int = 0
    organisation: Organisation = field(
        default_factory=lambda: Organisation(
            teams=(Team("payments", "C024BE91L", leads=("U0LEAD",), members=("U0DEV1", "U0DEV2")),),
            targets=(PROD,),
            security=("U0SEC",),
        )
    )

    def later(self, **length: float) -> None:
        """Move the clock."""
        self.now += timedelta(**length)

    def context(self, actor: str = "U0DEV1", face: str = "slack") -> Context:
        """A context for `actor`; scanning is done by `see`."""

        def no_scanner(*_args: object, **_kwargs: object) -> Scan:
            raise AssertionError("these tests hand scans in by `see`")

        return Context(
            self.store, self.organisation, Person(actor), lambda: self.now, no_scanner, face, "C024BE91L"
        )

    def see(self, *verdicts: Verdict, gaps: Iterable[Coverage] = (), only: str = "") -> ScanDone:
        """Record a scan that saw just this."""
        self.scans += 1
        return keep(self.context(), PROD, scan(self.scans, self.now, verdicts, gaps, only))

    def say(self, words: str, actor: str = "U0DEV1", face: str = "slack") -> Reply:
        """Run a command as `actor`."""
        return run_text(self.context(actor, face), words)

    def id(self) -> str:
        """The id of the only finding."""
        with self.store.read() as connection:
            return str(connection.execute("select id from findings").fetchone()["id"])

    def posts(self, kind: str) -> list[Post]:
        """Every post of that kind."""
        with self.store.read() as connection:
            found = connection.execute("select * from posts where kind = ? order by id", (kind,))
            return [posts.post_of(row) for row in found]

    def draw(self, kind: str = "control", at: int = 0) -> dict[str, Json]:
        """The picture of that post now."""
        post = self.posts(kind)[at]
        with self.store.read() as connection:
            message = draw_post(connection, post, self.now)
        assert message is not None
        return message


def open_stage(folder: Path, *, scanned: bool = True) -> Stage:
    """A stage on a fresh store. `scanned`: a clean scan of everything came before, so that news has messages of its own."""
    made = Stage(fresh_store(folder / "patrol.db"))
    if scanned:
        names = [*(control.id for control in load_controls()), "s3.acl"]
        whole = [Coverage(control, SCOPE, CoverageStatus.COMPLETE) for control in names]
        keep(made.context(), PROD, scan(0, START - timedelta(hours=1), (), whole))
    return made


def ids(message: Mapping[str, Json]) -> list[str]:
    """The action ids of the message's buttons, in order, less the number that keeps them apart."""
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return [re.sub(r"-\d+\Z", "", button["action_id"]) for row in rows for button in row]


def rendered(message: Mapping[str, Json]) -> str:
    """Every text in which Slack reads mentions and links: the message's own, and each mrkdwn."""
    found = [str(message.get("text", ""))]

    def walk(value: Json) -> None:
        if isinstance(value, dict):
            if value.get("type") == "mrkdwn":
                found.append(value["text"])
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(message["blocks"])
    return "\n".join(found)


def words(message: Mapping[str, Json]) -> str:
    """Every text of the blocks, joined."""
    found: list[str] = []

    def walk(value: Json) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("text"), str):
                found.append(value["text"])
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(message["blocks"])
    return "\n".join(found)
