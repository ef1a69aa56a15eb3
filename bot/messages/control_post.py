"""The post of one control in one channel on one day, grouped over its resources.

Once nothing in it is left to do it is retired: one line without buttons.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.messages import buttons
from bot.messages.claims import Claim, claims
from bot.messages.draft import Draft, Message
from bot.messages.evidence import seen, why
from bot.messages.lines import post_line, standing
from bot.messages.standings import waits
from bot.messages.words import (
    SEVERITY_MARK,
    inline,
    name,
    person,
    resources,
    severity_label,
    shown,
    slack_date,
    slack_due,
    state_label,
    whereabouts,
)
from scanners.model import Severity
from storage.manual import is_manual
from storage.model import FindingView, Post, State, short
from storage.pictures import Connection, Moved, moved_away, people
from storage.posts import OLD
from storage.queries import Filter, count_by, list_findings
from storage.rules import SUPPRESSED

MOST_LINES = 8
WITH_BUTTONS = 3
_SETTLED = (State.FIXED, State.OUT_OF_SCOPE)


@dataclass(frozen=True, slots=True)
class _Subject:
    """Everything the picture needs. `views` are those shown; `states` counts all but those in `moved`."""

    post: Post
    title: str
    now: datetime
    views: tuple[FindingView, ...]
    states: Mapping[str, int]
    severity: Severity
    claims: Mapping[str, Claim]
    moved: Mapping[str, Moved]
    names: Mapping[str, str]

    @property
    def total(self) -> int:
        return sum(self.states.values())

    @property
    def live(self) -> int:
        return self.total - sum(self.states.get(state, 0) for state in _SETTLED)

    @property
    def retired(self) -> bool:
        """Nothing is left to do: all is settled or moved, or the message is old and the rest is suppressed."""
        left = self.live
        if self.post.created is not None and self.now - self.post.created >= OLD:
            left -= sum(self.states.get(state, 0) for state in SUPPRESSED.values())
        return left <= 0

    @property
    def words(self) -> str:
        """The command that lists what this post is about."""
        return f"findings control:{self.post.subject} team:{self.post.team} state:all"


def draw_control(
    connection: Connection, post: Post, now: datetime, title_of: Callable[[str], str]
) -> Message | None:
    """One finding in full, several in lines, all settled in two lines. None where the post has no finding."""
    subject = _read(connection, post, now, title_of(post.subject))
    if subject is None:
        return None
    draft = Draft()
    if subject.retired:
        _settled(draft, subject)
    elif subject.total == 1 and not subject.moved:
        _single(draft, subject)
    else:
        _group(draft, subject)
    return draft.message(f"`/patrol {subject.words}` lists them all")


def _read(connection: Connection, post: Post, now: datetime, title: str) -> _Subject | None:
    moved = moved_away(connection, post.id)
    states = count_by(connection, Filter(post=post.id, all_states=True), now, "state")
    gone = count_by(connection, Filter(post=post.id, all_states=True, moved=True), now, "state")
    if not states:
        return None
    states.subtract(gone)
    views = _shown(connection, post, now, sum(states.values()))
    mine, every = Filter(post=post.id, moved=False), Filter(post=post.id, all_states=True)
    live = (
        count_by(connection, mine, now, "severity")
        or count_by(connection, replace(every, moved=False), now, "severity")
        or count_by(connection, every, now, "severity")
    )
    worst = min((Severity(value) for value in live), key=lambda severity: severity.rank)
    names = people(connection) if sum(states.values()) == 1 else {}
    asked = claims(connection, views)
    return _Subject(post, title, now, tuple(views), +states, worst, asked, moved, names)


def _shown(connection: Connection, post: Post, now: datetime, total: int) -> list[FindingView]:
    """A few findings keep their places as they settle; of many, the claimed and then the worst are shown."""
    mine = Filter(post=post.id, moved=False)
    if total <= MOST_LINES:
        return sorted(list_findings(connection, replace(mine, all_states=True), now), key=_order)
    claimed = replace(mine, states=(str(State.FIX_CLAIMED),))
    first = list_findings(connection, claimed, now, limit=MOST_LINES)
    taken = {view.finding.id for view in first}
    for states in (mine, replace(mine, all_states=True)):
        more = list_findings(connection, states, now, limit=MOST_LINES * 2)
        fresh = [view for view in more if view.finding.id not in taken][: MOST_LINES - len(first)]
        first += fresh
        taken |= {view.finding.id for view in fresh}
    return sorted(first, key=_order)


def _order(view: FindingView) -> tuple[int, datetime, str, str]:
    finding = view.finding
    return finding.severity.rank, finding.due, finding.resource_id, finding.id


def _headline(subject: _Subject, tail: str = "") -> str:
    mark = SEVERITY_MARK[subject.severity]
    title = shown(subject.title)[:100]
    return f"{mark} {severity_label(subject.severity)}: {title}{tail}"


def _single(draft: Draft, subject: _Subject) -> None:
    view = subject.views[0]
    finding = view.finding
    draft.title(_headline(subject))
    draft.say(why(view))
    claim = subject.claims.get(finding.id, Claim())
    draft.say(claim.words)
    saw = seen(view)
    label = "Said" if is_manual(finding) else "Seen"
    draft.say(f"*{label}:* {saw}" if saw and saw not in claim.words else "")
    draft.say(*waits(view, subject.now, subject.names))
    scanned = [("Team", inline(finding.team) or "nobody yet")]
    if not is_manual(finding):
        scanned = [("Resource", name(finding.resource_id)), *whereabouts(view)]
    draft.facts(
        *scanned,
        ("Due", slack_due(finding.due, subject.now).removeprefix("due ")),
        ("State", standing(view)),
        ("Id and control", f"`{short(finding.id)}` {inline(finding.control)}"),
    )
    draft.buttons(
        *buttons.for_finding(view, subject.now, checking=claim.checking, details=True),
        buttons.show_all(subject.words),
        block_id=f"finding-{short(finding.id)}",
    )


def _group(draft: Draft, subject: _Subject) -> None:
    first = next(view for view in subject.views if view.state not in _SETTLED)
    draft.title(_headline(subject, f" ({resources(first.finding.resource_type, subject.total)})"))
    draft.say(why(first))
    draft.note(f"Control {inline(subject.post.subject)} · {_tally(subject)}")
    live = [view.finding.id for view in subject.views if view.state not in _SETTLED][:WITH_BUTTONS]
    waiting: list[str] = []  # lines without buttons share one paragraph, so that the message stays short
    for view in subject.views:
        claim = subject.claims.get(view.finding.id, Claim())
        waiting += [post_line(view, subject.now), claim.words]
        if view.finding.id in live:
            draft.say(*waiting)
            waiting = []
            row = buttons.for_finding(view, subject.now, checking=claim.checking)
            draft.buttons(*row, block_id=f"finding-{short(view.finding.id)}")
    draft.say(*waiting)
    draft.say(*_moved(subject))
    more = subject.total - len(subject.views)
    if more:
        draft.say(f"and {more:,} more: {name('/patrol ' + subject.words, 300)}")
    draft.buttons(buttons.show_all(subject.words), block_id="show-all")


def _tally(subject: _Subject) -> str:
    """How many in which state: "3 open, 1 fix claimed, 2 fixed"."""
    known = [(state, subject.states.get(state, 0)) for state in State]
    return ", ".join(f"{number:,} {state_label(state)}" for state, number in known if number)


def _settled(draft: Draft, subject: _Subject) -> None:
    """A calm end in one line: what it was, how it ended, and thanks."""
    title = f"*{inline(subject.title, 150)}* ({inline(subject.post.subject)})"
    head = f":white_check_mark: {severity_label(subject.severity)}: {title}"
    parts = [_end(subject), *_moved(subject, listed=False)]
    draft.say(f"{head}: {'; '.join(part for part in parts if part)}.")


def _end(subject: _Subject) -> str:
    if not subject.views:
        return ""
    if subject.total == 1:
        view = subject.views[0]
        return f"{name(view.finding.resource_id)}: {standing(view)}"
    newest = max((v.finding.fixed_at for v in subject.views if v.finding.fixed_at), default=None)
    last = f", the last one {slack_date(newest)}" if newest else ""
    noun = resources(subject.views[0].finding.resource_type, subject.total)
    return f"nothing is left to do on {noun}: {_tally(subject)}{last}{_thanks(subject)} ({_named(subject)})"


def _moved(subject: _Subject, *, listed: bool = True) -> list[str]:
    """Where findings went; of a team that may not be seen here only how many, and of the others no more than their names."""
    if not listed:
        went = Counter(moved.whither for moved in subject.moved.values())
        return [f"{number:,} moved {inline(where)}" for where, number in sorted(went.items())]
    found = [
        f"~{name(moved.resource)}~ · moved {inline(moved.whither)} · `{short(identity)}`"
        for identity, moved in sorted(subject.moved.items())
        if not moved.hidden
    ][:MOST_LINES]
    hidden = sum(moved.hidden for moved in subject.moved.values())
    return [*found, *([f"{hidden:,} moved away"] if hidden else [])]


def _thanks(subject: _Subject) -> str:
    helpers = dict.fromkeys(view.finding.fixed_by for view in subject.views if view.finding.fixed_by)
    listed = [person(helper) for helper in list(helpers)[:5]]
    return f", thanks {', '.join(listed)}" if listed else ""


def _named(subject: _Subject) -> str:
    names = ", ".join(name(view.finding.resource_id, 40) for view in subject.views[:5])
    more = subject.total - min(5, len(subject.views))
    return f"{names} and {more:,} more" if more > 0 else names
