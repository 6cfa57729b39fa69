import asyncio
import json
import time

import pytest
from channels.layers import InMemoryChannelLayer

from core.live import hub as hub_module
from core.live import publisher as publisher_module
from core.live.batches import Batches, Questions
from core.live.hub import Hub
from core.live.publisher import HUBS, RESYNC, Publisher
from core.live.rooms import may_listen, register_room


class FakeSocket:
    def __init__(self, member_id: int) -> None:
        self.member_id = member_id
        self.rooms: set[str] = set()
        self.check_at = time.monotonic() + 60
        self.frames: list[dict] = []

    def push(self, frame: str) -> None:
        self.frames.append(json.loads(frame))


async def until(condition) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


class FlakyLayer(InMemoryChannelLayer):
    """A channel layer that can be away, and that remembers what it took."""

    def __init__(self) -> None:
        super().__init__(capacity=1000)
        self.is_away = False
        self.sent: list[tuple[str, dict]] = []

    async def group_send(self, group: str, message: dict) -> None:
        if self.is_away:
            raise ConnectionError("away")
        self.sent.append((group, message))
        await super().group_send(group, message)

    async def group_add(self, group: str, channel: str) -> None:
        if self.is_away:
            raise ConnectionError("away")
        await super().group_add(group, channel)


@pytest.fixture
def layer(monkeypatch) -> FlakyLayer:
    layer = FlakyLayer()
    for module in (hub_module, publisher_module):
        monkeypatch.setattr(module, "get_channel_layer", lambda: layer)
    return layer


@pytest.fixture
async def hub(layer, monkeypatch):
    caught_up, rechecked = [], []

    async def catch_up(sockets: list) -> None:
        caught_up.append(set(sockets))
        await hub.may_go_on.wait()

    async def recheck(sockets: list) -> None:
        rechecked.append(set(sockets))

    monkeypatch.setattr(publisher_module, "_publisher", Publisher())
    hub = Hub(catch_up=catch_up, recheck=recheck)
    hub.caught_up, hub.rechecked = caught_up, rechecked
    hub.may_go_on = asyncio.Event()
    hub.may_go_on.set()
    await hub.start()
    await until(lambda: layer.groups.get(HUBS))
    yield hub
    await hub.stop()


def come(hub: Hub, member_id: int = 1) -> FakeSocket:
    socket = FakeSocket(member_id)
    hub.add(socket, time.monotonic())
    return socket


async def test_an_event_reaches_everyone_in_the_room_and_nobody_else(hub):
    inside, also, outside = come(hub), come(hub, 2), come(hub, 3)
    for socket in (inside, also):
        await hub.join(socket, "topic:1")
    await asyncio.to_thread(publisher_module.publish, "topic:1", {"type": "post.created", "topic": 1})
    await until(lambda: also.frames)
    assert inside.frames == also.frames == [{"type": "post.created", "topic": 1, "room": "topic:1"}]
    assert outside.frames == []


async def test_who_left_hears_nothing_and_an_empty_room_is_not_listened_to(hub, layer):
    socket = come(hub)
    await hub.join(socket, "topic:1")
    assert "topic.1" in layer.groups
    await hub.remove(socket)
    assert "topic.1" not in layer.groups
    publisher_module.publish("topic:1", {"type": "post.created"})
    await asyncio.sleep(0.05)
    assert socket.frames == []


async def test_events_keep_their_order_from_any_thread(hub):
    socket = come(hub)
    await hub.join(socket, "topic:1")

    def many() -> None:
        for number in range(200):
            publisher_module.publish("topic:1", {"type": "n", "number": number})

    await asyncio.to_thread(many)
    await until(lambda: len(socket.frames) == 200)
    assert [frame["number"] for frame in socket.frames] == list(range(200))


async def test_members_told_while_others_are_served_are_served_at_one_go(hub):
    *sockets, first = [come(hub, number) for number in (1, 1, 2, 3)]
    await hub.join(first, "topic:1")
    hub.may_go_on.clear()
    publisher_module.publish_to_members([3], {"type": publisher_module.CATCH_UP})
    await until(lambda: hub.caught_up)
    for number in (1, 2, 1):
        publisher_module.publish_to_members([number], {"type": publisher_module.CATCH_UP})
    publisher_module.publish("topic:1", {"type": "post.created"})
    await until(lambda: first.frames)  # so what was published before has come, too
    hub.may_go_on.set()
    await until(lambda: len(hub.caught_up) > 1)
    await asyncio.sleep(0.1)
    assert hub.caught_up == [{first}, set(sockets)]


async def test_a_recheck_concerns_the_members_own_sockets_at_once(hub):
    mine, other = come(hub, 1), come(hub, 2)
    hub.rechecked.clear()
    publisher_module.recheck(1)
    await until(lambda: hub.rechecked)
    assert hub.rechecked == [{mine}]
    assert other not in hub.rechecked[0]


