"""A policy document as values: any JSON at all gives a Policy or a MalformedPolicy.

Source: AWS IAM User Guide, "IAM JSON policy element reference".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from scanners.model import Json


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, every element a tuple. `principals` holds (type, value); None where absent."""

    sid: str
    allow: bool
    principals: tuple[tuple[str, str], ...] | None
    not_principals: tuple[tuple[str, str], ...] | None
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy that could be read."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class MalformedPolicy:
    """A document that is no policy; nothing may be concluded from it."""

    reason: str


def parse(document: Json) -> Policy | MalformedPolicy:
    """Read a policy given as JSON text (URL-encoded or not) or as an object. Never raises."""
    try:
        if isinstance(document, str):
            text = document.strip()
            # IAM sends documents URL-encoded; of an object the first letter is then %7B, or encoded white space.
            document = json.loads(unquote(text) if text.startswith("%") else text)
        if not isinstance(document, Mapping):
            return MalformedPolicy("the policy is not a JSON object")
        if "Statement" not in document:
            return MalformedPolicy("the policy has no Statement")
        given = document["Statement"]
        statements = [given] if isinstance(given, Mapping) else given
        return Policy(tuple(_statement(item) for item in statements))
    except (ValueError, TypeError, RecursionError) as error:
        return MalformedPolicy(f"the policy can't be read: {str(error)[:120]}")


def _statement(item: Json) -> Statement:
    if not isinstance(item, Mapping) or item.get("Effect") not in ("Allow", "Deny"):
        raise ValueError("a statement without Effect Allow or Deny")
    return Statement(
        sid=str(item.get("Sid", "")),
        allow=item["Effect"] == "Allow",
        principals=_principals(item.get("Principal")),
        not_principals=_principals(item.get("NotPrincipal")),
        actions=_texts(item.get("Action")),
        not_actions=_texts(item.get("NotAction")),
        resources=_texts(item.get("Resource")),
        not_resources=_texts(item.get("NotResource")),
        conditions=_conditions(item.get("Condition")),
    )


def _texts(value: Json) -> tuple[str, ...] | None:
    if value is None:
        return None
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in items):
        raise ValueError("an element that is not text")
    return tuple(items)


def _principals(value: Json) -> tuple[tuple[str, str], ...] | None:
    if value is None:
        return None
    if isinstance(value, str):
        return (("AWS", value),)
    if not isinstance(value, Mapping):
        raise ValueError("a Principal that is neither text nor an object")
    return tuple((str(kind), name) for kind, names in value.items() for name in _texts(names) or ())


def _conditions(value: Json) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        raise ValueError("a Condition that is not an object")
    found = []
    for operator, keys in value.items():
        if not isinstance(keys, Mapping):
            raise ValueError("a condition operator without keys")
        for key, values in keys.items():
            listed = values if isinstance(values, list) else [values]
            found.append((str(operator).lower(), str(key).lower(), tuple(_condition_text(v) for v in listed)))
    return tuple(found)


def _condition_text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
