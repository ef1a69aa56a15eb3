"""CODEOWNERS: which lines of text say who owns a path. Pure; the file itself is read with the settings.

The rules are those of GitHub (docs.github.com, "About code owners", "CODEOWNERS syntax"): the last line that
matches wins, and a line without owners says that nobody owns the path. Of GitLab's additions a section's
heading, with the owners of its lines that name none, is understood.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from scanners.errors import ConfigError

_WORD = re.compile(r"(?:\\.|\S)+")
_SECTION = re.compile(r"\^?\[[^\]]+\](\[\d+\])?(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the paths it speaks of, and their owners as written ("@acme/payments")."""

    pattern: re.Pattern[str]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Codeowners:
    """A whole file, its last line first. Compared by identity, so that answers can be kept."""

    lines: tuple[Line, ...]

    def owners(self, path: str) -> tuple[str, ...]:
        """The owners of `path` (from the repository's root, with or without the leading slash) as written."""
        return _owners(self, path)


def parse(text: str) -> Codeowners:
    """The lines of `text`. Raises ConfigError ("line 3: ...") for a pattern that cannot be understood."""
    lines: list[Line] = []
    of_section: tuple[str, ...] = ()
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        section = _SECTION.match(line)
        if section:
            of_section = _until_comment(line[section.end() :])
        elif line and not line.startswith("#"):
            pattern = _WORD.findall(line)[0]
            try:
                lines.append(Line(_compiled(pattern), _until_comment(line[len(pattern) :]) or of_section))
            except (ValueError, re.error) as error:
                raise ConfigError(f"line {number}: {error}") from None
    return Codeowners(tuple(reversed(lines)))


@lru_cache(maxsize=4096)
def _owners(file: Codeowners, path: str) -> tuple[str, ...]:
    """Many findings have one path (a lockfile); the lines are gone through once for it."""
    wanted = path.removeprefix("./").lstrip("/")
    return next((line.owners for line in file.lines if line.pattern.fullmatch(wanted)), ())


def _until_comment(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for word in text.split():
        if word.startswith("#"):
            break
        found.append(word)
    return tuple(found)


def _compiled(pattern: str) -> re.Pattern[str]:
    if pattern.startswith("!"):
        raise ValueError("a pattern that begins with ! means nothing in CODEOWNERS. Take the line out.")
    anchored = "/" in pattern[:-1]
    parts = pattern.strip("/").split("/")
    regex = "" if anchored else "(?:.*/)?"
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        if part == "**" and anchored:
            regex += ".*" if last else "(?:.*/)?"
        else:
            regex += _part(part) + ("" if last else "/")
    if pattern.endswith("/"):
        regex += "/.*"
    elif not pattern.endswith("/*"):  # what is named may be a folder; `docs/*` stays out of those below
        regex += "(?:/.*)?"
    return re.compile(regex, re.DOTALL)


def _part(part: str) -> str:
    """What stands between two slashes, as a regular expression."""
    found, rest = "", part
    while rest:
        letter, rest = rest[0], rest[1:]
        if letter == "*":
            found, rest = found + "[^/]*", rest.lstrip("*")
        elif letter == "?":
            found += "[^/]"
        elif letter == "[":
            inside, closed, rest = rest.partition("]")
            if not closed or not inside.strip("!^"):
                raise ValueError("a [ in the pattern is never closed. Close it, or write \\[ for the letter.")
            out = inside[0] in "!^"
            found += "[" + ("^/" if out else "") + re.sub(r"([\\\[^&~|])", r"\\\1", inside[out:]) + "]"
        elif letter == "\\" and rest:
            found, rest = found + re.escape(rest[0]), rest[1:]
        else:
            found += re.escape(letter)
    return found
