"""A team's daily digest: one message of at most about fifteen lines, the rest in its thread."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.messages import buttons
from bot.messages.draft import Draft, Message
from bot.messages.gaps import told_all
from bot.messages.words import (
    count,
    inline,
    name,
    person,
    severities,
    severity_label,
    shown,
    slack_date,
    slack_day,
)
from commands.reply import DigestShown
from storage.clock import parse
from storage.digest import Digest, Item, Part, from_data, gap_lines
from storage.model import Disposition, Post
from storage.noise import BELOW, GROUPED, OVER, QUIET, STAGED
from storage.pictures import Connection
from storage.post_rows import get

MOST_CAUSES = 2
MOST_STAGED = 3
MOST_THANKED = 5
MOST_NAMED = 15  # of each part, in the thread
_WHY: Mapping[str, str] = {
    QUIET: "{} came in quiet hours",
    OVER: "{} came when the day's messages were used up",
    BELOW: "{} below what is posted at once",
    GROUPED: "{} stood in a scan's summary",
    STAGED: "{} of a new control",
}
_ENDS: Mapping[str, str] = {
    Disposition.ACKNOWLEDGED: "acknowledgement",
    Disposition.IN_PROGRESS: "work in progress",
    Disposition.SNOOZED: "snooze",
    Disposition.RISK_ACCEPTED: "accepted risk",
    Disposition.FALSE_POSITIVE: "false positive",
}
_Tell = Callable[[Item], str]


def draw_digest(post: Post) -> Message | None:
    """The digest as it was when it was made: drawn from the message's own data, whatever came since."""
    if "made" not in post.data:
        return None
    digest = from_data(post.data)
    draft = Draft()
    fill_digest(draft, digest)
    _row(draft, digest, dated=True)
    return draft.message(f"`/patrol digest {digest.team}` tells how it stands now")


def draw_more(connection: Connection, post: Post) -> Message | None:
    """The thread: every part by name, fifteen of each."""
    parent = get(connection, post.parent) if post.parent is not None else None
    if parent is None or "made" not in parent.data:
        return None
    digest = from_data(parent.data)
    draft = Draft()
    for title, part, tell in _parts(digest):
        if part.items:
            listed = part.items[:MOST_NAMED]
            draft.say(f"*{title}*", *(_item(item, tell(item)) for item in listed))
            more = part.total - len(listed)
            if more > 0:
                draft.note(f"and {more:,} more: `/patrol findings team:{inline(digest.team)}`")
    return draft.message() if draft.blocks else None


def draw_shown(reply: DigestShown) -> Message:
    """The same for one person, with what stands now."""
    draft = Draft()
    fill_shown(draft, reply)
    _row(draft, reply.digest, dated=False)
    return draft.message("`/patrol findings` lists everything")


def fill_shown(draft: Draft, reply: DigestShown) -> None:
    """The digest, or that there would be none."""
    if reply.digest.empty:
        draft.say(
            f"*No digest for {inline(reply.digest.team)} now:* {inline(reply.digest.why_skipped, 200)}."
        )
    fill_digest(draft, reply.digest)


def fill_digest(draft: Draft, digest: Digest) -> None:
    """The lines, gaps first; a part of which there is nothing to say is left out."""
    draft.title(f"Digest for {shown(digest.team)[:60]}, {_day(digest.day)}")
    draft.say(*_unchecked(digest))
    draft.say(*_lines(digest))


def _day(day: str) -> str:
    return f"{datetime.fromisoformat(day):%A %d %B}".replace(" 0", " ")


def _unchecked(digest: Digest) -> list[str]:
    closings = count(digest.closings, "closing")
    held = f"*On hold:* {closings} until a second complete scan agrees." if digest.closings else ""
    if not digest.gaps:
        return [held or "Everything was checked."]
    said = told_all(gap_lines(digest), most=MOST_CAUSES)
    return [f"*Not checked:* {count(len(digest.gaps), 'check')} with gaps.", *said, held]


def _lines(digest: Digest) -> list[str]:
    return [
        _new(digest),
        f"*Back again:* {_count(digest.regressed)}." if digest.regressed.total else "",
        _fixed(digest),
        f"*Running out:* {_running_out(digest.lapsing)}." if digest.lapsing.total else "",
        _due(digest),
        _waiting(digest),
        *_staged(digest),
        f"*Unowned:* {count(digest.unowned, 'finding')}. `/patrol reassign ID --team NAME` gives one a home."
        if digest.unowned
        else "",
    ]


