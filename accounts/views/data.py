"""Download of one's own data, and closing the account."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import logout
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts import exports
from accounts.actions import close_account, note_download, obstacles_to_closing, request_export
from accounts.forms import CloseForm
from accounts.models import DataExport
from core.forms import attempt, typed


@never_cache
@require_http_methods(["GET", "POST"])
def data(request: HttpRequest) -> HttpResponse:
    """POST asks for a new download. A part of the page asks here again while one is being made."""
    if request.method == "POST":
        request_export(actor=request.user)
        messages.success(request, _("We are putting it together, and mail you when it is ready."))
        return redirect("accounts:data")
    export = request.user.data_exports.first()
    context = {"export": export, "part": exports.label_of(export.part) if export else "", "tab": "data"}
    template = "accounts/_export.html" if "HX-Request" in request.headers else "accounts/data.html"
    return render(request, template, context)


@never_cache
@require_GET
@reauthentication_required
def download(request: HttpRequest, export_id: int) -> HttpResponseBase:
    ready = request.user.data_exports.filter(state=DataExport.State.READY, expires_at__gt=timezone.now())
    export = get_object_or_404(ready, pk=export_id)
    note_download(actor=request.user, export=export)
    name = f"{request.user.handle}-{export.ready_at:%Y-%m-%d}.zip"
    answer = FileResponse(
        default_storage.open(export.key, "rb"),
        as_attachment=True,
        filename=name,
        content_type="application/zip",
    )
    answer.headers["Content-Length"] = str(export.size)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@never_cache
@require_http_methods(["GET", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    """What closing means, and the password once more. Whoever has none signs in again in their own way."""
    if request.user.has_usable_password():
        return _close(request)
    return reauthentication_required(_close)(request)


def _close(request: HttpRequest) -> HttpResponse:
    member = request.user
    form = CloseForm(typed(request), member=member)
    if request.method == "POST":
        if throttled := ratelimit.consume_or_429(request, action="reauthenticate", user=member):
            return throttled
        if form.is_valid() and (closed := attempt(form, close_account, actor=member)):
            logout(request)
            return render(request, "accounts/closed.html", {"name": closed.name})
    context = {"form": form, "obstacles": obstacles_to_closing(member), "tab": "data"}
    return render(request, "accounts/close.html", context, status=422 if form.errors else 200)
