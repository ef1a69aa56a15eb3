"""The dialog behind the message shortcut "Track in Patrol"."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.blockkit import asked, box, day, redact, select
from bot.messages.dialogs import View, modal
from bot.messages.draft import Draft
from scanners.model import Severity

TRACK = "track_message"
LONGEST = 200
# <@U1>, <#C1|general>, <https://x|label>, <!here>: what a reader sees of each.
_MARKUP = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_SEVERITIES = [(str(one), str(one).capitalize()) for one in Severity if one is not Severity.UNKNOWN]


@dataclass(frozen=True, slots=True)
class Tracking:
    """What is to be tracked: the message's words and address; `typed` is what the person put in before."""

    words: str = ""
    link: str = ""
    teams: tuple[str, ...] = ()
    channel: str = ""
    mine: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""


def track_view(asks: Tracking) -> View:
    """Team, severity, date and words; the words of the message stand there already."""
    draft = Draft()
    if asks.refused:
        draft.say(asks.refused)
    draft.say(
        "It gets an owner and a date, like any finding. No scan can see it: it closes when somebody says that it is"
        " fixed and a second person confirms."
    )
    if not asks.link:
        draft.note("The address of the message could not be read; its words alone are kept.")
    return modal(
        "Track in Patrol", [*draft.blocks, *_inputs(asks)], submit="Track", callback=TRACK,
        carried={"link": asks.link, "channel": asks.channel},
    )  # fmt: skip


def _inputs(asks: Tracking) -> list[dict[str, object]]:
    typed = asks.typed
    words = box(initial=typed.get("words", asks.words), most=LONGEST, lines=True)
    teams: Sequence[tuple[str, str]] = [(team, team) for team in asks.teams[:100]]
    return [
        asked("What is to be done?", "words", words, hint="Everybody who sees the team's findings reads it."),
        asked("Whose is it?", "team", select(teams or [("?", "No team")], typed.get("team", asks.mine))),
        asked("How bad is it?", "severity", select(_SEVERITIES, typed.get("severity", "medium"))),
        asked("Due", "due", day(typed.get("due", "")), optional=True,
              hint="Without a day: 7 days for critical, 30 high, 90 medium, 120 low."),
    ]  # fmt: skip


def words_of(text: str) -> str:
    """A message's text as plain words: no markup, no secrets, one line, cut."""
    plain = _MARKUP.sub(lambda found: found.group(2) or found.group(1), text)
    line = " ".join(redact(html.unescape(plain)).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 3].rstrip() + "..."
