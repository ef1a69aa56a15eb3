"""The other way in: signed HTTP, for a workspace that may not use Socket Mode. Behind a proxy with TLS."""

import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class _Handler(WSGIRequestHandler):
    timeout = 10  # a client that says nothing must not keep a thread

    def log_message(self, format: str, *args: object) -> None:
        """Requests are logged by what they ask, not by their path."""


class HttpMode:
    """Listens on `host:port` at /slack/events; Bolt refuses what is not signed by Slack."""

    def __init__(self, app: App, host: str, port: int) -> None:
        self._server = make_server(
            host, port, SlackRequestHandler(app), server_class=_Server, handler_class=_Handler
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
