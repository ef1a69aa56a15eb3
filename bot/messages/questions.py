"""What a decision's dialog must know, and the words above its inputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.messages.standings import asked, held
from bot.messages.words import count, inline, name, severities, severity_label, slack_day
from storage.manual import is_manual
from storage.model import Event, FindingView, short
from storage.rules import ACCEPTANCE_CAP, SNOOZE_DAYS_LEAD, SNOOZE_DAYS_MEMBER, is_requested


@dataclass(frozen=True, slots=True)
class Question:
    """A decision that a person is about to make, on one finding (`view`) or on a frozen list (`selection`).

    `seen` is the newest event that they have before them; `news` what came in since they looked. `typed` is what
    they had put in, by input; `refused` why it was not taken. `latest` is the last day of an acceptance, in the
    team's zone. `approvers` are user ids and groups. `channel` is where it was asked, `under` the finding
    whose dialog lies under this one ("" for none).
    """

    verb: str
    now: datetime
    view: FindingView | None = None
    title: str = ""
    selection: str = ""
    by_severity: Mapping[str, int] = field(default_factory=dict)
    seen: int = 0
    teams: tuple[str, ...] = ()
    most_days: int = SNOOZE_DAYS_MEMBER
    latest: date | None = None
    approvers: tuple[str, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict)
    news: tuple[Event, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    channel: str = ""
    under: str = ""

    @property
    def many(self) -> int:
        """How many findings it is about."""
        return sum(self.by_severity.values()) if self.selection else 1


def about(question: Question) -> str:
    """Which finding, or which list: one line."""
    if question.view is None:
        return f"{count(question.many, 'finding')}, as listed: {severities(question.by_severity)}"
    finding = question.view.finding
    return f"{severity_label(finding.severity)}: {inline(question.title, 150)}\n{name(finding.resource_id)} `{short(finding.id)}`"


def words(question: Question) -> list[str]:
    """What the decision does, before it is made."""
    tell = {
        "acknowledge": _acknowledge, "start": _start, "snooze": _snooze, "accept": _accept,
        "false-positive": _false_positive, "approve": _approve, "reject": _reject, "revoke": _revoke,
        "not-mine": _not_mine, "reassign": _reassign, "note": _note, "fixed": _fixed,
    }  # fmt: skip
    return [line for line in tell[question.verb](question) if line]


def _hides(question: Question) -> str:
    if question.view is None:
        return f"It hides up to {count(question.many, 'finding')}; the next step says which."
    return f"It hides 1 finding ({question.view.finding.severity}) from the lists of what is to be done."


def _acknowledge(_question: Question) -> list[str]:
    return ["You have seen it and will look at it. It lapses by severity: 24 hours, 3, 7 or 14 days."]


def _start(_question: Question) -> list[str]:
    return [
        "Work on it has begun. Silent for 14 days, Patrol asks how it stands; for 21 days, it is open again."
    ]


def _snooze(question: Question) -> list[str]:
    due = f" It stays due on {slack_day(question.view.finding.due)}." if question.view else ""
    return [
        _hides(question),
        f"*The SLA clock runs on.*{due} Then it is open again; twice in a row is the most.",
    ]


def _decide(question: Question) -> str:
    named = ", ".join(_who(one) for one in question.approvers[:6])
    if not named:
        return "Security decides on critical and high findings, a lead or security on the rest; never whoever asked."
    return f"*Who decides:* {named}; never whoever asked."


def _who(one: str) -> str:
    """A person or group in a dialog: it shows the name, and pings nobody there."""
    if one.startswith("S"):
        return f"<!subteam^{inline(one)}>"
    return f"<#{inline(one)}>" if one.startswith(("C", "G")) else f"<@{inline(one)}>"


def _accept(question: Question) -> list[str]:
    return [
        "You ask that the risk be borne until a day. Nothing changes before somebody else approves; without an"
        " answer the request lapses in 7 days.",
        f"Once approved: {_hides(question).replace('It hides', 'it hides')} The SLA clock stands still meanwhile.",
        _decide(question),
    ]


def _false_positive(question: Question) -> list[str]:
    return [
        "You say that the control is wrong here. Nothing changes before somebody else approves; without an answer"
        " the request lapses in 7 days.",
        "Once approved, it ends by itself when something else is seen.",
        _decide(question),
    ]


def _approve(question: Question) -> list[str]:
    view = question.view
    if view is None:
        return [_hides(question), "You approve what was asked for; never what you asked for yourself."]
    if is_requested(view.finding, question.now):
        return [*asked(view.finding, question.names), _hides(question)]
    if confirms(question):
        return [
            "You have seen yourself that it is done. It closes on your word, and not as proven by a scan."
        ]
    return ["Nothing waits for an answer here any more."]


def confirms(question: Question) -> bool:
    """True where the answer is about a fix that no scan can see, and not about a request."""
    view = question.view
    return view is not None and is_manual(view.finding) and not is_requested(view.finding, question.now)


def _reject(question: Question) -> list[str]:
    view = question.view
    if view is not None and is_requested(view.finding, question.now):
        return [*asked(view.finding, question.names), "It stays as it was."]
    return ["It stays as it was."]


def _revoke(question: Question) -> list[str]:
    now = held(question.view, question.now, question.names) if question.view else []
    return [*now, "It is open again at once. Leads and security may end a decision early."]


def _not_mine(_question: Question) -> list[str]:
    return [
        "It goes to the team that you name, or to the next owner by the rules, with all findings of the same resource."
        " Patrol remembers it for this resource.",
    ]


def _reassign(_question: Question) -> list[str]:
    return ["All findings of the same resource go along, now and to come."]


def _note(_question: Question) -> list[str]:
    return ["It stands in the history for all to read, and in the thread below the message."]


def _fixed(_question: Question) -> list[str]:
    return ["A claim, and a check of each. A scan closes it, not the click."]


def cap_words(question: Question) -> str:
    """The latest day of an acceptance and why: "24 Dec 2026 at the latest (30 days for a critical finding)."."""
    if question.view is None or question.latest is None:
        return "At the latest 30 days from now for critical, 90 high, 180 medium, 365 low."
    severity = question.view.finding.severity
    return f"At the latest {question.latest:%d %b %Y} ({ACCEPTANCE_CAP[severity].days} days for a {severity} finding)."


def days_of(question: Question) -> list[tuple[str, str]]:
    """How long one may snooze: each with who may."""
    leads = "" if question.most_days >= SNOOZE_DAYS_LEAD else " (leads and security)"
    return [("1", "1 day"), ("3", "3 days"), ("7", "7 days"), ("14", f"14 days{leads}")]
