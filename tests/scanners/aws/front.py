"""A front before moto that fails one operation in a chosen way, at the wire: boto3 sees what AWS could send."""

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

DENIED, CUT, BROKEN, HTML, DROPPED, THROTTLED, EXPIRED = (
    "denied", "cut", "broken", "html", "dropped", "throttled", "expired",
)  # fmt: skip
GONE = "gone:"  # and AWS's error code for a resource that is no more
HIDDEN = "hidden:"  # and the name of a member: the answer is good, but for that
_SUB = re.compile(
    r"^(policyStatus|policy|location|publicAccessBlock|acl|versioning|tagging|ownershipControls|encryption|logging)$"
)
_SCOPE = re.compile(r"Credential=(?P<who>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/")
# Services that say by the path what is asked.
_REST = (
    (r"/2015-03-31/functions/?$", "ListFunctions"),
    (r"/2015-03-31/functions/.+/policy$", "GetPolicy"),
    (r"/2015-03-31/functions/.+/configuration$", "GetFunctionConfiguration"),
    (r"/2015-02-01/file-systems", "DescribeFileSystems"),
    (r"/detector$", "ListDetectors"),
    (r"/detector/[^/]+$", "GetDetector"),
    (r"/accounts$", "DescribeHub"),
)
_CODES = {
    DENIED: ("AccessDenied", 403),
    BROKEN: ("InternalError", 500),
    THROTTLED: ("Throttling", 400),
    EXPIRED: ("ExpiredToken", 403),
}
Answer = tuple[int, dict[str, str], bytes]  # status, headers with their names in small letters, content


