"""How to fix one finding on its own resource: the same words for an answer and for a dialog."""

from bot.blockkit import button, escape, fence
from bot.messages.buttons import FIXED, Button
from bot.messages.draft import Draft, Message
from bot.messages.evidence import seen, why_lines
from bot.messages.words import inline, inside, name, severity_badge
from commands.reply import FixGuide
from scanners.model import Remediation
from storage.imported import is_imported, tool_of
from storage.model import FindingView, State, short

LONGEST_CODE = 2_900  # a section holds 3,000 letters, escapes and fence included


def draw_fix(guide: FixGuide) -> Message:
    """The guide as an answer, with the button that checks the result."""
    draft = Draft()
    fill_fix(draft, guide)
    identity = guide.view.finding.id
    if guide.view.state not in (State.FIXED, State.OUT_OF_SCOPE):
        draft.buttons(check_button(guide.view), block_id=f"fix-{short(identity)}")
    return draft.message(f"`patrol fix {short(identity)}` on a terminal shows it whole")


def check_button(view: FindingView) -> Button:
    """Claims the fix and, where a scan can, checks it; inside the dialog and below the answer."""
    label = "I fixed it" if is_imported(view.finding) else "I fixed it - check now"
    return button(label, FIXED, view.finding.id, style="primary")


def fill_fix(draft: Draft, guide: FixGuide) -> None:
    """Why, command line, Terraform, console, undo, effort."""
    finding = guide.view.finding
    draft.say(
        f"{severity_badge(finding.severity)} *{inline(guide.title, 150)}*",
        f"{name(finding.resource_id)}{inside(guide.view)}",
    )
    if guide.view.state in (State.FIXED, State.OUT_OF_SCOPE):
        draft.say("This is settled already; there is nothing left to do.")
    fix = guide.view.remediation
    if fix is None:
        draft.say(
            f"No fix is kept for this finding. The next scan brings one; `/patrol show {short(finding.id)}`"
            " shows what was seen."
        )
        return
    _parts(draft, guide, fix)


def _parts(draft: Draft, guide: FixGuide, fix: Remediation) -> None:
    draft.say(why_lines(fix.why))
    saw = seen(guide.view)
    draft.say(f"*Seen:* {saw}" if saw else "")
    if is_imported(guide.view.finding):
        tool = inline(tool_of(guide.view.finding))
        _code(draft, f"What {tool} says", fix.console)
        draft.say(own_words(tool))
        return
    draft.say(f"*Effort:* {escape(fix.effort)}" if fix.effort else "")
    _code(draft, "On the command line", fix.cli)
    _code(draft, "In Terraform", fix.terraform)
    draft.say(f"*In the console*\n{prose(fix.console)}" if fix.console else "")
    _code(draft, "To undo it", fix.undo)


def own_words(tool: str) -> str:
    """How far another tool's advice may be trusted."""
    return (
        f"These are the words of {tool}. Patrol has not tried them and can't look at the result: the next import of"
        f" {tool} decides."
    )


def _code(draft: Draft, label: str, text: str) -> None:
    if not text.strip():
        return
    parts = code_parts(text.strip("\n"))
    note = "" if len(parts) == 1 else f" (in {len(parts)} parts, for Slack shows 3,000 letters at once)"
    draft.say(f"*{label}*{note}")
    for part in parts:
        draft.say(fence(part))


def code_parts(text: str, most: int = LONGEST_CODE) -> list[str]:
    """`text` cut at line ends so that each part, escaped, fits a block; a longer line is cut inside."""
    parts: list[str] = []
    for line in (piece for whole in text.split("\n") for piece in _pieces(whole, most)):
        if parts and len(escape(parts[-1])) + len(escape(line)) < most:
            parts[-1] += "\n" + line
        else:
            parts.append(line)
    return parts


def _pieces(line: str, most: int) -> list[str]:
    if len(escape(line)) < most:
        return [line]
    step = most // 5  # `&` becomes five letters, so a piece of this length fits whatever is in it
    return [line[at : at + step] for at in range(0, len(line), step)]


def prose(text: str) -> str:
    """Console steps, escaped; ` > ` is kept as an arrow so that it does not read as a quotation."""
    return escape(text.strip().replace(" > ", " \u2192 "))
