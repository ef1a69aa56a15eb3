"""Words that every drawing shares: severities, states, ages, dates, people, counts, names.

Whatever was scanned or typed goes through `name`, `inline` or `sentence` before it stands in a message.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.blockkit import code, escape, redact
from scanners.model import Severity
from storage.imported import SCOPE, is_imported, tool_of
from storage.model import FindingView, State

LONGEST_NAME = 80
SEVERITY_MARK: Mapping[Severity, str] = {
    Severity.CRITICAL: ":red_circle:",
    Severity.HIGH: ":large_orange_circle:",
    Severity.MEDIUM: ":large_yellow_circle:",
    Severity.LOW: ":large_blue_circle:",
    Severity.UNKNOWN: ":white_circle:",
}
_STATES: Mapping[State, str] = {State.FIX_CLAIMED: "fix claimed", State.OUT_OF_SCOPE: "out of scope"}
_NOUNS: Mapping[str, tuple[str, str]] = {
    "aws.account": ("account", "accounts"),
    "aws.ec2.instance": ("instance", "instances"),
    "aws.ec2.security_group": ("security group", "security groups"),
    "aws.ec2.snapshot": ("snapshot", "snapshots"),
    "aws.ec2.volume": ("volume", "volumes"),
    "aws.iam.policy": ("policy", "policies"),
    "aws.iam.user": ("user", "users"),
    "aws.kms.key": ("key", "keys"),
    "aws.rds.instance": ("database", "databases"),
    "aws.s3.bucket": ("bucket", "buckets"),
}
_SLACK_ID = re.compile(r"[UW][A-Z0-9]{2,20}")
_SECONDS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def severity_label(severity: Severity | str) -> str:
    """The severity in capitals: CRITICAL. Said in words always; colour only decorates."""
    return str(severity).upper()


def severity_badge(severity: Severity | str) -> str:
    """The severity with its mark in front, bold."""
    return f"{SEVERITY_MARK[Severity(str(severity))]} *{severity_label(severity)}*"


def state_label(state: State) -> str:
    """The shown state in plain words: "fix claimed"."""
    return _STATES.get(state, str(state).replace("_", " "))


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 bucket", "3 buckets", "1,200 policies"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def resources(resource_type: str, number: int) -> str:
    """How many of what: "3 buckets"; an unknown type is a "resource"."""
    return count(number, *_NOUNS.get(resource_type, ("resource", "resources")))


def severities(counts: Mapping[str, int]) -> str:
    """Counts worst first: "2 critical, 5 high"; "none" where all are nought."""
    said = [f"{counts[s]:,} {s}" for s in map(str, Severity) if counts.get(s)]
    return ", ".join(said) or "none"


def span(length: timedelta) -> str:
    """A length of time, short and rounded down: "4 d", "3 h", "5 min", "under 1 min"."""
    seconds = abs(int(length.total_seconds()))
    for unit, letter in _SECONDS:
        if seconds >= unit:
            return f"{seconds // unit:,} {letter}"
    return "under 1 min"


def age(moment: datetime, now: datetime) -> str:
    """How long ago in words: "3 days ago", "just now"."""
    seconds = int((now - moment).total_seconds())
    for unit, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= unit:
            return f"{count(seconds // unit, word)} ago"
    return "just now"


def due(moment: datetime, now: datetime) -> str:
    """ "due in 4 d" or "overdue by 2 d", for an answer that is read at once."""
    return f"overdue by {span(now - moment)}" if moment <= now else f"due in {span(moment - now)}"


def utc(moment: datetime) -> str:
    """The moment in plain text: "30 Nov 2026 10:32 UTC"."""
    return f"{moment.astimezone(UTC):%d %b %Y %H:%M} UTC".lstrip("0")


def slack_date(moment: datetime) -> str:
    """The moment in each reader's own time zone; `utc` where Slack can't, and in plain text."""
    return _in_zone(moment, "{date_short_pretty} {time}", utc(moment))


def slack_time(moment: datetime) -> str:
    """The time of day alone: "10:32"."""
    return _in_zone(moment, "{time}", f"{moment.astimezone(UTC):%H:%M} UTC")


def slack_day(moment: datetime) -> str:
    """The day alone: "30 Nov 2026"."""
    return _in_zone(moment, "{date_short}", utc(moment)[:-10])


def _in_zone(moment: datetime, form: str, otherwise: str) -> str:
    return f"<!date^{int(moment.timestamp())}^{form}|{otherwise}>"


def slack_due(moment: datetime, now: datetime) -> str:
    """ "due 30 Nov": a date, for a message that stays; an age would be wrong tomorrow."""
    day = slack_day(moment)
    return f"overdue since {day}" if moment <= now else f"due {day}"


def person(actor: str, names: Mapping[str, str] | None = None) -> str:
    """Whoever acted: a mention of a Slack user, or the name in `names`, which pings nobody.

    Anyone else ("os:dana", "schedule") is named as they stand.
    """
    known = (names or {}).get(actor)
    if known:
        return inline(known)
    if actor in ("scan", "clock"):
        return "Patrol"
    if not _SLACK_ID.fullmatch(actor):
        return inline(actor) or "somebody"
    return f"<@{actor}>" if names is None else code(actor)


def shown(text: str) -> str:
    """`text` on one line without what can't be seen or turns letters round; each such letter is U+FFFD."""
    return "".join(_visible(c) for c in text).strip()


