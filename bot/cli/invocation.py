"""What was typed: words, and the options that every command takes."""

import difflib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from scanners.errors import UsageError

if TYPE_CHECKING:
    from bot.settings import Settings

COMMON = ("config", "store", "format", "as")
FORMATS = ("table", "json")


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of `patrol`. `options` holds a command's own; flags are "yes"."""

    words: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    config: Path | None = None
    store: Path | None = None
    format: str = "table"
    acting_as: str = ""
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def out(self) -> TextIO:
        """Where the answer goes."""
        return sys.stdout

    @property
    def colour(self) -> bool:
        """True on a terminal whose owner did not switch colour off (no-color.org)."""
        return sys.stdout.isatty() and not self.environ.get("NO_COLOR")

    def settings(self) -> "Settings":
        """patrol.toml and the environment. Raises ConfigError that lists every mistake."""
        from bot.settings import load

        return load(self.environ, config=self.config, store=self.store)


def parse(
    words: Sequence[str], own: Iterable[str] = (), flags: Iterable[str] = (), formats: Sequence[str] = FORMATS
) -> Invocation:
    """Sort what was typed. `own` options take a value, `flags` none; what is not an option stays a word.

    `formats` are what --format takes; the first is the default.

    Raises UsageError for an option that nobody knows, with the nearest.
    """
    own, flags = set(own), set(flags)
    plain: list[str] = []
    options: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            plain += rest
            break
        if not word.startswith("--"):
            plain.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        if name in flags and not equals:
            options[name] = "yes"
            continue
        if name not in own and name not in COMMON:
            raise UsageError(unknown_option(word, [*COMMON, *own, *flags]))
        if not equals:
            if not rest:
                raise UsageError(f"--{name} needs a value.")
            value = rest.pop(0)
        options[name] = value
    return _invocation(plain, options, formats)


def _invocation(plain: list[str], options: dict[str, str], formats: Sequence[str]) -> Invocation:
    config, store = options.pop("config", ""), options.pop("store", "")
    form, person = options.pop("format", formats[0]), options.pop("as", "")
    if form not in formats:
        listed = " or ".join(filter(None, (", ".join(formats[:-1]), formats[-1])))
        raise UsageError(f"--format takes {listed}, not {form[:40]!r}.")
    return Invocation(
        tuple(plain), options, Path(config) if config else None, Path(store) if store else None, form, person
    )


def take_common(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words without the common options, and those options: a chat command reads the rest itself."""
    plain: list[str] = []
    common: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, _value = word[2:].partition("=")
        if word.startswith("--") and name in COMMON:
            common.append(word)
            if not equals and rest:
                common.append(rest.pop(0))
        else:
            plain.append(word)
    return plain, common


def unknown_option(word: str, known: Iterable[str]) -> str:
    """What to say of an option that nobody knows."""
    names = sorted("--" + name for name in known)
    near = difflib.get_close_matches(word.split("=")[0], names, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]}?" if near else f" It takes {', '.join(names)}."
    return f"There is no option {word[:40]}.{hint}"
