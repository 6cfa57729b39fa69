from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actions import grant_role, revoke_role
from accounts.models import RoleGrant, SiteRole
from accounts.permissions import can_grant_role
from accounts.staff_forms import RoleForm
from accounts.views.staff import get_person, staff_only
from core.errors import Refused
from core.forms import attempt, typed


@require_GET
@staff_only
def roles(request: HttpRequest) -> HttpResponse:
    """Who holds which role, since when, and from whom."""
    grants = RoleGrant.objects.select_related("member__agency", "granted_by").order_by("member__name", "pk")
    by_role = [(label, [grant for grant in grants if grant.role == role]) for role, label in SiteRole.choices]
    return render(request, "accounts/staff/roles.html", {"by_role": by_role})


@require_http_methods(["GET", "POST"])
@staff_only
@reauthentication_required
def member_roles(request: HttpRequest, handle: str) -> HttpResponse:
    """Grant and revoke, after a fresh sign-in."""
    person, actor = get_person(handle), request.user
    can_grant_role(actor, person).enforce()
    if request.method == "POST" and "revoke" in request.POST:
        return _revoke(request, person, request.POST["revoke"])
    form = RoleForm(typed(request), member=person)
    if form.is_valid() and attempt(form, grant_role, actor=actor, member=person, **form.cleaned_data):
        role = SiteRole(form.cleaned_data["role"]).label
        messages.success(request, _("%(name)s is now: %(role)s.") % {"name": person.name, "role": role})
        return redirect("accounts:staff_member", person.handle)
    grants = person.role_grants.select_related("granted_by").order_by("role")
    context = {"person": person, "form": form, "grants": grants}
    return render(request, "accounts/staff/member_roles.html", context)


def _revoke(request: HttpRequest, person, role: str) -> HttpResponse:
    try:
        revoke_role(actor=request.user, member=person, role=role)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The role is taken back."))
    return redirect("accounts:staff_member", person.handle)
