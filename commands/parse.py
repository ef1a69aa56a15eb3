"""Words to arguments, the same for a slash command and a terminal."""

import difflib
from collections import defaultdict
from collections.abc import Iterable

from commands.model import Arguments, Command
from scanners.errors import UsageError

LONGEST_TEXT = 4_000
# Phones turn quotes and dashes into typographic ones; people paste them without seeing it.
_PLAIN = str.maketrans(
    dict.fromkeys("\u201c\u201d\u201e\u201f", '"') | dict.fromkeys("\u2018\u2019\u201a\u201b", "'")
)
_DASHES = ("\u2014", "\u2013")


def split(text: str) -> list[str]:
    """The words of `text`; quotes hold words together. Raises UsageError for an open quote or overlong text."""
    if len(text) > LONGEST_TEXT:
        raise UsageError(f"That is {len(text):,} characters; {LONGEST_TEXT:,} are the most. Say it shorter.")
    words: list[str] = []
    word, quote, started = "", "", False
    for letter in text.translate(_PLAIN):
        if quote:
            quote, word = ("", word) if letter == quote else (quote, word + letter)
        elif letter == '"' or (letter == "'" and not word):
            quote, started = letter, True
        elif letter.isspace():
            if word or started:
                words.append(word)
            word, started = "", False
        else:
            word, started = word + letter, True
    if quote:
        raise UsageError(f"A quote ({quote}) is opened but never closed. Close it, or leave it out.")
    return [*words, word] if word or started else words


def arguments(command: Command, words: list[str]) -> Arguments:
    """Sort `words` into words, `--options` and `name:value` filters. Raises UsageError with the nearest name."""
    plain: list[str] = []
    options: dict[str, str] = {}
    filters: dict[str, list[str]] = defaultdict(list)
    rest = list(words)
    while rest:
        if command.free_text and plain:
            plain.append(" ".join(rest))
            break
        word = rest.pop(0)
        word = "--" + word[1:] if word.startswith(_DASHES) else word
        name, colon, value = word.partition(":")
        if word.startswith("--"):
            key, equals, given = word[2:].partition("=")
            if key in command.flags and not equals:
                options[key] = "yes"
                continue
            if key not in command.options:
                known = [*command.options, *command.flags]
                raise _unknown(command, "--" + key, ["--" + option for option in known])
            if not equals:
                if not rest:
                    raise UsageError(f"--{key} needs a value. Usage: {command.usage}")
                given = rest.pop(0)
            options[key] = given
        elif colon and command.filters and name != "arn":
            if name not in command.filters:
                raise _unknown(command, name + ":", [f + ":" for f in command.filters])
            parts = [part for part in value.split(",") if part]
            if not parts:
                raise UsageError(f"{name}: needs a value right behind the colon. Usage: {command.usage}")
            filters[name] += parts
        else:
            plain.append(word)
    if len(plain) > command.most_words:
        extra = plain[command.most_words]
        raise UsageError(f"{_cut(extra)!r} is one word too many for `{command.name}`. Usage: {command.usage}")
    return Arguments(tuple(plain), options, {k: tuple(v) for k, v in filters.items()}, joined(words))


def joined(words: Iterable[str]) -> str:
    """The text that `split` takes apart into `words` again. A word that has both quotes loses the double ones."""
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    if word and not word.startswith("'") and '"' not in word and not any(map(str.isspace, word)):
        return word
    if '"' in word and "'" not in word:
        return f"'{word}'"
    return '"' + word.replace('"', "'") + '"'


def nearest(word: str, known: Iterable[str]) -> str:
    """The nearest of `known`, "" where none is near. Its beginning is as near as it gets."""
    options, plain = list(known), word.lower()
    begun = [option for option in options if len(plain) > 1 and option.startswith(plain)]
    if begun:
        return begun[0]
    # The dashes that all options share make none of them nearer.
    bare = {option.lstrip("-"): option for option in options}
    found = difflib.get_close_matches(plain.lstrip("-"), bare, n=1)
    return bare[found[0]] if found else ""


def one_of(value: str, known: Iterable[str], what: str) -> str:
    """`value` where it is known. Raises UsageError with the nearest and the whole list."""
    options = list(known)
    plain = value.lower().replace("-", "_").replace(" ", "_")
    if plain in options:
        return plain
    near = nearest(plain, options)
    hint = f" Did you mean {near}?" if near else ""
    raise UsageError(f"There is no {what} {_cut(value)!r}.{hint} Known: {', '.join(options)}.")


def _unknown(command: Command, word: str, known: list[str]) -> UsageError:
    near = nearest(word, known)
    hint = f" Did you mean {near}?" if near else ""
    return UsageError(f"`{command.name}` has no {_cut(word)}.{hint} Usage: {command.usage}")


def _cut(word: str) -> str:
    return word if len(word) <= 60 else word[:57] + "..."
