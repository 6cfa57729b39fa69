"""One topic page, gathered in two steps.

`see` asks the database for the topic as one member sees it: permission, role, how far they read. Only then comes
`page_of` of `forum.page`, whose text is the same for every reader and is therefore kept under the topic's version. What
differs between readers (unread, own posts, what they may do) is laid over that text by `lay_over`.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import compress, product
from uuid import uuid4

from django.db.models import CharField, Exists, F, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.http import Http404
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Member, Mute
from core.compiled import Asked, Compiled
from core.kept import CSRF
from forum.levels import CHOICES, Follow, Heard, explain, heard
from forum.models import (
    Bookmark,
    Category,
    CategoryFollow,
    Draft,
    Reaction,
    TagFollow,
    Topic,
    TopicState,
    first_reading,
)
from forum.muted import fold
from forum.page import ABOVE, FIRST_UNREAD, TOKEN, Page, Piece
from forum.permissions import (
    can_announce,
    can_change_own,
    can_choose_answer,
    can_keep_order,
    can_reply,
    can_take_note,
    is_keeper,
)
from forum.seen import NONE, Reading, parse
from workinggroups.models import Group, Membership


def _columns(model: type[Model], *names: str) -> list[str]:
    """The named columns in the order in which `from_db` wants their values: the model's own."""
    return [field.attname for field in model._meta.concrete_fields if field.attname in names]


TOPIC_FIELDS = _columns(
    Topic,
    *(
        "id",
        "title",
        "slug",
        "category_id",
        "author_id",
        "created_at",
        "version",
        "last_number",
        "gaps",
        "posts_count",
    ),
    *("last_post_at", "locked_at", "lock_reason", "is_pinned", "solved_by_id"),
    *(
        "locked_until",
        "is_pinned_everywhere",
        "pinned_until",
        "slow_seconds",
        "slow_reason",
        "has_poll",
        "is_announcement",
    ),
)
CATEGORY_FIELDS = _columns(
    Category,
    *("id", "slug", "name", "color", "posting", "tag_policy", "is_archived", "parent_id", "group_id"),
)
GROUP_FIELDS = _columns(Group, "id", "slug", "name", "color", "content", "state", "observers_post")


def _as_seen(member: int, topic: int) -> QuerySet:
    role = Membership.objects.active().filter(member=member, group=OuterRef("category__group")).values("role")
    state = TopicState.objects.filter(member=member, topic=OuterRef("pk"))
    above = CategoryFollow.objects.filter(
        Q(category=OuterRef("category")) | Q(category=OuterRef("category__parent"))
    )
    return (
        Topic.objects.visible_to(Member(pk=member))
        .filter(pk=topic)
        .values_list(
            *TOPIC_FIELDS,
            *(f"category__{name}" for name in CATEGORY_FIELDS),
            *(f"category__group__{name}" for name in GROUP_FIELDS),
            Subquery(role[:1]),
            Subquery(state.values("read_to")[:1]),
            Subquery(state.values("seen_above")[:1]),
            Subquery(state.values("level")[:1]),
            Subquery(state.values("why")[:1]),
            Subquery(_follow(TagFollow.objects.filter(tag__topics=OuterRef("pk")), member, "tag")),
            Subquery(_follow(above, member, "category")),
            Exists(Bookmark.objects.filter(member=member, post__topic=OuterRef("pk"))),
            Exists(Mute.objects.filter(member=member)),
            Exists(Draft.objects.filter(member=member, kind=Draft.Kind.REPLY, target=OuterRef("pk"))),
        )
    )


def _follow(follows: QuerySet, member: int, what: str) -> QuerySet:
    """The follow that counts, as "level:name": of tags the loudest, of categories the topic's own."""
    first = "-level" if what == "tag" else F("category__parent").desc(nulls_last=True)
    named = Concat("level", Value(":"), Cast(f"{what}__name", CharField()))
    return follows.filter(member=member).order_by(first).values(named=named)[:1]


