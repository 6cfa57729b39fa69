"""The socket's process, the worker and Redis fail while things happen. Nothing is lost, nothing is doubled."""

import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from functools import partial

import pytest
import redis
from django.conf import settings

from accounts.models import EligibilityProof, Member
from core import live as live_events
from forum.actions import post_reply
from forum.models import Topic, TopicState
from notifications.actions import fanout, read
from notifications.models import Notice
from outbox.models import Job
from tests.factories import join, make_group, make_member, make_topic
from tests.outbox.chores import done, slow_chore
from tests.processes import CUT_OFF, Tab, free_port, live, wait_until, worker
from workinggroups.actions import remove_member

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("faults")]
BATCH = fanout.BATCH
SOON = {"JOB_LEASE": "2", "MAIL_DELAY": "3600"}


@pytest.fixture
def rosa() -> Member:
    return make_member("Rosa Ortiz", handle="rosa.ortiz")


@pytest.fixture
def grace() -> Member:
    return make_member("Grace Hall", handle="grace.hall")


@pytest.fixture
def topic(rosa) -> Topic:
    return make_topic(author=rosa)


def mention(grace: Member, topic: Topic) -> None:
    post_reply(author=grace, topic_id=topic.pk, body="What do you think, @rosa.ortiz?")


def notices(*tabs: Tab) -> list[int]:
    """The ids heard, in the order of hearing."""
    return [frame["id"] for tab in tabs for frame in tab.heard if frame["type"] == "notification"]


def ids(member: Member) -> list[int]:
    return list(Notice.objects.of(member).order_by("pk").values_list("pk", flat=True))


def test_the_sockets_process_is_killed_in_the_middle_of_fifty_posts(rosa, grace, topic):
    """The client keeps the last id it has heard, comes back with it, and has every notice once and in order."""
    tabs: list[Tab] = []
    with worker(**SOON), live(**SOON) as server:
        tabs.append(Tab(server, rosa))
        tabs[-1].hello()
        for number in range(50):
            mention(grace, topic)
            if number in (10, 30):
                tabs[-1].hear("notification")
                server.kill()
                assert tabs[-1].closed() == CUT_OFF
            if number in (20, 40):
                server.start()
                tabs.append(Tab(server, client=tabs[0].client))
                tabs[-1].hello(after=notices(*tabs)[-1])
        while len(notices(*tabs)) < 50:
            tabs[-1].hear("notification")
        assert tabs[-1].silence(1)
    assert len(tabs) == 3
    assert notices(*tabs) == ids(rosa)


def test_two_processes_serve_the_tabs_of_one_member(rosa, grace, topic):
    with worker(**SOON), live() as one, live() as two, Tab(one, rosa) as here, Tab(two, rosa) as there:
        here.hello()
        there.hello()
        mention(grace, topic)
        number = here.hear("notification")["id"]
        assert there.hear("notification")["id"] == number
        there.say({"type": "read", "ids": [number]})
        assert here.hear("read") == there.hear("read") == {"type": "read", "ids": [number], "unread": 0}
        mention(grace, topic)
        number = here.hear("notification")["id"]
        read(member_id=rosa.pk, up_to=number)  # from a third process: this one
        assert here.hear("read")["ids"] == there.hear("read")["ids"] == [number]


def test_who_loses_the_group_or_the_session_loses_the_room_or_the_socket_within_two_seconds(rosa, grace):
    group = make_group("Procurement", kind="members", lead=rosa)
    join(group, grace)
    topic = make_topic("Vendor shortlist", category=group.categories.get(), author=rosa)
    room = f"topic:{topic.pk}"
    with live() as server, Tab(server, grace) as tab:
        tab.hello()
        assert tab.subscribe(room)["type"] == "subscribed"
        remove_member(actor=rosa, group=group, member_id=grace.pk, reason="Done.")
        assert tab.hear("revoked", seconds=2)["room"] == room
        post_reply(author=rosa, topic_id=topic.pk, body="Among us.")
        assert tab.silence()
        tab.client.logout()
        assert tab.closed(2) == 4401


def test_suspension_closes_every_socket_within_two_seconds(rosa):
    with live() as one, live() as two, Tab(one, rosa) as here, Tab(two, rosa) as there:
        here.hello()
        there.hello()
        Member.objects.filter(pk=rosa.pk).update(is_active=False)
        live_events.recheck(rosa.pk)
        assert (here.closed(2), there.closed(2)) == (4401, 4401)


