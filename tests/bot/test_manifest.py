"""manifest.yml against the code: everything that is used is asked for, and nothing more."""

import ast
from pathlib import Path
from typing import Any

import yaml

from bot import listeners
from bot.slack import METHODS

ROOT = Path(__file__).parents[2]
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
SCOPES = set(MANIFEST["oauth_config"]["scopes"]["bot"])
APP_LEVEL = {"connections:write"}


def _trees() -> list[ast.AST]:
    files = [path for path in (ROOT / "bot").rglob("*.py") if "sandbox" not in path.relative_to(ROOT).parts]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in files]


def _calls(*names: str) -> set[str]:
    """The first argument, where it is text, of every call of a method of that name."""
    found = set()
    for tree in _trees():
        for node in ast.walk(tree):
            method = node.func if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Call) and isinstance(method, ast.Attribute) and method.attr in names:
                found |= {str(first.value) for first in node.args[:1] if isinstance(first, ast.Constant)}
    return found


def test_every_method_that_the_code_calls_is_declared() -> None:
    written = {text for tree in _trees() for node in ast.walk(tree) if isinstance(node, ast.Constant)
               for text in [node.value] if isinstance(text, str) and text in METHODS}  # fmt: skip
    assert _calls("call", "ask") - {""} <= set(METHODS)
    assert set(METHODS) == written


def test_no_code_goes_around_the_declared_methods() -> None:
    """A method of the SDK's client that is called directly would escape this test."""
    for tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                assert node.attr.replace("_", ".", 1) not in METHODS, node.attr


def test_each_declared_method_has_its_scope() -> None:
    for method, scopes in METHODS.items():
        if scopes and not APP_LEVEL.intersection(scopes):
            assert set(scopes) <= SCOPES, method


def test_nothing_more_is_asked_for() -> None:
    used = {scope for scopes in METHODS.values() for scope in scopes} - APP_LEVEL
    assert used | {"commands"} == SCOPES


def test_every_listener_has_its_entry_and_every_entry_its_listener() -> None:
    commands = [command["command"] for command in MANIFEST["features"]["slash_commands"]]
    assert commands == [listeners.COMMAND]
    assert tuple(MANIFEST["settings"]["event_subscriptions"]["bot_events"]) == listeners.EVENTS
    assert MANIFEST["settings"]["interactivity"]["is_enabled"] is True
    shortcuts = MANIFEST["features"]["shortcuts"]
    assert tuple(entry["callback_id"] for entry in shortcuts) == listeners.SHORTCUTS


def test_the_way_in_is_socket_mode_and_names_come_as_ids() -> None:
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert all(command["should_escape"] for command in MANIFEST["features"]["slash_commands"])
    assert MANIFEST["features"]["app_home"]["home_tab_enabled"] is True


def test_the_readme_gives_the_reason_of_each_scope() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [scope for scope in sorted(SCOPES) if f"`{scope}`" not in readme] == []