def _new(digest: Digest) -> str:
    posted = (
        f"{digest.posted:,} {'was' if digest.posted == 1 else 'were'} posted already" if digest.posted else ""
    )
    if not digest.new.total:
        return f"*New:* {posted}." if posted else ""
    whys = [_WHY[why].format(f"{number:,}") for why, number in digest.kept.items() if why in _WHY]
    told = "; ".join(part for part in (", ".join(whys), posted) if part)
    return f"*New:* {_count(digest.new)}{f' ({told})' if told else ''}."


def _count(part: Part) -> str:
    return f"{part.total:,} ({severities(part.severities)})"


def _fixed(digest: Digest) -> str:
    if not digest.fixed.total:
        return ""
    helpers = list(dict.fromkeys(item.note for item in digest.fixed.items if item.note))
    thanks = [person(one, digest.names) for one in helpers[:MOST_THANKED]]
    more = " and more" if len(helpers) > MOST_THANKED else ""
    told = f" Thanks {', '.join(thanks)}{more}." if thanks else ""
    return f"*Fixed:* {digest.fixed.total:,}.{told}"


def _running_out(part: Part) -> str:
    kinds: dict[str, int] = {}
    for item in part.items:
        what = item.note.split(" ")[0]
        kinds[what] = kinds.get(what, 0) + 1
    said = [count(number, _ENDS.get(what, "decision")) for what, number in kinds.items()]
    more = part.total - len(part.items)
    return ", ".join([*said, f"{more:,} more"] if more > 0 else said)


def _due(digest: Digest) -> str:
    soon = digest.due.total - digest.overdue
    said = [
        f"{soon:,} in the next 7 days" if soon else "",
        f"*{digest.overdue:,} overdue*" if digest.overdue else "",
    ]
    told = ", ".join(part for part in said if part)
    return f"*Due:* {told}." if told else ""


def _waiting(digest: Digest) -> str:
    if not digest.lead and not digest.security:
        return ""
    total = digest.lead or digest.security
    verb = "waits" if total == 1 else "wait"
    if not digest.lead:
        return f"*Decisions:* {count(digest.security, 'decision')} {verb} for security."
    also = f", {digest.security:,} for security" if digest.security else ""
    return f"*Decisions:* {count(digest.lead, 'decision')} {verb} for a lead{also}."


def _staged(digest: Digest) -> list[str]:
    said = [
        f"*New control* {inline(control)}: {count(findings, 'finding')}; it posts from"
        f" {slack_date(parse(begins))} on."
        for control, _target, findings, begins in digest.staged[:MOST_STAGED]
    ]
    more = len(digest.staged) - MOST_STAGED
    return [*said, f"... and {count(more, 'more new control')}"] if more > 0 else said


def _row(draft: Draft, digest: Digest, *, dated: bool) -> None:
    """Buttons that list a part as it stands now; of a posted digest the part is that day's."""
    of_day = f" --day {digest.day}" if dated else ""
    row: list[buttons.Button] = []
    for part, label in (("new", "Show new"), ("regressed", "Show back again"), ("fixed", "Show fixed"),
                        ("lapsing", "Show running out"), ("due", "Show due")):  # fmt: skip
        kept: Part = getattr(digest, part)
        if kept.total:
            row += buttons.page(label, f"digest_{part}", f"digest {digest.team} --show {part}{of_day}")
    draft.buttons(*row[:5], block_id="digest")


def _parts(digest: Digest) -> Sequence[tuple[str, Part, _Tell]]:
    return (
        ("New", digest.new, lambda item: ""),
        ("Back again", digest.regressed, lambda item: ""),
        (
            "Fixed",
            digest.fixed,
            lambda item: f"thanks {person(item.note, digest.names)}" if item.note else "",
        ),
        ("Running out", digest.lapsing, _end),
        ("Due", digest.due, lambda item: _when(item, digest)),
    )


def _end(item: Item) -> str:
    what, _blank, until = item.note.partition(" ")
    return f"{_ENDS.get(what, 'decision')} until {slack_date(parse(until))}"


def _when(item: Item, digest: Digest) -> str:
    word = "overdue since" if item.note <= digest.made else "due"
    return f"{word} {slack_day(parse(item.note))}"


def _item(item: Item, told: str) -> str:
    parts = [severity_label(item.severity), inline(item.control), name(item.resource, 60)]
    tail = f": {told}" if told else ""
    return f"{' '.join(parts)} `{item.id.removeprefix('pf1_')[:8]}`{tail}"
