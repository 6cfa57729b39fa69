"""A topic as a list of its posts' first words, to choose some of them."""

from collections import Counter
from dataclasses import dataclass

from forum.models import Post, Topic

PAGE = 200


@dataclass(frozen=True)
class Entry:
    post: Post
    replies: int  # all that was said below it


def outline_of(topic: Topic, after: str = "") -> tuple[list[Entry], str]:
    """The posts after a path, in tree order, and the path after which the next page begins, empty at the end."""
    posts = topic.posts.filter(path__gt=after).select_related("author").order_by("path")
    found = list(
        posts.only("number", "parent", "depth", "path", "text", "removed_at", "author__name")[: PAGE + 1]
    )
    below: Counter[int] = Counter()
    for pk, parent in topic.posts.order_by("-number").values_list("pk", "parent"):
        if parent:
            below[parent] += below[pk] + 1
    shown = [Entry(post, below[post.pk]) for post in found[:PAGE]]
    return shown, found[PAGE - 1].path if len(found) > PAGE else ""
