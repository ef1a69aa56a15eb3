"""The addresses beside the Web API: answers to response urls, and the bytes of uploads."""

from aiohttp import web

from bot.sandbox.slack.bad_day import before, cut, drops_after
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.response_url import respond
from bot.sandbox.slack.state import State


def add_side_doors(app: web.Application, state: State, faults: Faults) -> None:
    """Routes /response/<name> and /upload/<file>."""

    async def responded(request: web.Request) -> web.Response:
        fault = faults.take("response_url")
        try:
            await before(fault, request)
            respond(state, request.match_info["name"], await request.json())
        except ApiError as error:
            status = 500 if error.status == 200 else error.status
            return web.Response(status=status, text=error.code, headers=error.headers)
        except (ValueError, RecursionError):
            return web.Response(status=400, text="invalid_payload")
        if drops_after(fault):
            cut(request)
        return web.Response(text="ok")

    async def uploaded(request: web.Request) -> web.Response:
        known = state.uploads.get(request.match_info["file"])
        if known is None:
            return web.Response(status=404)
        known["content"] = await _bytes(request)
        return web.Response(text=f"OK - {len(known['content'])}")

    app.router.add_post("/response/{name}", responded)
    app.router.add_post("/upload/{file}", uploaded)


async def _bytes(request: web.Request) -> bytes:
    """The raw body, or the first file of a form: Slack takes both."""
    if request.content_type != "multipart/form-data":
        return await request.read()
    for part in (await request.post()).values():
        if isinstance(part, web.FileField):
            return part.file.read()
    return b""
