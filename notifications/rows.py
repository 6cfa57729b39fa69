"""The list of notices: one compiled query for the newest, and each notice's text rendered once while it stays unread or
read. The bell asks for the same ones again with every new one. A notice is loaded in full only to be rendered."""

from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from django.core.cache import caches
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import get_language

from accounts.models import Member
from core.compiled import Compiled
from core.kept import CSRF, fill
from core.paging import Keyset, Page
from notifications.models import Notice
from notifications.registry import choices, kind_of

PAGE = 30
NEWEST = Keyset("-id")
HERE = "\x1ehere\x1e"  # where the address of the page goes in a kept row
KEEP_SECONDS = 60  # names of actors follow within this time


class Row(NamedTuple):
    """A notice in a list."""

    id: int
    created_at: datetime
    read_at: datetime | None


def _newest(member: int) -> QuerySet:
    return Notice.objects.of(member).order_by(*NEWEST.ordering).values_list(*Row._fields)[: PAGE + 1]


_first_page = Compiled(_newest, "member")


def newest_of(member: Member) -> Page[Row]:
    """The first page of all notices."""
    found = [Row(*row) for row in _first_page(member=member.pk)]
    return Page(found[:PAGE], next=NEWEST.cursor(found[PAGE - 1]) if len(found) > PAGE else "")


def page_of(notices: QuerySet[Notice], cursor: str) -> Page[Row]:
    return NEWEST.page(notices.values_list(*Row._fields, named=True), cursor, size=PAGE)


def by_day(request: HttpRequest, rows: list[Row], *, here: str) -> list[dict[str, Any]]:
    """The notices as they are shown on the page at `here`, under the days of the member's own time zone."""
    zone, texts = request.user.zone, _texts(rows, get_language() or "")
    shown = []
    for day, some in groupby(rows, key=lambda row: row.created_at.astimezone(zone).date()):
        text = "".join(texts.get(row.id, "") for row in some)
        shown.append({"day": day, "rows": fill(text.replace(HERE, escape(here)), request)})
    return shown


def _texts(rows: list[Row], language: str) -> dict[int, str]:
    """The text of each notice; none for one that has gone since the rows were asked for."""
    keys = {f"notice:{row.id}:{row.read_at is None}:{language}": row.id for row in rows}
    kept = {keys[key]: text for key, text in caches["local"].get_many(keys).items()}
    missing = {pk: key for key, pk in keys.items() if pk not in kept}
    if missing:
        for notice in Notice.objects.filter(pk__in=missing).for_listing():
            kept[notice.pk] = text = _render(notice)
            caches["local"].set(missing[notice.pk], text, KEEP_SECONDS)
    return kept


def _render(notice: Notice) -> str:
    kind = kind_of(notice.kind)
    context = {
        "notice": notice,
        "text": kind.describe(notice),
        "why": kind.why(notice),
        "csrf_token": CSRF,
        "here": HERE,
    }
    return render_to_string("notifications/_row.html", context)


@lru_cache(maxsize=100)
def render_filters(kind: str, is_unread: bool, language: str) -> str:
    """The form that narrows the list down; the same for everyone."""
    context = {"kind": kind, "is_unread": is_unread, "choices": choices()}
    return render_to_string("notifications/_filters.html", context)
