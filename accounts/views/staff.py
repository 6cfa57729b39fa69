"""The way into the pages of the staff, which do not exist for anybody else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.models import Admission, Appeal, Member, RoleGrant, Standing
from accounts.permissions import can_change_rules, can_moderate, can_see_evidence
from audit.permissions import can_read_audit


def staff_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not can_moderate(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def get_person(handle: str) -> Member:
    """Anybody with an account, also who was never a member."""
    return get_object_or_404(Member.objects.select_related("agency"), handle=handle)


@require_GET
@staff_only
def index(request: HttpRequest) -> HttpResponse:
    standings = [
        (each, each.label, Member.objects.in_standing(each).count()) for each in Standing if each != "active"
    ]
    context = {
        "standings": standings,
        "admissions": Admission.objects.filter(decided_at=None)
        .select_related("member__agency")
        .order_by("pk"),
        "decides_admissions": can_see_evidence(request.user),
        "appeals": Appeal.objects.waiting().count(),
        "holders": RoleGrant.objects.values("member").distinct().count(),
        "changes_rules": can_change_rules(request.user),
        "reads_audit": can_read_audit(request.user),
    }
    return render(request, "accounts/staff/index.html", context)
