"""`patrol init`."""

from collections.abc import Sequence
from pathlib import Path

from bot.cli.invocation import parse
from scanners.errors import ConfigError

HELP = """
patrol init [--config FILE]

Writes a commented patrol.toml to start from. It never overwrites one.
"""


def run(words: Sequence[str]) -> int:
    """Write the file; returns 0."""
    from bot.settings import EXAMPLE

    invocation = parse(words)
    path = invocation.config or Path("patrol.toml")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(EXAMPLE)
    except FileExistsError:
        raise ConfigError(
            f"{path} exists already, and is left as it is. Name another with --config."
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{path} can't be written: {error.strerror}. Choose a folder that you may write."
        ) from error
    print(f"Wrote {path}. Put in your channel and people, then: patrol config check && patrol doctor")
    return 0
