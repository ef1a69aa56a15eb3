"""One event of the ledger as one line: when, who, what."""

from collections.abc import Callable, Mapping

from bot.messages.evidence import brief, seen
from bot.messages.lines import gone_or_mended
from bot.messages.words import inline, name, person, sentence, slack_date
from storage.clock import parse
from storage.imported import is_imported, tool_of
from storage.lapses import REQUEST
from storage.manual import TARGET, is_manual
from storage.model import FIXES, Cause, Event, FindingView, Kind, short

_LABELS = {
    "in_progress": "work in progress",
    "risk_accepted": "risk acceptance",
    "owner_changed": "change of owner",
}
_Names = Mapping[str, str] | None
_Teller = Callable[[Event, _Names, FindingView | None], str]


def told_event(
    event: Event, view: FindingView | None = None, names: _Names = None, *, named: bool = True
) -> str:
    """ "Mon 10:32: acknowledged by Dana until 26 Nov". `named` puts the resource of `view` first.

    With `names` (even empty) nobody is mentioned: a line that is sent anew must not ping who clicked.
    """
    what = _WORDS[event.kind](event, names, view)
    where = f"{name(view.finding.resource_id)} `{short(event.finding)}` " if view and named else ""
    return f"{slack_date(event.at)}: {where}{what}"


def _by(event: Event, names: _Names) -> str:
    behind = str(event.data.get("behind", ""))
    return f" by {person(event.actor, names)}{f' (typed by {inline(behind)})' if behind else ''}"


def _opened(event: Event, names: _Names, _view: FindingView | None) -> str:
    if event.data.get("target") == TARGET:
        return f"tracked{_by(event, names)} ({inline(str(event.data.get('severity', '')))})"
    return f"first seen failing ({inline(str(event.data.get('severity', '')))})"


def _fixed(event: Event, names: _Names, view: FindingView | None) -> str:
    cause = event.data.get("cause", "")
    claimed = str(event.data.get("claimed_by", ""))
    thanks = f", thanks {person(claimed, names)}" if claimed else ""
    if view is not None and is_imported(view.finding) and cause in FIXES:
        return f"{gone_or_mended(str(cause), tool_of(view.finding))}{thanks}"
    if cause == Cause.GONE:
        return f"gone: two complete scans no longer found it{thanks}"
    if cause == Cause.CONTROL_CHANGED:
        return "no longer failing since the rule changed; not counted as a fix"
    if cause == Cause.CONFIRMED:
        return f"closed on the word{_by(event, names)}; no scan can see it{thanks}"
    return f"fixed, proven by a scan{thanks}"


def _refuted(event: Event, names: _Names, view: FindingView | None) -> str:
    evidence = event.data.get("evidence") or {}
    if view is not None and is_manual(view.finding):
        why = sentence(str(evidence.get("reason", "")), 300)
        return f"not done{_by(event, names)}{f': {why}' if why else ''}"
    saw = seen(view, evidence) if view else brief(evidence)
    return f"not yet: {saw or 'the control still fails'}"


def _inconclusive(event: Event, _names: _Names, _view: FindingView | None) -> str:
    return f"could not be checked: {sentence(str(event.data.get('reason', '')), 300) or 'no reason given'}"


def _acknowledged(event: Event, names: _Names, _view: FindingView | None) -> str:
    until = event.data.get("until")
    lapse = f" until {slack_date(parse(str(until)))}" if until else ""
    return f"acknowledged{_by(event, names)}{lapse}"


def _lapsed(event: Event, _names: _Names, _view: FindingView | None) -> str:
    was = str(event.data.get("was", "decision"))
    if was == REQUEST:
        return f"the request for a {_what(event, 'what')} lapsed without an answer"
    return f"{_what(event, 'was')} has run out; it is open again"


def _what(event: Event, key: str) -> str:
    said = str(event.data.get(key, "decision"))
    return inline(_LABELS.get(said, said.replace("_", " ")))


def _until(event: Event) -> str:
    until = event.data.get("until")
    return f" until {slack_date(parse(str(until)))}" if until else ""


def _because(event: Event) -> str:
    reason = sentence(str(event.data.get("reason", "")), 300)
    return f": {reason}" if reason else ""


def _started(event: Event, names: _Names, _view: FindingView | None) -> str:
    link = inline(str(event.data.get("link", "")), 200)
    return f"work started{_by(event, names)}{f' ({link})' if link else ''}"


