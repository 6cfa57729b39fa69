""" "Linked from": who leads to the posts of a topic, as far as its reader may see them.

Whether anybody does is kept for a minute, so that the many topics nobody links to cost nothing.
"""

from collections import defaultdict
from typing import NamedTuple

from django.core.cache import caches
from django.db.models import QuerySet
from django.template.loader import render_to_string

from accounts.models import Member
from core.compiled import Compiled
from forum.models import PostLink

KEEP_SECONDS = 60
MOST = 60  # of one topic, the latest ones
UNDER_A_POST = 4
BESIDE = 5


class Link(NamedTuple):
    post: int | None
    topic: int
    slug: str
    title: str
    number: int
    who: str


def _led_here(member: int, topic: int) -> QuerySet:
    links = PostLink.objects.filter(topic=topic).seen_by(Member(pk=member)).order_by("-pk")
    fields = ("topic", "topic__slug", "topic__title", "number", "author__name")
    return links.values_list("post", *(f"source__{field}" for field in fields))[:MOST]


_links = Compiled(_led_here, "member", "topic")


def links_to(member: Member, topic: int) -> list[Link]:
    """The latest links to a topic and its posts. One query, or none while nobody links there."""
    key = f"linked:{topic}"
    is_linked = caches["local"].get(key)
    if is_linked is None:
        is_linked = PostLink.objects.filter(topic=topic).exists()
        caches["local"].set(key, is_linked, KEEP_SECONDS)
    return [Link(*row) for row in _links(member=member.pk, topic=topic)] if is_linked else []


def under_posts(topic: int, links: list[Link]) -> dict[int, bytes]:
    """What stands under each post that somebody leads to: the latest few, and a way to all."""
    of: dict[int, list[Link]] = defaultdict(list)
    for link in links:
        if link.post:
            of[link.post].append(link)
    return {
        post: render_to_string(
            "forum/_linked.html",
            {"links": some[:UNDER_A_POST], "more": len(some) > UNDER_A_POST, "topic": topic, "post": post},
        ).encode()
        for post, some in of.items()
    }


def beside(topic: int, links: list[Link]) -> list[Link]:
    """The latest link of each other topic, for the side of the page."""
    return list({link.topic: link for link in reversed(links) if link.topic != topic}.values())[::-1][:BESIDE]
