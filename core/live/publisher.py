"""From any thread to the channel layer, which belongs to one event loop."""

import asyncio
import atexit
import logging
import os
import threading
from collections import deque
from collections.abc import Iterable
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings

logger = logging.getLogger(__name__)
HUBS = "hubs"  # the group every hub is in, for what is addressed to members
RESYNC = {"type": "resync"}  # to hubs: something was lost, look for yourselves
CATCH_UP = "catch_up"  # the type of an event that says: look in the database for what this member has missed
QUEUE_MOST = 2_000  # messages kept while Redis is away
SEND_TIMEOUT = 5.0  # seconds
RETRY_AFTER = 0.5
FLUSH_SECONDS = 2.0
IDS_PER_MESSAGE = 1_000


def publish(room: str, event: dict[str, Any]) -> None:
    """Send an event with a "type" to every socket in a room, in every process. Never raises, never waits."""
    prefix, _, number = room.partition(":")
    if prefix == "member":
        publish_to_members([int(number)], event)
    else:
        _publisher.send(group_name(room), {"type": "room", "room": room, "event": event})


def publish_to_members(member_ids: Iterable[int], event: dict[str, Any]) -> None:
    """Send an event to every socket of many members at once."""
    ids = list(member_ids)
    for start in range(0, len(ids), IDS_PER_MESSAGE):
        chunk = ids[start : start + IDS_PER_MESSAGE]
        _publisher.send(HUBS, {"type": "members", "ids": chunk, "event": event})


def recheck(member_id: int) -> None:
    """Have every process look at once whether the member's sockets may stay, and in which rooms."""
    _publisher.send(HUBS, {"type": "recheck", "ids": [member_id]})


def recheck_everyone() -> None:
    """The same for all members at once: something that everybody could hear was closed."""
    _publisher.send(HUBS, RESYNC)


def group_name(room: str) -> str:
    """A room as a group of the channel layer, which allows no colon."""
    return room.replace(":", ".")


class Publisher:
    """Sends in order from one queue. While the layer is away the queue fills; when it is full it is dropped, and
    every hub is asked to look for itself instead."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reset()

    def _reset(self) -> None:
        """Also in a forked child, which has the parent's loop but not its thread."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queue: deque[tuple[str, dict[str, Any]]] = deque()
        self._task: asyncio.Task[None] | None = None

    def after_fork(self) -> None:
        self._lock = threading.Lock()
        self._reset()

    def use(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """The loop of this process's hub; None when the hub has stopped."""
        with self._lock:
            self._loop, self._task = loop, None

    def send(self, group: str, message: dict[str, Any]) -> None:
        try:
            loop = self._loop or self._own_loop()
            if loop is not None:
                loop.call_soon_threadsafe(self._put, group, message)
        except Exception:
            logger.exception("An event could not be published to %s", group)

    def flush(self) -> None:
        """Before the process ends: wait a moment for what is on its way."""
        loop = self._loop
        if loop is None or not loop.is_running() or not (self._queue or self._task):
            return
        try:
            asyncio.run_coroutine_threadsafe(self._drained(), loop).result(FLUSH_SECONDS)
        except Exception as error:
            logger.warning("%s events were not published (%s)", len(self._queue), type(error).__name__)

    def _own_loop(self) -> asyncio.AbstractEventLoop | None:
        """A loop in a thread of its own, where no hub lends one; none if there is nobody to hear."""
        if not settings.REDIS_URL:
            return None
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="publisher", daemon=True).start()
                atexit.register(self.flush)
            return self._loop

    def _put(self, group: str, message: dict[str, Any]) -> None:
        if len(self._queue) >= QUEUE_MOST:
            logger.error(
                "%s events could not be published; live pages will look for themselves", len(self._queue)
            )
            self._queue.clear()
            group, message = HUBS, RESYNC
        self._queue.append((group, message))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        layer = get_channel_layer()
        is_away = False
        while self._queue:
            group, message = entry = self._queue[0]
            try:
                async with asyncio.timeout(SEND_TIMEOUT):
                    await layer.group_send(group, message)
            except Exception as error:
                if not is_away:
                    logger.warning(
                        "Live events wait for the channel layer: %s: %s", type(error).__name__, error
                    )
                is_away = True
                await asyncio.sleep(RETRY_AFTER)
                continue
            if self._queue and self._queue[0] is entry:
                self._queue.popleft()
            is_away = False

    async def _drained(self) -> None:
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])
        await asyncio.sleep(0)


_publisher = Publisher()
os.register_at_fork(after_in_child=_publisher.after_fork)


def lend_loop(loop: asyncio.AbstractEventLoop | None) -> None:
    """For the hub: publish through its loop while it runs, since the in-process layer is not safe across loops."""
    _publisher.use(loop)
