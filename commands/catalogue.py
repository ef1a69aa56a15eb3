"""What commands say about controls: titles and references, loaded once and only when asked."""

from collections.abc import Mapping
from functools import cache

from scanners.controls import Control, load_controls

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
    """The control's title, or its id where it is not known here (an import, a retired control)."""
    found = controls().get(control)
    return found.title if found else _OTHERS.get(control, control)


def references(control: str) -> tuple[str, ...]:
    """Where the rule comes from."""
    found = controls().get(control)
    return tuple(found.references) if found else ()


def closes() -> Mapping[str, tuple[str, ...]]:
    """Which controls the fix of a control closes in the same account; only those that close any."""
    return {control.id: control.closes for control in controls().values() if control.closes}
