"""The same commands for a terminal and for CI. Imports late, so that `patrol --help` is instant."""


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code (0 clean, 1 findings, 2 not checked, 3 refused, 64 usage)."""
    import sys

    from bot.cli.main import run
    from bot.garbage import collect_in_portions

    collect_in_portions()
    return run(sys.argv[1:] if argv is None else argv)
