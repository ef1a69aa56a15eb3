"""A claim's outcome comes back to the one who pressed, where they pressed."""

import logging

from bot.answers import Asker, answer, update_view
from bot.desk.desk import Desk
from bot.desk.home import redraw_home
from bot.messages.dialogs import told_view
from bot.messages.outcome import outcome_reply
from bot.messages.replies import draw, draw_error
from commands.reply import Decided, Reply
from scanners.errors import PatrolError
from storage import jobs
from storage.jobs import Job
from storage.queries import find_one

log = logging.getLogger("patrol.desk")


def follow(desk: Desk, asker: Asker, reply: Reply | PatrolError) -> None:
    """Wait for the check that `reply` queued, where it queued one."""
    if not isinstance(reply, Decided) or not reply.job:
        return
    identity = reply.view.finding.id
    desk.followups.when_done(reply.job, lambda job: _tell(desk, asker, identity, job))
    with desk.store.read() as connection:
        job = jobs.get(connection, reply.job)
    if job is not None and job.finished is not None:  # it ended before anyone could wait for it
        desk.job_ended(job)


def _tell(desk: Desk, asker: Asker, identity: str, job: Job) -> None:
    try:
        with desk.store.read() as connection:
            # It may have become another team's while it was checked.
            view = find_one(connection, identity, desk.now(), sees=desk.asked_by(asker).sees)
            message = draw(outcome_reply(connection, view, job, desk.now()))
    except PatrolError as gone:
        message = draw_error(gone)
    try:
        if asker.view_type == "home":
            redraw_home(desk, asker.user)
        elif not (asker.view and update_view(desk.slack, asker.view, told_view(message))):
            answer(desk.slack, asker, message)
    except Exception:
        log.exception("outcome.not_told finding=%s", identity)
