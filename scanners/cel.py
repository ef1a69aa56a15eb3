"""CEL predicates: compiled once, evaluated three-valued, bounded (docs/decisions/0002).

`cel-expr-python` returns a run-time error as a truthy value, so only a value of type BOOL is believed.
An absent field is an error, and CEL's `||` and `&&` absorb an error where the other side decides: that is
exactly the three-valued logic that honesty needs.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from scanners.errors import ControlError
from scanners.model import Json

LONGEST = 2_000
DEEPEST = 24
# `map` can be chained until memory runs out; `has` would turn "not seen" into a confident "no".
_REFUSED = re.compile(r"(?:\.\s*map\s*\()|(?<![\w.])has\s*\(")
_CHAIN = re.compile(r"(?<![\w.])(resource|ctx)\s*\.\s*([A-Za-z_]\w*)(?:\s*\.\s*([A-Za-z_]\w*))?")
_STRING = re.compile(r"r?'(?:\\.|[^'\\])*'|r?\"(?:\\.|[^\"\\])*\"")


@dataclass(frozen=True, slots=True)
class Predicate:
    """A compiled expression, and the fields it reads: of the resource, and of each context dataset."""

    text: str
    resource_fields: frozenset[str]
    context_fields: frozenset[tuple[str, str]]
    compiled: Any

    def holds(self, resource: Mapping[str, Json], context: Mapping[str, Json]) -> bool | str:
        """True or False where the expression is conclusive, else the text of the error."""
        from cel_expr_python import cel

        value = self.compiled.eval(data={"resource": dict(resource), "ctx": dict(context)})
        if value.type() == cel.Type.BOOL:
            return bool(value.value())
        return str(value.value())


@cache
def _environment() -> Any:
    from cel_expr_python import cel

    return cel.NewEnv(variables={"resource": cel.Type.DYN, "ctx": cel.Type.DYN})


def compile_predicate(
    text: str, schema: Iterable[str], contexts: Mapping[str, Iterable[str]], where: str
) -> Predicate:
    """Check and compile `text`. `schema` holds the resource's fields, `contexts` those of each `ctx` name.

    Raises ControlError that starts with `where` for a refused macro, an unknown field or a syntax error.
    """
    bare = _STRING.sub("''", text)
    _check_bounds(text, bare, where)
    resource_fields: set[str] = set()
    context_fields: set[tuple[str, str]] = set()
    for root, first, second in _CHAIN.findall(bare):
        if root == "resource":
            resource_fields.add(_known(first, schema, f"{where}: the resource has no field", "resource."))
        else:
            name = _known(first, contexts, f"{where}: `with` names no dataset", "ctx.")
            if not second:
                raise ControlError(f"{where}: ctx.{name} is used whole; name one of its fields.")
            _known(second, contexts[name], f"{where}: ctx.{name} has no field", f"ctx.{name}.")
            context_fields.add((name, second))
    try:
        compiled = _environment().compile(text)
    except RuntimeError as error:
        first_line = str(error).splitlines()[0].removeprefix("INVALID_ARGUMENT: ERROR: <input>:")
        raise ControlError(f"{where}: CEL can't read it: {first_line}") from error
    return Predicate(text, frozenset(resource_fields), frozenset(context_fields), compiled)


def _check_bounds(text: str, bare: str, where: str) -> None:
    if len(text) > LONGEST:
        raise ControlError(f"{where}: the expression has {len(text)} characters; {LONGEST} are the most.")
    depth = deepest = 0
    for letter in bare:
        depth += (letter in "([{") - (letter in ")]}")
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise ControlError(f"{where}: brackets are nested {deepest} deep; {DEEPEST} are the most.")
    refused = _REFUSED.search(bare)
    if refused:
        word = refused.group().strip(" .(")
        raise ControlError(
            f"{where}: `{word}` is not allowed here. Use exists, all or filter; a field that is not there is null."
        )


def _known(name: str, known: Iterable[str], complaint: str, prefix: str) -> str:
    names = list(known)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
    hint = f" Did you mean {prefix}{near[0]}?" if near else f" It has: {', '.join(sorted(names))}."
    raise ControlError(f"{complaint} {name!r}.{hint}")
