"""The other way in: signed HTTP, for a workspace that may not use Socket Mode. Behind a proxy with TLS."""

import threading
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler

LARGEST = 1_000_000  # bytes; Slack's payloads are far smaller


def _first_that_knows(apps: Sequence[App]) -> WSGIApplication:
    """One application of several apps: each is asked in turn until one takes the signature for its own."""
    handlers = [SlackRequestHandler(app) for app in apps]
    if len(handlers) == 1:
        return handlers[0]

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        body = environ["wsgi.input"].read(min(int(length), LARGEST)) if length.isdigit() else b""
        for at, handler in enumerate(handlers):
            told: list[tuple[str, list[tuple[str, str]]]] = []

            def note(
                status: str, headers: list[tuple[str, str]], *_more: object
            ) -> Callable[[bytes], object]:
                told.append((status, headers))  # noqa: B023  # used before the next turn
                return lambda _data: None

            content = list(handler({**environ, "wsgi.input": BytesIO(body)}, note))
            if not told[0][0].startswith("401") or at == len(handlers) - 1:
                start_response(*told[0])
                return content
        raise AssertionError("the last app answers in any case")

    return answer


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class _Handler(WSGIRequestHandler):
    timeout = 10  # a client that says nothing must not keep a thread

    def log_message(self, format: str, *args: object) -> None:
        """Requests are logged by what they ask, not by their path."""


class HttpMode:
    """Listens on `host:port` at /slack/events; Bolt refuses what is not signed by Slack.

    Of several apps each has its own signing secret: the one whose signature it is answers.
    """

    def __init__(self, apps: Sequence[App], host: str, port: int) -> None:
        self._server = make_server(
            host, port, _first_that_knows(apps), server_class=_Server, handler_class=_Handler
        )
        self.port = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, name="patrol-http", daemon=True
        )

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests."""
        self._server.shutdown()
        self._server.server_close()