def _requested(event: Event, names: _Names, _view: FindingView | None) -> str:
    return f"{_what(event, 'what')} asked for{_by(event, names)}{_until(event)}{_because(event)}"


def _approved(event: Event, names: _Names, _view: FindingView | None) -> str:
    asked = person(str(event.data.get("requested_by", "")), names)
    return f"{_what(event, 'what')} approved{_by(event, names)}{_until(event)}, asked for by {asked}{_because(event)}"


def _rejected(event: Event, names: _Names, _view: FindingView | None) -> str:
    verb = "taken back" if event.data.get("requested_by") == event.actor else "rejected"
    return f"request for a {_what(event, 'what')} {verb}{_by(event, names)}{_because(event)}"


def _revoked(event: Event, names: _Names, _view: FindingView | None) -> str:
    return f"{_what(event, 'was')} ended{_by(event, names)}{_because(event)}; it is open again"


def _noted(event: Event, names: _Names, _view: FindingView | None) -> str:
    return f"note{_by(event, names)}: {sentence(str(event.data.get('text', '')), 500)}"


def _undone(event: Event, names: _Names, _view: FindingView | None) -> str:
    return f"{_what(event, 'what')} taken back{_by(event, names)}"


def _exploited(event: Event, _names: _Names, _view: FindingView | None) -> str:
    if event.data.get("to"):
        return "attackers are now known to use it"
    return "no longer listed as known to be exploited"


def _owner(event: Event, names: _Names, _view: FindingView | None) -> str:
    before, after = (inline(str(event.data.get(key, ""))) or "nobody" for key in ("from", "to"))
    why = "; they said it is not theirs" if event.data.get("why") == "not_mine" else ""
    return f"moved from {before} to {after}{_by(event, names)}{why}"


def _changed(what: str) -> _Teller:
    def tell(event: Event, _names: _Names, _view: FindingView | None) -> str:
        before, after = (inline(str(event.data.get(key, "?"))) for key in ("from", "to"))
        return f"{what} changed from {before or 'none'} to {after or 'none'}"

    return tell


def _claimed(event: Event, names: _Names, view: FindingView | None) -> str:
    after = "checking"
    if view is not None and is_manual(view.finding):
        after = "a second person confirms"
    elif view is not None and is_imported(view.finding):
        after = f"the next import of {inline(tool_of(view.finding))} decides"
    return f"fix claimed{_by(event, names)}; {after}"


def _plainly(words: str) -> _Teller:
    return lambda _event, _names, _view: words


def _held(event: Event, _names: _Names, _view: FindingView | None) -> str:
    closings, open_count = event.data.get("closings", 0), event.data.get("open", 0)
    return f"{closings} of {open_count} closings are held in {inline(str(event.data.get('scope', '')))}"


_WORDS: Mapping[Kind, _Teller] = {
    Kind.OPENED: _opened,
    Kind.REGRESSED: _plainly("failing again after it was fixed"),
    Kind.FIXED: _fixed,
    Kind.REFUTED: _refuted,
    Kind.INCONCLUSIVE: _inconclusive,
    Kind.SEVERITY_CHANGED: _changed("severity"),
    Kind.EVIDENCE_CHANGED: _plainly("still failing, but differently"),
    Kind.CONTROL_CHANGED: _changed("the rule's version"),
    Kind.OWNER_CHANGED: _owner,
    Kind.STARTED: _started,
    Kind.SNOOZED: lambda event, names, _view: f"snoozed{_by(event, names)}{_until(event)}",
    Kind.REQUESTED: _requested,
    Kind.APPROVED: _approved,
    Kind.REJECTED: _rejected,
    Kind.REVOKED: _revoked,
    Kind.NOTED: _noted,
    Kind.UNDONE: _undone,
    Kind.NUDGED: _plainly("silent for two weeks; its owner is asked"),
    Kind.EXPLOITED_CHANGED: _exploited,
    Kind.RETAGGED: _plainly("its tags changed"),
    Kind.ACKNOWLEDGED: _acknowledged,
    Kind.CLAIMED: _claimed,
    Kind.LAPSED: _lapsed,
    Kind.OUT_OF_SCOPE: _plainly("out of scope; not counted as a fix"),
    Kind.HELD: _held,
    Kind.RELEASED: _plainly("held closings were released"),
    Kind.SCAN_RECORDED: _plainly("a scan was recorded"),
}
