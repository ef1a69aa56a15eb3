"""What a call says: its token and its arguments, as a form or as JSON."""

import json
from typing import Any

from aiohttp import web

from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.state import Json

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
# What may come as JSON inside a form's field, and how Slack says that it is none.
STRUCTURED = {
    "attachments": "invalid_attachments",
    "blocks": "invalid_blocks_format",
    "files": "invalid_arguments",
    "metadata": "invalid_metadata_format",
    "view": "invalid_arguments",
}


async def read(request: web.Request) -> tuple[Json, str]:
    """(arguments, token). The token comes in the header or in a form, never in the address or in JSON.

    Raises ApiError where the body can't be read.
    """
    given, token = await _body(request)
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        token = header.removeprefix("Bearer ").strip()
    given = {**request.query, **given}
    given.pop("token", None)
    return given, token


def structured(given: Json) -> Json:
    """`given` with the JSON inside its fields read. Raises ApiError, each field with its own word."""
    return {key: _read_field(key, value) if key in STRUCTURED else value for key, value in given.items()}


def flag(given: Json, name: str) -> bool:
    """A yes or no, as a form or JSON says it."""
    return str(given.get(name, "")).lower() in ("true", "1")


def number(given: Json, name: str, default: int, code: str = "invalid_arguments") -> int:
    """A whole number. Raises ApiError(`code`)."""
    value = given.get(name)
    if value is None or value == "":
        return default
    try:
        return int(str(value))
    except ValueError as error:
        raise ApiError(code) from error


async def _body(request: web.Request) -> tuple[Json, str]:
    if request.content_type == "application/json":
        return _object(await request.read()), ""
    if request.content_type in FORMS:
        try:
            form = await request.post()
        except ValueError as error:
            raise ApiError("invalid_form_data") from error
        found = {key: value for key, value in form.items() if isinstance(value, str)}
        return dict(found), found.get("token", "")
    if await request.read():
        raise ApiError("invalid_post_type" if "Content-Type" in request.headers else "missing_post_type")
    return {}, ""


def _object(body: bytes) -> Json:
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise ApiError("invalid_json") from error
    if not isinstance(found, dict):
        raise ApiError("json_not_object")
    return found


def _read_field(key: str, value: Any) -> Any:
    if not isinstance(value, str) or not value:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise ApiError(STRUCTURED[key]) from error
