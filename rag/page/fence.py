"""What stands between the page and everybody else: host check, security headers, no needless routes."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ("127.0.0.1", "localhost", "::1")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'; font-src 'self' data:; connect-src 'self'; "
        "frame-src 'none'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
# Of Gradio's own routes the page needs these; uploads, file access and proxying stay shut.
_ROUTES = ("queue/", "heartbeat/", "startup-events", "cancel", "reset", "info", "theme.css")


def fence(app: FastAPI) -> None:
    """Let only this machine's own pages reach the app, and only the routes that the chat page uses."""
    app.add_middleware(_Fence)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*HOSTS, "[::1]"], www_redirect=False)


class _Fence:
    """Keeps other web sites and needless routes out, and sets the security headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        refused = self._refused(Headers(scope=scope), scope["path"])
        await (refused or self._app)(scope, receive, guarded)

    @staticmethod
    def _refused(headers: Headers, path: str) -> PlainTextResponse | None:
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{headers.get('host')}":
            return PlainTextResponse("Another site's page may not use Dateline", status_code=403)
        _, api, route = path.partition("/gradio_api/")
        if api and not route.startswith(_ROUTES):
            return PlainTextResponse("Not part of this page", status_code=404)
        return None
