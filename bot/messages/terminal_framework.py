"""The requirements of a framework on a terminal: what answers each, or why nothing does."""

from collections.abc import Mapping
from textwrap import wrap

from bot.messages.terminal_table import WIDTH
from scanners.controls.framework import Framework

_INDENT = " " * 18


def framework_table(framework: Framework, answered: Mapping[str, tuple[str, ...]]) -> str:
    """Number, kind and title on a line; under it the controls, or the reason why there is none."""
    lines = [f"{framework.name}: what answers each of its {len(framework.requirements)} recommendations", ""]
    for requirement in framework.requirements:
        kind = "automated" if requirement.automated else "manual"
        ids = answered.get(requirement.number, ())
        told = ", ".join(ids) if ids else f"no control: {requirement.reason or 'not yet'}"
        lines += [f"{requirement.number:<7}{kind:<11}{requirement.title}"]
        lines += wrap(told, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
    have = [r for r in framework.requirements if answered.get(r.number)]
    automated = [r for r in framework.requirements if r.automated]
    both = [r for r in have if r.automated]
    lines += ["", f"{len(have)} have a control: {len(both)} of the {len(automated)} automated ones, and"
              f" {len(have) - len(both)} of the {len(framework.requirements) - len(automated)} manual ones."]  # fmt: skip
    return "\n".join(lines)