@contextmanager
def own_redis(port: int):
    """A Redis that nobody else uses, to be taken away."""
    command = [
        "redis-server",
        "--port",
        str(port),
        "--save",
        "",
        "--appendonly",
        "no",
        "--loglevel",
        "warning",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    try:
        wait_until(lambda: _pings(client))
        yield process
    finally:
        process.kill()
        process.wait()


def _pings(client: redis.Redis) -> bool:
    try:
        return client.ping()
    except redis.ConnectionError:
        return False


def test_redis_goes_and_comes_back(rosa, grace, topic):
    """While it is away notices are written; when it is back they arrive by themselves, and the rooms are pulled."""
    port = free_port()
    other = {**SOON, "REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    room = f"topic:{topic.pk}"
    with own_redis(port) as first, worker(**other), live(**other) as server, Tab(server, rosa) as tab:
        tab.hello()
        assert tab.subscribe(room)["type"] == "subscribed"
        mention(grace, topic)
        tab.hear("notification")
        first.kill()
        first.wait()
        for _ in range(5):
            mention(grace, topic)
        wait_until(lambda: len(ids(rosa)) == 6)
        with own_redis(port):
            tab.hear("topic.changed", seconds=20)
            while len(notices(tab)) < 6:
                tab.hear("notification")
            mention(grace, topic)
            tab.hear("notification")
        assert notices(tab) == ids(rosa)


def test_a_connection_cut_by_redis_is_noticed(rosa, grace, topic):
    """As for a subscriber that was too slow: what was published meanwhile is fetched from the database."""
    cache = redis.Redis.from_url(settings.REDIS_URL)
    with worker(**SOON), live() as server, Tab(server, rosa) as tab:
        tab.hello()
        tab.subscribe(f"topic:{topic.pk}")
        cache.client_kill_filter(_type="pubsub")
        assert tab.hear("topic.changed", seconds=10)["topic"] == topic.pk
        mention(grace, topic)
        assert tab.hear("notification")


def test_a_worker_killed_in_the_middle_of_a_fan_out_tells_everyone_once():
    lead = make_member()
    topic = make_topic(author=lead)
    followers = follow(topic, 2_200)
    post_reply(author=lead, topic_id=topic.pk, body="Hear, hear.")
    kills = 0
    while Job.objects.filter(task__contains="fan_out").exclude(state="done").exists():
        with worker(**SOON) as process:
            if kills < 3:
                wait_until(partial(told_more_than, kills * BATCH), 20)
                process.kill()
                kills += 1
            else:
                wait_until(
                    lambda: not Job.objects.filter(task__contains="fan_out", state="running").exists(), 20
                )
    assert kills == 3
    assert sorted(Notice.objects.values_list("member", "count")) == [(pk, 1) for pk in followers]


def told_more_than(number: int) -> bool:
    return Notice.objects.count() > number


def follow(topic: Topic, number: int) -> list[int]:
    """So many members who follow the topic; answers their ids."""
    members = Member.objects.bulk_create(
        Member(
            name=f"Follower {n}",
            handle=f"follower.{n}",
            email=f"follower.{n}@gsa.gov",
        )
        for n in range(number)
    )
    until = make_member().eligible_until
    EligibilityProof.objects.bulk_create(
        EligibilityProof(
            member=member, address=member.email, rule="allow gov", method="code", expires_at=until
        )
        for member in members
    )
    Member.objects.filter(pk__in=[member.pk for member in members]).update(eligible_until=until)
    TopicState.objects.bulk_create(
        TopicState(member=member, topic=topic, level="watching", why="chosen") for member in members
    )
    return sorted(member.pk for member in members)


def test_workers_share_the_jobs_and_one_is_killed(rosa):
    """Every job is done, and every job but those the killed one held is done once."""
    for number in range(60):
        slow_chore.enqueue(number, 0.05)
    with worker(**SOON) as one, worker(**SOON):
        wait_until(lambda: len(done()) > 10)
        one.kill()
        wait_until(lambda: not Job.objects.exclude(state="done").filter(task__contains="chore").exists(), 20)
    numbers = done()
    assert set(numbers) == set(range(60))
    assert len(numbers) <= 60 + 4, "at most what four threads had done and not noted"


def test_a_worker_ends_its_jobs_when_it_is_asked_to_stop():
    slow_chore.enqueue(1, 2.0)
    with worker() as process:
        wait_until(lambda: Job.objects.filter(state="running").exists())
        assert process.stop() == 0
    assert done() == [1]
    assert Job.objects.get(task__contains="chore").attempts == 1


def test_the_sockets_process_stops_when_asked_and_says_so(rosa):
    with live() as server, Tab(server, rosa) as tab:
        tab.hello()
        assert server.stop(10) in (0, -signal.SIGTERM)
        assert tab.closed() in (1012, 1001)


def test_a_client_that_does_not_read_is_let_go_and_harms_nobody(rosa, grace, topic):
    with live() as server, Tab(server, rosa) as tab:
        tab.hello()
        slow = socket.create_connection(("127.0.0.1", server.port))
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        cookie = f"{settings.SESSION_COOKIE_NAME}={tab.client.cookies[settings.SESSION_COOKIE_NAME].value}"
        slow.sendall(
            (
                f"GET /ws/live/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: {server.url}\r\n"
                f"Cookie: {cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            ).encode()
        )
        time.sleep(0.5)
        for number in range(4000):
            live_events.publish_to_members(
                [rosa.pk], {"type": "read", "ids": list(range(100)), "unread": number}
            )
        while tab.hear("read", seconds=20)["unread"] != 3999:
            pass
        tab.say({"type": "ping"})
        assert tab.hear("pong")
        slow.close()
