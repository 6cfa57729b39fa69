"""Every address ever issued leads to its post, whatever was done since, or for who may not read it to nothing at all."""

import random
import re
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.errors import Refused
from forum import actions
from forum.models import Category, Post, Topic
from tests.factories import join, make_category, make_group, make_member, make_topic
from tests.forum.test_moving import check

pytestmark = pytest.mark.django_db
WHY = "For the sake of the test."
NOWHERE = "/forum/t/999999/nothing/1/"


class World:
    """Topics in five kinds of places, a keeper of all of them, and readers of some."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.keeper = make_member(roles=("moderator",))
        self.insider, self.outsider = make_member(), make_member()
        make_category("Governance")
        make_category("Data")
        for kind in ("", "members", "hidden"):
            group = make_group(lead=self.keeper, kind=kind)
            if kind == "members":
                join(group, self.insider)
        for number, place in enumerate(Category.objects.all()):
            topic = make_topic(f"What about number {number}?", category=place, author=self.keeper)
            for _ in range(3):
                self.reply(topic)
        self.posts: dict[str, int] = {}  # address: id of the post it was issued for
        self.topics: dict[str, int] = {}
        self.merged: dict[int, int] = {}
        self.note()

    def living(self) -> list[Topic]:
        return list(Topic.objects.filter(merged_into=None).order_by("pk"))

    def topic(self) -> Topic:
        return self.random.choice(self.living())

    def note(self) -> None:
        """The addresses of this moment."""
        for post in Post.objects.select_related("topic"):
            self.posts[post.get_absolute_url().partition("#")[0]] = post.pk
            self.posts[f"/p/{post.pk}/"] = post.pk
        for topic in self.living():
            self.topics[topic.get_absolute_url()] = topic.pk
            self.topics[f"/forum/t/{topic.pk}/"] = topic.pk

    def step(self) -> None:
        deeds = (self.rename, self.move, self.split, self.split, self.merge, self.undo, self.undo)
        deed = self.random.choice((*deeds, self.remove, self.restore, self.reply))
        with suppress(Refused, ValidationError):  # not now; the invariants hold all the same
            deed(self.topic())
        self.note()

    def check(self) -> None:
        for topic in Topic.objects.all():
            check(topic)

    def rename(self, topic: Topic) -> None:
        title = f"What about {self.random.randrange(1000)}?"
        actions.edit_topic(editor=self.keeper, topic_id=topic.pk, title=title, tags=[])

    def move(self, topic: Topic) -> None:
        place = self.random.choice(list(Category.objects.all()))
        actions.move_topic(actor=self.keeper, topic_id=topic.pk, category=place.slug, reason=WHY)

    def split(self, topic: Topic) -> None:
        posts = list(topic.posts.filter(number__gt=1).values_list("pk", flat=True))
        chosen = self.random.sample(posts, min(len(posts), self.random.randint(1, 3)))
        where = {"title": "Split off"} if self.random.random() < 0.5 else {"destination": self.topic().pk}
        named = {"posts": chosen[1:], "with_replies": chosen[:1], **where}
        actions.split_topic(actor=self.keeper, topic_id=topic.pk, reason=WHY, **named)

    def merge(self, topic: Topic) -> None:
        other = self.topic()
        actions.merge_topic(actor=self.keeper, topic_id=topic.pk, destination=other.pk, reason=WHY)
        self.merged[topic.pk] = other.pk

    def undo(self, topic: Topic) -> None:
        move = actions.undo_move(actor=self.keeper, topic_id=topic.pk)
        self.merged.pop(move.source_id, None)
        if move.before.get("is_new"):
            self.merged[move.destination_id] = move.source_id

    def remove(self, topic: Topic) -> None:
        post = self.random.choice(list(topic.posts.all()))
        actions.remove_post(remover=self.keeper, post_id=post.pk)

    def restore(self, topic: Topic) -> None:
        for post in topic.posts.exclude(removed_at=None)[:1]:
            actions.restore_post(restorer=self.keeper, post_id=post.pk)

    def reply(self, topic: Topic) -> None:
        parent = self.random.choice([None, *topic.posts.filter(removed_at=None)])
        actions.post_reply(
            author=self.keeper, topic_id=topic.pk, body="Well.", parent_id=parent.pk if parent else None
        )

    def wrong(self, most: int) -> list[str]:
        """Among so many of the addresses, those that lead to anything else than they should."""
        found = []
        for reader in (self.keeper, self.insider, self.outsider):
            client = Client()
            client.force_login(reader)
            nothing = _bytes(client.get(NOWHERE))
            for address, pk in self.some(self.posts, most):
                post = Post.objects.select_related("topic").get(pk=pk)
                url = post.get_absolute_url().partition("#")[0]
                if not self.is_right(client, reader, address, post.topic, url, nothing):
                    found.append(f"{address} for {reader.pk}, which is {url}")
            for address, pk in self.some(self.topics, most):
                while pk in self.merged:
                    pk = self.merged[pk]
                topic = Topic.objects.get(pk=pk)
                if not self.is_right(client, reader, address, topic, topic.get_absolute_url(), nothing):
                    found.append(f"{address} for {reader.pk}, which is {topic.get_absolute_url()}")
        return found

    def some(self, addresses: dict[str, int], most: int) -> list[tuple[str, int]]:
        return self.random.sample(list(addresses.items()), min(most, len(addresses)))

    def is_right(self, client: Client, reader, address: str, topic: Topic, url: str, nothing: str) -> bool:
        here = address
        response = client.get(here)
        for _hop in range(4):
            if response.status_code != 301:
                break
            if "no-store" not in response.headers["Cache-Control"]:
                return False
            here = response.url.partition("#")[0]
            response = client.get(here)
        if not Topic.objects.visible_to(reader).filter(pk=topic.pk).exists():
            # No redirect either, but to the present title of a topic that they see, as for any number.
            is_here = here == address or here.startswith("/".join(address.split("/")[:4]) + "/")
            return response.status_code == 404 and is_here and _bytes(response) == nothing
        return response.status_code == 200 and here == url


def _bytes(response) -> str:
    return re.sub(
        r'(nonce|csrfmiddlewaretoken" value|csrf-token" content|data-session)="[^"]+"',
        "",
        response.content.decode(),
    )


def live_through(seed: int, *, steps: int, most: int) -> None:
    world = World(seed)
    for number in range(steps):
        world.step()
        if number % 5 == 0:
            world.check()
    world.check()
    assert world.wrong(most) == []


def test_every_address_leads_to_its_post_after_a_dozen_deeds():
    live_through(seed=7, steps=12, most=6)


@pytest.mark.thorough
@settings(
    max_examples=2,
    phases=[Phase.generate],  # a smaller seed is no simpler a story
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 10**6))
def test_every_address_leads_to_its_post_after_fifty_deeds(seed):
    with transaction.atomic():
        live_through(seed, steps=50, most=25)
        transaction.set_rollback(True)