_see = Compiled(_as_seen, "member", "topic")


@dataclass
class Seen:
    """A topic as one member sees it."""

    member: Member
    topic: Topic
    role: str
    # The watermark and what was seen above it; None where nothing was ever noted.
    noted: tuple[int, str] | None
    heard: Heard
    why: str
    has_bookmarks: bool
    has_muted: bool  # somebody, anywhere
    has_draft: bool

    def __post_init__(self) -> None:
        self.can_reply = can_reply(self.member, self.topic, self.role)
        self.can_react = bool(can_take_note(self.member, self.topic))
        self.can_change_own = bool(can_change_own(self.member, self.topic, self.role))
        self.is_keeper = is_keeper(self.member, self.topic.category, self.role)
        self.can_keep_order = bool(can_keep_order(self.member, self.topic, self.role))
        self.can_announce = bool(can_announce(self.member, self.topic, self.role))
        self.can_choose_answer = bool(can_choose_answer(self.member, self.topic, self.role))

    @cached_property
    def reading(self) -> Reading:
        """Where nothing was noted, what is true of such a topic."""
        if self.noted is None:
            return first_reading(self.member, self.topic)
        read_to, above = self.noted
        return Reading(read_to, parse(above) if above else NONE)

    @property
    def has_state(self) -> bool:
        return self.noted is not None

    @property
    def read_to(self) -> int:
        return self.reading.read_to


def see(member: Member, topic_id: int) -> Seen:
    """Raises Http404 for what does not exist for the member. One query."""
    return seen_in(_see(member=member.pk, topic=topic_id), member)


def asked_to_see(member: Member, topic_id: int) -> Asked:
    """The same question, to be asked together with others; `seen_in` takes the answer."""
    return _see.asked(member=member.pk, topic=topic_id)


def seen_in(rows: list[tuple], member: Member) -> Seen:
    if not rows:
        raise Http404
    row = rows[0]
    to_category, to_group = len(TOPIC_FIELDS), len(TOPIC_FIELDS) + len(CATEGORY_FIELDS)
    end = to_group + len(GROUP_FIELDS)
    topic = Topic.from_db("default", TOPIC_FIELDS, row[:to_category])
    topic.category = Category.from_db("default", CATEGORY_FIELDS, row[to_category:to_group])
    topic.category.group = (
        Group.from_db("default", GROUP_FIELDS, row[to_group:end]) if topic.category.group_id else None
    )
    role, read_to, seen_above, level, why, by_tag, by_category, *marks = row[end:]
    tags, categories = ([Follow(*by.split(":", 1))] if by else () for by in (by_tag, by_category))
    return Seen(
        member,
        topic,
        role or "",
        None if read_to is None else (read_to, seen_above),
        heard(level or "", tags, categories),
        why or "",
        *map(bool, marks),
    )


BOOKMARK = "bookmark"


def _marked(member: int, first: int, last: int) -> QuerySet:
    own = {"member": member, "post__gte": first, "post__lte": last}
    said = Reaction.objects.filter(**own).order_by().values_list("post_id", "kind")
    kept = Bookmark.objects.filter(**own).order_by().annotate(kind=Value(BOOKMARK, CharField()))
    return said.union(kept.values_list("post_id", "kind"), all=True).order_by()


_own_marks = Compiled(_marked, "member", "first", "last")


def _own(seen: Seen, pieces: list[Piece]) -> set[tuple[int, str]]:
    """What the reader said to these posts and which they marked, as (post, kind). One query, or none where nobody
    said anything and the reader has no bookmark in the topic."""
    posts = [piece.post for piece in pieces if piece.reactions or seen.has_bookmarks]
    if not posts:
        return set()
    return set(_own_marks(member=seen.member.pk, first=min(posts), last=max(posts)))


NOTHING: frozenset[str] = frozenset()
RESTORE = frozenset({"restore"})
DEEDS = ("reply", "edit", "react", "bookmarked")
# By whether each of them stands under a post: made once, not for each post of each page.
RIGHTS = {given: frozenset(compress(DEEDS, given)) for given in product((False, True), repeat=len(DEEDS))}


