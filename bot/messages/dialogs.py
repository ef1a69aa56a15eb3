"""The dialogs in which people decide: inputs for each verb, and any answer as a dialog."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.blockkit import asked, box, button, day, fit_view, radio, select
from bot.messages import buttons
from bot.messages.draft import Draft, Message
from bot.messages.questions import Question, about, cap_words, confirms, days_of, words
from bot.messages.story import told_event
from bot.messages.words import sentence
from storage.model import FindingView, short
from storage.rules import SHORTEST_REASON

View = dict[str, Any]
DECIDE = "decide"
UNKNOWN_TEAM = "?"
LONGEST_REASON = 1_000
Inputs = Callable[[Question], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Form:
    """One verb's dialog: its title, the word on its button, and its inputs."""

    title: str
    submit: str
    inputs: Inputs = lambda question: []


def _link(question: Question) -> list[dict[str, Any]]:
    made = box(initial=question.typed.get("link", ""), most=500, example="PAY-123 or https://...")
    return [asked("Ticket or pull request", "link", made, optional=True)]


def _days(question: Question) -> list[dict[str, Any]]:
    return [asked("For how long?", "days", radio(days_of(question), question.typed.get("days", "3")))]


def _reason(question: Question) -> list[dict[str, Any]]:
    made = box(initial=question.typed.get("reason", ""), most=LONGEST_REASON, lines=True)
    made["min_length"] = SHORTEST_REASON
    hint = f"{SHORTEST_REASON} characters or more: why the risk can be borne, for whoever approves."
    return [asked("Reason", "reason", made, hint=hint)]


def _accept(question: Question) -> list[dict[str, Any]]:
    until = asked("Until", "until", day(question.typed.get("until", "")), hint=cap_words(question))
    return [*_reason(question), until]


def _why(question: Question) -> list[dict[str, Any]]:
    made = box(initial=question.typed.get("reason", ""), most=LONGEST_REASON, lines=True)
    return [asked("Reason", "reason", made, optional=True, hint="Whoever asked reads it in the history.")]


def _false_positive(question: Question) -> list[dict[str, Any]]:
    (block,) = _reason(question)
    block["hint"]["text"] = f"{SHORTEST_REASON} characters or more: what the control misunderstands here."
    return [block]


def _proposed(question: Question) -> list[dict[str, Any]]:
    choices = [(UNKNOWN_TEAM, "I don't know"), *((team, team) for team in question.teams[:98])]
    made = select(choices, question.typed.get("team", UNKNOWN_TEAM))
    return [asked("Whose is it?", "team", made)]


def _team(question: Question) -> list[dict[str, Any]]:
    choices = [(team, team) for team in question.teams[:100]] or [(UNKNOWN_TEAM, "No team is configured")]
    return [asked("To which team?", "team", select(choices, question.typed.get("team", "")))]


def _text(question: Question) -> list[dict[str, Any]]:
    made = box(initial=question.typed.get("text", ""), most=1_000, lines=True)
    return [asked("Note", "text", made)]


FORMS: Mapping[str, Form] = {
    "acknowledge": Form("Acknowledge", "Acknowledge"),
    "start": Form("Start work", "Start work", _link),
    "snooze": Form("Snooze", "Snooze", _days),
    "accept": Form("Accept the risk", "Ask", _accept),
    "false-positive": Form("False positive", "Ask", _false_positive),
    "approve": Form("Approve", "Approve"),
    "reject": Form("Reject", "Reject", _why),
    "revoke": Form("End a decision early", "End it", _why),
    "not-mine": Form("Not mine", "Hand over", _proposed),
    "reassign": Form("Give it to a team", "Hand over", _team),
    "note": Form("Note", "Add note", _text),
    "fixed": Form("I fixed it", "Check it"),
}


