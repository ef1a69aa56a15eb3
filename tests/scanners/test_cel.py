"""CEL predicates: three-valued, bounded, and never truthy by mistake."""

import time

import pytest

from scanners.cel import compile_predicate
from scanners.errors import ControlError

FIELDS = ("name", "size", "tags", "admin_policies")


def _holds(text: str, **resource: object) -> bool | str:
    return compile_predicate(text, FIELDS, {"account": ("blocks",)}, "x.yaml: pass").holds(resource, {})


def test_a_boolean_is_believed() -> None:
    assert _holds("resource.size > 3", size=4) is True
    assert _holds("resource.size > 3", size=2) is False


@pytest.mark.parametrize("text", ["resource.size", "resource.name + 'x'", "resource.size / 0 == 1", "1"])
def test_what_is_no_boolean_is_never_a_pass(text: str) -> None:
    assert isinstance(_holds(text, size=4, name="a"), str)


def test_a_missing_field_is_absorbed_only_where_the_other_side_decides() -> None:
    assert _holds("resource.size > 3 || resource.name == 'a'", name="a") is True
    assert _holds("resource.size > 3 && resource.name == 'a'", name="b") is False
    assert isinstance(_holds("resource.size > 3 || resource.name == 'a'", name="b"), str)
    assert isinstance(_holds("resource.size > 3 && resource.name == 'a'", name="a"), str)


@pytest.mark.parametrize("text", ["resource.tags.map(t, t).size() > 0", "has(resource.name)"])
def test_dangerous_macros_are_refused(text: str) -> None:
    with pytest.raises(ControlError, match="not allowed here"):
        _holds(text)


def test_a_misspelt_field_is_found_when_the_control_is_read() -> None:
    with pytest.raises(
        ControlError, match=r"x\.yaml: pass: the resource has no field 'nmae'\. Did you mean resource\.name\?"
    ):
        _holds("resource.nmae == 'a'")


def test_a_field_named_inside_a_string_is_no_field() -> None:
    assert _holds("resource.name == 'resource.nothing'", name="resource.nothing") is True


def test_an_unknown_context_is_found_when_the_control_is_read() -> None:
    with pytest.raises(ControlError, match="names no dataset"):
        _holds("ctx.acount.blocks")


@pytest.mark.parametrize("text", ["resource.size >", "resource.size = 3", "'open"])
def test_bad_syntax_is_told(text: str) -> None:
    with pytest.raises(ControlError, match="CEL can't read it"):
        _holds(text)


def test_deep_and_long_expressions_are_refused() -> None:
    with pytest.raises(ControlError, match="nested"):
        _holds("(" * 40 + "true" + ")" * 40)
    with pytest.raises(ControlError, match="characters"):
        _holds("1" + " + 1" * 2_000 + " > 0")


def test_nested_loops_end_soon_and_decide_nothing() -> None:
    began = time.monotonic()
    text = "resource.tags.all(a, resource.tags.all(b, resource.tags.all(c, a + b + c < 0)) || true) "
    found = _holds(text, tags=list(range(400)))
    assert time.monotonic() - began < 10
    assert found is not False
