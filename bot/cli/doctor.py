"""`patrol doctor`."""

import json
from collections.abc import Sequence

from bot.cli.invocation import parse

HELP = """
patrol doctor [--http] [--config FILE] [--store FILE] [--format table|json]

Checks configuration, store, Slack tokens, scopes, channels and clock, and reads every AWS target once to
learn which rights are missing. It posts nothing and records nothing. --http checks for HTTP mode.
Exit codes: 0 all well (warnings included), 2 something is wrong, 64 usage
"""


def run(words: Sequence[str]) -> int:
    """Examine; returns 2 where something keeps Patrol from its work."""
    from bot.doctor import BAD, examine
    from bot.messages.terminal_table import safe
    from bot.scanning import make_scanner
    from bot.times import now_utc

    invocation = parse(words, flags=("http",))
    checks = examine(invocation.settings(), make_scanner(now_utc), now_utc, http="http" in invocation.options)
    found = []
    for check in checks:
        found.append(check)
        if invocation.format == "table":
            mark = {"ok": "ok  ", "warn": "WARN", "bad": "BAD "}[check.level]
            print(f"{mark}  {check.subject}: {safe(check.text)}", flush=True)
    if invocation.format == "json":
        entries = [{"level": c.level, "subject": c.subject, "text": c.text} for c in found]
        print(json.dumps({"schema": "patrol.doctor/1", "checks": entries}, indent=2))
    return 2 if any(check.level == BAD for check in found) else 0
