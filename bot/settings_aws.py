"""How the accounts of an AWS target are entered, how much may be asked of them, and where their events come in."""

from bot.settings_tables import Table, Tables
from scanners.aws.events.options import event_mistakes
from scanners.aws.options import mistakes, read_options
from scanners.model import Json

AWS_KEYS = (
    "role", "external_id", "organization", "accounts", "skip_accounts", "calls_per_second", "max_calls",
    "events_queue", "events_region", "events_per_minute",
)  # fmt: skip


def aws_settings(tables: Tables, place: str, entry: Table, kind: str) -> dict[str, Json]:
    """What [[target]] says of it, as `Target.settings`. Only what is there is told on."""
    taken = {"aws": AWS_KEYS, "securityhub": ("calls_per_second", "max_calls"), "import": ()}
    for key in AWS_KEYS:
        if key in entry and key not in taken.get(kind, AWS_KEYS):
            tables.wrong(f"{place}.{key}", f"a target of the kind {kind} takes no {key}. Take it out.")
            return {}
    found: dict[str, Json] = {}
    for key in ("role", "external_id"):
        found[key] = tables.text(entry, f"{place}.{key}")
    for key in ("accounts", "skip_accounts"):
        found[key] = tables.texts(entry, f"{place}.{key}", lambda _value: "")
    found["organization"] = tables.flag(entry, f"{place}.organization")
    found["calls_per_second"] = tables.number(entry, f"{place}.calls_per_second", 0, 1_000, 0)
    found["max_calls"] = tables.number(entry, f"{place}.max_calls", 0, 10_000_000, 0)
    for key in ("events_queue", "events_region"):
        found[key] = tables.text(entry, f"{place}.{key}")
    found["events_per_minute"] = tables.number(entry, f"{place}.events_per_minute", 0, 600, 0)
    for key, what in [*mistakes(read_options(found)), *event_mistakes(found)]:
        tables.wrong(f"{place}.{key}", what)
    return {key: value for key, value in found.items() if value}