async def test_who_was_looked_up_before_a_recheck_and_comes_in_after_it_is_looked_at_again(hub):
    asked_at = time.monotonic()
    publisher_module.recheck(7)
    await asyncio.sleep(0.05)
    late = FakeSocket(7)
    hub.add(late, asked_at)
    await until(lambda: {late} in hub.rechecked)


async def test_sockets_are_looked_at_again_when_their_time_has_come(hub, monkeypatch):
    monkeypatch.setattr(hub_module, "SWEEP_SECONDS", 0.02)
    socket = come(hub)
    socket.check_at = time.monotonic()
    await until(lambda: {socket} in hub.rechecked)


async def test_a_room_that_could_not_be_listened_to_is_tried_again(hub, layer, monkeypatch):
    monkeypatch.setattr(hub_module, "SWEEP_SECONDS", 0.02)
    socket = come(hub)
    layer.is_away = True
    await hub.join(socket, "topic:1")
    layer.is_away = False
    await until(lambda: layer.groups.get("topic.1"))
    publisher_module.publish("topic:1", {"type": "post.created"})
    await until(lambda: socket.frames)


async def test_after_a_gap_everyone_is_caught_up_rechecked_and_told_to_pull(hub):
    socket = come(hub)
    await hub.join(socket, "topic:5")
    hub.caught_up.clear()
    hub.rechecked.clear()
    publisher_module.recheck_everyone()
    await until(lambda: hub.caught_up and hub.rechecked)
    assert socket.frames == [{"type": "topic.changed", "room": "topic:5", "topic": 5}]


async def test_what_is_published_while_the_layer_is_away_goes_out_later_and_in_order(hub, layer, monkeypatch):
    monkeypatch.setattr(publisher_module, "RETRY_AFTER", 0.02)
    layer.is_away = True
    layer.sent.clear()
    for number in range(3):
        publisher_module.publish("topic:1", {"type": "n", "number": number})
    await asyncio.sleep(0.1)
    assert layer.sent == []
    layer.is_away = False
    await until(lambda: len(layer.sent) == 3)
    assert [message["event"]["number"] for _, message in layer.sent] == [0, 1, 2]


async def test_when_too_much_waits_all_hubs_are_asked_to_look_for_themselves(hub, layer, monkeypatch):
    monkeypatch.setattr(publisher_module, "RETRY_AFTER", 0.02)
    monkeypatch.setattr(publisher_module, "QUEUE_MOST", 10)
    layer.is_away = True
    layer.sent.clear()
    for number in range(11):
        publisher_module.publish("topic:1", {"type": "n", "number": number})
    await asyncio.sleep(0.1)
    layer.is_away = False
    await until(lambda: layer.sent)
    assert layer.sent == [(HUBS, RESYNC)]


def test_publishing_where_nobody_can_hear_does_nothing(settings, monkeypatch):
    settings.REDIS_URL = ""
    monkeypatch.setattr(publisher_module, "_publisher", Publisher())
    publisher_module.publish("topic:1", {"type": "post.created"})
    publisher_module.recheck(1)


async def test_a_batch_that_failed_is_handled_again(monkeypatch):
    monkeypatch.setattr("core.live.batches.RETRY_SECONDS", 0.01)
    seen: list[list[int]] = []

    async def handle(batch: list[int]) -> None:
        seen.append(sorted(batch))
        if len(seen) == 1:
            raise RuntimeError("the database is away")

    batches = Batches(handle)
    batches.add([1, 2])
    await until(lambda: len(seen) == 2)
    assert seen == [[1, 2], [1, 2]]


async def test_questions_asked_together_are_answered_together():
    asked: list[list[int]] = []

    async def answer(numbers: list[int]) -> list[int]:
        asked.append(numbers)
        await asyncio.sleep(0.01)
        if 13 in numbers:
            raise ValueError("unlucky")
        return [number * 2 for number in numbers]

    questions = Questions(answer)
    first = asyncio.create_task(questions.ask(0))
    await asyncio.sleep(0)
    rest = await asyncio.gather(*(questions.ask(number) for number in (1, 2, 3)))
    assert (await first, rest) == (0, [2, 4, 6])
    assert asked == [[0], [1, 2, 3]] or asked == [[0, 1, 2, 3]]
    with pytest.raises(ValueError, match="unlucky"):
        await questions.ask(13)
    assert await questions.ask(5) == 10


def test_only_registered_rooms_with_a_plain_number_can_be_asked_for(monkeypatch):
    monkeypatch.setattr("core.live.rooms._registry", {})
    register_room("thing", lambda member, number: number == 12)
    assert may_listen(None, "thing:12")
    for room in (
        "thing:13",
        "other:12",
        "thing:",
        "thing",
        "thing:-12",
        "thing:12 ",
        "thing:１２",
        "thing:" + "1" * 30,
    ):
        assert not may_listen(None, room)