def decision_view(question: Question) -> View:
    """The dialog of one decision on one finding; what it needs to carry out comes back as `noted`."""
    form = form_of(question)
    draft = Draft()
    told_first(draft, question)
    draft.say(about(question))
    draft.say(*words(question))
    finding = question.view.finding.id if question.view else ""
    carried = {"verb": question.verb, "finding": finding, "seen": question.seen}
    return modal(
        form.title, [*draft.blocks, *form.inputs(question)], submit=form.submit, callback=DECIDE,
        carried=carried | {"channel": question.channel, "under": question.under},
    )  # fmt: skip


def form_of(question: Question) -> Form:
    """The verb's form; a fix that no scan can see is confirmed, not approved."""
    form = FORMS[question.verb]
    if not confirms(question) or question.verb not in ("approve", "reject"):
        return form
    if question.verb == "approve":
        return replace(form, title="Confirm the fix", submit="Confirm")
    return replace(form, title="Not done yet", submit="Not done")


def told_first(draft: Draft, question: Question) -> None:
    """What stands above everything else: why it was not taken, what changed meanwhile."""
    if question.news:
        lines = [
            f"• {told_event(event, question.view, question.names, named=False)}"
            for event in question.news[-6:]
        ]
        draft.say(
            ":warning: *It changed while you were deciding, so nothing was done.*", *lines,
            "What you typed is kept. If you still want it, press the button again.",
        )  # fmt: skip
    if question.refused:
        draft.say(question.refused)


def menu_view(view: FindingView, title: str, channel: str = "", under: str = "") -> View:
    """The decisions that have no place in the menu of a message."""
    identity = view.finding.id
    draft = Draft()
    draft.say(about(Question("note", view.finding.due, view, title)))
    draft.say(
        "*Not mine*: it belongs to another team.",
        accessory=buttons.choose("Not mine ...", "not-mine", identity),
    )
    draft.say(
        "*Give it to a team* that you name.", accessory=buttons.choose("Give ...", "reassign", identity)
    )
    draft.say("*Note*: a word for its history.", accessory=buttons.choose("Note ...", "note", identity))
    draft.say(
        "*Undo* your own last action on it, within five minutes.",
        accessory=button("Undo", buttons.UNDO, identity),
    )
    carried = {"finding": identity, "channel": channel, "under": under}
    return modal(f"Finding {short(identity)}", draft.blocks, carried=carried)


def told_view(message: Message, title: str = "Patrol") -> View:
    """`message` as a dialog that can only be closed."""
    return modal(title, message["blocks"])


def working_view() -> View:
    """Shown where the answer takes longer than Slack waits."""
    draft = Draft()
    draft.say(":hourglass_flowing_sand: Working on it. The answer comes here in a moment.")
    return modal("Patrol", draft.blocks)


def modal(
    title: str, blocks: list[dict[str, Any]], *, submit: str = "", callback: str = "",
    carried: Mapping[str, Any] | None = None, close: str = "",
) -> View:  # fmt: skip
    """A dialog within Slack's limits; `carried` comes back with a submission or a click."""
    view: View = {
        "type": "modal",
        "title": {"type": "plain_text", "text": title},
        "close": {"type": "plain_text", "text": close or ("Cancel" if submit else "Close")},
        "blocks": blocks,
    }
    if submit:
        view["submit"] = {"type": "plain_text", "text": submit}
        view["callback_id"] = callback
    if carried is not None:
        view["private_metadata"] = json.dumps(carried, ensure_ascii=False)
    return fit_view(view)


def noted(metadata: str) -> dict[str, Any]:
    """What a dialog carried; empty where it is not ours."""
    if metadata.startswith("pf1_"):
        return {"finding": metadata}
    try:
        found = json.loads(metadata or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def typed_back(typed: Mapping[str, str]) -> list[str]:
    """What a person had put in, shown back to them where their dialog is gone."""
    kept = [
        f"> {sentence(text, 1_000)}"
        for key, text in typed.items()
        if key in ("reason", "text", "link", "words")
    ]
    return ["You had typed:", *kept] if kept else []
