"""Atom feeds: the newest topics of all, of a category or with a tag, and the newest posts of a topic."""

import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.http import Http404
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Member
from forum.models import Category, Post, Tag, Topic

ENTRIES = 30
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what XML has no place for


@dataclass(frozen=True)
class Source:
    """What a feed is made of, as one member sees it."""

    title: str
    path: str  # of the page that shows the same, and after /feeds/<key> of the feed itself
    posts: list[Post]

    @cached_property
    def entries(self) -> list[dict[str, Any]]:
        """All that the feed prints of its posts."""
        return [_entry(post) for post in self.posts]

    @property
    def etag(self) -> str:
        """Another one whenever anything that the feed prints is another. No time could tell that: a tag, a title or a
        name can change without any post."""
        printed = (get_language(), settings.SITE_URL, self.title, self.path, self.entries)
        return f'"{sha256(repr(printed).encode()).hexdigest()[:32]}"'


def latest(member: Member) -> Source:
    title = _("New topics in %(site)s") % {"site": settings.SITE_NAME}
    return Source(title, "/forum/", _openings(Topic.objects.visible_to(member)))


def of_category(member: Member, slug: str) -> Source:
    place = Category.objects.visible_to(member).select_related("group").filter(slug=slug).first()
    if place is None:
        raise Http404
    topics = Topic.objects.visible_to(member).filter(category=place)
    return Source(place.name, place.get_absolute_url(), _openings(topics))


def with_tag(member: Member, name: str) -> Source:
    """Http404 also for a tag that no topic has which the member may see."""
    tagged = Topic.objects.visible_to(member).filter(tags__name=name)
    if not Tag.objects.filter(name=name).exists() or not tagged.exists():
        raise Http404
    title = _("New topics tagged %(tag)s") % {"tag": name}
    return Source(title, f"/forum/?tag={quote(name)}", _openings(tagged))


def of_topic(member: Member, topic_id: int) -> Source:
    topic = Topic.objects.visible_to(member).filter(pk=topic_id).first()
    if topic is None:
        raise Http404
    posts = topic.posts.filter(removed_at=None).order_by("-number")[:ENTRIES]
    return Source(topic.title, topic.get_absolute_url(), list(posts.select_related("topic", "author")))


def _openings(topics: Any) -> list[Post]:
    """The first posts of the newest topics."""
    newest = list(topics.order_by("-pk").values_list("pk", flat=True)[:ENTRIES])
    posts = Post.objects.filter(topic__in=newest, number=1, removed_at=None).order_by("-topic_id")
    return list(posts.select_related("topic", "author").prefetch_related("topic__tags"))


class PrivateFeed(Atom1Feed):
    """With the text as it is stored, its links relative to the site. It does not name its own address, which is a key:
    whoever passes an entry on gives nothing away."""

    def root_attributes(self) -> dict[str, str]:
        return {**super().root_attributes(), "xml:base": f"{settings.SITE_URL}/"}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


def written(source: Source) -> str:
    host = urlsplit(settings.SITE_URL).hostname
    feed = PrivateFeed(
        title=_plain(source.title),
        link=settings.SITE_URL + source.path,
        description="",
        language=get_language(),
        feed_guid=f"tag:{host},2026:{source.path}",
    )
    for entry in source.entries:
        feed.add_item(**entry)
    return feed.writeString("utf-8")


def _entry(post: Post) -> dict[str, Any]:
    host = urlsplit(settings.SITE_URL).hostname
    return {
        "title": _plain(post.topic.title if post.number == 1 else f"Re: {post.topic.title}"),
        "link": f"{settings.SITE_URL}/p/{post.pk}/",
        "description": None,
        "author_name": _plain(post.author.name),
        "pubdate": post.created_at,
        "updateddate": post.edited_at or post.created_at,
        "unique_id": f"tag:{host},{post.created_at:%Y-%m-%d}:/p/{post.pk}/",
        "categories": _tags(post),
        "content": _plain(post.html),
    }


def _tags(post: Post) -> list[str]:
    return [tag.name for tag in post.topic.tags.all()] if post.number == 1 else []


def _plain(text: str) -> str:
    return CONTROL.sub("", text)
