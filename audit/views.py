from __future__ import annotations

import json
from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from audit.actions import export_entries
from audit.forms import ExportForm, SearchForm
from audit.models import AuditEntry, AuditEntryQuerySet, AuditLink
from audit.permissions import can_read_audit
from core.paging import Keyset
from core.spreadsheets import lines

NEWEST = Keyset("-id")
COLUMNS = ["id", "at", "actor_id", "actor", "action", "target", "outcome", "address", "session", "request_id"]
COLUMNS += ["facts"]
AT_ONCE = 2_000
PER_PAGE = 50


def enter(request: HttpRequest) -> None:
    """For everybody else there is no such page."""
    if not can_read_audit(request.user):
        raise Http404


@never_cache
@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    enter(request)
    form = SearchForm(request.GET)
    found = AuditEntry.objects.none()
    if form.is_valid():
        found = AuditEntry.objects.search(**form.cleaned_data)
    page = NEWEST.page(found, request.GET.get("cursor"), size=PER_PAGE)
    context = {"form": form, "page": page, "is_search": any(form.data.get(name) for name in form.fields)}
    return render(request, "audit/entries.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
def entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    enter(request)
    found = get_object_or_404(AuditEntry, pk=entry_id)
    context = {
        "entry": found,
        "link": AuditLink.objects.filter(entry_id=found.pk).first(),
        "facts": {name: json.dumps(fact, ensure_ascii=False) for name, fact in found.facts.items()},
    }
    return render(request, "audit/entry.html", context)


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The whole search as a file. The export is a deed of its own, so it is no GET."""
    enter(request)
    form = ExportForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "page": NEWEST.page(AuditEntry.objects.none(), None), "is_search": True}
        return render(request, "audit/entries.html", context, status=422)
    criteria = dict(form.cleaned_data)
    kind = criteria.pop("form")
    found = export_entries(actor=request.user, form=kind, criteria=criteria)
    is_csv = kind == "csv"
    response = StreamingHttpResponse(
        as_csv(found) if is_csv else as_json(found),
        content_type="text/csv; charset=utf-8" if is_csv else "application/json",
    )
    name = f"audit-{timezone.now():%Y-%m-%d-%H%M%S}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def as_csv(found: AuditEntryQuerySet) -> Iterator[str]:
    return lines(COLUMNS, map(_cells, found.iterator(chunk_size=AT_ONCE)))


def _cells(row: AuditEntry) -> list[object]:
    told = row.as_dict() | {"facts": json.dumps(row.facts, ensure_ascii=False, sort_keys=True)}
    return [told[name] for name in COLUMNS]


def as_json(found: AuditEntryQuerySet) -> Iterator[str]:
    yield "["
    comma = "\n"
    for row in found.iterator(chunk_size=AT_ONCE):
        yield comma + json.dumps(row.as_dict(), ensure_ascii=False)
        comma = ",\n"
    yield "\n]\n"
