"""Who may do what in the forum, deed by deed: the rows of the permission table that the forum serves.

Each deed is done through HTTP by each actor in each kind of place. 200/302 is done, 403 and 422 refused, 404 hidden.
"""

from io import BytesIO

import pytest
from django.db import transaction
from django.test import Client

from files.checking import check
from forum.actions import attach_file, edit_post, post_reply
from forum.audience import may_see
from forum.models import Attachment, Topic
from forum.thread import see
from notifications.models import NoticeEvent
from tests.actors import one_of_each_or_the_others
from tests.factories import join, make_category, make_group, make_member, make_poll, make_post, make_topic

pytestmark = pytest.mark.django_db

ACTORS = [
    "visitor",
    "outsider",
    "observer",
    "member",
    "co_lead",
    "lead",
    "moderator",
    "steering",
    "administrator",
]
PLACES = ["community", "open", "members", "hidden", "concluded"]
INSIDE = {"observer", "member", "co_lead", "lead"}
OUTSIDE = {"outsider", "moderator", "steering", "administrator"}


class World:
    """One place of the given kind with a topic of three posts, and one client for each actor."""

    def __init__(self, kind: str) -> None:
        people = {name: make_member(name.replace("_", " ")) for name in ("outsider", *INSIDE)}
        people |= {
            name: make_member(name, roles=(name,)) for name in ("moderator", "steering", "administrator")
        }
        self.people = people
        if kind == "community":
            place = make_category("Governance")
        else:
            group = make_group("The group", lead=people["lead"], kind="" if kind == "concluded" else kind)
            for name in INSIDE - {"lead"}:
                join(group, people[name], name)
            if kind == "concluded":
                group.state = "concluded"
                group.save()
            place = group.categories.get()
        self.elsewhere = make_category("Elsewhere", group=place.group)
        self.topic = make_topic("What is asked", category=place)
        self.post = make_post(self.topic, body="Somebody's reply")
        self.own = {
            name: make_post(self.topic, author=who, body="My own reply") for name, who in people.items()
        }
        self.asking = make_topic("What is voted on", category=place)
        make_poll(self.asking)
        file = check(name="notes.txt", size=5, content=BytesIO(b"Notes"))
        self.file = attach_file(uploader=self.post.author, file=file)
        Attachment.objects.filter(pk=self.file.pk).update(post=self.post)
        self.clients = {"visitor": Client()}
        for name, who in people.items():
            self.clients[name] = Client()
            self.clients[name].force_login(who)

    def asked_by(self, name: str) -> Topic:
        """A topic of that actor with a poll of theirs; for a visitor somebody else's."""
        topic = make_topic("What I ask", category=self.topic.category, author=self.people.get(name))
        make_poll(topic)
        return topic


def change_poll(client: Client, topic: Topic, *, is_api: bool = False):
    words = {"question": "Which one, then?", "options": ["This", "That"], "revision": 1}
    if is_api:
        return client.patch(f"/api/v1/topics/{topic.pk}/poll/", words, content_type="application/json")
    return client.post(f"/forum/t/{topic.pk}/poll/edit/", {**words, "options": "This\nThat"})


def readers(place: str) -> set[str]:
    return {"members": INSIDE, "hidden": INSIDE}.get(place, INSIDE | OUTSIDE)


def writers(place: str) -> set[str]:
    if place == "community":
        return INSIDE | OUTSIDE
    return set() if place == "concluded" else INSIDE - {"observer"}


def keepers(place: str) -> set[str]:
    if place == "community":
        return {"moderator"}
    if place == "concluded":
        return set()
    return {"lead", "co_lead"} | ({"moderator"} if place == "open" else set())


def announcers(place: str) -> set[str]:
    """Moderators not in a group; the committee and administrators wherever they may read."""
    everywhere = {"steering", "administrator"} & readers(place)
    return (
        set()
        if place == "concluded"
        else everywhere | (keepers(place) - ({"moderator"} if place != "community" else set()))
    )


