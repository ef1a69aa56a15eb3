"""Block Kit: builders, escaping, redaction, and `fit`, which every payload passes before it leaves.

The limits are Slack's own (Block Kit reference, 2026). What is over is shortened at a line end with a pointer to the rest;
Slack never gets the chance to refuse it. `problems` counts anew, so that a test can hold `fit` to its word.
"""

from bot.blockkit.build import actions, button, confirm, context, divider, fields, header, picture, section
from bot.blockkit.fit import fit, fit_view
from bot.blockkit.inputs import asked, box, day, overflow, radio, select
from bot.blockkit.problems import problems, problems_view
from bot.blockkit.text import code, escape, fence, redact

__all__ = [
    "actions",
    "asked",
    "box",
    "button",
    "code",
    "confirm",
    "context",
    "day",
    "divider",
    "escape",
    "fence",
    "fields",
    "fit",
    "fit_view",
    "header",
    "overflow",
    "picture",
    "problems",
    "problems_view",
    "radio",
    "redact",
    "section",
    "select",
]
