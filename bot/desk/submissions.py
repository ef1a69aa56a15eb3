"""Dialogs that were sent: the answer within Slack's three seconds, or "Working ..." and the answer when it is there."""

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any

from bot.answers import Asker, answer, update_view
from bot.desk import bulk, deciding, search, tracking
from bot.desk.desk import Desk
from bot.desk.submitted import Answer, Body, Submitted
from bot.messages import bulk_dialogs, dialogs, search_view, track_view
from bot.messages.dialogs import working_view
from scanners.errors import UsageError

log = logging.getLogger("patrol.submissions")
PATIENCE_S = 0.8
# Slack must have drawn "Working ..." before the answer takes its place.
DRAWN_S = 0.7
MOST_KEPT = 500
Handler = Callable[[Desk, Asker, Submitted], Answer]
HANDLERS: Mapping[str, Handler] = {
    dialogs.DECIDE: deciding.decided,
    bulk_dialogs.VERB: bulk.chose,
    bulk_dialogs.FORM: bulk.filled,
    bulk_dialogs.CONFIRM: bulk.confirmed,
    search_view.SEARCH: search.searched,
    track_view.TRACK: tracking.tracked,
}


class Submissions:
    """Answers each submission once, however often it is delivered. Safe to share between threads."""

    def __init__(self, desk: Desk, work: Executor) -> None:
        self._desk, self._work = desk, work
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[Answer]] = {}

    def take(self, body: Body) -> dict[str, Any]:
        """The words of the acknowledgement: what the dialog does next."""
        key = str(body.get("trigger_id"))
        with self._lock:
            known = key in self._under_way
            future = self._under_way.get(key) or self._work.submit(self._answer, body)
            self._under_way[key] = future
            while len(self._under_way) > MOST_KEPT:
                del self._under_way[next(iter(self._under_way))]
        try:
            found = future.result(timeout=PATIENCE_S)
        except TimeoutError:
            if not known:
                future.add_done_callback(lambda ended: self._later(body, ended))
            return {"response_action": "update", "view": working_view()}
        if not known:
            self._work.submit(_safely, lambda: self._after(Asker.of(body), found))
        if found.errors:
            return {"response_action": "errors", "errors": dict(found.errors)}
        return {"response_action": "update", "view": found.view}

    def _answer(self, body: Body) -> Answer:
        asker, sent = _sender(body), Submitted.of(body)
        handler = HANDLERS.get(str((body.get("view") or {}).get("callback_id")))
        try:
            if handler is None or not self._desk.is_first(f"submit {body.get('trigger_id')}"):
                return deciding.failed(
                    UsageError("Patrol has this already. `/patrol show ID` tells how it stands."), sent
                )
            return handler(self._desk, asker, sent)
        except Exception:
            log.exception("submission.failed user=%s", asker.user)
            broken = UsageError(
                "Something broke inside Patrol. Its log says what; look before you try again."
            )
            return deciding.failed(broken, sent)

    def _later(self, body: Body, ended: "Future[Answer]") -> None:
        timer = threading.Timer(DRAWN_S, _safely, [lambda: self._tell(body, ended.result())])
        timer.daemon = True
        timer.start()

    def _tell(self, body: Body, found: Answer) -> None:
        asker = _sender(body)
        if not update_view(self._desk.slack, asker.view, found.view):
            answer(self._desk.slack, asker, found.message)
        self._after(asker, found)

    def _after(self, asker: Asker, found: Answer) -> None:
        found.after()
        self._desk.directory.meet(asker.user)


def _sender(body: Body) -> Asker:
    """Who sent it; a dialog knows its channel only because it noted it down."""
    asker = Asker.of(body)
    return replace(asker, channel=asker.channel or Submitted.of(body).text("channel"))


def _safely(task: Callable[[], None]) -> None:
    try:
        task()
    except Exception:
        log.exception("submission.after_failed")