def changers(place: str) -> set[str]:
    """Who may still edit what they wrote: all inside, also observers; keepers of the place too."""
    if place == "concluded":
        return set()
    return INSIDE | OUTSIDE if place == "community" else INSIDE | (keepers(place) & OUTSIDE)


DEEDS = {
    "read": (lambda w, c, a: c.get(w.topic.get_absolute_url()), readers),
    "have a file": (lambda w, c, a: c.get(w.file.get_absolute_url()), readers),
    "read by API": (lambda w, c, a: c.get(f"/api/v1/topics/{w.topic.pk}/"), readers),
    "start a topic": (
        lambda w, c, a: c.post(
            "/api/v1/topics/",
            {"category": w.topic.category.slug, "title": "Another question", "body": "Well?"},
            content_type="application/json",
        ),
        writers,
    ),
    "reply": (lambda w, c, a: c.post(f"/forum/t/{w.topic.pk}/reply/", {"body": "Well."}), writers),
    "reply by API": (
        lambda w, c, a: c.post(
            f"/api/v1/topics/{w.topic.pk}/posts/", {"body": "Hm"}, content_type="application/json"
        ),
        writers,
    ),
    "follow": (lambda w, c, a: c.post(f"/forum/t/{w.topic.pk}/follow/", {"level": "watching"}), readers),
    "bookmark": (lambda w, c, a: c.post(f"/forum/p/{w.post.pk}/bookmark/"), readers),
    "react": (
        lambda w, c, a: c.post(f"/forum/p/{w.post.pk}/react/", {"kind": "like"}),
        lambda place: set() if place == "concluded" else readers(place),
    ),
    "edit own post": (
        lambda w, c, a: c.post(
            f"/forum/p/{w.own.get(a, w.post).pk}/edit/", {"body": "Edited", "revision": 1}
        ),
        changers,
    ),
    "remove own post": (lambda w, c, a: c.post(f"/forum/p/{w.own.get(a, w.post).pk}/remove/"), changers),
    "edit another's post": (
        lambda w, c, a: c.post(f"/forum/p/{w.post.pk}/edit/", {"body": "Edited", "revision": 1}),
        lambda place: set(),
    ),
    "remove another's post": (lambda w, c, a: c.post(f"/forum/p/{w.post.pk}/remove/"), keepers),
    "lock": (lambda w, c, a: c.post(f"/forum/t/{w.topic.pk}/lock/", {"reason": "Settled"}), keepers),
    "add a poll": (
        lambda w, c, a: c.post(
            f"/forum/t/{w.topic.pk}/poll/",
            {"question": "Which one?", "options": "This\nThat", "kind": "single", "shown": "voted"},
        ),
        keepers,
    ),
    "announce": (
        lambda w, c, a: c.post(f"/forum/t/{w.topic.pk}/announcement/", {"due_on": ""}),
        announcers,
    ),
    "vote": (lambda w, c, a: c.post(f"/forum/t/{w.asking.pk}/poll/vote/", {"choices": "1"}), writers),
    "vote by API": (
        lambda w, c, a: c.post(
            f"/api/v1/topics/{w.asking.pk}/poll/vote/", {"choices": [1]}, content_type="application/json"
        ),
        writers,
    ),
    "change own poll": (lambda w, c, a: change_poll(c, w.asked_by(a)), changers),
    "change own poll by API": (lambda w, c, a: change_poll(c, w.asked_by(a), is_api=True), changers),
    "change another's poll": (lambda w, c, a: change_poll(c, w.asking), lambda place: set()),
    "change another's poll by API": (
        lambda w, c, a: change_poll(c, w.asking, is_api=True),
        lambda place: set(),
    ),
    "close the poll": (lambda w, c, a: c.post(f"/forum/t/{w.asking.pk}/poll/close/"), keepers),
    "slow down": (
        lambda w, c, a: c.post(f"/forum/t/{w.topic.pk}/slow/", {"seconds": 60, "reason": "Heat"}),
        keepers,
    ),
    "pin": (lambda w, c, a: c.post(f"/forum/t/{w.topic.pk}/pin/"), keepers),
    "retitle": (
        lambda w, c, a: c.post(f"/forum/t/{w.topic.pk}/edit/", {"title": "Asked better", "tags": ""}),
        keepers,
    ),
    "move": (
        lambda w, c, a: c.post(
            f"/forum/t/{w.topic.pk}/move/", {"category": w.elsewhere.slug, "reason": "It fits better"}
        ),
        keepers,
    ),
    "split": (
        lambda w, c, a: c.post(
            f"/api/v1/topics/{w.topic.pk}/split/",
            {"posts": [w.post.pk], "title": "A matter apart", "reason": "It is one"},
            content_type="application/json",
        ),
        keepers,
    ),
    "merge": (
        lambda w, c, a: c.post(
            f"/forum/t/{w.topic.pk}/merge/", {"to": str(w.asking.pk), "reason": "It is the same"}
        ),
        keepers,
    ),
    "choose the answer": (lambda w, c, a: c.post(f"/forum/p/{w.post.pk}/answer/"), keepers),
}


