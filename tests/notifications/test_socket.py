"""`/ws/live/` on the single process, through real sockets. (tests/faults has it on services, and killed.)"""

import json
import socket
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from accounts.models import Member
from forum.actions import post_reply
from forum.models import Topic
from notifications.models import Notice
from tests.factories import join, make_group, make_member, make_topic
from tests.processes import Tab
from workinggroups.models import Membership

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("sockets")]


@pytest.fixture
def rosa() -> Member:
    return make_member("Rosa Ortiz", handle="rosa.ortiz")


@pytest.fixture
def grace() -> Member:
    return make_member("Grace Hall", handle="grace.hall")


@pytest.fixture
def topic(rosa) -> Topic:
    return make_topic("How do you test?", author=rosa)


def mention(grace: Member, topic: Topic, text: str = "What do you think, @rosa.ortiz?"):
    """Something that tells Rosa, and nobody collapses."""
    return post_reply(author=grace, topic_id=topic.pk, body=text)


def refused(server, **options) -> int:
    with pytest.raises(InvalidStatus) as refusal:
        Tab(server, **options)
    return refusal.value.response.status_code


@contextmanager
def http(server, member):
    """A browser of the serving process, for deeds whose events must be heard from it."""
    client = Client()
    client.force_login(member)
    cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
    with httpx.Client(base_url=server.url, cookies=cookies, timeout=20, verify=False) as browser:
        page = browser.get("/notifications/").text
        browser.headers["X-CSRFToken"] = page.partition('name="csrf-token" content="')[2].partition('"')[0]
        yield browser


# --- Who may come in --------------------------------------------------------------------------------


def test_a_member_is_welcomed(server, rosa):
    with Tab(server, rosa) as tab:
        assert tab.hello() == {"type": "welcome", "unread": 0, "latest": None}
        tab.say({"type": "ping"})
        assert tab.hear() == {"type": "pong"}


def test_visitors_and_those_who_are_no_members_are_refused(server, rosa):
    assert refused(server, client=Client()) == 403
    for member in (
        make_member(eligible=False),
        make_member(is_active=False),
        make_member(suspended_until=timezone.now() + timedelta(days=1)),
    ):
        assert refused(server, member=member) == 403
    stranger = Client()
    stranger.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    assert refused(server, client=stranger) == 403


def test_a_page_of_another_origin_is_refused(server, rosa):
    client = Client()
    client.force_login(rosa)
    near = ["http://127.0.0.1:1", "null", "http://127.0.0.1@evil.example", "http://["]
    for origin in ["https://evil.example", *near, None]:
        assert refused(server, client=client, origin=origin) == 403, origin
    with Tab(server, client=client) as tab:  # it was for the origin alone
        assert tab.hear()["type"] == "welcome"


def test_a_host_that_is_not_ours_is_refused_even_if_the_origin_agrees(server, rosa):
    # As after DNS rebinding: a foreign name that leads here.
    foreign = f"evil.example:{server.port}"
    with socket.create_connection(("127.0.0.1", server.port)) as wire:
        assert refused(server, member=rosa, host=foreign, origin=f"http://{foreign}", sock=wire) == 403


def test_there_is_no_other_socket(server, rosa):
    with pytest.raises(InvalidStatus), connect(f"ws://127.0.0.1:{server.port}/ws/other/", origin=server.url):
        pytest.fail("It let us in.")


# --- Notices ----------------------------------------------------------------------------------------


def test_a_mention_is_heard_at_once_in_the_shape_of_the_api(server, rosa, grace, topic):
    with Tab(server, rosa) as tab:
        tab.hello()
        mention(grace, topic)
        frame = tab.hear("notification")
        assert frame.pop("type") == "notification"
        assert frame.pop("unread") == 1
        [row] = tab.client.get("/api/v1/notifications/").json()["results"]
        assert frame == row
        assert "Grace Hall mentioned you" in frame["text"]


def test_what_was_missed_comes_first_and_in_order(server, rosa, grace, topic):
    with Tab(server, rosa) as tab:
        tab.hello()
        mention(grace, topic)
        last = tab.hear("notification")["id"]
    for _ in range(4):
        mention(grace, topic)
    with Tab(server, rosa) as other:
        while other.hello()["unread"] < 5:  # until the worker has told all
            other._open.close()
            other = Tab(server, rosa)
    with Tab(server, rosa) as tab:
        assert tab.hello(after=last)["unread"] == 5
        mention(grace, topic)
        ids = [tab.hear("notification")["id"] for _ in range(5)]
    assert ids == list(
        Notice.objects.of(rosa).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)
    )


