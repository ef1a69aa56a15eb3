"""A page of Markdown per control, an index and a table per framework: the YAML, said to a reader. Pure.

The fix is shown as it is rendered for the control's own failing examples, not as a template.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from scanners.controls.examples import example_verdict
from scanners.controls.framework import Framework, answers
from scanners.controls.model import Control, Example
from scanners.model import Json, Remediation

MADE = "<!-- Made by `patrol controls docs` from the YAML of the controls: change that, and run it again. -->"
# What a page is made for: a page of Markdown, or YAML read by people, in an order that is always the same.
_SEVERITIES = ("critical", "high", "medium", "low", "unknown")
_MEANS = {
    "PASS": "passes", "FAIL": "fails", "UNKNOWN": "can't be judged, which is said", "NONE": "is left out",
}  # fmt: skip
Schemas = Mapping[str, Mapping[str, str]]


def make_pages(
    controls: Sequence[Control],
    schemas: Schemas,
    permissions: Mapping[str, Sequence[str]],
    frameworks: Sequence[Framework],
) -> dict[str, str]:
    """File name -> text. `schemas` and `permissions` go by dataset."""
    pages = {f"{c.id}.md": _page(c, schemas, permissions, frameworks) for c in controls}
    for framework in frameworks:
        pages[f"{framework.id}.md"] = _framework(framework, controls)
    pages["README.md"] = _index(controls, frameworks)
    return pages


def _page(
    control: Control,
    schemas: Schemas,
    permissions: Mapping[str, Sequence[str]],
    frameworks: Sequence[Framework],
) -> str:
    parts = [
        MADE,
        f"# {control.title}",
        f"`{control.id}` | severity **{control.severity}** | judges `{control.resource_type}` | version"
        f" {control.version} | [all controls](README.md)",
        "## Why",
        " ".join(control.why.split()),
        "## How it is judged",
        *_judged(control, schemas),
        "## How to mend it",
        *_fixes(control),
        "## Permissions it needs",
        _bullets(
            f"`{a}`" for a in sorted({a for name in control.datasets for a in permissions.get(name, ())})
        )
        or "None is declared.",
        "## Mappings and references",
        _bullets([*_mapped(control, frameworks), *(f"<{url}>" for url in control.references)]),
        "## Examples",
        "The control carries them, and `patrol controls test` judges them.",
        _table(("Example", "It", "Because"), [_example_row(control, e) for e in control.examples]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _judged(control: Control, schemas: Schemas) -> list[str]:
    """The predicate, and what each field that it reads holds."""
    parts = []
    if control.applies is not None:
        parts += ["It judges only where this holds:", _fence("cel", control.applies.text)]
    parts += ["A resource passes where this holds:", _fence("cel", control.passes.text)]
    parts.append("A field that could not be read makes the verdict UNKNOWN, unless the rest decides.")
    predicates = [p for p in (control.passes, control.applies) if p is not None]
    read = {(control.dataset, name) for p in predicates for name in p.resource_fields}
    read |= {(control.context[name], field) for p in predicates for name, field in p.context_fields}
    rows = [
        (f"`{field}`", f"`{dataset}`", _cell(schemas.get(dataset, {}).get(field, "")))
        for dataset, field in sorted(read)
    ]
    parts.append(_table(("Field", "Dataset", "What it holds"), rows))
    if control.evidence:
        parts.append("Kept as evidence: " + ", ".join(f"`{name}`" for name in control.evidence) + ".")
    return parts


def _fixes(control: Control) -> list[str]:
    """The fix of the first failing example in full; of the others the commands, where they differ."""
    fixes = [(e, fix) for e in control.examples if e.status == "FAIL" and (fix := _fix(control, e))]
    if not fixes:
        return []
    example, fix = fixes[0]
    parts = [
        f"Effort: {fix.effort}. As it is shown for the example *{example.name}*:",
        _fence("bash", fix.cli), "Terraform:", _fence("hcl", fix.terraform), f"Console: {_cell(fix.console)}",
        "Undo:", _fence("bash", fix.undo),
    ]  # fmt: skip
    seen = {fix.cli}
    for other, another in fixes[1:]:
        if another.cli not in seen:
            seen.add(another.cli)
            parts += [f"For the example *{other.name}*:", _fence("bash", another.cli)]
    if control.closes:
        parts.append("It also closes " + ", ".join(f"[`{name}`]({name}.md)" for name in control.closes) + ".")
    return parts


def _fix(control: Control, example: Example) -> Remediation | None:
    verdict = example_verdict(control, example)
    return verdict.remediation if verdict else None


def _example_row(control: Control, example: Example) -> tuple[str, str, str]:
    verdict = example_verdict(control, example)
    reason = verdict.reason if verdict and example.status == "FAIL" else ""
    return _cell(example.name), _MEANS[example.status], _cell(reason) or _cell(_shown(example))


def _shown(example: Example) -> str:
    """The values of a small example; of a large one nothing, for a table is no place for it."""
    text = ", ".join(f"{key} = {_json(value)}" for key, value in example.resource.items() if key != "name")
    unread = ", ".join(f"{name} could not be read" for name in example.gaps)
    told = unread or text
    return told if len(told) <= 120 else ""


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _mapped(control: Control, frameworks: Sequence[Framework]) -> list[str]:
    titles = {(f.id, r.number): r.title for f in frameworks for r in f.requirements}
    linked = {f.id for f in frameworks}
    return [
        (f"[{name}]({name}.md)" if name in linked else name)
        + f" {number}: {titles.get((name, number), '')}".rstrip(": ")
        for name, numbers in sorted(control.mappings.items())
        for number in numbers
    ]


def _framework(framework: Framework, controls: Sequence[Control]) -> str:
    answered = answers(framework, controls)
    rows = [
        (
            r.number, "automated" if r.automated else "manual", _cell(r.title),
            ", ".join(f"[`{name}`]({name}.md)" for name in answered[r.number]) or f"none: {_cell(r.reason)}",
        )
        for r in framework.requirements
    ]  # fmt: skip
    return "\n\n".join([
        MADE,
        f"# {framework.name}",
        f"What answers each of its {len(rows)} recommendations; the titles are ours. On a terminal:"
        f" `patrol controls list --framework {framework.id}`.",
        _table(("Number", "Kind", "Recommendation", "Controls, or why there is none"), rows),
    ]) + "\n"  # fmt: skip


def _index(controls: Sequence[Control], frameworks: Sequence[Framework]) -> str:
    services: dict[str, list[Control]] = {}
    for control in controls:
        services.setdefault(control.id.split(".")[0], []).append(control)
    parts = [
        MADE,
        "# Controls",
        f"{len(controls)} controls of {len(services)} services. Each page says why, how it is judged, and how to mend it.",
        "Frameworks: " + ", ".join(f"[{f.name}]({f.id}.md)" for f in frameworks) + ".",
    ]
    for service in sorted(services):
        chosen = sorted(services[service], key=lambda c: (_SEVERITIES.index(str(c.severity)), c.id))
        rows = [(f"[`{c.id}`]({c.id}.md)", str(c.severity), _cell(c.title), _numbers(c)) for c in chosen]
        parts += [f"## {service}", _table(("Control", "Severity", "What must be", "Mapped to"), rows)]
    return "\n\n".join(parts) + "\n"


def _numbers(control: Control) -> str:
    return ", ".join(f"{name} {', '.join(numbers)}" for name, numbers in sorted(control.mappings.items()))


def _bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _fence(language: str, text: str) -> str:
    """A block of code whose fence is longer than any run of backticks in it."""
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{ticks}{language}\n{text.strip()}\n{ticks}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _cell(text: str) -> str:
    """One line that can't break out of a table or a paragraph."""
    return re.sub(r"([|<>*_\[\]])", r"\\\1", " ".join(text.split()))
