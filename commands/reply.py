"""What commands answer: data, not text. Every face draws it in its own way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from commands.summary_model import Summary
from scanners.imports.model import Refused
from storage.digest import Digest
from storage.event_queues import Health as EventsHealth
from storage.holds import Hold
from storage.jobs import Job
from storage.model import Event, FindingView
from storage.noise import ChannelDay
from storage.scans import ScanLine
from storage.selections import Selection
from storage.staged import StagedControl


@dataclass(frozen=True, slots=True)
class FindingList:
    """A page of findings. `total` counts all that fit the filter; `by_severity` splits that count.

    `selection` is the frozen list of the findings shown, where one was asked for. `words` is the command that
    gives this list, "" where that is `findings` with `filter_text`.
    """

    findings: tuple[FindingView, ...]
    total: int
    offset: int
    by_severity: Mapping[str, int]
    filter_text: str
    as_of: datetime
    titles: Mapping[str, str] = field(default_factory=dict)
    never_scanned: bool = False
    selection: Selection | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class FindingDetail:
    """One finding: what, where, why, evidence, how to fix, history.

    `seen` is the number of its newest event, `related` what else is wrong with the same resource, `alike` how
    many more findings of its control the same target has, `link` its message in Slack ("" where it has none).
    """

    view: FindingView
    title: str
    history: tuple[Event, ...]
    references: tuple[str, ...]
    as_of: datetime
    seen: int = 0
    related: tuple[FindingView, ...] = ()
    alike: int = 0
    link: str = ""


@dataclass(frozen=True, slots=True)
class FixGuide:
    """How to fix this finding on this resource. `view.remediation` is None where none is kept."""

    view: FindingView
    title: str
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """A person's decision took effect. `job` is the targeted check that a claim queued, 0 for none.

    `others` are further findings that the same decision touched (of the same resource, or of a bulk action).
    `undoable` is true where the person may take it back for five minutes.
    """

    message: str
    view: FindingView
    title: str
    as_of: datetime
    job: int = 0
    others: tuple[FindingView, ...] = ()
    undoable: bool = True


@dataclass(frozen=True, slots=True)
class BulkPreview:
    """What a decision would do to a frozen selection, before anything is done.

    `words` is the command that carries it out, `hides` how many would no longer be shown as open, by
    severity; `refused` pairs a finding with the reason why the rules keep it as it is.
    """

    verb: str
    selection: Selection
    words: str
    possible: tuple[FindingView, ...]
    refused: tuple[tuple[FindingView, str], ...]
    hides: Mapping[str, int]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class BulkDone:
    """A decision on a frozen selection took effect, finding by finding; `refused` as in the preview."""

    verb: str
    selection: Selection
    done: tuple[FindingView, ...]
    refused: tuple[tuple[FindingView, str], ...]
    jobs: tuple[int, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class ScanQueued:
    """A scan waits or runs; `joined` where one was under way already, that `by` (an id) asked for at `since`."""

    target: str
    job: int
    joined: bool
    by: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScanStopping:
    """A scan was told to stop: one that `began` ends at its next call, with what it has read; others never began."""

    target: str
    job: int
    began: bool


@dataclass(frozen=True, slots=True)
class ScanDone:
    """A scan was recorded: what it changed and what it could not check."""

    scan: ScanLine
    opened: int
    regressed: int
    fixed: int
    still_open: int
    held: tuple[Hold, ...]
    duplicate: bool = False
    document: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolDone:
    """What one tool's part of an imported file came to. `at_from` says who told `at`: "file", "given" or "now".

    `gaps` say why nothing, or not all, counts as no longer reported; `note` why a scope was passed over. `done` is None
    where nothing was left to record.
    """

    tool: str
    version: str
    target: str
    at: datetime
    at_from: str
    scopes: tuple[str, ...]
    failing: int
    passing: int
    undecided: int
    done: ScanDone | None
    note: str = ""
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportDone:
    """A file was imported. `refused` lists the first of what could not be read, `refused_count` counts it all.

    `cut` is where the file could not be read any further, None where it was read to its end.
    """

    name: str
    format: str
    sha256: str
    tools: tuple[ToolDone, ...]
    refused: tuple[Refused, ...]
    refused_count: int
    cut: Refused | None
    as_of: datetime
    dry_run: bool = False

    @property
    def whole(self) -> bool:
        """True where it was read to its end and nothing was left out."""
        return self.cut is None and not self.refused_count


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """A configured or seen target and its newest full scan."""

    name: str
    owner: str
    scan: ScanLine | None
    running: Job | None


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """How much a team's channel gets. `day` is what it would have got today and what it got; times are aware UTC.

    `next_digest` is None where the team has none. `skipped` says why the newest digest (of `digest_day`, a local date)
    was not sent, "" where it was. `waiting` counts the news that wait for the digest, `staged` are controls that may not
    post yet. The weekly summary is told of likewise. `quiet` is "20:00-07:00" or "", `quiet_now` true in those hours.
    """

    team: str
    channel: str
    timezone: str
    day: ChannelDay
    cap: int
    quiet: str
    quiet_now: bool
    next_digest: datetime | None
    digest_day: str
    skipped: str
    waiting: int
    staged: tuple[StagedControl, ...]
    next_summary: datetime | None = None
    summary_day: str = ""
    summary_skipped: str = ""


@dataclass(frozen=True, slots=True)
class DigestShown:
    """What a team's digest would say now. `posted` is true of the schedule's run that sent (or skipped) it."""

    digest: Digest
    titles: Mapping[str, str]
    as_of: datetime
    posted: bool = False


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What runs, the last scans, and what is wrong with Patrol itself. `unowned` findings belong to no team."""

    targets: tuple[TargetHealth, ...]
    jobs: tuple[Job, ...]
    holds: tuple[Hold, ...]
    posts_waiting: int
    by_state: Mapping[str, int]
    by_severity: Mapping[str, int]
    stale: int
    problems: tuple[str, ...]
    as_of: datetime
    channels: tuple[ChannelHealth, ...] = ()
    unowned: int = 0
    events: tuple[EventsHealth, ...] = ()


@dataclass(frozen=True, slots=True)
class HelpLine:
    """One command in the list of help."""

    name: str
    usage: str
    summary: str
    examples: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True)
class Help:
    """All commands, or one in full (`topic`)."""

    commands: tuple[HelpLine, ...]
    topic: str = ""


Reply = (
    FindingList | FindingDetail | FixGuide | Decided | BulkPreview | BulkDone | ScanQueued | ScanStopping | ScanDone
    | StatusReport | DigestShown | Summary | Help
)  # fmt: skip
