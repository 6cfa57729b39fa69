"""One socket: what it may, what it has, and the frames on their way to it."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from notifications.admission import Admission, Stay

logger = logging.getLogger(__name__)
QUEUE_MOST = 500  # frames that wait for a slow client before it is let go; it catches up when it is back

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]


class LiveSocket:
    __slots__ = (
        "_is_busy", "_queue", "_send", "admission", "check_at", "doubts", "frames", "is_open", "last_id", "rooms",
        "session_key", "task",
    )  # fmt: skip

    def __init__(self, send: Send, session_key: str, admitted: Admission) -> None:
        self._send = send
        self._queue: list[Message] = []
        self._is_busy = False
        self.session_key = session_key
        self.admission = admitted
        self.check_at = time.monotonic() + admitted.seconds
        self.doubts = 0  # how often somebody asked whether it may stay
        self.frames: list[float] = []  # when the last ones came
        self.is_open = True
        self.last_id: int | None = None  # the newest notice it has; None until it has said so
        self.rooms: set[str] = set()
        self.task = asyncio.current_task()

    @property
    def member_id(self) -> int:
        return self.admission.member_id

    @property
    def stay(self) -> Stay:
        return Stay(self.session_key, self.admission.login, self.member_id, frozenset(self.rooms))

    @property
    def is_waiting(self) -> bool:
        """Whether earlier frames are still on their way to a slow client."""
        return self._is_busy

    def push(self, frame: str) -> None:
        self._put({"type": "websocket.send", "text": frame})

    def tell(self, **event: Any) -> None:
        self.push(json.dumps(event, separators=(",", ":")))

    def close(self, code: int) -> None:
        if self.is_open:
            self._put({"type": "websocket.close", "code": code})
            self.is_open = False

    def drop(self) -> None:
        """Without a word, which the client would not read."""
        self.is_open = False
        self._queue.clear()
        self.task.cancel()

    def _put(self, message: Message) -> None:
        if not self.is_open:
            return
        self._queue.append(message)
        if len(self._queue) > QUEUE_MOST:
            logger.info("A socket of member %s is too slow", self.member_id)
            self.drop()
        elif not self._is_busy:
            self._is_busy = True
            # Starts at once, and with a client that keeps up also ends at once: no task is ever scheduled.
            asyncio.Task(self._write(), loop=asyncio.get_running_loop(), eager_start=True)

    async def _write(self) -> None:
        try:
            while self._queue:
                await self._send(self._queue.pop(0))
        except OSError:
            self.is_open = False  # the client is gone; its coroutine hears of it by itself
        finally:
            self._is_busy = False
