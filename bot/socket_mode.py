"""Keeps a Socket Mode connection open: back within ten seconds after a drop, a refusal, or silence.

The SDK reconnects on a close that it sees. It does not see a peer that went silent: pings go out, no pong
comes back, and nothing happens. The watchdog here does.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient

from bot.features import Features
from bot.logs import event

log = logging.getLogger("patrol.socket")
PING_S = 2.0
SILENT_S = 6.0
OPENING_S = 6.0  # a connection that is not open by then is given up
LOOK_S = 0.5
CLOSING_S = 0.3  # the socket itself is shut already
LONGEST_WAIT_S = 8.0
FEATURE = "Socket Mode"


class SocketMode:
    """One Socket Mode connection for `app`. `client` asks for its address with the app-level token."""

    def __init__(
        self, app: App, app_token: str, client: WebClient, features: Features,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._handler = SocketModeHandler(
            app, app_token, logger=_quiet(), web_client=client, ping_interval=PING_S, concurrency=16
        )
        self._client: Any = self._handler.client
        self._client.on_message_listeners.append(lambda *_: self._heard())
        self._client.on_open_listeners.append(lambda *_: self._opened())
        self._features, self._now = features, monotonic
        self._last_heard = self._now()
        self._session: Any = None
        self._open = threading.Event()
        self._stop = threading.Event()
        self._watchdog = threading.Thread(target=self._watch, name="patrol-socket-watchdog", daemon=True)

    @property
    def connected(self) -> bool:
        """True while the connection is open and heard from."""
        return self._open.is_set() and not self._silent()

    def start(self) -> None:
        """Connect, and stay connected until `stop`."""
        self._watchdog.start()

    def wait_until_open(self, seconds: float) -> bool:
        """True once it is open."""
        return self._open.wait(seconds)

    def stop(self) -> None:
        """Take no more payloads; those under way go on."""
        self._stop.set()
        self._client.auto_reconnect_enabled = False
        self._client.default_auto_reconnect_enabled = False
        self._shut()
        self._watchdog.join(5)
        closer = threading.Thread(target=self._client.close, daemon=True)  # may wait for a dead peer
        closer.start()
        closer.join(CLOSING_S)

    def _watch(self) -> None:
        wait = pause = 0.0
        while not self._stop.wait(pause):
            pause = LOOK_S
            session = self._client.current_session
            if session is not self._session:
                self._session, self._last_heard = session, self._now()
            if session is not None and not self._lost(session):
                wait = 0.0
                continue
            wait = 0.0 if self._connect() else min(LONGEST_WAIT_S, max(0.5, wait * 2))
            pause = max(LOOK_S, wait)

    def _lost(self, session: Any) -> bool:
        """True where the connection is gone, never came up, or says nothing any more."""
        if self._silent():
            event(log, "socket.silent", level=logging.WARNING, seconds=round(self._quiet_for()))
            return True
        return session.sock is None and self._quiet_for() > OPENING_S / 2

    def _quiet_for(self) -> float:
        """Seconds since anything came: a message, a pong, or the opening itself."""
        session = self._client.current_session
        pong = float(getattr(session, "last_pong_tm", 0.0) or 0.0)
        since_pong = time.time() - pong if pong else float("inf")
        return min(self._now() - self._last_heard, since_pong)

    def _silent(self) -> bool:
        return self._quiet_for() > SILENT_S

    def _connect(self) -> bool:
        self._open.clear()
        self._shut()
        try:
            # The address is asked for anew each time: a used one is refused.
            self._client.wss_uri = self._client.issue_new_wss_url()
            with self._client.connect_operation_lock:
                self._client.connect()
        except Exception as error:
            # The SDK raises whatever its parts raise; any of them means "not now".
            self._features.narrow(FEATURE, f"no connection ({type(error).__name__}: {error})"[:300])
            return False
        self._session, self._last_heard = self._client.current_session, self._now()
        return True

    def _shut(self) -> None:
        """Close the raw socket: closing politely would wait for a peer that may be gone."""
        session = self._client.current_session
        if session is None:
            return
        session.keep_running = False
        raw = getattr(getattr(session, "sock", None), "sock", None)
        if raw is not None:
            try:
                raw.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # closed already

    def _heard(self) -> None:
        self._last_heard = self._now()

    def _opened(self) -> None:
        self._last_heard = self._now()
        self._open.set()
        self._features.restore(FEATURE)
        event(log, "socket.open")


def _quiet() -> logging.Logger:
    logger = logging.getLogger("patrol.slack_socket")
    logger.setLevel(logging.CRITICAL)  # every drop is logged by the watchdog, in one line
    logging.getLogger("websocket").setLevel(logging.CRITICAL)
    return logger
