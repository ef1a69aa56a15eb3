"""The one message of a target's first scan: gaps, totals, and the ten fixes that remove the most."""

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.messages import buttons
from bot.messages.claims import claims
from bot.messages.draft import Draft, Message
from bot.messages.gaps import told_all
from bot.messages.lines import standing
from bot.messages.scanned import cost
from bot.messages.words import count, inline, name, resources, severities, severity_badge
from scanners.model import Json
from storage.fixes import CLOSES, RESOURCE
from storage.model import FindingView, Post, short
from storage.news import WITH_BUTTONS
from storage.pictures import Connection, controls_checked, moved_away, views_of
from storage.scans import ScanLine, scan_line

MOST_CAUSES = 4
Titles = Callable[[str], str]


def draw_first_day(connection: Connection, post: Post, now: datetime, title_of: Titles) -> Message | None:
    """Its figures are those of the scan; the fixes with buttons show how their findings stand now."""
    scan = scan_line(connection, str(post.data.get("scan", "")))
    if scan is None:
        return None
    totals: Mapping[str, int] = post.data["totals"]
    fixes: list[dict[str, Json]] = list(post.data["fixes"])
    draft = Draft()
    draft.title(f"First scan of {scan.target[:80]}: {count(sum(totals.values()), 'finding')}")
    _checked(draft, scan, controls_checked(connection, scan.id))
    draft.say(
        f"*Found:* {severities(totals)}, by {count(int(post.data['controls']), 'control')}. Nothing else is posted here"
        " for this scan; ask for whatever you want to see."
    )
    draft.say(
        f"*The {count(len(fixes), 'fix', 'fixes')} that {'removes' if len(fixes) == 1 else 'remove'} the most*"
    )
    _with_buttons(draft, connection, post, fixes[:WITH_BUTTONS], now, title_of)
    rest = enumerate(fixes[WITH_BUTTONS:], WITH_BUTTONS + 1)
    draft.say(*(f"{number}. {_what(fix, title_of)}" for number, fix in rest))
    draft.note(cost(scan))
    _row(draft, _whose(post), totals)
    return draft.message(f"`/patrol findings target:{scan.target}` lists them all")


def _checked(draft: Draft, scan: ScanLine, controls: int) -> None:
    whole = "Everything was checked." if not scan.gaps else "*Not everything could be checked:*"
    draft.say(f"Checked {count(controls, 'control')} on {count(scan.resources, 'resource')}. {whole}")
    draft.say(*told_all(scan.gaps, most=MOST_CAUSES))


def _with_buttons(
    draft: Draft,
    connection: Connection,
    post: Post,
    fixes: list[dict[str, Json]],
    now: datetime,
    title_of: Titles,
) -> None:
    away = moved_away(connection, post.id)
    whose = _whose(post)
    views = views_of(connection, [str(fix["finding"]) for fix in fixes], now, sees=None)
    asked = claims(connection, list(views.values()))
    for number, fix in enumerate(fixes, 1):
        identity = str(fix["finding"])
        view = views.get(identity)
        if identity in away and away[identity].hidden:
            draft.say(f"{number}. Moved {inline(away[identity].whither)}.")
            continue
        draft.say(f"{number}. {_what(fix, title_of)}")
        row = _several(fix, whose)
        if view is not None and identity not in away:
            draft.say(f"Begin with {_one(view)}" if fix["removes"] != 1 else _one(view))
            claim = asked.get(identity)
            draft.say(claim.words if claim else "")
            row = [*buttons.for_finding(view, now, checking=bool(claim and claim.checking)), *row]
        elif identity in away:
            draft.say(f"Moved {inline(away[identity].whither)}.")
        draft.buttons(*row, block_id=f"finding-{short(identity)}")


def _one(view: FindingView) -> str:
    return f"{name(view.finding.resource_id)} `{short(view.finding.id)}`: {standing(view)}"


def _what(fix: Mapping[str, Json], title_of: Titles) -> str:
    """ "One setting closes 41: The account must block public access to S3"."""
    title = inline(title_of(str(fix["control"])), 150)
    badge = severity_badge(str(fix["severity"]))
    removes = int(fix["removes"])
    if fix["kind"] == CLOSES:
        return f"{badge} One setting closes {removes:,}: {title} ({inline(str(fix['control']))})"
    if fix["kind"] == RESOURCE:
        return f"{badge} One {_noun(fix)} has {removes:,}: {name(str(fix['resource_id']))}"
    if removes == 1:
        return f"{badge} One fix removes 1: {title}, {name(str(fix['resource_id']))}"
    many = resources(str(fix["resource_type"]), removes)
    return f"{badge} The same fix on {many}: {title} ({inline(str(fix['control']))})"


def _noun(fix: Mapping[str, Json]) -> str:
    return resources(str(fix["resource_type"]), 1).removeprefix("1 ")


def _several(fix: Mapping[str, Json], whose: str) -> list[buttons.Button]:
    """The list behind a fix of several findings, settled ones too; `whose` are the filters of the scan."""
    if fix["removes"] == 1:
        return []
    if fix["kind"] == RESOURCE:
        words = f"findings resource:{fix['resource']} {whose} state:all"
        if any(letter.isspace() or letter in "\"',:" for letter in str(fix["resource_id"])):
            return []  # such a name can't be a word of a filter
    else:
        words = f"findings control:{','.join(map(str, fix['controls']))} {whose} state:all"
    return [buttons.show_all(words)] if len(words) <= buttons.LONGEST_VALUE else []


def _whose(post: Post) -> str:
    """The filters of what this scan found for the channel's teams."""
    return f"team:{','.join(map(str, post.data['teams']))} target:{post.data['target']}"


def _row(draft: Draft, whose: str, totals: Mapping[str, int]) -> None:
    row: list[buttons.Button] = []
    if totals.get("critical"):
        words = f"findings {whose} severity:critical"
        row += buttons.page(f"{totals['critical']:,} critical", "critical", words)
    row += buttons.page("All findings", "findings", f"findings {whose}")
    draft.buttons(*row, buttons.run("Status", "status", "status"), block_id="summary")