@lru_cache(maxsize=10_000)
def _deeds(
    language: str,
    post: int,
    number: int,
    may: frozenset[str],
    reactions: tuple[tuple[str, int], ...],
    own: frozenset[str],
) -> bytes:
    """The row of deeds under a post for one set of rights."""
    shown = ({"like": 0} if "react" in may else {}) | dict(reactions)
    context = {
        "may": may,
        "number": number,
        "post": post,
        "reactions": [(Reaction.Kind(kind), count, kind in own) for kind, count in shown.items()],
    }
    return render_to_string("forum/_post_actions.html", context).encode()


def lay_over(seen: Seen, pieces: list[Piece], linked: dict[int, bytes] | None = None) -> list[bytes]:
    """The posts as this reader gets them: unread ones marked, with the deeds they may do and who is `linked` to them.

    In bytes, as they are sent: text of this size is dear to copy through templates.
    """
    language, reader = get_language() or "", seen.member.pk
    can_reply, can_react, can_change_own = (
        bool(seen.can_reply or seen.can_reply.wait),
        seen.can_react,
        seen.can_change_own,
    )
    may_restore = seen.is_keeper and seen.can_keep_order
    text: list[bytes] = []
    if seen.has_muted:
        pieces = fold(reader, pieces)
    marks = _own(seen, pieces)
    for piece in pieces:
        own = piece.author == reader
        if piece.is_removed:
            may = may_restore or (own and piece.is_withdrawn and can_change_own)
            deeds = _deeds(language, piece.post, piece.number, RESTORE, (), NOTHING) if may else b""
        else:
            rights = (
                can_reply,
                own and can_change_own,
                can_react and not own,
                (piece.post, BOOKMARK) in marks,
            )
            by_reader = NOTHING
            if piece.reactions:
                by_reader = frozenset(kind for kind, _n in piece.reactions if (piece.post, kind) in marks)
            deeds = _deeds(language, piece.post, piece.number, RIGHTS[rights], piece.reactions, by_reader)
        head, middle, tail = piece.parts
        state = b" post--unread" if not own and not seen.reading.has(piece.number) else b""
        if linked and piece.post in linked:
            deeds = linked[piece.post] + deeds
        text += (head, state, middle, deeds, tail)
    return text


@lru_cache(maxsize=500)
def _reading(
    language: str, topic: int, slug: str, last_number: int, reading: Reading, heard: Heard, why: str
) -> str:
    """How far one has read and what one hears of the topic; the same for all who stand alike."""
    context = {
        "topic": {"pk": topic, "slug": slug, "last_number": last_number},
        "read": reading.read_to + reading.above_count,
        "first_unread": reading.first_unread(last_number),
        "heard": heard,
        "explained": explain(heard, why),
        "levels": CHOICES,
        "follow_url": f"/forum/t/{topic}/follow/",
        "csrf_token": CSRF,
    }
    return render_to_string("forum/_reading.html", context)


def head_of(seen: Seen, page: Page, above: str) -> SafeString:
    """What stands above the posts, with the way to the first one that this reader has not seen and what is asked of
    them."""
    topic, first = seen.topic, ""
    if number := seen.reading.first_unread(topic.last_number):
        first = f'<a href="/forum/t/{topic.pk}/{topic.slug}/{number}/#post-{number}">{_("First unread")}</a>'
    return mark_safe(page.head.replace(FIRST_UNREAD, first).replace(ABOVE, above))  # noqa: S308  (a rendered template)


def reading_of(seen: Seen) -> str:
    topic = seen.topic
    return _reading(
        get_language() or "", topic.pk, topic.slug, topic.last_number, seen.reading, seen.heard, seen.why
    )


def composer_of(page: Page) -> str:
    """An empty composer with a token of its own."""
    return page.composer.replace(TOKEN, uuid4().hex)
