"""YAML with line numbers: safe loading only, duplicate keys refused."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanners.errors import ControlError

# An alias needs something to repeat, and that is marked so; `&&` of a predicate marks nothing.
_MAY_REPEAT = re.compile(r"(?<!&)&(?![&\s])")


@dataclass(frozen=True, slots=True)
class Located:
    """A value of a YAML file that knows the line of each of its keys (1-based)."""

    value: Any
    file: Path
    start: int
    lines: dict[Any, int] = field(default_factory=dict)
    children: dict[Any, "Located"] = field(default_factory=dict)

    def line(self, key: Any) -> int:
        """The line of `key`, or of the value itself."""
        return self.lines.get(key, self.start)

    def child(self, key: Any) -> "Located":
        """The located value under `key`."""
        return self.children.get(key) or Located(self.value[key], self.file, self.line(key))

    def error(self, key: Any, text: str) -> ControlError:
        """A ControlError that names file and line."""
        return ControlError(f"{self.file}:{self.line(key)}: {text}")


def read_yaml(path: Path) -> Located:
    """Parse one file. Raises ControlError with the line for anything that is not plain YAML."""
    import yaml

    loader_class = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        text = path.read_text(encoding="utf-8")
        for token in yaml.scan(text, Loader=loader_class) if _MAY_REPEAT.search(text) else ():
            if isinstance(token, yaml.AliasToken):
                # An alias can hold itself, or grow nine lines to a gigabyte; a control needs none.
                line = token.start_mark.line + 1
                raise ControlError(f"{path}:{line}: `*` repeats another part; write it out")
        loader = loader_class(text)
        try:
            node = loader.get_single_node()
            if node is None:
                raise ControlError(f"{path}:1: the file is empty")
            return _locate(loader, node, path)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ControlError(f"{path}:{line}: this is not YAML: {error.problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise ControlError(f"{path}: it can't be read: {error}") from error


def _locate(loader: Any, node: Any, path: Path) -> Located:
    import yaml

    start = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        lines: dict[Any, int] = {}
        children: dict[Any, Located] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            if key in lines:
                raise ControlError(f"{path}:{key_node.start_mark.line + 1}: {key!r} is there twice")
            lines[key] = key_node.start_mark.line + 1
            children[key] = _locate(loader, value_node, path)
        return Located({key: child.value for key, child in children.items()}, path, start, lines, children)
    if isinstance(node, yaml.SequenceNode):
        items = {index: _locate(loader, item, path) for index, item in enumerate(node.value)}
        return Located([item.value for item in items.values()], path, start, {}, items)
    return Located(loader.construct_object(node, deep=True), path, start)
