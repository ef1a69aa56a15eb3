"""The CODEOWNERS files that targets name, read when the settings are: a changed file counts from the next start."""

from collections.abc import Sequence
from pathlib import Path

from bot.settings_values import plain, shown
from commands.codeowners import Codeowners, parse
from scanners.errors import ConfigError

LARGEST = 3 * 2**20  # bytes; GitHub reads none that is larger


def read_codeowners(
    named: Sequence[tuple[str, str, str]], folder: Path, file: str
) -> tuple[dict[str, Codeowners], list[str]]:
    """By target's name what its file says, and one line a mistake.

    `named` holds (the key's place, the target's name, the path as written); `folder` is that of patrol.toml, which
    is called `file` in mistakes.
    """
    found: dict[str, Codeowners] = {}
    mistakes: list[str] = []
    for place, target, written in named:
        try:
            found[target] = _read(folder / Path(written).expanduser(), written)
        except ConfigError as error:
            mistakes.append(plain(f"{file}: {place}: {error}"))
    return found, mistakes


def _read(path: Path, written: str) -> Codeowners:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise ConfigError(
            f"there is no file {shown(written)}. Write the path as seen from the folder of patrol.toml."
        ) from None
    except IsADirectoryError:
        raise ConfigError(f"{shown(written)} is a folder. Name the file in it.") from None
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"{shown(written)} can't be read: {said}. Check the path.") from None
    if len(raw) > LARGEST:
        raise ConfigError(f"{shown(written)} is larger than 3 MiB, so it is no CODEOWNERS. Name another.")
    try:
        return parse(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{shown(written)}: line {line} is not UTF-8. Save the file as UTF-8.") from None
    except ConfigError as error:
        raise ConfigError(f"{shown(written)}: {error}") from None
