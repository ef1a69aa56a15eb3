"""A summary for people who never saw Patrol: on track or not, what is late, what to decide; twelve lines at most."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.messages import buttons
from bot.messages.draft import Draft, Message
from bot.messages.words import (
    count,
    inline,
    name,
    sentence,
    severities,
    severity_label,
    shown,
    slack_day,
)
from commands.summary_model import Named, Summary, from_data
from scanners.model import Json
from storage.clock import parse
from storage.figures.comparison import Compared
from storage.figures.definition import Share
from storage.model import Post, short
from storage.pictures import Connection
from storage.post_rows import get

MOST_LEADS = 3
MOST_TEAMS = 6
MOST_COMPARED = 20
MOST_CONTROLS = 25
MOST_GAPS = 3
MATTERS_BELOW = 0.9  # of what should be checked: below, what could not be checked is told before the verdict
_PARTS = (
    ("late", "Show late"), ("due", "Show due"), ("waiting", "Show decisions"), ("expiring", "Show ending"),
    ("new", "Show new"), ("fixed", "Show fixed"), ("regressed", "Show back again"),
    ("first_open", "First day: open"), ("first_fixed", "First day: fixed"),
    ("first_accepted", "First day: accepted"), ("first_false_positive", "First day: not real"),
)  # fmt: skip
_ROW = 5


def draw_weekly(post: Post) -> Message | None:
    """The week's summary as it was when it was made: drawn from the message's own data, whatever came since."""
    if "document" not in post.data:
        return None
    told = dict(post.data)
    picture = told.pop("picture", {})
    summary = from_data(told)
    draft = Draft()
    fill_summary(draft, summary, weekly=True, files=picture)
    if picture.get("file"):
        draft.picture(picture["file"], picture["alt"])
    return _message(draft, summary)


def draw_weekly_more(connection: Connection, post: Post) -> Message | None:
    """The thread: the table per control, and what could not be checked."""
    parent = get(connection, post.parent) if post.parent is not None else None
    if parent is None or "document" not in parent.data:
        return None
    draft = Draft()
    _more(draft, from_data({name: part for name, part in parent.data.items() if name != "picture"}))
    return draft.message() if draft.blocks else None


def draw_answer(summary: Summary) -> Message:
    """The same for one person who asked."""
    draft = Draft()
    fill_summary(draft, summary, weekly=False)
    return _message(draft, summary)


def _message(draft: Draft, summary: Summary) -> Message:
    row = [button for part, label in _PARTS for button in _button(summary, part, label)]
    for start in range(0, len(row), _ROW):
        draft.buttons(*row[start : start + _ROW], block_id=f"summary{start // _ROW or ''}")
    return draft.message(f"`/patrol {words(summary)} --show late` lists what is late")


def _button(summary: Summary, part: str, label: str) -> list[buttons.Button]:
    number = numbers(summary)[part]
    words_of = f"{words(summary)} --show {part}"
    return buttons.page(f"{label} ({number:,})", f"summary_{part}", words_of) if number else []


def words(summary: Summary) -> str:
    """The command that gives this summary again; `--show PART` behind it gives the list behind a number."""
    of_day = f" --day {summary.day}" if summary.day else ""
    return f"summary {summary.team} --days {summary.document['days']}{of_day}"


def numbers(summary: Summary) -> dict[str, int]:
    """Each number that has a list behind it, by the name of its part."""
    document, cohort = summary.document, summary.document["cohort"]
    first = {f"first_{state}": cohort[state] for state in ("open", "fixed", "accepted", "false_positive")}
    window = {part: document[part] for part in ("new", "fixed", "regressed")}
    return {
        "late": summary.late_count, "due": summary.due_count, "waiting": summary.waiting,
        "expiring": summary.expiring, "open": sum(document["ages"].values()), **window, **first,
    }  # fmt: skip


def fill_summary(
    draft: Draft, summary: Summary, *, weekly: bool, files: Mapping[str, Json] | None = None
) -> None:
    """The lines; a part of which there is nothing to say is left out. Twelve at most, the title among them.

    `files` is what became of a weekly summary's picture and table: `bot.uploads`.
    """
    draft.title(_title(summary, weekly))
    unchecked, matters = _unchecked(summary), _matters(summary)
    draft.say(
        unchecked if matters else "",
        f"*{summary.verdict}:* {inline(summary.reason, 300)}",
        _cohort(summary),
        _window(summary),
    )
    draft.say(_late(summary), _due(summary), _decide(summary))
    draft.say(
        _oldest(summary),
        _fix(summary),
        "" if matters else unchecked,
        _thanks(summary),
        _for(summary, weekly, files or {}),
        "" if weekly else _compared(summary, MOST_TEAMS),
    )


def _title(summary: Summary, weekly: bool) -> str:
    team = "all teams" if summary.team == "all" else shown(summary.team)[:60]
    kind = "Weekly summary" if weekly else "Summary"
    at = parse(summary.document["as_of"])
    return f"{kind} for {team}, {_day(at)}"


def _day(at: datetime) -> str:
    return f"{at:%A %d %B}".replace(" 0", " ")


def _cohort(summary: Summary) -> str:
    cohort = summary.document["cohort"]
    if not cohort["total"]:
        return ""
    share = Share(cohort["fixed"], cohort["total"]).percent
    parts = [f"fixed {cohort['fixed']:,}{f' ({share} %)' if share is not None else ''}"]
    parts += [f"accepted {cohort['accepted']:,}"]
    parts += [f"not real {cohort['false_positive']:,}"] if cohort["false_positive"] else []
    return (
        f"*Since the first day* ({inline(cohort['day0'])}): {' · '.join(parts)} · open {cohort['open']:,}"
        f" of {cohort['total']:,}."
    )


def _window(summary: Summary) -> str:
    document = summary.document
    back = f", {document['regressed']:,} came back" if document["regressed"] else ""
    return f"*Last {document['days']} days:* {document['new']:,} new, {document['fixed']:,} fixed{back}."


def _late(summary: Summary) -> str:
    split = {severity: part["breached"] for severity, part in summary.document["sla"].items()}
    if not summary.late_count:
        return "*Late:* nothing."
    return f"*Late:* {severities(split)}.{_listed(summary.late, summary.late_count)}"


def _due(summary: Summary) -> str:
    split = {severity: part["due_7d"] for severity, part in summary.document["sla"].items()}
    if not summary.due_count:
        return "*Due in 7 days:* nothing."
    return f"*Due in 7 days:* {severities(split)}.{_listed(summary.due, summary.due_count)}"


def _listed(named: Sequence[Named], total: int) -> str:
    """A few by name; how many more is the number less these."""
    if not named:
        return ""
    more = f" and {total - len(named):,} more" if total > len(named) else ""
    return f" {', '.join(_named(one) for one in named)}{more}."


def _named(one: Named) -> str:
    return f"{name(one.resource, 40)} ({inline(one.control, 40)}) `{short(one.id)}`"


def _decide(summary: Summary) -> str:
    said = []
    if summary.waiting:
        verb = "waits" if summary.waiting == 1 else "wait"
        said.append(f"{count(summary.waiting, 'request')} {verb} for a yes or no")
    if summary.expiring:
        verb = "ends" if summary.expiring == 1 else "end"
        said.append(f"{count(summary.expiring, 'acceptance')} {verb} within 14 days")
    if said:
        return f"*Decide today:* {'; '.join(said)}."
    next_one = " Who takes the best next fix?" if summary.fix else ""
    return f"*Decide today:* no request waits for a yes or no.{next_one}"


def _oldest(summary: Summary) -> str:
    if not summary.oldest:
        return ""
    days = [slack_day(parse(one.at)) for one in summary.oldest]
    if len({parse(one.at).date() for one in summary.oldest}) == 1:
        return f"*Oldest,* since {days[0]}: {', '.join(map(_named, summary.oldest))}."
    listed = [f"{_named(one)} since {day}" for one, day in zip(summary.oldest, days, strict=True)]
    return f"*Oldest:* {', '.join(listed)}."


def _fix(summary: Summary) -> str:
    fix, score = summary.fix, summary.document["score"]
    if fix is None:
        return ""
    gain = f", +{fix.delta / 10:.1f} on a score of {score:.1f}" if fix.delta and score is not None else ""
    what = f"{inline(fix.title, 80)}: {name(fix.resource, 40)} `{short(fix.id)}`"
    return f"*Best next fix:* {severity_label(fix.severity)} {what}{gain}."


def _matters(summary: Summary) -> bool:
    coverage = summary.document["coverage"]
    return not coverage["of"] or bool(coverage["checked"] < MATTERS_BELOW * coverage["of"])


def _unchecked(summary: Summary) -> str:
    coverage = summary.document["coverage"]
    if not coverage["of"]:
        return "*Not checked:* nothing has been checked yet."
    if not summary.gap_count:
        return f"*Checked:* all {coverage['of']:,} checks in the last 24 hours."
    first = coverage["gaps"][0]["reason"] if coverage["gaps"] else ""
    why = f" First of them: {sentence(first, 120)}." if first else ""
    return (
        f"*Not checked:* {summary.gap_count:,} of {coverage['of']:,} checks in the last 24 hours.{why}"
        " `/patrol status` tells why."
    )


def _thanks(summary: Summary) -> str:
    if not summary.thanks:
        return ""
    most = sorted(summary.thanks.items(), key=lambda item: (-item[1], item[0]))
    told = [f"{inline(team)} ({number:,})" for team, number in most[:MOST_TEAMS]]
    more = len(most) - MOST_TEAMS
    tail = f" and {count(more, 'more team')}" if more > 0 else ""
    return f"*Thanks* for fixes that a scan has proven: {', '.join(told)}{tail}."


def _for(summary: Summary, weekly: bool, files: Mapping[str, Json]) -> str:
    """Who it is for, by name: it rings for nobody. Groups and people whom Patrol never met are not named."""
    if not weekly:
        return ""
    known = [inline(summary.names[lead]) for lead in summary.leads if lead in summary.names]
    listed = ", ".join(known[:MOST_LEADS]) + (" and more" if len(known) > MOST_LEADS else "")
    table = " The table per control is in the thread." if summary.controls else ""
    unseen = f" {lacking(summary)}" if files.get("why") else ""
    return f"For {listed or 'the leads'}.{table}{unseen}"


def lacking(summary: Summary) -> str:
    """How to see the picture where Slack does not show it; the page needs no other program."""
    return f"No picture here: `patrol {words(summary)} --format html > week.html` draws it."


def _compared(summary: Summary, most: int) -> str:
    """Teams beside one another: by proven fixes alone, as docs/metrics.md has it."""
    if not summary.compared:
        return ""
    told = [f"{inline(one.team)} {_share(one)}" for one in summary.compared[:most]]
    more = len(summary.compared) - most
    tail = f" and {count(more, 'more team')}" if more > 0 else ""
    return f"*Teams compared* by the weight of what is proven fixed, evened out by size: {', '.join(told)}{tail}."


def _share(one: Compared) -> str:
    plain = f"{one.fixed:,} of {count(one.of, 'finding')}"
    return f"({plain}: too few)" if one.percent is None else f"{one.percent} % ({plain})"


def _more(draft: Draft, summary: Summary) -> None:
    listed = summary.controls[:MOST_CONTROLS]
    if listed:
        draft.say(
            "*Per control: open now, proven fixed in 30 days*",
            *(f"{inline(row.title, 80)} ({inline(row.control, 40)}): {row.open:,} open, {row.fixed:,} fixed" for row in listed),
        )  # fmt: skip
    more = len(summary.controls) - len(listed)
    if more > 0:
        draft.note(f"and {count(more, 'more control')}: `/patrol {words(summary)}` on a terminal lists all")
    draft.say(_compared(summary, MOST_COMPARED))
    gaps = summary.document["coverage"]["gaps"]
    if gaps:
        draft.say("*Not checked*", *map(_gap, gaps[:MOST_GAPS]))
    if summary.gap_count > MOST_GAPS:
        draft.note(f"and {count(summary.gap_count - MOST_GAPS, 'more gap')}: `/patrol status`")


def _gap(gap: Mapping[str, Json]) -> str:
    return f"{inline(gap['control'])} in {name(gap['target'], 40)} ({inline(gap['scope'])}): {sentence(gap['reason'], 150)}"
