"""A control: a rule as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanners.cel import Predicate
from scanners.model import Json, Severity

FIX_PARTS = ("cli", "terraform", "console", "undo", "effort")


@dataclass(frozen=True, slots=True)
class Example:
    """A small case inside the control: `status` is what it must say of `resource`.

    `gaps` names fields that could not be read. "NONE" means that the control does not apply.
    """

    name: str
    status: str
    resource: Mapping[str, Json]
    context: Mapping[str, Mapping[str, Json]]
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """One rule. `passes` is true of a good resource; `applies` (where given) false of one it does not mean.

    `dataset` is walked record by record; `context` maps the name under `ctx.` to a dataset with one record
    per scope. `remediation` holds templates (`scanners.remediation` renders them). `closes` names the controls
    that pass throughout the account once this one is fixed.
    """

    id: str
    version: str
    title: str
    severity: Severity
    resource_type: str
    dataset: str
    passes: Predicate
    why: str
    fail_text: str
    remediation: Mapping[str, str]
    file: str
    applies: Predicate | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    mappings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    closes: tuple[str, ...] = ()

    @property
    def datasets(self) -> tuple[str, ...]:
        """Every dataset this control needs."""
        return (self.dataset, *self.context.values())
