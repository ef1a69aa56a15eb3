"""`patrol audit`: prove that the ledger is whole, or hand a slice of it to an auditor."""

from collections.abc import Sequence

from bot.cli.invocation import Invocation, parse
from scanners.errors import UsageError
from storage.store import Store

HELP = """
patrol audit verify [--store FILE]
patrol audit export [FILE.zip] --from DATE --to DATE [--store FILE] [--format json]

verify walks the chain of hashes through every event and names the first broken link.
export writes one archive for an auditor: the events of that time with their hashes, the evidence before and after
each fix, approvals, coverage, findings, and a verifier that needs only Python. It verifies the ledger first, and
never replaces a file.
--from is inclusive, --to exclusive: a day in UTC (2026-11-01) or an instant with its zone (2026-11-01T09:00+01:00).
All of November: --from 2026-11-01 --to 2026-12-01
Nothing is redacted: treat the archive as confidential. docs/audit.md tells how an auditor uses it.
Exit codes: 0 whole or exported, 2 broken or not exported, 64 usage
"""
USAGE = """\
Usage: patrol audit verify [--store FILE]
       patrol audit export [FILE.zip] --from DATE --to DATE [--store FILE]"""


def run(words: Sequence[str]) -> int:
    """Verify or export; returns 0 where the chain is whole and the archive written, else 2."""
    invocation = parse(words, own=("from", "to"))
    match invocation.words:
        case ("verify",) if not invocation.options:
            return _verify(invocation)
        case ("export", *names) if len(names) < 2:
            from bot.cli.audit_export import export

            return export(invocation, names[0] if names else "")
    raise UsageError(USAGE)


def _verify(invocation: Invocation) -> int:
    from storage.ledger import verify

    store = Store(invocation.settings().store, read_only=True)
    with store.read() as connection:
        found = verify(connection)
    if found.broken_at is None:
        print(f"Whole: {found.events:,} events, each linked to the one before it.")
        return 0
    print(f"Broken at event {found.broken_at}: {found.reason}.")
    print("Restore a backup made by `patrol store backup`, and find out who wrote to the file.")
    return 2
