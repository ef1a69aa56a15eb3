"""Serves the page: static files, no outside request, nothing inline."""

from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "page"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        " font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def add_page(app: web.Application) -> None:
    """The page at /, its files beside it."""

    async def serve(request: web.Request) -> web.Response:
        name = request.match_info.get("name") or "index.html"
        found = {file.name: file for file in FOLDER.iterdir() if file.suffix in TYPES}.get(name)
        if found is None:
            return web.Response(status=404, text="Not found")
        return web.Response(
            body=found.read_bytes(), content_type=TYPES[found.suffix], charset="utf-8", headers=HEADERS
        )

    app.router.add_get("/", serve)
    app.router.add_get("/{name}", serve)
