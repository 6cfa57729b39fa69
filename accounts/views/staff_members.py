from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actions import (
    ask_for_proof,
    check_address,
    end_sessions,
    export_members,
    restore_member,
    suspend_member,
)
from accounts.models import Agency, Member, MemberQuerySet, Standing
from accounts.permissions import (
    can_ask_for_proof,
    can_grant_role,
    can_restore,
    can_see_evidence,
    can_suspend,
)
from accounts.staff_forms import ReasonForm, SuspendForm
from accounts.views.staff import get_person, staff_only
from audit.models import AuditEntry
from audit.permissions import can_read_audit
from core.forms import attempt, typed
from core.paging import Keyset
from core.spreadsheets import lines

BY_NAME = Keyset("name", "id")
PER_PAGE = 50
ROWS_SHOWN = 20
COLUMNS = [
    "name",
    "handle",
    "address",
    "agency",
    "title",
    "standing",
    "proof ends",
    "last active",
    "roles",
    "since",
]


# --- Who there is -----------------------------------------------------------------------------------
@require_GET
@staff_only
def members(request: HttpRequest) -> HttpResponse:
    """Everybody with an account. Addresses are searched, and shown, for administrators alone."""
    asked = _asked(request)
    page = BY_NAME.page(_found(request, asked), request.GET.get("cursor"), size=PER_PAGE)
    context = {
        "page": page,
        "standings": Standing.choices,
        "agencies": Agency.objects.with_members(),
        "shows_evidence": can_see_evidence(request.user),
        **asked,
    }
    return render(request, "accounts/staff/members.html", context)


@require_POST
@staff_only
def export(request: HttpRequest) -> HttpResponse:
    """What the list finds, as CSV; audited."""
    asked = _asked(request)
    export_members(actor=request.user, **asked)
    rows = map(_cells, _found(request, asked).order_by("name", "pk").iterator())
    response = HttpResponse(lines(COLUMNS, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="members-{timezone.now():%Y-%m-%d}.csv"'
    return response


def _asked(request: HttpRequest) -> dict[str, str]:
    source = request.POST if request.method == "POST" else request.GET
    return {name: source.get(name, "").replace("\0", "").strip()[:100] for name in ("q", "state", "agency")}


def _found(request: HttpRequest, asked: dict[str, str]) -> MemberQuerySet:
    everyone = Member.objects.select_related("agency")
    found = everyone.search_all(asked["q"], by_address=bool(can_see_evidence(request.user)))
    return found.in_standing(asked["state"]).at_agency(asked["agency"])


def _cells(person: Member) -> list[str]:
    ends = person.eligible_until.date().isoformat() if person.eligible_until else ""
    agency = person.agency.name if person.agency else ""
    facts = [person.standing.value, ends, person.last_active_on.isoformat(), " ".join(person.site_roles)]
    since = person.created_at.date().isoformat()
    return [person.name, person.handle, person.email, agency, person.title, *facts, since]


# --- One of them ------------------------------------------------------------------------------------
@require_GET
@staff_only
def member(request: HttpRequest, handle: str) -> HttpResponse:
    person = get_person(handle)
    actor = request.user
    now = timezone.now()
    context = {
        "person": person,
        "grants": person.role_grants.select_related("granted_by").order_by("role"),
        "suspensions": person.suspensions.select_related("suspended_by", "lifted_by", "appeal"),
        "may_suspend": can_suspend(actor, person, now),
        "may_restore": can_restore(actor, person),
        "may_grant": can_grant_role(actor, person),
        "may_ask": can_ask_for_proof(actor, person),
        "shows_evidence": can_see_evidence(actor),
        "reads_audit": can_read_audit(actor),
    }
    if context["shows_evidence"]:
        context |= _evidence(person)
    if context["reads_audit"]:
        about = AuditEntry.objects.filter(target=f"member:{person.pk}")
        by = AuditEntry.objects.filter(actor_id=person.pk)
        context["entries"] = (about | by)[:ROWS_SHOWN]
    return render(request, "accounts/staff/member.html", context)


def _evidence(person: Member) -> dict[str, Any]:
    """Why this is a member or is not, and where they are signed in. Looking deletes no stale row."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    sessions = UserSession.objects.filter(user=person, session_key__in=alive)
    return {
        "decision": check_address(person.email),
        "proofs": person.proofs.all(),
        "admissions": person.admissions.select_related("decided_by"),
        "sessions": sessions.order_by("-created_at"),
    }


# --- Deeds ------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
@staff_only
def suspend(request: HttpRequest, handle: str) -> HttpResponse:
    person, actor = get_person(handle), request.user
    can_suspend(actor, person, timezone.now()).enforce()
    form = SuspendForm(typed(request), actor=actor)
    if form.is_valid():
        deed = {"until": form.until, "reason": form.cleaned_data["reason"]}
        if attempt(form, suspend_member, actor=actor, member=person, **deed):
            messages.success(request, _("%(name)s is suspended and gets a mail.") % {"name": person.name})
            return redirect("accounts:staff_member", person.handle)
    return render(request, "accounts/staff/suspend.html", {"person": person, "form": form})


@require_POST
@staff_only
def restore(request: HttpRequest, handle: str) -> HttpResponse:
    person = get_person(handle)
    restore_member(actor=request.user, member=person)
    messages.success(request, _("The suspension of %(name)s is lifted.") % {"name": person.name})
    return redirect("accounts:staff_member", person.handle)


@require_http_methods(["GET", "POST"])
@staff_only
def ask(request: HttpRequest, handle: str) -> HttpResponse:
    """For a new proof."""
    person, actor = get_person(handle), request.user
    can_ask_for_proof(actor, person).enforce()
    form = ReasonForm(typed(request))
    if form.is_valid() and attempt(
        form, ask_for_proof, actor=actor, member=person, reason=form.cleaned_data["reason"]
    ):
        messages.success(request, _("%(name)s is asked to prove the address again.") % {"name": person.name})
        return redirect("accounts:staff_member", person.handle)
    return render(request, "accounts/staff/ask.html", {"person": person, "form": form})


@require_POST
@staff_only
def sign_out(request: HttpRequest, handle: str, session_id: int | None = None) -> HttpResponse:
    """Of one session, or of all."""
    person = get_person(handle)
    ended = end_sessions(actor=request.user, member=person, session_id=session_id)
    text = ngettext("%(n)d session is ended.", "%(n)d sessions are ended.", ended)
    messages.success(request, text % {"n": ended})
    return redirect("accounts:staff_member", person.handle)
