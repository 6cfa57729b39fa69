from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit.actions import record
from core.forms import attempt
from core.spreadsheets import lines
from workinggroups import actions, roster
from workinggroups.forms import InviteForm, NoteForm, RemovalForm
from workinggroups.models import Membership
from workinggroups.permissions import (
    Standing,
    can_change_roles,
    can_decide_requests,
    can_export_roster,
    can_invite,
    can_join,
    can_leave,
    can_remove,
    can_remove_members,
    can_see_addresses,
    way_in,
)
from workinggroups.views.access import enter, entered, find, find_and_read


@require_GET
def members(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, entered(find_and_read(request, slug)))


def show(
    request: HttpRequest, s: Standing, status: int = 200, invite_form: InviteForm | None = None
) -> HttpResponse:
    query, role = request.GET.get("q", "").strip()[:100], request.GET.get("role", "")
    if role and role not in Membership.Role:
        raise Http404
    cursor = request.GET.get("cursor", "")
    context = {
        "group": s.group,
        "standing": s,
        "tab": "members",
        "query": query,
        "role": role,
        "roles": Membership.Role.choices,
        "leading": [] if query or role or cursor else roster.leading(s),
        "page": roster.page_of(s, query=query, role=role, cursor=cursor),
        "shows_addresses": can_see_addresses(s),
        "can_export": can_export_roster(s),
        "invite_form": (invite_form or InviteForm()) if can_invite(s) else None,
        **_waiting(s),
    }
    return render(request, "workinggroups/members.html", context, status=status)


def _waiting(s: Standing) -> dict:
    """Requests to decide, open invitations, bans: for those who deal with them."""
    people = s.group.memberships.select_related("member__agency").order_by("since", "pk")
    context = {}
    if can_decide_requests(s):
        context["requests"] = people.requesting()
    if can_remove_members(s):
        context["invited"] = people.invited()
        context["mailed"] = s.group.mailed_invitations.open()
        context["banned"] = people.filter(status=Membership.Status.BANNED)
    return context


