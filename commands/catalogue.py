"""What commands say about controls: titles and references, loaded once and only when asked."""

from collections.abc import Iterable, Mapping
from functools import cache

from scanners.controls import Control, load_controls
from storage.imported import is_imported, title_in
from storage.model import FindingView

# Rules that are no scan's: their findings come from people.
_OTHERS: Mapping[str, str] = {"manual.tracked": "Tracked by hand"}


@cache
def controls() -> Mapping[str, Control]:
    """Every packaged control by id."""
    return {control.id: control for control in load_controls()}


def known() -> tuple[str, ...]:
    """Every id that a finding of this version may have."""
    return (*controls(), *_OTHERS)


def title(control: str) -> str:
    """The control's title, or its id where it is not known here (of another tool, a retired control)."""
    found = controls().get(control)
    if found:
        return found.title
    tool, slash, check = control.partition("/")
    return f"{check} ({tool})" if slash else _OTHERS.get(control, control)


def title_of(view: FindingView) -> str:
    """The title of the finding's control; of an imported one, what its tool calls it."""
    known = title(view.finding.control)
    return title_in(view.evidence, known) if is_imported(view.finding) else known


def titles(views: Iterable[FindingView]) -> dict[str, str]:
    """Control id -> title, of every control among `views`."""
    return {view.finding.control: title_of(view) for view in views}


def references(control: str) -> tuple[str, ...]:
    """Where the rule comes from."""
    found = controls().get(control)
    return tuple(found.references) if found else ()


def closes() -> Mapping[str, tuple[str, ...]]:
    """Which controls the fix of a control closes in the same account; only those that close any."""
    return {control.id: control.closes for control in controls().values() if control.closes}
