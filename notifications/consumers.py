"""`/ws/live/`: a member's socket. The protocol is told in docs/live.md.

The socket says what changed; what it is, pages ask over HTTP. The database is the truth: a notice is sent because it
is there after the last id this client had, never because an event came by.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from http.cookies import CookieError
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import close_old_connections
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host

from core.live.batches import Questions
from core.live.hub import Hub
from notifications import actions, admission
from notifications.admission import Admission
from notifications.socket import LiveSocket, Message, Send

logger = logging.getLogger(__name__)
NOT_A_MEMBER, WRONG_ORIGIN, TOO_MANY_FRAMES = 4401, 4403, 4429
POLICY, TRY_LATER = 1008, 1013
FRAME_MOST = 16 * 1024  # bytes
FRAMES_MOST, FRAMES_SECONDS = 30, 10.0
ROOMS_MOST = 20
IDS_MOST = 500
HELLO_SECONDS = 0.5  # a client that has not said by then what it has gets what is new from now on

Receive = Callable[[], Awaitable[Message]]


class Live:
    """All sockets of this process."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live")
        self._door: Questions[str, Admission | None] = Questions(
            lambda keys: self._ask(admission.admit, keys)
        )
        self._rooms: Questions[tuple[int, str], bool] = Questions(
            lambda asked: self._ask(admission.may_listen, asked)
        )
        self.hub: Hub[LiveSocket] = Hub(catch_up=self._catch_up, recheck=self._recheck)

    async def start(self) -> None:
        await self.hub.start()

    async def stop(self) -> None:
        await self.hub.stop()
        self._threads.shutdown(wait=False)

    async def serve(self, scope: Message, receive: Receive, send: Send) -> None:
        """One connection, from its handshake to its end."""
        await receive()
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if not is_same_origin(headers.get(b"origin", ""), headers.get(b"host", "")):
            await _refuse(send, WRONG_ORIGIN)
            return
        session_key = _session_key(headers.get(b"cookie", ""))
        asked_at = time.monotonic()
        try:
            admitted = await self._door.ask(session_key) if session_key else None
        except Exception:
            logger.exception("Nobody can be let in")
            await _refuse(send, TRY_LATER)
            return
        if admitted is None:
            await _refuse(send, NOT_A_MEMBER)
            return
        socket = LiveSocket(send, session_key, admitted)
        await send({"type": "websocket.accept"})
        self.hub.add(socket, asked_at)
        try:
            socket.tell(type="welcome", unread=admitted.unread, latest=admitted.latest or None)
            asyncio.get_running_loop().call_later(HELLO_SECONDS, self._begin, socket, admitted.latest)
            await self._listen(socket, receive)
        except asyncio.CancelledError:
            if socket.is_open:
                raise  # the process stops; else it was dropped
        finally:
            socket.is_open = False
            await self.hub.remove(socket)

    async def _listen(self, socket: LiveSocket, receive: Receive) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            text = message.get("text")
            if text is None or len(text) > FRAME_MOST or len(text.encode()) > FRAME_MOST:
                socket.close(POLICY)
                return
            now = time.monotonic()
            socket.frames = [at for at in socket.frames if at > now - FRAMES_SECONDS] + [now]
            if len(socket.frames) > FRAMES_MOST:
                socket.close(TOO_MANY_FRAMES)
                return
            try:
                frame = json.loads(text)
            except (ValueError, RecursionError):
                socket.close(POLICY)
                return
            try:
                await self._answer(socket, frame if isinstance(frame, dict) else {})
            except Exception:
                logger.exception("A frame could not be answered")
                socket.tell(type="error", detail="That did not work. Try again.")

    async def _answer(self, socket: LiveSocket, frame: Message) -> None:
        match frame:
            case {"type": "ping"}:
                socket.tell(type="pong")
            case {"type": "hello", "after": int() | None as after} if _is_id(after or 0):
                self._begin(socket, socket.admission.latest if after is None else after, again=True)
            case {"type": "hello"} if "after" not in frame:
                self._begin(socket, socket.admission.latest)
            case {"type": "subscribe", "room": str() as room}:
                await self._subscribe(socket, room[:100])
            case {"type": "unsubscribe", "room": str() as room}:
                await self.hub.leave(socket, room)
            case {"type": "read", "ids": list() as ids} if len(ids) <= IDS_MOST and all(map(_is_id, ids)):
                await self._ask(actions.read, member_id=socket.member_id, ids=ids)
            case {"type": "read", "up_to": int() as up_to} if _is_id(up_to):
                await self._ask(actions.read, member_id=socket.member_id, up_to=up_to)
            case _:
                socket.tell(type="error", detail="Not a frame of this protocol.")

    def _begin(self, socket: LiveSocket, after: int, *, again: bool = False) -> None:
        """Send notices after this id, and all that come."""
        if socket.is_open and (again or socket.last_id is None):
            socket.last_id = after
            self.hub.catch_up([socket])

    async def _subscribe(self, socket: LiveSocket, room: str) -> None:
        doubts = socket.doubts
        may = len(socket.rooms) < ROOMS_MOST or room in socket.rooms
        if not may or not await self._rooms.ask((socket.member_id, room)):
            socket.tell(type="refused", room=room)
            return
        if socket.is_open:
            await self.hub.join(socket, room)
            socket.tell(type="subscribed", room=room)
        if socket.doubts != doubts:  # something was taken away while we asked
            self.hub.recheck([socket])

    async def _catch_up(self, sockets: list[LiveSocket]) -> None:
        """Send each the notices after the last it has, those with the same member at one go."""
        ready = [s for s in sockets if s.is_open and s.last_id is not None and not s.is_waiting]
        self._later(s for s in sockets if s.is_open and s.is_waiting)
        after: dict[int, int] = {}
        for socket in ready:
            after[socket.member_id] = min(socket.last_id, after.get(socket.member_id, socket.last_id))
        if not after:
            return
        frames, is_more = await self._ask(admission.missed, after)
        for socket in ready:
            for number, frame in frames.get(socket.member_id, ()):
                if number > socket.last_id:
                    socket.last_id = number
                    socket.push(frame)
        if is_more:
            self.hub.catch_up(ready)

    def _later(self, slow: Any) -> None:
        if slow := list(slow):
            asyncio.get_running_loop().call_later(HELLO_SECONDS, self.hub.catch_up, slow)

    async def _recheck(self, sockets: list[LiveSocket]) -> None:
        sockets = [socket for socket in sockets if socket.is_open]
        for socket in sockets:
            socket.doubts += 1
        verdicts = await self._ask(admission.look_again, [socket.stay for socket in sockets])
        for socket, verdict in zip(sockets, verdicts, strict=True):
            socket.check_at = time.monotonic() + verdict.seconds
            if not verdict.may_stay:
                socket.close(NOT_A_MEMBER)
                continue
            for room in verdict.lost:
                await self.hub.leave(socket, room)
                socket.tell(type="revoked", room=room)
        # The same minute heals a notice whose event was lost.
        self.hub.catch_up(socket for socket in sockets if socket.is_open)

    async def _ask[**P, A](self, function: Callable[P, A], *args: P.args, **kwargs: P.kwargs) -> A:
        """Call what uses the database in one of a few threads, with a connection in order."""

        def call() -> A:
            close_old_connections()
            try:
                return function(*args, **kwargs)
            finally:
                close_old_connections()

        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def is_same_origin(origin: str, host: str) -> bool:
    """Whether a page of ours opened the socket. Browsers always say where a page is from; who does not is refused."""
    if origin == settings.SITE_URL:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    name, _ = split_domain_port(host)
    allowed = settings.ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]
    scheme = "https" if settings.SECURE else "http"
    return (
        bool(name)
        and parts.scheme == scheme
        and parts.netloc == host.lower()
        and validate_host(name, allowed)
    )


def _session_key(cookies: str) -> str:
    try:
        return parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")
    except CookieError:
        return ""


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


async def _refuse(send: Send, code: int) -> None:
    await send({"type": "websocket.close", "code": code})
