"""Lists of topics: of the forum, a category, a group's discussions, a tag; each narrowed as its query string says."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.cache import caches
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Member
from core.kept import KEEP_SECONDS, kept_text
from core.paging import Keyset
from forum.actions import mark_all_read
from forum.listing import Head, address
from forum.models import Category, Tag
from forum.rows import (
    FILTERS,
    LATEST,
    PERIODS,
    PINNED_EVERYWHERE_FIRST,
    PINNED_FIRST,
    Scope,
    render_rows,
    rows_of,
    topics_in,
)
from workinggroups.models import Group


class Narrowed(NamedTuple):
    """What a list is narrowed to, as objects; `tag_name` as it was asked for, also where there is no such tag."""

    category: Category | None = None
    group: Group | None = None
    tag: Tag | None = None
    tag_name: str = ""
    is_deep: bool = False  # with the categories below the category

    @property
    def scope(self) -> Scope:
        return Scope(
            category=self.category.pk if self.category else None,
            group=self.group.pk if self.group else None,
            tag=(self.tag.pk if self.tag else 0) if self.tag_name else None,
            is_deep=self.is_deep,
        )

    @property
    def asked(self) -> dict[str, str]:
        """As in a query string."""
        found = {
            "category": self.category.slug if self.category else "",
            "group": self.group.slug if self.group else "",
            "tag": self.tag_name,
        }
        return {name: value for name, value in found.items() if value}

    def label(self, name: str) -> str:
        if name == "tag":
            return _("Tagged %s") % self.tag_name
        return _("In %s") % (self.category if name == "category" else self.group)


def narrowed(member: Member, asked: Mapping[str, str], fixed: Narrowed) -> Narrowed:
    """What the query string says beside what the page is of. 404 for a category or group the member may not see; a
    tag they may not see is one that nothing has."""
    category, group, tag, tag_name, is_deep = fixed
    if (slug := asked.get("category", "")) and category is None:
        category = get_object_or_404(Category.objects.visible_to(member), slug=_plain(slug))
        is_deep = category.parent_id is None
    if (slug := asked.get("group", "")) and group is None:
        group = get_object_or_404(Group.objects.visible_to(member), slug=_plain(slug))
    if (name := asked.get("tag", "").strip().lower()) and tag is None:
        name = _plain(name)
        tags = Tag.objects.visible_to(member)
        tag = tags.filter(Q(name=name) | Q(synonyms__name=name)).first()
        tag_name = tag.name if tag else name
    return Narrowed(category, group, tag, tag_name, is_deep)


ALL = Narrowed()


def _plain(text: str) -> str:
    """A column holds no null character, and other control characters are the holes of kept text."""
    if not text.isprintable():
        raise Http404
    return text


def listed(
    request: HttpRequest, fixed: Narrowed = ALL, *, level: int = 2, hide_place: bool = False
) -> dict[str, Any]:
    """The context of a list of topics: one page of it, filtered and narrowed as the query string says."""
    only, period = request.GET.get("filter", "latest"), request.GET.get("period", "week")
    if only not in FILTERS or period not in PERIODS:
        raise Http404
    where = narrowed(request.user, request.GET.dict(), fixed)
    page = rows_of(
        request.user,
        only=only,
        scope=where.scope,
        order=_order(only, where),
        cursor=request.GET.get("cursor", ""),
        period=period,
    )
    free = {name: value for name, value in where.asked.items() if name not in fixed.asked}
    base = free | ({"period": period} if only == "top" else {})
    return {
        "page": page,
        "rows": render_rows(page.rows, level=level, hide_place=hide_place),
        "filter": only,
        "head": Head(
            only,
            period,
            free=tuple(free.items()),
            fixed=tuple(fixed.asked),
            labels=tuple(map(where.label, free)),
            group=str(where.group or ""),
            reads=tuple((where.asked | ({} if only in {"latest", "unread"} else {"filter": only})).items()),
            path=request.path,
            places=_places(),
        ),
        "narrowed": free,
        "everything": address({}, only),
        "older": address(base | {"cursor": page.next}, only) if page.next else "",
        "newer": address(base | {"cursor": page.previous}, only) if page.previous else "",
        "asked": where.asked,
        "told": [FILTERS[only], *map(where.label, free)] if free or only != "latest" else [],
    }


def _order(only: str, where: Narrowed) -> Keyset:
    if where.category or where.group:
        return PINNED_FIRST
    return PINNED_EVERYWHERE_FIRST if only == "latest" and not where.tag_name else LATEST


def _places() -> tuple[tuple[str, str], ...]:
    """The community's categories, (slug, name), those below others with both names: the same for everyone."""
    return caches["local"].get_or_set("list-places", _find_places, KEEP_SECONDS)


def _find_places() -> tuple[tuple[str, str], ...]:
    found = Category.objects.filter(group=None, is_archived=False).select_related("parent")
    tops = [place for place in found if not place.parent_id]
    pairs = []
    for top in tops:
        pairs.append((top.slug, top.name))
        pairs += [(p.slug, f"{top.name} › {p.name}") for p in found if p.parent_id == top.pk]
    return tuple(pairs)


@require_GET
def forum(request: HttpRequest) -> HttpResponse:
    context = listed(request)
    context["areas"] = kept_text("areas", _areas)
    return render(request, "forum/forum.html", context)


def _areas() -> str:
    areas = Category.objects.filter(group=None, parent=None, is_archived=False)
    return render_to_string("forum/_areas.html", {"areas": areas})


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """All topics, or those of the list that `filter`, `category`, `group` and `tag` name."""
    only = request.POST.get("filter", "latest")
    if only not in FILTERS:
        raise Http404
    where = narrowed(request.user, request.POST.dict(), ALL)
    if where.asked or only not in {"latest", "unread"}:
        mark_all_read(member=request.user, topics=topics_in(request.user, only, where.scope))
        messages.success(request, _("The topics of this list are marked as read."))
    else:
        mark_all_read(member=request.user)
        messages.success(request, _("All topics are marked as read."))
    back = request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, None) else "forum:forum")
