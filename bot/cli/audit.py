"""`patrol audit verify`."""

from collections.abc import Sequence

from bot.cli.invocation import parse
from scanners.errors import UsageError
from storage.store import Store

HELP = """
patrol audit verify [--store FILE]

Walks the chain of hashes through every event and names the first broken link.
Exit codes: 0 whole, 2 broken, 64 usage
"""


def run(words: Sequence[str]) -> int:
    """Verify; returns 0 where the chain is whole, else 2."""
    from storage.ledger import verify

    invocation = parse(words)
    if invocation.words != ("verify",):
        raise UsageError("Usage: patrol audit verify [--store FILE]")
    store = Store(invocation.settings().store, read_only=True)
    with store.read() as connection:
        found = verify(connection)
    if found.broken_at is None:
        print(f"Whole: {found.events:,} events, each linked to the one before it.")
        return 0
    print(f"Broken at event {found.broken_at}: {found.reason}.")
    print("Restore a backup made by `patrol store backup`, and find out who wrote to the file.")
    return 2
