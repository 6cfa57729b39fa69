"""Pages by keyset: the next one starts after the last row seen, so that new rows neither shift nor slow it down."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import Http404
from rest_framework.pagination import CursorPagination


class ApiCursorPagination(CursorPagination):
    """`{"next", "previous", "results"}`; `?page_size=` up to 100. A view may set its own `ordering`."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100
    ordering: Any = "-id"

    def get_ordering(self, request, queryset, view):
        return tuple(getattr(view, "ordering", None) or super().get_ordering(request, queryset, view))


@dataclass(frozen=True)
class Page[Row]:
    """`next` and `previous` are cursors for the address of the neighbouring pages, empty where there is none."""

    rows: list[Row] = field(default_factory=list)
    next: str = ""
    previous: str = ""

    def __iter__(self):
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


class Keyset:
    """Pages of a queryset in the order of the named fields, the last of which must be unique.

        LATEST = Keyset("-last_post_at", "-id")
        page = LATEST.page(Topic.objects.visible_to(member), request.GET.get("after"), size=20)

    For SQL that is compiled once, `cursor`, `values` and `bound` give the parts.
    """

    def __init__(self, *ordering: str) -> None:
        self.ordering = ordering
        self.names = [name.removeprefix("-") for name in ordering]

    def page[Row: Model](self, queryset: QuerySet[Row], cursor: str | None, *, size: int = 20) -> Page[Row]:
        """The page a cursor leads to, or the first one. Http404 for a cursor that none of our pages has given out."""
        if not cursor:
            rows = list(queryset.order_by(*self.ordering)[: size + 1])
            return Page(rows[:size], next=self._after(rows, size))
        backward, values = self.values(queryset.model, cursor)
        queryset = queryset.filter(self.bound(values, backward=backward))
        if not backward:
            rows = list(queryset.order_by(*self.ordering)[: size + 1])
            return Page(rows[:size], next=self._after(rows, size), previous=self._before(rows))
        rows = list(queryset.order_by(*map(_turned, self.ordering))[: size + 1])
        more = len(rows) > size
        rows = rows[:size][::-1]
        return Page(
            rows,
            next=self.cursor(rows[-1]) if rows else "",
            previous=self.cursor(rows[0], backward=True) if more else "",
        )

    def cursor(self, row: Any, *, backward: bool = False) -> str:
        """What leads to the rows after this one, or before it."""
        values = [getattr(row, name) for name in self.names]
        plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
        text = json.dumps([int(backward), *plain], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def values(self, model: type[Model], cursor: str) -> tuple[bool, list[Any]]:
        """Whether the cursor leads backward, and the key of the row it starts from."""
        try:
            text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
            backward, *plain = json.loads(text)
            plain = [str(value).encode().decode() if isinstance(value, str) else value for value in plain]
            fields: list[Any] = [model._meta.get_field(name) for name in self.names]
            values = [field.to_python(value) for field, value in zip(fields, plain, strict=True)]
        except (ValueError, TypeError, ValidationError, OverflowError, RecursionError):
            raise Http404("There is no such page.") from None
        if (
            backward not in (0, 1)
            or None in values
            or any("\0" in value for value in values if isinstance(value, str))
        ):
            raise Http404("There is no such page.")
        return bool(backward), values

    def bound(self, values: list[Any], *, backward: bool = False) -> Q:
        """The rows beyond a key. The first field's own bound is said apart, so that an index serves it."""
        beyond = Q()
        equal = Q()
        for name, value in zip(self.ordering, values, strict=True):
            plain = name.removeprefix("-")
            direction = "lt" if name.startswith("-") != backward else "gt"
            beyond |= equal & Q(**{f"{plain}__{direction}": value})
            equal &= Q(**{plain: value})
        first = self.ordering[0]
        direction = "lte" if first.startswith("-") != backward else "gte"
        return Q(**{f"{self.names[0]}__{direction}": values[0]}) & beyond

    def _after(self, rows: list[Any], size: int) -> str:
        return self.cursor(rows[size - 1]) if len(rows) > size else ""

    def _before(self, rows: list[Any]) -> str:
        return self.cursor(rows[0], backward=True) if rows else ""


def _turned(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"
