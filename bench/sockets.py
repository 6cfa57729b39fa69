"""Many WebSockets from one process of its own: as little of the protocol as it takes to hear text frames."""

import asyncio
import json
import multiprocessing
import struct
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

import uvloop

OPENING = 100  # sockets that are opened at once
PATIENCE = 60.0  # seconds
UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookies}\r\n"
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: Y29tbW9ucyBiZW5jaG1hcg==\r\n\r\n"
)


def frame(text: str) -> bytes:
    """A masked text frame; a mask of zeros leaves the text as it is."""
    data = text.encode()
    head = (
        struct.pack("!BB", 0x81, 0x80 | len(data))
        if len(data) < 126
        else struct.pack("!BBH", 0x81, 0xFE, len(data))
    )
    return head + bytes(4) + data


class Listener(asyncio.Protocol):
    """One socket. Sends its greetings when it is open, and waits for as many frames as `ready` names."""

    def __init__(self, crowd: "Crowd", upgrade: bytes) -> None:
        self._crowd, self._upgrade = crowd, upgrade
        self._buffer = b""
        self._is_open = False
        self._missing = set(crowd.ready)
        self.opened = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        transport.write(self._upgrade)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        data = self._buffer + data
        if not self._is_open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._buffer = head
                return
            if b" 101 " not in head[:20]:
                self._fail(f"refused: {head[:120]!r}")
                return
            self._is_open = True
            for text in self._crowd.greetings:
                self.transport.write(frame(text))
            self._note_ready("")
        while len(data) >= 2:
            start, length = 2, data[1] & 0x7F
            if length == 126:
                if len(data) < 4:
                    break
                start, length = 4, int.from_bytes(data[2:4])
            if len(data) < start + length:
                break
            if data[0] == 0x81:
                self._heard(data[start : start + length], now)
            elif data[0] == 0x89:
                self.transport.write(struct.pack("!BB", 0x8A, 0x80) + bytes(4))
            data = data[start + length :]
        self._buffer = data

    def _heard(self, text: bytes, now: float) -> None:
        if self._missing:
            self._note_ready(json.loads(text)["type"])
        elif self._crowd.awaited in text:
            self._crowd.arrivals.append(now)
            if len(self._crowd.arrivals) == self._crowd.wanted:
                self._crowd.complete.set()

    def _note_ready(self, kind: str) -> None:
        self._missing.discard(kind)
        if kind in {"refused", "error", "revoked"}:
            self._fail(kind)
        elif not self._missing and not self.opened.done():
            self.opened.set_result(None)

    def _fail(self, why: str) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(why))
        self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(f"closed while opening: {error}"))
        self._crowd.lost += 1


class Crowd:
    def __init__(self) -> None:
        self.greetings: list[str] = []
        self.ready: set[str] = set()
        self.awaited = b""
        self.wanted = 0
        self.arrivals: list[float] = []
        self.complete = asyncio.Event()
        self.lost = 0
        self._listeners: list[Listener] = []

    async def open(
        self, *, port: int, path: str, host: str, cookies: list[str], greetings: list[str], ready: set[str]
    ) -> float:
        """One socket for each entry of `cookies`; the seconds it took until all were ready."""
        self.greetings, self.ready = greetings, ready
        turnstile = asyncio.Semaphore(OPENING)
        loop = asyncio.get_running_loop()

        async def enter(cookie: str) -> None:
            upgrade = UPGRADE.format(path=path, host=host, cookies=cookie).encode()
            async with turnstile:
                _, listener = await loop.create_connection(lambda: Listener(self, upgrade), "127.0.0.1", port)
                await asyncio.wait_for(listener.opened, PATIENCE)
            self._listeners.append(listener)

        start = time.monotonic()
        await asyncio.gather(*(enter(cookie) for cookie in cookies))
        return time.monotonic() - start

    def expect(self, *, awaited: bytes, count: int) -> None:
        self.awaited, self.wanted, self.arrivals = awaited, count, []
        self.complete.clear()

    async def heard(self, *, patience: float = PATIENCE) -> list[float]:
        """When the awaited frames came, on the clock of time.monotonic()."""
        with suppress(TimeoutError):  # what did not come is missing in the list, and told by its reader
            await asyncio.wait_for(self.complete.wait(), patience)
        return self.arrivals

    async def leave(self) -> None:
        for listener in self._listeners:
            listener.transport.close()
        self._listeners = []
        await asyncio.sleep(0.2)


async def _serve(pipe: Connection) -> None:
    crowd, loop = Crowd(), asyncio.get_running_loop()
    while order := await loop.run_in_executor(None, pipe.recv):
        name, arguments = order
        try:
            answer = getattr(crowd, name)(**arguments)
            pipe.send((await answer if asyncio.iscoroutine(answer) else answer, ""))
        except Exception:
            pipe.send((None, traceback.format_exc()))


def _run(pipe: Connection) -> None:
    uvloop.run(_serve(pipe))


class CrowdProcess:
    """A crowd in a process of its own: `ask("open", port=…)` calls `Crowd.open(port=…)` there."""

    def __init__(self) -> None:
        fork = multiprocessing.get_context("fork")
        self._pipe, theirs = fork.Pipe()
        self._process = fork.Process(target=_run, args=(theirs,), daemon=True)
        self._process.start()

    def ask(self, name: str, **arguments: Any) -> Any:
        self._pipe.send((name, arguments))
        answer, error = self._pipe.recv()
        if error:
            raise RuntimeError(error)
        return answer

    def close(self) -> None:
        self._pipe.send(None)
        self._process.join(5)
