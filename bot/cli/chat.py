"""The words of a slash command on a terminal: the same commands, drawn as text or JSON."""

import json
import sys
import time
from collections.abc import Sequence
from typing import cast

from bot.cli import finding_formats, summary_formats
from bot.cli.invocation import FORMATS, Invocation, parse
from bot.cli.person import acting_person
from bot.messages.terminal import text
from bot.scanning import make_scanner
from bot.times import now_utc
from commands.model import Context
from commands.parse import arguments
from commands.registry import lookup, run_words
from commands.reply import BulkDone, BulkPreview, Decided, FindingList, Reply
from commands.summary_model import Summary
from scanners.errors import PatrolError, UsageError
from storage.jobs import Job
from storage.model import State
from storage.store import Store

CLEAN, FINDINGS, UNDECIDED = 0, 1, 2
WAIT_FOR_SERVER_S = 60.0


def run_chat(words: list[str], common: Sequence[str]) -> int:
    """Run the command that `words` spell. Raises PatrolError with the exit code."""
    command = lookup(words[0])
    own = {"summary": summary_formats.FORMATS, "findings": finding_formats.FORMATS}
    invocation = parse(common, formats=own.get(command.name, FORMATS))
    try:
        if command.name == "help":
            reply: Reply = run_words(_without_store(), words)
            show(invocation, reply)
            return CLEAN
        return _with_store(invocation, words)
    except PatrolError as error:
        if invocation.format == "json" and command.decides:
            finding = _about(invocation, words)
            print(
                json.dumps(
                    {"schema": "patrol.reply/1", "ok": False, "message": str(error), "finding": finding}
                )
            )
        raise


def _about(invocation: Invocation, words: list[str]) -> object:
    """The finding that was refused, as it stands; None where the words name none that the person may see."""
    from bot.messages.documents import finding_entry
    from storage.queries import find_one

    try:
        identity = arguments(lookup(words[0]), words[1:]).words[0]
        settings = invocation.settings()
        person = acting_person(settings, invocation.environ, invocation.acting_as)
        store = Store(settings.store, read_only=True)
    except (PatrolError, IndexError):
        return None
    try:
        with store.read() as connection:
            return finding_entry(
                find_one(connection, identity, now_utc(), sees=settings.organisation.visible(person)),
                now_utc(),
            )
    except PatrolError:
        return None
    finally:
        store.close()


def _without_store() -> Context:
    return cast(Context, None)  # help touches nothing


def _with_store(invocation: Invocation, words: list[str]) -> int:
    settings = invocation.settings()
    person = acting_person(settings, invocation.environ, invocation.acting_as)
    store = Store(settings.store)
    try:
        context = Context(store, settings.organisation, person, now_utc, make_scanner(now_utc), "terminal")
        reply = run_words(context, words)
        if isinstance(reply, Decided) and reply.job:
            if invocation.format == "table":
                print(text(reply, colour=invocation.colour), flush=True)
            return _checked(invocation, context, reply)
        if isinstance(reply, Summary) and invocation.format in summary_formats.FILES:
            summary_formats.write(invocation.format, reply, context)
        elif _is_export(invocation, words) and isinstance(reply, FindingList):
            finding_formats.write(invocation.format, reply)
        elif invocation.format in (*FORMATS, summary_formats.TEXT):
            show(invocation, reply)
        else:
            raise UsageError(f"A list of findings has no {invocation.format}; it takes table or json.")
        return exit_code(reply)
    finally:
        store.close()


def _is_export(invocation: Invocation, words: Sequence[str]) -> bool:
    return invocation.format in finding_formats.FILES and lookup(words[0]).name == "findings"


def show(invocation: Invocation, reply: Reply) -> None:
    """Print the reply as asked for."""
    if invocation.format == "json":
        from bot.messages.documents_reply import reply_document

        print(json.dumps(reply_document(reply), ensure_ascii=True, indent=2))
    else:
        print(text(reply, colour=invocation.colour))


def exit_code(reply: Reply) -> int:
    """1 where findings are listed that are not settled, or a summary has late ones; 2 where a bulk action was only
    shown, or refused in part, or nothing could be checked.
    """
    if isinstance(reply, Summary):
        return UNDECIDED if reply.document["score"] is None else FINDINGS if reply.late_count else CLEAN
    if isinstance(reply, BulkPreview) or (isinstance(reply, BulkDone) and reply.refused):
        return UNDECIDED
    if isinstance(reply, FindingList):
        settled = (State.FIXED, State.OUT_OF_SCOPE)
        return FINDINGS if any(view.state not in settled for view in reply.findings) else CLEAN
    return CLEAN


def _checked(invocation: Invocation, context: Context, claimed: Decided) -> int:
    """Run the check that the claim queued, here and now; or wait for the server that took it."""
    from bot.messages.outcome import outcome_reply
    from storage.queries import find_one

    print("Checking ...", file=sys.stderr, flush=True)
    job = _run_or_wait(context, claimed.job)
    with context.store.read() as connection:
        view = find_one(connection, claimed.view.finding.id, context.now(), sees=context.sees)
        reply = outcome_reply(connection, view, job, context.now())
    show(invocation, reply)
    if view.state is State.FIXED:
        return CLEAN
    return UNDECIDED if view.finding.claim_at is not None else FINDINGS


def _run_or_wait(context: Context, job_id: int) -> Job:
    from commands.work import run_job
    from storage import jobs

    with context.store.write() as connection:
        taken = jobs.take_this(connection, job_id, context.now())
    if taken is not None:
        run_job(context, taken)
    until = time.monotonic() + WAIT_FOR_SERVER_S
    while True:
        with context.store.read() as connection:
            job = jobs.get(connection, job_id)
        assert job is not None, "a job that was queued stays in the store"
        if job.finished is not None or time.monotonic() > until:
            return job
        time.sleep(0.2)
