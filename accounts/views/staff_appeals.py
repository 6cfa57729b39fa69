from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actions import decide_appeal, make_appeal
from accounts.models import Appeal
from accounts.permissions import can_decide_appeal
from accounts.staff_forms import AppealForm, DecisionForm
from accounts.views.staff import staff_only
from core.forms import attempt, typed

DECIDED_SHOWN = 30


@login_not_required
@never_cache
def appeal(request: HttpRequest) -> HttpResponse:
    """The one thing that a suspended member can do here: the form is on the status page."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("accounts:status"))
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.is_suspended:
        return redirect("accounts:status")
    form = AppealForm(request.POST)
    if form.is_valid() and attempt(form, make_appeal, member=request.user, **form.cleaned_data):
        messages.success(request, _("Your appeal is sent. You get the answer by mail."))
    else:
        for error in form.non_field_errors() or form.errors["text"]:
            messages.error(request, error)
    return redirect("accounts:status")


@require_GET
@staff_only
def appeals(request: HttpRequest) -> HttpResponse:
    """What waits, and what was decided lately."""
    found = Appeal.objects.select_related("suspension__member", "suspension__suspended_by", "decided_by")
    waiting = [(each, can_decide_appeal(request.user, each)) for each in found.waiting()]
    decided = found.exclude(decided_at=None).order_by("-decided_at", "-pk")[:DECIDED_SHOWN]
    return render(request, "accounts/staff/appeals.html", {"waiting": waiting, "decided": decided})


@require_http_methods(["GET", "POST"])
@staff_only
def decide(request: HttpRequest, appeal_id: int) -> HttpResponse:
    found = Appeal.objects.select_related("suspension__member__agency", "suspension__suspended_by")
    made = get_object_or_404(found, pk=appeal_id)
    can_decide_appeal(request.user, made).enforce()
    form = DecisionForm(typed(request))
    if form.is_valid() and attempt(form, decide_appeal, actor=request.user, appeal=made, **form.cleaned_data):
        messages.success(request, _("The appeal is decided. The member gets your answer by mail."))
        return redirect("accounts:staff_appeals")
    return render(request, "accounts/staff/decide.html", {"appeal": made, "form": form})
