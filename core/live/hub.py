"""One per process that holds sockets: hears each event once and hands it to the sockets it concerns."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

from channels.layers import get_channel_layer

from core.live.batches import Batches
from core.live.publisher import CATCH_UP, HUBS, RESYNC, group_name, lend_loop

logger = logging.getLogger(__name__)
BATCH_SECONDS = 0.03  # members told within this time are served by one query
SWEEP_SECONDS = 1.0
DOUBT_SECONDS = 30.0  # longer than anybody's admission takes
EVERYONE = 0  # no member's id
RETRY_SECONDS = 0.5


class Socket(Protocol):
    member_id: int
    rooms: set[str]
    check_at: float  # time.monotonic() after which the right to be here is looked at again

    def push(self, frame: str) -> None:
        """Queue a frame. Never raises, never waits."""


class Hub[S: Socket]:
    """Sockets by member and by room. `catch_up` sends sockets what the database has for them, `recheck` closes
    those that may not stay; both get many sockets at once, one batch after the other."""

    def __init__(
        self, *, catch_up: Callable[[list[S]], Awaitable[None]], recheck: Callable[[list[S]], Awaitable[None]]
    ) -> None:
        self.sockets: set[S] = set()
        self._rooms: dict[str, set[S]] = {}
        self._members: dict[int, set[S]] = {}
        self._behind = Batches(catch_up, delay=BATCH_SECONDS)
        self._doubtful = Batches(recheck)
        self._doubted: dict[int, float] = {}  # member -> when somebody last asked for a recheck
        self._unheard: set[str] = set()  # rooms we could not subscribe to yet
        self._tasks: list[asyncio.Task[None]] = []
        self._layer = get_channel_layer()
        self._channel = ""
        self._synced = asyncio.Event()
        self._probe: asyncio.Task[None] | None = None

    async def start(self) -> None:
        lend_loop(asyncio.get_running_loop())
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._sweep())]

    async def stop(self) -> None:
        lend_loop(None)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def add(self, socket: S, admitted_at: float) -> None:
        """A socket whose right to be here was looked up at that time.monotonic()."""
        self.sockets.add(socket)
        self._members.setdefault(socket.member_id, set()).add(socket)
        if max(self._doubted.get(socket.member_id, 0), self._doubted.get(EVERYONE, 0)) >= admitted_at:
            self._doubtful.add([socket])

    async def remove(self, socket: S) -> None:
        self.sockets.discard(socket)
        same = self._members.get(socket.member_id, set())
        same.discard(socket)
        if not same:
            self._members.pop(socket.member_id, None)
        for room in list(socket.rooms):
            await self.leave(socket, room)

    async def join(self, socket: S, room: str) -> None:
        """Returns when events of the room are heard."""
        socket.rooms.add(room)
        sockets = self._rooms.setdefault(room, set())
        sockets.add(socket)
        if len(sockets) == 1:
            self._unheard.add(room)
            await self._subscribe()

    async def leave(self, socket: S, room: str) -> None:
        socket.rooms.discard(room)
        sockets = self._rooms.get(room, set())
        sockets.discard(socket)
        if sockets or self._rooms.pop(room, None) is None or not self._channel:
            return
        try:
            await self._layer.group_discard(group_name(room), self._channel)
        except Exception as error:
            logger.warning("Could not leave %s: %s", room, error)
        if room in self._rooms:  # somebody came while we were leaving
            self._unheard.add(room)
            await self._subscribe()

    def catch_up(self, sockets: Iterable[S]) -> None:
        self._behind.add(sockets)

    def recheck(self, sockets: Iterable[S]) -> None:
        self._doubtful.add(sockets)

    async def _subscribe(self) -> None:
        """To the rooms not heard yet; what fails is tried again by the sweep."""
        for room in list(self._unheard) if self._channel else []:
            try:
                await self._layer.group_add(group_name(room), self._channel)
            except Exception as error:
                logger.warning("Could not listen to %s: %s", room, error)
                return
            self._unheard.discard(room)

    async def _listen(self) -> None:
        while True:
            try:
                channel = await self._layer.new_channel("hub.")
                await self._layer.group_add(HUBS, channel)
                self._channel = channel
                self._unheard.update(self._rooms)
                await self._subscribe()
                self._watch_connection()
                self._resync()
                while True:
                    self._dispatch(await self._layer.receive(channel))
            except Exception as error:
                logger.warning("Live events are interrupted: %s: %s", type(error).__name__, error)
            self._channel = ""
            await asyncio.sleep(RETRY_SECONDS)

    def _dispatch(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "room":
                self._push(
                    self._rooms.get(message["room"], ()), {**message["event"], "room": message["room"]}
                )
            case "members":
                sockets = [s for pk in message["ids"] for s in self._members.get(pk, ())]
                if message["event"]["type"] == CATCH_UP:
                    self._behind.add(sockets)
                else:
                    self._push(sockets, message["event"])
            case "recheck":
                self._doubted.update(dict.fromkeys(message["ids"], time.monotonic()))
                self._doubtful.add(s for pk in message["ids"] for s in self._members.get(pk, ()))
            case "resync":
                self._synced.set()
                self._resync()

    def _push(self, sockets: Iterable[S], event: dict[str, Any]) -> None:
        frame = json.dumps(event, separators=(",", ":"))
        for socket in tuple(sockets):
            socket.push(frame)

    def _resync(self) -> None:
        """Events may have been lost: look into the database for each socket, and have each page pull its rooms."""
        self._doubted[EVERYONE] = time.monotonic()
        self._behind.add(self.sockets)
        self._doubtful.add(self.sockets)
        for room, sockets in self._rooms.items():
            prefix, _, number = room.partition(":")
            self._push(sockets, {"type": f"{prefix}.changed", "room": room, prefix: int(number)})

    def _watch_connection(self) -> None:
        """The Redis layer subscribes again by itself after a break, but tells nobody that there was one."""
        get_loop_layer = getattr(self._layer, "_get_layer", None)
        for shard in get_loop_layer()._shards if get_loop_layer else ():
            shard._pubsub.connection.register_connect_callback(self._reconnected)

    def _reconnected(self, connection: object) -> None:
        if self._probe is None or self._probe.done():
            self._probe = asyncio.get_running_loop().create_task(self._resync_when_heard())

    async def _resync_when_heard(self) -> None:
        """Send ourselves the order to resync: what arrives proves that the new subscription is in force."""
        self._synced.clear()
        while not self._synced.is_set():
            try:
                async with asyncio.timeout(RETRY_SECONDS):
                    await self._layer.send(self._channel, RESYNC)
                    await self._synced.wait()
            except Exception as error:
                logger.info("Live events are not back yet: %s", type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = time.monotonic()
            self._doubtful.add(socket for socket in self.sockets if socket.check_at <= now)
            self._doubted = {pk: at for pk, at in self._doubted.items() if at > now - DOUBT_SECONDS}
            await self._subscribe()
