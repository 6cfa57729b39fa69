"""A page of a topic's posts and what stands around them: the same for every reader, and so kept under the topic's
version. What differs between readers is laid over it by `forum.thread`.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.core.cache import caches
from django.db.models import Count, Max, Q, QuerySet
from django.template.loader import render_to_string
from django.utils.translation import get_language

from accounts.models import Member
from core.kept import CSRF
from core.spans import in_words
from forum.forms import PostForm
from forum.lines import lines_on
from forum.models import Post, Reaction, Topic
from forum.order import ORDERS, Order, branch_of

# Where a reader's own part goes in the kept text. Rendered posts hold no control characters.
STATE, ACTIONS = "\x1estate\x1e", "\x1eactions\x1e"
FIRST_UNREAD = "\x1efirst\x1e"  # of the reader: a link, or nothing
ABOVE = "\x1eabove\x1e"  # what the topic asks of the reader
TOKEN = "\x1etoken\x1e"  # noqa: S105  (of the composer, against double submits)
KEEP_SECONDS = 60  # names and badges of authors follow within this time
_KINDS = Reaction.Kind.values


class Piece(NamedTuple):
    """A rendered post, cut where the reader's own part goes."""

    number: int
    post: int
    author: int
    is_removed: bool
    is_withdrawn: bool  # removed by its author
    parts: tuple[bytes, bytes, bytes]
    reactions: tuple[tuple[str, int], ...]  # kinds in use and how often


@dataclass
class Page:
    """Twenty posts and what stands around them; the same for every reader."""

    pieces: list[Piece] = field(default_factory=list)
    before: str = ""  # cursors, "" when nothing lies there
    after: str = ""
    tags: list[str] = field(default_factory=list)
    title: str = ""
    attributes: str = ""  # by which the scripts know the topic
    head: str = ""  # all that stands above the posts
    foot: str = ""  # and below, as far as the composer
    composer: str = ""
    people: str = ""
    pager: str = ""
    branch: str = ""  # path of the post whose replies these are alone, "" for the whole topic
    answer: int | None = None  # number of the chosen post


def page_of(
    topic: Topic,
    *,
    view: str = "threaded",
    after: str = "",
    before: str = "",
    number: int | None = None,
    branch: int | None = None,
) -> Page:
    """The posts after or before a cursor of one of the ORDERS, or the page that holds a post number; of the whole
    topic, or in the tree of the branch that begins with a post. Raises Http404 for no such number."""
    wanted = f"{view}:{after}:{before}:{number or ''}:{branch or ''}"
    key = f"page:{topic.pk}:{topic.version}:{get_language()}:{wanted}"
    page = caches["local"].get(key)
    if page is None:
        page = _gather(topic, view, after=after, before=before, number=number, branch=branch)
        caches["local"].set(key, page, KEEP_SECONDS)
    return page


def _gather(
    topic: Topic, view: str, *, after: str, before: str, number: int | None, branch: int | None
) -> Page:
    order = ORDERS[view]
    posts = topic.posts.all() if branch is None else branch_of(topic, branch)
    if number is not None:
        after = order.start_of(topic, number)
    found, before, after, start = order.page(listed(posts), after=after, before=before)
    page = Page(before=before, after=after)
    if topic.solved_by_id:
        page.answer = topic.posts.filter(pk=topic.solved_by_id).values_list("number", flat=True).first()
    page.pieces = render_pieces(topic, found, is_flat=order.is_flat)
    if branch is None:
        page.pieces = _with_lines(page.pieces, lines_on(topic, order, found, start, after))
    else:
        page.branch = posts.order_by("path").values_list("path", flat=True)[0]
    page.tags = list(topic.tags.values_list("name", flat=True))
    counts = _counts(topic)
    people = {"topic": topic, "counts": counts, "people": authors_of(topic)[:5]}
    page.people = render_to_string("forum/_people.html", people)
    around = {"topic": topic, "category": topic.category, "page": page, "replies": topic.posts_count - 1}
    around |= {
        "view": view,
        "orders": ORDERS,
        "FIRST_UNREAD": FIRST_UNREAD,
        "ABOVE": ABOVE,
        "csrf_token": CSRF,
        "branch": branch,
        "pace": in_words(topic.slow_seconds),
        "place": _place(
            posts, order, page, found, start, counts["total"] if branch is None else posts.count()
        ),
    }
    page.pager = render_to_string("forum/_pager.html", around)
    page.title = render_to_string("forum/_topic_title.html", around)
    page.attributes = render_to_string("forum/_topic_attributes.html", around)
    page.head = render_to_string("forum/_topic_head.html", around)
    page.foot = render_to_string("forum/_topic_foot.html", around)
    form = PostForm(initial={"token": TOKEN})
    page.composer = render_to_string("forum/_composer.html", {**around, "form": form})
    return page


