"""Frameworks (CIS benchmarks): their requirements as data, and which control answers each."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanners.controls.model import Control
from scanners.controls.yaml import Located, read_yaml
from scanners.errors import UsageError

FOLDER = Path(__file__).parent / "frameworks"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One recommendation. `reason` says why no control answers it ("" where one does). `line` is where it stands."""

    number: str
    title: str
    automated: bool
    reason: str
    line: int


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework under the id that controls name in `mappings`."""

    id: str
    name: str
    requirements: tuple[Requirement, ...]
    file: str


def load_framework(name: str) -> Framework:
    """The framework of that id. Raises UsageError with the nearest id, ControlError for a broken file."""
    known = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.3)
        hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
        raise UsageError(f"There is no framework {name[:60]!r}. {hint}")
    document = read_yaml(FOLDER / f"{name}.yaml")
    listed = document.child("requirements")
    return Framework(
        id=document.value["id"],
        name=document.value["name"],
        requirements=tuple(_requirement(listed.child(at)) for at in range(len(listed.value))),
        file=str(document.file),
    )


def _requirement(item: Located) -> Requirement:
    value = item.value
    return Requirement(
        number=value["number"],
        title=value["title"],
        automated=value["automated"],
        reason=value.get("reason", ""),
        line=item.start,
    )


def answers(framework: Framework, controls: Sequence[Control]) -> Mapping[str, tuple[str, ...]]:
    """Requirement's number -> the ids of the controls that are mapped to it, in order."""
    found: dict[str, list[str]] = {requirement.number: [] for requirement in framework.requirements}
    for control in controls:
        for number in control.mappings.get(framework.id, ()):
            found.setdefault(number, []).append(control.id)
    return {number: tuple(sorted(ids)) for number, ids in found.items()}


def problems(framework: Framework, controls: Sequence[Control]) -> list[str]:
    """What does not fit between the framework and the controls, each with the file to mend and how."""
    answered = answers(framework, controls)
    numbers = [requirement.number for requirement in framework.requirements]
    found: list[str] = []
    for requirement in framework.requirements:
        where = f"{framework.file}:{requirement.line}"
        ids = answered[requirement.number]
        if not ids and not requirement.reason:
            found.append(
                f"{where}: no control is mapped to {requirement.number} ({requirement.title}). Write"
                f' mappings: {{{framework.id}: ["{requirement.number}"]}} into one, or a reason here.'
            )
        if ids and requirement.reason:
            found.append(
                f"{where}: take out the reason of {requirement.number}: {', '.join(ids)} answers it now."
            )
    for control in controls:
        for number in control.mappings.get(framework.id, ()):
            if number not in numbers:
                near = difflib.get_close_matches(number, numbers, n=1, cutoff=0.3)
                hint = f" Did you mean {near[0]}?" if near else ""
                found.append(f"{control.file}: {framework.id} has no requirement {number}.{hint}")
    return found
