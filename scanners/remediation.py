"""Renders a control's guided fix for one failing resource: exact, quoted, no placeholder left."""

import json
import re
import shlex
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from scanners.controls.model import FIX_PARTS, Control
from scanners.errors import ControlError
from scanners.model import Json, Remediation, Resource

# `<bucket>`, YOUR_BUCKET, REPLACE_ME, {{ left }}: a reader would have to guess.
# A lone `}}` is no sign: JSON and Terraform end so.
_PLACEHOLDER = re.compile(
    r"<[a-z][a-z0-9 _-]*>|\bYOUR[_-]|\bREPLACE[_-]?ME|\bCHANGE[_-]?ME|\bTO[D]O\b|\{\{\s*\w+[\w.|() ]*\}\}|\{%|\bxxx+\b"
)
# What several controls share: `{% include "watch_cli.j2" %}`.
_PARTS = Path(__file__).parent / "controls" / "parts"
_INCLUDE = re.compile(r"""\{%-?\s*include\s+["']([^"']+)["']""")


def render(
    control: Control, resource: Resource, account: str, fields: Mapping[str, Json], ctx: Json
) -> Remediation:
    """The fix of `control` for this resource.

    Raises ControlError where a template asks for something that is not there, or a placeholder is left.
    """
    values = {
        "resource": dict(fields),
        "ctx": ctx,
        "id": resource.id,
        "arn": resource.arn,
        "region": resource.region or "us-east-1",
        "account": account,
    }
    parts = {part: _render(control, part, values) for part in FIX_PARTS}
    for part, text in parts.items():
        left = _PLACEHOLDER.search(_without_values(text, values))
        if left:
            raise ControlError(
                f"{control.file}: remediation.{part} still holds {left.group()!r} for {resource.arn}"
            )
    return Remediation(why=control.why, **parts)


def fail_text(
    control: Control, resource: Resource, account: str, fields: Mapping[str, Json], *, lenient: bool = False
) -> str:
    """One sentence that names the value seen. With `lenient`, what could not be read is left out of it."""
    values = {
        "resource": dict(fields),
        "id": resource.id,
        "region": resource.region,
        "account": account,
        "ctx": {},
    }
    return _render(control, "fail_text", values, lenient=lenient)


def check_quoting(control: Control) -> None:
    """Raise ControlError where a shell template, or a part that it includes, uses a scanned value without `|sh`."""
    for part in ("cli", "undo"):
        source = control.remediation[part]
        included = [_PARTS / name for name in _INCLUDE.findall(source)]
        for text in (source, *(path.read_text(encoding="utf-8") for path in included if path.is_file())):
            shown = _unquoted(text)
            if shown:
                raise ControlError(
                    f"{control.file}: remediation.{part} uses {shown!r} unquoted. End it with |sh."
                )


@cache
def _unquoted(source: str) -> str:
    """The first expression of the template that does not end with `|sh`, "" where all do."""
    expression: list[str] = []
    for _line, kind, text in _environment().lex(source):
        if kind == "variable_begin":
            expression = []
        elif kind == "variable_end" and expression[-2:] != ["|", "sh"]:
            return " ".join(expression)[:80]
        elif kind != "whitespace":
            expression.append(text)
    return ""


def _without_values(text: str, values: Mapping[str, Any]) -> str:
    """The text less what was scanned: a bucket may well be called `todo`."""
    for value in (values["arn"], values["id"]):
        if value:
            text = text.replace(str(value), "")
    return text


def _render(control: Control, part: str, values: Mapping[str, Any], *, lenient: bool = False) -> str:
    source = control.fail_text if part == "fail_text" else control.remediation[part]
    if "{" not in source:
        return source.strip()  # a third of the parts name nothing; jinja would still build its world for each
    import jinja2

    try:
        return str(_template(source, lenient).render(**values)).strip()
    except jinja2.TemplateError as error:
        raise ControlError(f"{control.file}: {part} can't be rendered: {error}") from error


@cache
def _template(source: str, lenient: bool) -> Any:
    return _environment(lenient).from_string(source)


@cache
def _environment(lenient: bool = False) -> Any:
    import jinja2
    from jinja2.sandbox import SandboxedEnvironment

    undefined = jinja2.ChainableUndefined if lenient else jinja2.StrictUndefined
    environment = SandboxedEnvironment(
        loader=jinja2.FileSystemLoader(_PARTS),
        undefined=undefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["sh"] = lambda value: shlex.quote(value if isinstance(value, str) else _json(value))
    environment.filters["json"] = _json
    environment.filters["pretty"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)
    environment.filters["tf"] = _terraform_name
    environment.filters["tfstr"] = _terraform_string
    return environment


def _json(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _terraform_name(value: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_]", "_", value)
    return name if re.match(r"[A-Za-z_]", name) else "r_" + name


def _terraform_string(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
