"""All commands by name, and the one way to run a line of words."""

from collections.abc import Mapping

from commands import (
    accept,
    acknowledge,
    approve,
    digest,
    findings,
    fixed,
    note,
    owner,
    release,
    revoke,
    scan,
    show,
    snooze,
    start,
    status,
    summary,
    track,
    undo,
)  # fmt: skip
from commands.model import Arguments, Command, Context
from commands.parse import arguments, nearest, split
from commands.people import Role
from commands.reply import Help, HelpLine, Reply
from scanners.errors import UsageError


def help_run(_context: Context, given: Arguments) -> Reply:
    """Every command, or one in full."""
    if not given.words:
        return Help(tuple(_line(command) for command in COMMANDS.values()))
    command = lookup(given.words[0])
    return Help((_line(command),), topic=command.name)


HELP = Command(
    name="help",
    summary="These commands, or one of them in full.",
    usage="help [COMMAND]",
    role=Role.ANYONE,
    run=help_run,
    examples=("help", "help findings"),
    most_words=1,
)
COMMANDS: Mapping[str, Command] = {
    command.name: command
    for command in (
        scan.COMMAND,
        findings.COMMAND,
        show.SHOW,
        show.FIX,
        acknowledge.COMMAND,
        start.COMMAND,
        fixed.COMMAND,
        snooze.COMMAND,
        accept.ACCEPT,
        accept.FALSE_POSITIVE,
        approve.COMMAND,
        approve.REJECT,
        revoke.COMMAND,
        owner.NOT_MINE_COMMAND,
        owner.REASSIGN,
        note.COMMAND,
        undo.COMMAND,
        track.COMMAND,
        status.COMMAND,
        digest.COMMAND,
        summary.COMMAND,
        release.COMMAND,
        HELP,
    )
}


def lookup(word: str) -> Command:
    """The command of that name. Raises UsageError with the nearest one."""
    found = COMMANDS.get(word.lower())
    if found:
        return found
    near = nearest(word, COMMANDS)
    hint = f" Did you mean `{near}`?" if near else ""
    raise UsageError(f"There is no command {word[:60]!r}.{hint} `help` lists them all.")


def run_words(context: Context, words: list[str]) -> Reply:
    """Run the command that `words` spell; nothing at all means help.

    Raises UsageError, RefusedError, StoreError.
    """
    if not words:
        return HELP.run(context, Arguments())
    command = lookup(words[0])
    return command.run(context, arguments(command, words[1:]))


def run_text(context: Context, text: str) -> Reply:
    """As `run_words`, for the text behind a slash command."""
    return run_words(context, split(text))


def run_command(context: Context, name: str, given: Arguments) -> Reply:
    """Run the command of that name with `given`, for a face that has a field for each word.

    Raises UsageError, RefusedError, StoreError.
    """
    return lookup(name).run(context, given)


def _line(command: Command) -> HelpLine:
    return HelpLine(command.name, command.usage, command.summary, command.examples, command.help)
