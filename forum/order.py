"""The ways to go through the posts of a topic, each in pages cut by a key: a reply that arrives in between neither
hides nor repeats another."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from forum.models import PATH_WIDTH, Post, Topic, base36


class Cut(NamedTuple):
    posts: list[Post]
    before: str  # cursors of the neighbouring pages, empty where there is none
    after: str
    start: str  # cursor after which this page begins, empty at the very first post


@dataclass(frozen=True)
class Order:
    label: Any
    key: str  # a field whose values are unique in a topic
    is_backward: bool = False
    is_flat: bool = True  # shown without the tree's indents, each reply saying what it answers

    def page(self, posts: QuerySet[Post], *, after: str = "", before: str = "") -> Cut:
        """The page after or before a cursor, or the first one."""
        size = settings.COMMONS_POSTS_PER_PAGE
        if before:
            found = list(
                posts.filter(self._beyond(before, backward=True)).order_by(self._by(turned=True))[: size + 1]
            )
            found.reverse()
            more = len(found) > size
            return Cut(
                found[-size:],
                self.cursor(found[1]) if more else "",
                self.cursor(found[-1]) if found else "",
                self.cursor(found[0]) if more else "",
            )
        if after:
            posts = posts.filter(self._beyond(after))
        found = list(posts.order_by(self._by())[: size + 1])
        first = self.cursor(found[0]) if after and found else ""
        return Cut(found[:size], first, self.cursor(found[size - 1]) if len(found) > size else "", after)

    def start_of(self, topic: Topic, number: int) -> str:
        """The cursor after which the page with that post begins: pages are counted from the top."""
        post = topic.posts.filter(number=number).only(self.key).first()
        if post is None:
            raise Http404
        size = settings.COMMONS_POSTS_PER_PAGE
        skip = topic.posts.filter(self._beyond(self.cursor(post), backward=True)).count() // size * size
        if skip == 0:
            return ""
        return str(topic.posts.order_by(self._by()).values_list(self.key, flat=True)[skip - 1])

    def skipped(self, posts: QuerySet[Post], start: str) -> int:
        """How many posts stand before the page that begins after this cursor."""
        return posts.exclude(self._beyond(start)).count() if start else 0

    def last_number(self, posts: QuerySet[Post]) -> int:
        return posts.order_by(self._by(turned=True)).values_list("number", flat=True)[0]

    def cursor(self, post: Post) -> str:
        return str(getattr(post, self.key))

    def lines_between(self, start: str, end: str) -> Q:
        """The system lines on the page between these cursors, each of which belongs to exactly one page."""
        above, below = (end, start) if self.is_backward else (start, end)
        lines = Q(after_number__gte=self._rank(above)) if above else Q()
        return lines & Q(after_number__lt=self._rank(below)) if below else lines

    def is_behind(self, post: Post, number: int) -> bool:
        """Whether a line that belongs after that number stands before this post, whichever branch it is in."""
        return (self._rank(self.cursor(post)) > number) != self.is_backward

    def _rank(self, cursor: str) -> int:
        """The number by which a post takes its turn with lines: its own, or in the tree that of its branch."""
        try:
            return int(cursor) if self.key == "number" else int(cursor[:PATH_WIDTH], 36)
        except ValueError:
            raise Http404 from None

    def _by(self, *, turned: bool = False) -> str:
        return f"-{self.key}" if self.is_backward != turned else self.key

    def _beyond(self, cursor: str, *, backward: bool = False) -> Q:
        if self.key == "number" and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
            raise Http404
        return Q(**{f"{self.key}__{'lt' if self.is_backward != backward else 'gt'}": cursor})


ORDERS = {
    "threaded": Order(_("Threaded"), "path", is_flat=False),
    "flat": Order(_("Flat"), "number"),
    "newest": Order(_("Newest"), "number", is_backward=True),
}


def branch_of(topic: Topic, number: int) -> QuerySet[Post]:
    """A post and all that was answered to it: a range of paths. Raises Http404 for no such post."""
    path = topic.posts.filter(number=number).values_list("path", flat=True).first()
    if path is None:
        raise Http404
    return topic.posts.filter(path__gte=path, path__lt=path[:-PATH_WIDTH] + base36(number + 1))