def test_a_collapsed_notice_comes_again_under_its_new_id(server, rosa, grace, topic):
    from forum.actions import follow_topic

    follow_topic(member=rosa, topic_id=topic.pk, level="watching")
    with Tab(server, rosa) as tab:
        tab.hello()
        post_reply(author=grace, topic_id=topic.pk, body="One.")
        first = tab.hear("notification")
        post_reply(author=grace, topic_id=topic.pk, body="Two.")
        second = tab.hear("notification")
    assert (second["count"], second["replaces"], second["unread"]) == (2, first["id"], 1)
    assert second["id"] > first["id"]


def test_reading_in_one_tab_clears_the_other(server, rosa, grace, topic):
    with Tab(server, rosa) as one, Tab(server, rosa) as two:
        for tab in (one, two):
            tab.hello()
        mention(grace, topic)
        number = one.hear("notification")["id"]
        assert two.hear("notification")["id"] == number
        one.say({"type": "read", "ids": [number]})
        for tab in (one, two):
            assert tab.hear("read") == {"type": "read", "ids": [number], "unread": 0}
    assert Notice.objects.get(pk=number).read_at is not None


def test_reading_over_http_clears_the_tabs(server, rosa, grace, topic):
    with Tab(server, rosa) as tab, http(server, rosa) as browser:
        tab.hello()
        mention(grace, topic)
        number = tab.hear("notification")["id"]
        assert browser.post("/notifications/read/", data={"up_to": number}).status_code == 204
        assert tab.hear("read")["unread"] == 0


def test_reading_up_to_a_notice_reads_no_later_one(server, rosa, grace, topic):
    with Tab(server, rosa) as tab:
        tab.hello()
        for _ in range(2):
            mention(grace, topic)
        first, second = (tab.hear("notification")["id"] for _ in range(2))
        tab.say({"type": "read", "up_to": first})
        assert tab.hear("read") == {"type": "read", "ids": [first], "unread": 1}
        tab.say({"type": "read", "up_to": first})
        tab.say({"type": "read", "ids": [second]})
        assert tab.hear("read") == {"type": "read", "ids": [second], "unread": 0}


def test_nobody_hears_or_reads_the_notices_of_another(server, rosa, grace, topic):
    with Tab(server, grace) as tab:
        tab.hello()
        mention(grace, topic)
        with Tab(server, rosa) as hers:
            hers.hello(after=0)
            number = hers.hear("notification")["id"]
        tab.say({"type": "read", "ids": [number]})
        assert tab.silence()
    assert Notice.objects.get(pk=number).read_at is None


# --- Rooms ------------------------------------------------------------------------------------------


@pytest.fixture
def private(rosa, grace) -> Topic:
    group = make_group("Procurement", kind="members", lead=rosa)
    join(group, grace)
    return make_topic("Vendor shortlist", category=group.categories.get(), author=rosa)


def test_a_reply_is_heard_in_the_topics_room_without_its_text(server, rosa, grace, topic):
    with Tab(server, rosa) as tab, http(server, grace) as browser:
        tab.hello()
        assert tab.subscribe(f"topic:{topic.pk}") == {"type": "subscribed", "room": f"topic:{topic.pk}"}
        answer = browser.post(f"/api/v1/topics/{topic.pk}/posts/", json={"body": "A secret thought."})
        assert answer.status_code == 201, answer.text
        frame = tab.hear("post.created")
        assert (frame["room"], frame["topic"], frame["post"]["id"]) == (
            f"topic:{topic.pk}",
            topic.pk,
            answer.json()["id"],
        )
        assert "secret" not in json.dumps(frame)
        tab.say({"type": "unsubscribe", "room": f"topic:{topic.pk}"})
        tab.say({"type": "ping"})
        tab.hear("pong")
        browser.post(f"/api/v1/topics/{topic.pk}/posts/", json={"body": "Another."})
        assert tab.silence()


def test_a_room_that_is_not_ones_own_or_not_there_is_refused_alike(server, rosa):
    with Tab(server, rosa) as tab:
        tab.hello()
        for room in ["topic:999999", "member:1", "topic:", "topic:1;x", "topic:²", "hubs", "", "x" * 5000]:
            assert tab.subscribe(room)["type"] == "refused", room


def test_an_outsider_is_refused_the_room_of_a_private_topic(server, private):
    with Tab(server, make_member()) as tab:
        tab.hello()
        assert tab.subscribe(f"topic:{private.pk}") == {"type": "refused", "room": f"topic:{private.pk}"}


