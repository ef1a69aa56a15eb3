"""Finds the command that was typed and turns every error into one line and an exit code."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from bot.cli.invocation import Invocation, take_common, unknown_option
from scanners.errors import PatrolError, UsageError

# Name -> module and one line. The module is imported when its command is typed.
OWN: dict[str, tuple[str, str]] = {
    "scan": ("bot.cli.scan", "Scan AWS with your credentials, or a configured target."),
    "import": (
        "bot.cli.import_",
        "FILE: bring in what Prowler, Security Hub, semgrep, checkov, trivy and others reported.",
    ),
    "serve": ("bot.cli.serve", "Run the Slack bot."),
    "demo": ("bot.cli.demo", "A Slack workspace and an AWS account on this machine, Patrol between them."),
    "init": ("bot.cli.init", "Write a commented patrol.toml to start from."),
    "doctor": ("bot.cli.doctor", "Check tokens, scopes, channels, AWS rights, store and clock."),
    "config": ("bot.cli.config", "check: every mistake in patrol.toml, with its mend."),
    "controls": (
        "bot.cli.controls",
        "list: what is checked. test: run each control's own examples. docs: a page for each.",
    ),
    "aws": ("bot.cli.aws", "policy: the least-privilege IAM policy that the scans need."),
    "store": ("bot.cli.store", "rebuild --check: replay the ledger. backup FILE: copy while others write."),
    "audit": (
        "bot.cli.audit",
        "verify: prove that no event was changed. export: a slice of the ledger for an auditor.",
    ),
}
# Asked for most first; their one line comes from `commands`, which is where they are defined.
CHAT = (
    "findings", "show", "fix", "acknowledge", "start", "fixed", "snooze", "accept", "false-positive", "approve",
    "reject", "revoke", "not-mine", "reassign", "note", "undo", "track", "digest", "summary", "status", "release", "help",
)  # fmt: skip
BROKEN = "Patrol itself failed"


def run(argv: Sequence[str]) -> int:
    """Run `argv` (without the program's name); returns the exit code."""
    try:
        return _run(list(argv))
    except PatrolError as error:
        print(_said(error), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader (head, less) has seen enough
        return 0


def _run(argv: list[str]) -> int:
    if argv and argv[0] in ("--version", "-V"):
        from importlib.metadata import version

        print(f"patrol {version('patrol-bot')}")
        return 0
    if not argv or argv[0] in ("-h", "--help"):
        print(overview())
        return 0
    words, common = take_common(argv)
    if not words:
        raise UsageError("Which command? `patrol --help` lists them.")
    name, rest = words[0], words[1:]
    if name.startswith("-"):
        raise UsageError(unknown_option(name, ["help", "version"]))
    if name in OWN:
        module = import_module(OWN[name][0])
        if any(word in ("-h", "--help") for word in rest):
            print(module.HELP.strip("\n"))
            return 0
        own_run: Callable[[list[str]], int] = module.run
        return own_run([*rest, *common])
    from bot.cli.chat import run_chat

    if any(word in ("-h", "--help") for word in rest):
        return run_chat(["help", name], common)
    return run_chat(words, common)


def overview() -> str:
    """What `patrol --help` prints."""
    from commands.registry import COMMANDS

    rows = [(name, COMMANDS[name].summary) for name in CHAT if name in COMMANDS]
    own = [(name, line) for name, (_module, line) in OWN.items()]
    wide = max(len(name) for name, _line in rows + own)
    return "\n".join(
        [
            "patrol finds what is wrong in your cloud, tells the team how to fix it, and proves the fix.",
            "",
            "Run it:",
            *(f"  {name:<{wide}}  {line}" for name, line in own),
            "",
            "The same words as /patrol in Slack:",
            *(f"  {name:<{wide}}  {line}" for name, line in rows),
            "",
            "Options of every command: --config FILE, --store FILE, --format table|json, --as USER",
            "Exit codes: 0 clean, 1 findings, 2 not checked or decided, 3 refused by role or rule, 64 usage",
        ]
    )


def _said(error: PatrolError) -> str:
    from bot.messages.terminal_table import safe

    return "\n".join(f"patrol: {safe(line)}" for line in (str(error) or BROKEN).splitlines())


__all__ = ["Invocation", "overview", "run"]