class Front:
    """Forwards to `backend`; `fault(operation)` says what happens to it ("" nothing). Counts every operation."""

    def __init__(self, backend: str) -> None:
        self.backend = urlsplit(backend)
        self.faults: dict[str, str] = {}
        self.seen: list[str] = []
        self._lock = threading.Lock()
        self._pace: tuple[float, float] | None = None
        self._tokens: dict[str, tuple[float, float]] = {}
        self._kept: dict[tuple[object, ...], Answer] | None = None
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _any(self) -> None:
                front.serve(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _any

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def failing(self, operation: str, fault: str, *others: str) -> Iterator[None]:
        """`operation`, and the `others`, meet `fault` meanwhile."""
        with self.meeting(dict.fromkeys((operation, *others), fault)):
            yield

    @contextmanager
    def meeting(self, faults: Mapping[str, str]) -> Iterator[None]:
        """Each operation meets its fault meanwhile."""
        self.faults = dict(faults)
        try:
            yield
        finally:
            self.faults = {}

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """Whoever changes nothing in the account meanwhile spares moto the same questions: each is asked once."""
        self._kept = {}
        try:
            yield
        finally:
            self._kept = None

    def forget(self) -> None:
        """The account has changed."""
        if self._kept is not None:
            self._kept = {}

    @contextmanager
    def at_most(self, rate: float, bucket: float) -> Iterator[None]:
        """Of each service `rate` calls a second are answered meanwhile, `bucket` at once; the others are throttled."""
        self._pace = (rate, bucket)
        try:
            yield
        finally:
            self._pace = None
            self._tokens.clear()

    def _too_fast(self, service: str) -> bool:
        if self._pace is None:
            return False
        rate, bucket = self._pace
        with self._lock:
            now = time.monotonic()
            tokens, at = self._tokens.get(service, (bucket, now))
            tokens = min(bucket, tokens + (now - at) * rate)
            self._tokens[service] = (tokens - 1 if tokens >= 1 else tokens, now)
        return tokens < 1

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        """One request."""
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        operation = operation_of(request, body)
        with self._lock:
            self.seen.append(operation)
        fault = self.faults.get(operation) or self._of_some(operation, body)
        if self._too_fast(operation.split(":")[0]):
            fault = THROTTLED
        if fault == DROPPED:
            request.close_connection = True
            return
        if fault in _CODES:
            code, status = _CODES[fault]
            self._answer(request, status, *_error(request, code))
            return
        if fault.startswith(GONE):
            self._answer(request, 404, *_error(request, fault.removeprefix(GONE), exactly=True))
            return
        if fault == HTML:
            self._answer(request, 200, b"<html><body>Sign in to the network</body></html>", "text/html")
            return
        status, headers, content = self._answered(request, body)
        if fault.startswith(HIDDEN):
            content = content.replace(fault.removeprefix(HIDDEN).encode(), b"Other")
        if fault == CUT:
            content = content[: len(content) // 2]
        self._answer(request, status, content, headers.get("content-type", "text/xml"), headers)

    def _of_some(self, operation: str, body: bytes) -> str:
        """A fault under "sts:AssumeRole@words" is for requests whose body holds the words."""
        found = (
            fault
            for key, fault in self.faults.items()
            if key.startswith(f"{operation}@") and key.partition("@")[2].encode() in body
        )
        return next(found, "")

    def _answered(self, request: BaseHTTPRequestHandler, body: bytes) -> Answer:
        if (kept := self._kept) is None:
            return self._forward(request, body)
        scope = _SCOPE.search(request.headers.get("Authorization", ""))
        asked = (
            request.command,
            request.path,
            request.headers.get("X-Amz-Target"),
            scope and scope.groups(),
            body,
        )
        if asked not in kept:
            kept[asked] = self._forward(request, body)
        return kept[asked]

    def _forward(self, request: BaseHTTPRequestHandler, body: bytes) -> Answer:
        connection = HTTPConnection(self.backend.hostname or "", self.backend.port, timeout=20)
        headers = {key: value for key, value in request.headers.items() if key.lower() != "connection"}
        connection.request(request.command, request.path, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, content

    def _answer(
        self, request: BaseHTTPRequestHandler, status: int, content: bytes, kind: str,
        headers: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        request.send_response(status)
        for key, value in (headers or {}).items():
            if key.startswith("x-amz"):
                request.send_header(key, value)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(content)


def operation_of(request: BaseHTTPRequestHandler, body: bytes) -> str:
    """A name for what is asked: "iam:ListUsers", "s3:GET?policy", "TrentService:ListKeys"."""
    target = request.headers.get("X-Amz-Target", "")
    if target:
        return ":".join(target.split(".")[-2:])
    path = urlsplit(request.path)
    scope = _SCOPE.search(request.headers.get("Authorization", ""))
    service = scope["service"] if scope else "?"
    action = parse_qs(body.decode("utf-8", "replace")).get("Action") or parse_qs(path.query).get("Action")
    if action:
        public = " public" if b"RestorableBy" in body else ""  # the list of what everybody may restore
        return f"{service}:{action[0]}{public}"
    if rest := next((name for start, name in _REST if re.match(start, path.path)), ""):
        return f"{service}:{rest}"
    if path.path.startswith("/v20180820/"):
        return "s3-control:GetPublicAccessBlock"
    if service not in ("s3", "?"):  # a service that speaks REST: "eks:GET /clusters/prod"
        return f"{service}:{request.command} {path.path}"
    asked = parse_qs(path.query, keep_blank_values=True)
    if "bucket-region" in asked:
        return "s3:GET list of a region"
    sub = next((key for key in asked if _SUB.match(key)), "")
    return f"s3:{request.command}{'?' + sub if sub else ' list' if path.path == '/' else ''}"


def _error(request: BaseHTTPRequestHandler, code: str, *, exactly: bool = False) -> tuple[bytes, str]:
    """The body of an error and its type, as the service would write it; `exactly`: the code needs no `Exception`."""
    scope = request.headers.get("Authorization", "")
    rest = re.search(r"/(access-analyzer|account|eks|elasticfilesystem|guardduty|lambda|securityhub)/", scope)
    if request.headers.get("X-Amz-Target") or rest:
        code += "" if exactly else "Exception"
        body = f'{{"__type": "{code}", "code": "{code}", "message": "Function not found: no"}}'
        return body.encode(), "application/x-amz-json-1.1"
    xml = f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
    if "ec2" in request.headers.get("Authorization", ""):
        code = "UnauthorizedOperation" if code == "AccessDenied" else code
        xml = f"<Response><Errors><Error><Code>{code}</Code><Message>no</Message></Error></Errors></Response>"
    if "/s3/" in request.headers.get("Authorization", ""):
        xml = f"<Error><Code>{code}</Code><Message>no</Message></Error>"
    return xml.encode(), "text/xml"