@require_GET
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """The roster as CSV, for leads; audited."""
    s = enter(request, slug)
    can_export_roster(s).enforce()
    record(
        actor=request.user,
        action="group.export_roster",
        target=f"group:{s.group.pk}",
        members=s.group.member_count,
    )
    columns = ["name", "handle", "address", "agency", "title", "role", "since"]
    rows = map(_cells, s.group.memberships.for_roster())
    response = HttpResponse(lines(columns, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{s.group.slug}-{timezone.now():%Y-%m-%d}.csv"'
    return response


def _cells(membership: Membership) -> list[object]:
    person = membership.member
    agency = person.agency.name if person.agency else ""
    return [
        *(person.name, person.handle, person.email, agency, person.title),
        *(membership.role, membership.since.date()),
    ]


# --- Coming in and going ----------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, slug: str) -> HttpResponse:
    """Join, ask to, or accept an invitation. GET is the page of the request with its note."""
    s = find(request, slug)
    can_join(s).enforce()
    way, form = way_in(s), NoteForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        context = {"group": s.group, "standing": s, "form": form, "way_in": way}
        return render(request, "workinggroups/join.html", context, status=422 if form.errors else 200)
    membership = actions.join_group(actor=request.user, group=s.group, **form.cleaned_data)
    if membership.requested_at is None:
        messages.success(request, _("Welcome to “%s”.") % s.group)
    else:
        messages.success(request, _("Your request is with the leads. You will be told what they decide."))
    return redirect(s.group)


@require_POST
def withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    s = find(request, slug)
    actions.withdraw_request(actor=request.user, group=s.group)
    messages.success(request, _("Your request is withdrawn."))
    return redirect(s.group)


@require_POST
def decline_invitation(request: HttpRequest, slug: str) -> HttpResponse:
    s = find(request, slug)
    actions.decline_invitation(actor=request.user, group=s.group)
    messages.success(request, _("You declined the invitation to “%s”.") % s.group)
    return redirect("workinggroups:directory")


@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    s = find(request, slug)
    can_leave(s).enforce()
    if request.method == "GET":
        return render(request, "workinggroups/leave.html", {"group": s.group, "standing": s})
    actions.leave_group(actor=request.user, group=s.group)
    messages.success(request, _("You left “%s”.") % s.group)
    return redirect("workinggroups:directory")


# --- Deeds of leads ---------------------------------------------------------------------------------
@require_POST
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    s = find(request, slug)
    can_invite(s).enforce()
    form = InviteForm(request.POST)
    if form.is_valid():
        by_mail = "address" in form.cleaned_data
        deed = actions.invite_address if by_mail else actions.invite
        invited = attempt(form, deed, actor=request.user, group=s.group, **form.cleaned_data)
        if invited:
            who = invited.address if by_mail else invited.member
            messages.success(request, _("%s is invited.") % who)
            return redirect(people_page(s), slug=slug)
    if not s.can_read:
        return render(
            request, "workinggroups/invite.html", {"group": s.group, "standing": s, "form": form}, status=422
        )
    return show(request, s, status=422, invite_form=form)


def people_page(s: Standing) -> str:
    """The roster for those who may see it; administrators act without."""
    return "workinggroups:members" if s.can_read else "workinggroups:settings"


@require_POST
def decide(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    """`decision` is approve or decline."""
    s = find(request, slug)
    can_decide_requests(s).enforce()
    if request.POST.get("decision") == "approve":
        membership = actions.approve_request(actor=request.user, group=s.group, membership_id=membership_id)
        messages.success(request, _("%s is now a member.") % membership.member)
    elif request.POST.get("decision") == "decline":
        reason = request.POST.get("reason", "")
        membership = actions.decline_request(
            actor=request.user, group=s.group, membership_id=membership_id, reason=reason
        )
        messages.success(request, _("The request of %s is declined.") % membership.member)
    else:
        raise Http404
    return redirect("workinggroups:members", slug=slug)


def person(s: Standing, handle: str) -> Membership:
    """The membership, in any status, of the member with that handle. Only for those who passed a predicate."""
    membership = s.group.memberships.select_related("member__agency").filter(member__handle=handle).first()
    if membership is None:
        raise Http404
    return membership


@require_POST
def change_role(request: HttpRequest, slug: str, handle: str) -> HttpResponse:
    s = find(request, slug)
    can_change_roles(s).enforce()
    membership, role = person(s, handle), request.POST.get("role", "")
    if role not in Membership.Role:
        raise Http404
    membership = actions.change_role(
        actor=request.user, group=s.group, member_id=membership.member_id, role=role
    )
    words = {"who": membership.member, "role": membership.get_role_display().lower()}
    messages.success(request, _("%(who)s is now %(role)s.") % words)
    return redirect(people_page(s), slug=slug)


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, slug: str, handle: str) -> HttpResponse:
    """GET asks once, naming the person; POST removes, or calls back an invitation."""
    s = find(request, slug)
    can_remove_members(s).enforce()
    membership = person(s, handle)
    can_remove(s, membership).enforce()
    form = RemovalForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        actions.remove_member(
            actor=request.user, group=s.group, member_id=membership.member_id, **form.cleaned_data
        )
        messages.success(request, _("%s is removed from the group.") % membership.member)
        return redirect(people_page(s), slug=slug)
    context = {"group": s.group, "standing": s, "membership": membership, "form": form}
    return render(request, "workinggroups/remove.html", context, status=422 if form.errors else 200)


@require_POST
def lift_ban(request: HttpRequest, slug: str, handle: str) -> HttpResponse:
    s = find(request, slug)
    can_remove_members(s).enforce()
    membership = actions.lift_ban(actor=request.user, group=s.group, member_id=person(s, handle).member_id)
    messages.success(request, _("%s may see and join this group again.") % membership.member)
    return redirect(people_page(s), slug=slug)


@require_POST
def offer_lead(request: HttpRequest, slug: str, handle: str) -> HttpResponse:
    s = find(request, slug)
    can_change_roles(s).enforce()
    membership = actions.offer_lead(actor=request.user, group=s.group, member_id=person(s, handle).member_id)
    messages.success(
        request, _("%s is asked to take over. You stay lead until they accept.") % membership.member
    )
    return redirect(people_page(s), slug=slug)


@require_POST
def answer_offer(request: HttpRequest, slug: str) -> HttpResponse:
    """`answer` is accept or decline."""
    s = find(request, slug)
    if request.POST.get("answer") == "accept":
        actions.accept_lead(actor=request.user, group=s.group)
        messages.success(request, _("You now lead “%s”.") % s.group)
    else:
        actions.decline_lead(actor=request.user, group=s.group)
        messages.success(request, _("You declined to lead “%s”.") % s.group)
    return redirect(s.group)
