"""One event of the ledger as one line: when, who, what."""

from collections.abc import Callable, Mapping

from bot.messages.evidence import brief, seen
from bot.messages.words import inline, name, person, sentence, slack_date
from storage.clock import parse
from storage.model import Cause, Event, FindingView, Kind, short

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
    return f" by {person(event.actor, names)}"


def _opened(event: Event, _names: _Names, _view: FindingView | None) -> str:
    return f"first seen failing ({inline(str(event.data.get('severity', '')))})"


def _fixed(event: Event, names: _Names, _view: FindingView | None) -> str:
    cause = event.data.get("cause", "")
    claimed = str(event.data.get("claimed_by", ""))
    thanks = f", thanks {person(claimed, names)}" if claimed else ""
    if cause == Cause.GONE:
        return f"gone: two complete scans no longer found it{thanks}"
    if cause == Cause.CONTROL_CHANGED:
        return "no longer failing since the rule changed; not counted as a fix"
    return f"fixed, proven by a scan{thanks}"


def _refuted(event: Event, _names: _Names, view: FindingView | None) -> str:
    evidence = event.data.get("evidence") or {}
    saw = seen(view, evidence) if view else brief(evidence)
    return f"not yet: {saw or 'the control still fails'}"


def _inconclusive(event: Event, _names: _Names, _view: FindingView | None) -> str:
    return f"could not be checked: {sentence(str(event.data.get('reason', '')), 300) or 'no reason given'}"


def _acknowledged(event: Event, names: _Names, _view: FindingView | None) -> str:
    until = event.data.get("until")
    lapse = f" until {slack_date(parse(str(until)))}" if until else ""
    return f"acknowledged{_by(event, names)}{lapse}"


def _lapsed(event: Event, _names: _Names, _view: FindingView | None) -> str:
    was = inline(str(event.data.get("was", "decision"))).replace("_", " ")
    return f"{was} has run out; it is open again"


def _changed(what: str) -> _Teller:
    def tell(event: Event, _names: _Names, _view: FindingView | None) -> str:
        before, after = (inline(str(event.data.get(key, "?"))) for key in ("from", "to"))
        return f"{what} changed from {before or 'none'} to {after or 'none'}"

    return tell


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
    Kind.OWNER_CHANGED: _changed("owner"),
    Kind.ACKNOWLEDGED: _acknowledged,
    Kind.CLAIMED: lambda event, names, _view: f"fix claimed{_by(event, names)}; checking",
    Kind.LAPSED: _lapsed,
    Kind.OUT_OF_SCOPE: _plainly("out of scope; not counted as a fix"),
    Kind.HELD: _held,
    Kind.RELEASED: _plainly("held closings were released"),
    Kind.SCAN_RECORDED: _plainly("a scan was recorded"),
}
