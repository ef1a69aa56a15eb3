"""Structured logs: one event a line, `time level event key=value ...`. No secrets, no words of people."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

from bot.blockkit import redact


def event(logger: logging.Logger, name: str, *, level: int = logging.INFO, **facts: object) -> None:
    """Log `name` with its facts; ids and counts, never message text."""
    told = " ".join(f"{key}={_value(value)}" for key, value in facts.items() if value not in (None, ""))
    logger.log(level, "%s", f"{name} {told}".rstrip())


def _value(value: object) -> str:
    text = " ".join(str(value).split())
    return text if text and text.isprintable() and " " not in text else json.dumps(text)


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = redact(super().format(record))
        return f"{at} {record.levelname.lower()} {record.name} {text}"


def set_up(level: str = "info", stream: TextIO | None = None) -> None:
    """Send Patrol's own events to `stream` (standard error), other libraries' from warning up."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("patrol").setLevel(level.upper())