def test_who_is_removed_from_the_group_loses_the_room_within_two_seconds(server, rosa, grace, private):
    room = f"topic:{private.pk}"
    group = private.category.group
    with Tab(server, grace) as tab, http(server, rosa) as lead:
        tab.hello()
        assert tab.subscribe(room)["type"] == "subscribed"
        membership = Membership.objects.get(group=group, member=grace)
        answer = lead.post(
            f"/groups/{group.slug}/members/{grace.handle}/remove/",
            data={"reason": "Done here."},
        )
        assert answer.status_code in (200, 302), answer.text[:500]
        membership.refresh_from_db()
        assert membership.status == "removed"
        assert tab.hear("revoked", seconds=2) == {"type": "revoked", "room": room}
        lead.post(f"/api/v1/topics/{private.pk}/posts/", json={"body": "Among us."})
        tab.say({"type": "ping"})
        while (frame := tab.hear())["type"] != "pong":
            assert frame["type"] == "notification"  # of the removal itself
        assert tab.subscribe(room)["type"] == "refused"


# --- Being shown the door ---------------------------------------------------------------------------


@pytest.mark.thorough  # waits
def test_a_session_or_membership_that_runs_out_closes_the_socket_by_itself(server, rosa, grace):
    soon = timezone.now() + timedelta(seconds=3)
    client = Client()
    client.force_login(rosa)
    Session.objects.filter(pk=client.session.session_key).update(expire_date=soon)
    Member.objects.filter(pk=grace.pk).update(eligible_until=soon)
    with Tab(server, client=client) as one, Tab(server, grace) as other:
        assert (one.closed(8), other.closed(8)) == (4401, 4401)


def test_a_session_from_before_a_change_of_password_does_not_open_a_socket(server, rosa):
    client = Client()
    client.force_login(rosa)
    rosa.set_password("another-long-password-of-hers")
    rosa.save()
    assert refused(server, client=client) == 403


def test_signing_out_closes_the_socket_within_two_seconds(server, rosa):
    with http(server, rosa) as browser:
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = next(
            cookie.value for cookie in browser.cookies.jar if cookie.name == settings.SESSION_COOKIE_NAME
        )
        with Tab(server, client=client) as tab, Tab(server, rosa) as elsewhere:
            tab.hello()
            elsewhere.hello()
            browser.post("/accounts/logout/")
            assert tab.closed(2) == 4401
            elsewhere.say({"type": "ping"})
            assert elsewhere.hear("pong"), "another session of hers stays"


@pytest.mark.parametrize(
    "frame",
    ["{", "x" * 17_000, "[" * 10_000, '"' + "é" * 9_000 + '"'],
    ids=["cut", "long", "deep", "long in bytes"],
)
def test_a_malformed_or_oversize_frame_closes(server, rosa, frame):
    with Tab(server, rosa) as tab:
        tab.hello()
        tab.say(frame)
        assert tab.closed() == 1008


def test_bytes_close(server, rosa):
    with Tab(server, rosa) as tab:
        tab.socket.send(b"\x00\x01")
        assert tab.closed() == 1008


def test_too_many_frames_close(server, rosa):
    with Tab(server, rosa) as tab:
        for _ in range(31):
            tab.say({"type": "ping"})
        assert tab.closed() == 4429
        assert sum(frame["type"] == "pong" for frame in tab.heard) == 30


MEANINGLESS = [
    {},
    [],
    7,
    {"type": "shout"},
    {"type": "hello", "after": "x"},
    {"type": "hello", "after": -1},
    {"type": "hello", "after": 2**70},
    {"type": "read", "ids": ["1"]},
    {"type": "read", "ids": [True]},
    {"type": "read", "up_to": 1.5},
    {"type": "read"},
    {"type": "subscribe", "room": 5},
    {"type": "subscribe"},
    {"type": ["ping"]},
]


def test_a_frame_that_means_nothing_is_answered_and_the_socket_stays(server, rosa):
    with Tab(server, rosa) as tab:
        tab.hello()
        for frame in MEANINGLESS:
            tab.say(json.dumps(frame))
            assert tab.hear()["type"] == "error", frame
        tab.say({"type": "ping"})
        assert tab.hear()["type"] == "pong"


def test_a_member_has_so_many_rooms_and_no_more(server, rosa, topic):
    topics = [topic, *(make_topic(author=rosa) for _ in range(20))]
    with Tab(server, rosa) as tab:
        answers = [tab.subscribe(f"topic:{t.pk}")["type"] for t in topics]
    assert answers == ["subscribed"] * 20 + ["refused"]