def expected(actor: str, deed: str, place: str, allowed: set[str]) -> frozenset[int]:
    """The statuses that are right."""
    if actor == "visitor":
        return frozenset({302, 401})
    if actor not in readers(place):
        # A category that one may not see is, for who names it, no category: an error of the field.
        return frozenset({400 if deed == "start a topic" else 404})
    return frozenset({200, 201, 302} if actor in allowed else {403, 422})


@pytest.mark.parametrize("place", PLACES)
@one_of_each_or_the_others
def test_every_deed_by_every_actor(place, choose):
    world = World(place)
    wrong = []
    for row, (deed, (act, allowed)) in enumerate(DEEDS.items(), PLACES.index(place)):
        right = {actor: expected(actor, deed, place, allowed(place)) for actor in ACTORS}
        for actor in sorted(choose(ACTORS, right.get, row)):
            with transaction.atomic():
                response = act(world, world.clients[actor], actor)
                transaction.set_rollback(True)
            to = response.headers.get("Location", "")
            asked_to_sign_in = response.status_code == 401 or to.startswith("/accounts/login")
            if response.status_code not in right[actor] or asked_to_sign_in != (actor == "visitor"):
                wrong.append(f"{actor} {deed} in {place}: {response.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("place", PLACES)
def test_page_filter_notice_and_socket_agree_for_every_member(place):
    from django.http import Http404

    from forum.live import may_listen

    world = World(place)
    event = NoticeEvent(kind="post", data={"topic": world.topic.pk, "post": world.post.pk})
    may = may_see(event, [who.pk for who in world.people.values()])
    for name, who in world.people.items():
        listed = Topic.objects.visible_to(who).filter(pk=world.topic.pk).exists()
        try:
            see(who, world.topic.pk)
            seen = True
        except Http404:
            seen = False
        assert (
            listed == seen == (who.pk in may) == may_listen(who, world.topic.pk) == (name in readers(place))
        ), name


def test_a_suspended_or_lapsed_member_has_nothing():
    from datetime import timedelta

    from django.utils import timezone

    from core.errors import Refused

    topic = make_topic()
    suspended = make_member(suspended_until=timezone.now() + timedelta(days=1))
    lapsed = make_member(eligible=False)
    for who in (suspended, lapsed):
        client = Client()
        client.force_login(who)
        assert client.get(topic.get_absolute_url()).status_code == 302
        assert client.get(f"/api/v1/topics/{topic.pk}/").status_code == 403
        with pytest.raises(Refused):
            post_reply(author=who, topic_id=topic.pk, body="Still here")
        own = make_post(topic, author=who)
        with pytest.raises(Refused):
            edit_post(editor=who, post_id=own.pk, body="Changed", revision=1)