class Place(NamedTuple):
    """Where in the topic a page stands."""

    first: int
    last: int
    total: int
    end: int  # number of the very last post in this order


def _place(
    posts: QuerySet, order: Order, page: Page, found: list[Post], start: str, total: int
) -> Place | None:
    """None for a page that holds all there is."""
    if not (page.before or page.after) or not found:
        return None
    skipped = order.skipped(posts, start)
    return Place(skipped + 1, skipped + len(found), total, order.last_number(posts))


def _with_lines(pieces: list[Piece], lines: list[str]) -> list[Piece]:
    """The pieces with the system lines that stand before each, and behind the last one."""
    made = []
    for index, piece in enumerate(pieces):
        head, middle, tail = piece.parts
        is_last = index == len(pieces) - 1
        parts = (lines[index].encode() + head, middle, tail + lines[-1].encode() if is_last else tail)
        made.append(piece._replace(parts=parts))
    return made


def listed(posts: QuerySet) -> QuerySet:
    """Posts with all that rendering them needs."""
    return posts.select_related("author__agency", "agency", "parent__author")


def _counts(topic: Topic) -> dict[str, int]:
    stands = Q(removed_at=None)
    return topic.posts.aggregate(
        total=Count("pk"),
        people=Count("author", distinct=True, filter=stands),
        agencies=Count("agency", distinct=True, filter=stands),
    )


def authors_of(topic: Topic) -> QuerySet[Member]:
    """Who wrote what stands in a topic, those with most to say first, with how many posts they have `said`."""
    authors = Member.objects.filter(posts__topic=topic, posts__removed_at=None)
    return authors.annotate(said=Count("pk"), last_said=Max("posts__number")).order_by("-said", "pk")


def render_pieces(topic: Topic, posts: list[Post], *, is_flat: bool = False) -> list[Piece]:
    """Each post rendered once for its revision, however many pages and readers it is on."""
    keys = {
        post.pk: f"post:{post.pk}:{topic.pk}:{post.changed_version}:{topic.solved_by_id == post.pk}:{topic.slug}"
        f":{get_language()}:{is_flat}"
        for post in posts
    }
    kept = caches["local"].get_many(keys.values())
    pieces = []
    for post in posts:
        piece = kept.get(keys[post.pk])
        if piece is None:
            post.topic = topic
            html = render_to_string(
                "forum/_post.html",
                {"post": post, "topic": topic, "is_flat": is_flat, "STATE": STATE, "ACTIONS": ACTIONS},
            )
            head, rest = html.encode().split(STATE.encode())
            middle, tail = rest.split(ACTIONS.encode())
            reactions = tuple(
                (kind, post.reaction_counts[kind]) for kind in _KINDS if kind in post.reaction_counts
            )
            piece = Piece(
                post.number,
                post.pk,
                post.author_id,
                post.is_removed,
                post.is_removed and post.removed_by_id == post.author_id,
                (head, middle, tail),
                reactions,
            )
            caches["local"].set(keys[post.pk], piece, KEEP_SECONDS)
        pieces.append(piece)
    return pieces
