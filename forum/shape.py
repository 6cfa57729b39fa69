"""A long topic at a glance: its posts in the order of the tree, in stretches, each with who speaks in it.

The same for all who read the topic, and so kept under its version; what a reader has not seen is marked afterwards.
"""

from collections import Counter
from typing import NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.utils.safestring import SafeString, mark_safe

from accounts.models import Member
from forum.models import MAX_DEPTH, Topic
from forum.seen import Reading

STRETCHES = 40  # at most: as many as anybody looks through
COLUMNS = 20  # of the drawing of one stretch
NAMED = 2
KEEP_SECONDS = 600


class Stretch(NamedTuple):
    first: int  # places in the topic, from 1
    last: int
    numbers: tuple[int, ...]  # of its posts
    depths: tuple[int, ...]
    names: tuple[str, ...]  # of those who say most
    others: int  # how many more speak in it


class Shown(NamedTuple):
    """A stretch as one reader sees it."""

    stretch: Stretch
    number: int  # of the post to begin with: the first unread one
    unread: int
    drawing: SafeString


def shape_of(topic: Topic) -> list[Stretch]:
    """Two queries, or none when it is kept."""
    key = f"shape:{topic.pk}:{topic.version}"
    kept = caches["local"].get(key)
    if kept is None:
        kept = _gather(topic)
        caches["local"].set(key, kept, KEEP_SECONDS)
    return kept


def _gather(topic: Topic) -> list[Stretch]:
    posts = list(topic.posts.order_by("path").values_list("number", "depth", "author"))
    page = settings.COMMONS_POSTS_PER_PAGE
    size = page * -(-len(posts) // (page * STRETCHES))
    parts = [posts[start : start + size] for start in range(0, len(posts), size)]
    voices = [Counter(author for _number, _depth, author in part).most_common() for part in parts]
    named = {author for heard in voices for author, _said in heard[:NAMED]}
    names = dict(Member.objects.filter(pk__in=named).values_list("pk", "name"))
    return [
        Stretch(
            first=index * size + 1,
            last=index * size + len(part),
            numbers=tuple(number for number, _depth, _author in part),
            depths=tuple(depth for _number, depth, _author in part),
            names=tuple(names[author] for author, _said in heard[:NAMED]),
            others=max(0, len(heard) - NAMED),
        )
        for index, (part, heard) in enumerate(zip(parts, voices, strict=True))
    ]


def for_reader(stretches: list[Stretch], reading: Reading) -> list[Shown]:
    shown = []
    for stretch in stretches:
        unread = [not reading.has(number) for number in stretch.numbers]
        first = unread.index(True) if any(unread) else 0
        shown.append(Shown(stretch, stretch.numbers[first], sum(unread), _draw(stretch.depths, unread)))
    return shown


def _draw(depths: tuple[int, ...], unread: list[bool]) -> SafeString:
    """A column for each post or few posts, the lower the deeper it hangs; what is unread in a colour of its own."""
    step = -(-len(depths) // COLUMNS)
    high = MAX_DEPTH + 2
    paths = {True: "", False: ""}
    for column, start in enumerate(range(0, len(depths), step)):
        part = depths[start : start + step]
        top = round(sum(part) / len(part))
        paths[any(unread[start : start + step])] += f"M{column * 4} {top}h3v{high - top}h-3z"
    return mark_safe(  # noqa: S308  (numbers only)
        f'<svg class="shape-drawing" viewBox="0 0 {COLUMNS * 4} {high}" preserveAspectRatio="none" aria-hidden="true">'
        f'<path d="{paths[False]}"/><path class="shape-unread" d="{paths[True]}"/></svg>'
    )
