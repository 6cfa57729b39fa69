"""Lists of topics, gathered as a topic page is: one compiled query says which topics the member may see and what they
have read of them; the text of a row is the same for every reader and kept under the topic's version."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.core.cache import caches
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from core.compiled import Compiled
from core.paging import Keyset, Page
from forum.models import Topic

FILTERS = {
    "latest": _("Latest"),
    "unread": _("Unread"),
    "new": _("New"),
    "unanswered": _("Unanswered"),
    "top": _("Top"),
    "following": _("Following"),
    "mine": _("Started by me"),
    "muted": _("Muted"),
}
RARE = {"muted"}  # no tab of its own: what one muted is looked for once in a while
PERIODS = {"week": (_("This week"), 7), "month": (_("This month"), 30), "year": (_("This year"), 365)}
TOP = 50  # as many as anybody looks through; so a list by figures that change needs no pages
LATEST = Keyset("-last_post_at", "-id")
PINNED_FIRST = Keyset("-is_pinned", "-last_post_at", "-id")
PINNED_EVERYWHERE_FIRST = Keyset("-is_pinned_everywhere", "-last_post_at", "-id")
PAGE = 20
# Where a reader's own part goes in the kept text.
STATE, PLACE, BADGE = "\x1estate\x1e", "\x1eplace\x1e", "\x1ebadge\x1e"
KEEP_SECONDS = 60  # names of people and places follow within this time


class Row(NamedTuple):
    """A topic in a list, as one member sees it."""

    id: int
    version: int
    is_pinned: bool
    is_pinned_everywhere: bool
    last_post_at: datetime
    read_to: int | None
    unread: int


class Scope(NamedTuple):
    """Where a list looks: everywhere, or in a category (with those below it, if it is deep), a group, a tag."""

    category: int | None = None
    group: int | None = None
    tag: int | None = None
    is_deep: bool = False

    @property
    def values(self) -> dict[str, int]:
        return {name: value for name in WHERE if (value := getattr(self, name)) is not None}


WHERE = ("category", "group", "tag")
EVERYWHERE = Scope()


def rows_of(
    member: Member,
    *,
    only: str = "latest",
    scope: Scope = EVERYWHERE,
    order: Keyset = LATEST,
    cursor: str = "",
    size: int = PAGE,
    period: str = "week",
) -> Page[Row]:
    """A page of the topics that the member may see: those of one of the FILTERS within the scope. The top ones are
    those of a period, in one page."""
    if only == "top":
        top = _top(topics_in(member, only, scope), period)
        return Page([Row(*row) for row in top.values_list(*Row._fields)[:TOP]])
    if cursor:
        topics = topics_in(member, only, scope)
        return order.page(topics.values_list(*Row._fields, named=True), cursor, size=size)
    first = _first_page(only, tuple(scope.values), scope.is_deep, order, size)
    found = [Row(*row) for row in first(member=member.pk, read_before=member.read_before, **scope.values)]
    return Page(found[:size], next=order.cursor(found[size - 1]) if len(found) > size else "")


def topics_in(member: Member, only: str, scope: Scope = EVERYWHERE) -> QuerySet[Topic]:
    """What is muted by tag or category is left out where nobody asked for that tag or category."""
    topics = _within(Topic.objects.visible_to(member).with_unread(member), scope)
    if only in {"latest", "new", "unanswered", "top"} and not scope.values:
        topics = topics.unmuted(member)
    if only == "unread":
        return topics.only_unread(member)
    if only == "new":
        return topics.filter(last_post_at__gt=member.read_before, unread__gt=0, read_to__isnull=True)
    if only == "unanswered":
        return topics.filter(posts_count__lte=1, solved_by=None)
    if only == "following":
        return topics.followed(member)
    if only == "muted":
        return topics.muted(member)
    return topics.filter(author=member.pk) if only == "mine" else topics


def _within(topics: QuerySet[Topic], scope: Scope) -> QuerySet[Topic]:
    if scope.category is not None:
        here = Q(category=scope.category)
        topics = topics.filter(here | Q(category__parent=scope.category) if scope.is_deep else here)
    if scope.group is not None:
        topics = topics.filter(category__group=scope.group)
    if scope.tag is not None:
        topics = topics.filter(pk__in=Topic.tags.through.objects.filter(tag=scope.tag).values("topic"))
    return topics


def _top(topics: QuerySet, period: str) -> QuerySet:
    """Those with something new in the period, by how much was said in them and how often that was welcome."""
    since = timezone.now() - timedelta(days=PERIODS[period][1])
    warmth = F("posts_count") + F("reactions_count")
    return topics.filter(last_post_at__gte=since).order_by(-warmth, "-last_post_at", "-id")


@cache
def _first_page(only: str, where: tuple[str, ...], is_deep: bool, order: Keyset, size: int) -> Compiled:
    def build(member: int, read_before: datetime, **values: int) -> QuerySet:
        reader = Member(pk=member, read_before=read_before)
        topics = topics_in(reader, only, Scope(**values, is_deep=is_deep))
        return topics.order_by(*order.ordering).values_list(*Row._fields)[: size + 1]

    return Compiled(build, "member", "read_before", *where)


def render_rows(rows: Iterable[Any], *, level: int = 3, hide_place: bool = False) -> SafeString:
    """A list of rows, or of topics that know what is `unread`. `level` is that of the headings."""
    language = get_language() or ""
    kept = _texts(list(rows), language, level, hide_place)
    text = []
    for row in rows:
        if row.id in kept:
            start, address, middle, end = kept[row.id]
            first = row.read_to + 1 if row.unread and row.read_to else 0
            text += (
                start,
                " row--unread" if row.unread else "",
                address,
                f"{first}/#post-{first}" if first else "",
                middle,
                _badge(language, row.unread) if row.unread else "",
                end,
            )
    return mark_safe(f'<ul class="list">{"".join(text)}</ul>')  # noqa: S308  (made of rendered templates only)


def _texts(rows: list[Any], language: str, level: int, hide_place: bool) -> dict[int, tuple[str, ...]]:
    """The text of each topic's row, cut where the reader's own part goes."""
    keys = {f"row:{row.id}:{row.version}:{language}:{level}:{hide_place}": row.id for row in rows}
    kept = {keys[key]: text for key, text in caches["local"].get_many(keys).items()}
    missing = {row_id: key for key, row_id in keys.items() if row_id not in kept}
    if missing:
        topics = Topic.objects.filter(pk__in=missing).select_related(
            "category__group", "author", "last_author"
        )
        context = {"level": level, "hide_place": hide_place, "STATE": STATE, "PLACE": PLACE, "BADGE": BADGE}
        for topic in topics.prefetch_related("tags"):
            html = render_to_string("forum/_row.html", {**context, "topic": topic})
            start, rest = html.split(STATE)
            address, rest = rest.split(PLACE)
            middle, end = rest.split(BADGE)
            kept[topic.pk] = (start, address, middle, end)
            caches["local"].set(missing[topic.pk], kept[topic.pk], KEEP_SECONDS)
    return kept


@lru_cache(maxsize=1_000)
def _badge(language: str, unread: int) -> str:
    said = ngettext("%(n)d new", "%(n)d new", unread) % {"n": unread}
    return f'<span class="badge">{said}</span>'
