"""`patrol serve`."""

from collections.abc import Sequence

from bot.cli.invocation import parse
from scanners.errors import UsageError

HELP = """
patrol serve [--http HOST:PORT] [--log LEVEL] [--config FILE] [--store FILE]

Runs the Slack bot until SIGTERM or Ctrl-C. Needs SLACK_BOT_TOKEN and SLACK_APP_TOKEN.
--http listens for signed requests at /slack/events instead of Socket Mode; needs SLACK_SIGNING_SECRET.
--log  debug, info (default), warning or error. One event a line, on standard error.
"""
LEVELS = ("debug", "info", "warning", "error")


def run(words: Sequence[str]) -> int:
    """Serve; returns 0 after a clean end."""
    invocation = parse(words, own=("http", "log"))
    level = invocation.options.get("log", "info")
    if level not in LEVELS:
        raise UsageError(f"--log takes {', '.join(LEVELS)}, not {level[:20]!r}.")
    from bot.process import Http
    from bot.serve import serve

    given = invocation.options.get("http")
    http = None
    if given is not None:
        host, _, port = given.rpartition(":")
        if not port.isdigit() or int(port) > 65_535:
            raise UsageError(f"--http takes HOST:PORT, such as 127.0.0.1:3000, not {given[:60]!r}.")
        http = Http(host or "127.0.0.1", int(port))
    return serve(invocation.settings(), http, level)
