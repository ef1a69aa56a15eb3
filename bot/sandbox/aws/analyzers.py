"""IAM Access Analyzer for the sandbox, for moto has none: analyzers are made, listed and deleted, by region."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

_SIGNED = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/access-analyzer/")
Analyzers = dict[str, dict[str, str]]


def serve_analyzers() -> None:
    """From now on, moto's server answers for the service too."""
    from moto.iam.models import get_account_id_from
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    others = DomainDispatcherApplication.__call__
    kept: dict[tuple[str, str], Analyzers] = {}

    def dispatch(app: Any, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        signed = _SIGNED.search(environ.get("HTTP_AUTHORIZATION", ""))
        if signed is None:
            answer: Iterable[bytes] = others(app, environ, start_response)
            return answer
        account, region = get_account_id_from(signed[1]), signed[2]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, said = _answer(
            kept.setdefault((account, region), {}),
            account,
            region,
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            body,
        )
        text = json.dumps(said).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
        return [text]

    DomainDispatcherApplication.__call__ = dispatch


def _answer(
    here: Analyzers, account: str, region: str, method: str, path: str, body: bytes
) -> tuple[str, dict[str, Any]]:
    name = path.removeprefix("/analyzer").strip("/")
    if method == "GET" and not name:
        return "200 OK", {"analyzers": list(here.values())}
    if method == "PUT" and not name:
        asked = json.loads(body)
        name = str(asked["analyzerName"])
        arn = f"arn:aws:access-analyzer:{region}:{account}:analyzer/{name}"
        made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        here[name] = {
            "arn": arn,
            "name": name,
            "type": str(asked["type"]),
            "status": "ACTIVE",
            "createdAt": made,
        }
        return "200 OK", {"arn": arn}
    if method == "DELETE" and name in here:
        del here[name]
        return "200 OK", {}
    return "404 Not Found", {
        "message": f"the sandbox knows no {method} {path}",
        "resourceId": name,
        "resourceType": "?",
    }