def _visible(letter: str) -> str:
    category = unicodedata.category(letter)
    if letter in "\t\r\n" or category == "Zs":
        return " "
    # Cf holds the bidirectional overrides and zero-width letters that make one name look like another.
    return "\ufffd" if category in ("Cc", "Cf", "Cs", "Zl", "Zp") else letter


def cut(text: str, most: int) -> str:
    """`text` in at most `most` letters; the middle goes, for names differ at both ends."""
    if len(text) <= most:
        return text
    tail = (most - 1) // 3
    return f"{text[: most - 1 - tail]}\u2026{text[len(text) - tail :]}"


def name(text: str, most: int = LONGEST_NAME) -> str:
    """A scanned name as code: Slack reads no mention, link or formatting in it."""
    return code(cut(shown(text), most)) if shown(text) else "(no name)"


def inline(text: str, most: int = LONGEST_NAME) -> str:
    """Foreign words inside a sentence: one line, cut, escaped."""
    return escape(cut(shown(text), most).replace("`", "'"))


def sentence(text: str, most: int = 400) -> str:
    """A foreign sentence (an error, a reason): secrets taken out, one line, cut, escaped."""
    return inline(redact(text), most)


def account(scope: str) -> str:
    """The account in "aws/<account>/<region or global>", what an import says it scanned, or the scope itself."""
    parts = scope.split("/")
    if scope.startswith(SCOPE) and len(parts) > 2:
        return "/".join(parts[2:])
    return parts[1] if len(parts) > 2 else scope


def place(view: FindingView) -> str:
    """The region, or "global"; of what another tool reported without a region, that tool."""
    otherwise = f"reported by {tool_of(view.finding)}" if is_imported(view.finding) else "global"
    return inline(view.finding.region or otherwise, 40)


def inside(view: FindingView) -> str:
    """ " in eu-west-1", behind a name."""
    return (
        f" {place(view)}" if is_imported(view.finding) and not view.finding.region else f" in {place(view)}"
    )


def whereabouts(view: FindingView) -> list[tuple[str, str]]:
    """The facts that say where the finding is: region and account, or which tool reported it of what."""
    most = 100 if is_imported(view.finding) else 60
    scope = inline(account(view.finding.scope), most)
    if is_imported(view.finding):
        return [("Reported by", inline(tool_of(view.finding))), ("Scope", scope)]
    return [("Region", place(view)), ("Account", scope)]
