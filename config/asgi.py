"""Sockets, for uvicorn (`config.asgi:application`). Whatever else comes is answered by the same views, over ASGI:
in production that is the health check alone, for the proxy sends pages and API to `config.wsgi`."""

import os
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
http = get_asgi_application()

from notifications.consumers import Live  # noqa: E402  (the apps come first)

LIVE_PATH = "/ws/live/"
NOT_FOUND = 4404

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


def make_application(http: Any, running: Callable[[], AbstractAsyncContextManager[Live]]) -> Application:
    """`running` is entered when the server starts and left when it stops, and gives the sockets their home."""
    state: dict[str, Any] = {}

    async def lifespan(receive: Receive, send: Send) -> None:
        await receive()
        async with running() as live:
            state["live"] = live
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif scope["path"] == LIVE_PATH:
            await state["live"].serve(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": NOT_FOUND})

    return application


@asynccontextmanager
async def sockets():
    live = Live()
    await live.start()
    yield live
    await live.stop()


application = make_application(http, sockets)
