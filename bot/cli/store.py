"""`patrol store`: prove or copy what is kept."""

from collections.abc import Sequence
from pathlib import Path

from bot.cli.invocation import parse
from scanners.errors import UsageError
from storage.store import Store

HELP = """
patrol store rebuild --check [--store FILE]
patrol store backup FILE [--store FILE]

rebuild --check replays the ledger and proves that the findings equal the replay; it changes nothing.
Without --check the findings are written anew from the ledger.
backup copies the store while others write. It never replaces a file.
Exit codes: 0 equal or copied, 2 different or not copied, 64 usage
"""


def run(words: Sequence[str]) -> int:
    """Rebuild or back up; returns the exit code."""
    invocation = parse(words, flags=("check",))
    match invocation.words:
        case ("rebuild",):
            return _rebuild(invocation.settings().store, check="check" in invocation.options)
        case ("backup", name):
            store = Store(invocation.settings().store, read_only=True)
            store.backup(Path(name))
            print(f"Copied {store.path} to {name}.")
            return 0
    raise UsageError(f"Usage:{HELP.split('--format')[0].rstrip()}")


def _rebuild(path: Path, *, check: bool) -> int:
    from storage.rebuild import compare, rebuild

    store = Store(path, read_only=check)
    if check:
        with store.read() as connection:
            found = compare(connection)
    else:
        with store.write() as connection:
            found = rebuild(connection)
    said = f"{found.findings:,} findings, replayed from {found.events:,} events"
    if found.equal:
        print(f"Equal: {said}.")
        return 0
    parts = (
        ("differ", found.differing), ("missing", found.missing), ("not in the ledger", found.unknown),
        ("with another owner", found.owners),
    )  # fmt: skip
    told = ", ".join(f"{len(ids):,} {what}" for what, ids in parts if ids)
    print(f"{'Different' if check else 'Mended'}: {said}; {told}.")
    for what, ids in parts:
        for identity in ids[:10]:
            print(f"  {what}: {identity}")
    if not check:
        return 0
    print("`patrol audit verify` proves the ledger; `patrol store rebuild` then writes the findings anew.")
    return 2
