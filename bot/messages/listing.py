"""A page of findings, grouped by control."""

from collections.abc import Iterable, Sequence

from bot.messages import buttons
from bot.messages.draft import Draft, Message
from bot.messages.lines import line
from bot.messages.words import count, inline, name, severities, severity_badge
from commands.reply import FindingList
from storage.model import FindingView, short

MOST_WITH_BUTTONS = 10


def draw_list(reply: FindingList, *, act: bool = False, brief: bool = False) -> Message:
    """The page; with `act`, each finding carries its own buttons (the answer to "Show all"); `brief`: just Details."""
    if not reply.findings:
        return _nothing(reply)
    draft = Draft()
    draft.say(_headline(reply))
    shown = reply.findings[:MOST_WITH_BUTTONS] if act or brief else reply.findings
    for control, views in _grouped(shown).items():
        title = inline(reply.titles.get(control, control), 150)
        badge = severity_badge(views[0].finding.severity)
        draft.say(f"{badge} *{title}* ({inline(control)})", *(() if act or brief else _lines(views, reply)))
        if act:
            _with_buttons(draft, views, reply)
        elif brief:
            for view in views:
                draft.say(line(view, reply.as_of), accessory=buttons.details(view.finding.id))
    _pages(draft, reply, shown, act or brief)
    if reply.selection:
        draft.say(selected(reply))
    return draft.message(f"`/patrol {words(reply)}` lists them")


def _grouped(views: Iterable[FindingView]) -> dict[str, list[FindingView]]:
    """By control, in the order in which each control first comes: worst first."""
    groups: dict[str, list[FindingView]] = {}
    for view in views:
        groups.setdefault(view.finding.control, []).append(view)
    return groups


def words(reply: FindingList, offset: int = 0) -> str:
    """The command that gives this list, from `offset` on."""
    parts = [reply.words or "findings", reply.filter_text, f"--offset {offset}" if offset else ""]
    return " ".join(part for part in parts if part)


def _lines(views: list[FindingView], reply: FindingList) -> list[str]:
    return [line(view, reply.as_of) for view in views]


def _with_buttons(draft: Draft, views: list[FindingView], reply: FindingList) -> None:
    """What stands on the list twice (it was fixed twice) has its buttons once: Slack takes a row's id but once."""
    had: set[str] = set()
    for view in views:
        identity = view.finding.id
        row = [] if identity in had else buttons.for_finding(view, reply.as_of)
        draft.say(line(view, reply.as_of))
        draft.buttons(*row, block_id=f"finding-{short(identity)}")
        had.add(identity)


def _headline(reply: FindingList) -> str:
    last = reply.offset + len(reply.findings)
    which = "" if last == reply.total and not reply.offset else f" Here are {reply.offset + 1:,} to {last:,}."
    fit = f" for {name(reply.filter_text, 200)}" if reply.filter_text else ""
    return f"*{count(reply.total, 'finding')}*{fit}: {severities(reply.by_severity)}.{which}"


def selected(reply: FindingList) -> str:
    """The frozen list, and what can be done with it; "" without one."""
    chosen = reply.selection
    if chosen is None:
        return ""
    many = count(len(chosen.findings), "finding")
    return f"Selection `{chosen.id}`: {many}, kept for a day; `snooze {chosen.id} --days 3` shows what it would do."


def _pages(draft: Draft, reply: FindingList, shown: Sequence[FindingView], act: bool) -> None:
    drawn = len(shown)
    until = reply.offset + drawn
    left = reply.total - until
    row: list[buttons.Button] = []
    if reply.offset:
        back = max(0, reply.offset - drawn)
        row += buttons.page("Previous", "previous", words(reply, back))
    if left > 0:
        following = words(reply, until)
        draft.note(f"{left:,} more: {name('/patrol ' + following, 300)}")
        row += buttons.page(f"Next {min(left, drawn)}", "next", following)
    if act or reply.selection:
        row += _decide(reply, shown)
    draft.buttons(*row, block_id="pages")


def _decide(reply: FindingList, shown: Sequence[FindingView]) -> list[buttons.Button]:
    chosen = reply.selection
    if chosen is not None:
        return buttons.decide_on(chosen.findings, chosen.words, chosen.id)
    each = list(dict.fromkeys(view.finding.id for view in shown))
    return buttons.decide_on(each, words(reply)) if len(each) > 1 else []


def _nothing(reply: FindingList) -> Message:
    draft = Draft()
    asked = name(reply.filter_text, 200)
    if reply.never_scanned:
        draft.say("Nothing to show: nothing has been scanned yet. Start with `/patrol scan`.")
    elif reply.offset and reply.total:
        draft.say(f"That is past the end: there are {count(reply.total, 'finding')}.")
        draft.buttons(buttons.run("First page", "next", words(reply)), block_id="pages")
    elif reply.filter_text:
        draft.say(f"No finding fits {asked}. `/patrol findings state:all` lists every one, fixed ones too.")
    elif reply.words:
        draft.say("Nothing is on that list.")
    else:
        draft.say("Nothing is open. `/patrol status` says what the last scans could not check.")
    return draft.message()
