from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actions import approve_admission, decline_admission
from accounts.permissions import can_decide_admission
from accounts.staff_forms import AdmissionForm
from accounts.views.staff import get_person, staff_only
from core.forms import attempt, typed


@require_http_methods(["GET", "POST"])
@staff_only
def admission(request: HttpRequest, handle: str) -> HttpResponse:
    """Decide about a proved address that a rule admits after approval only."""
    person, actor = get_person(handle), request.user
    can_decide_admission(actor, person).enforce()
    waiting = get_object_or_404(person.admissions.filter(decided_at=None))
    form = AdmissionForm(typed(request))
    if form.is_valid():
        if form.cleaned_data["decision"] == "approve":
            done = attempt(form, approve_admission, actor=actor, admission=waiting)
        else:
            reason = form.cleaned_data["reason"]
            done = attempt(form, decline_admission, actor=actor, admission=waiting, reason=reason)
        if done:
            messages.success(request, _("It is decided. %(name)s gets a mail.") % {"name": person.name})
            return redirect("accounts:staff_member", person.handle)
    context = {"person": person, "admission": waiting, "form": form}
    return render(request, "accounts/staff/admission.html", context)
