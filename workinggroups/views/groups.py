from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.cache import caches
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Member
from core.forms import attempt
from core.kept import KEEP_SECONDS, fill
from core.paging import Keyset
from workinggroups import actions
from workinggroups.forms import NewGroupForm, NoteForm, ReasonForm
from workinggroups.models import Group
from workinggroups.overview import outside_of, parts_of, place_of
from workinggroups.permissions import (
    Standing,
    can_create_group,
    can_decide_proposal,
    can_propose_again,
    can_propose_group,
    can_read,
    way_in,
)
from workinggroups.views.access import find, find_and_read

SHOWN = {
    "open": gettext_lazy("Open"),
    "request": gettext_lazy("By request"),
    "invitation": gettext_lazy("By invitation"),
    "concluded": gettext_lazy("Concluded"),
}
SECTION = 12  # groups of one kind shown before "show all"; the template counts them
VISIT = timedelta(minutes=10)  # looks closer together than this are one visit


@require_GET
def directory(request: HttpRequest) -> HttpResponse:
    """Mine first, then the open ones, then those by request; with a filter or a search one paged list."""
    query, show = request.GET.get("q", "").strip()[:100], request.GET.get("show", "")
    if show and show not in SHOWN:
        raise Http404
    groups = Group.objects.findable_by(request.user).with_my_role(request.user).matching(query)
    context: dict[str, Any] = {"query": query, "show": show, "shown": SHOWN}
    if query or show:
        context["page"] = Keyset("name", "id").page(
            kind(groups, show), request.GET.get("cursor", ""), size=30
        )
    else:
        living = groups.exclude(state__in=[*Group.UNBORN, Group.State.CONCLUDED]).exclude(
            my_role__isnull=False
        )
        context["mine"] = groups.exclude(my_role=None).exclude(state=Group.State.CONCLUDED)
        context["invitations"] = Group.objects.inviting(request.user)
        context["sections"] = [
            (key, SHOWN[key], list(kind(living, key)[:SECTION])) for key in ("open", "request")
        ]
        if can_create_group(request.user):
            context["proposals"] = groups.filter(state=Group.State.PROPOSED)
    return render(request, "workinggroups/directory.html", context)


def kind(groups, show: str):
    if show == "concluded":
        return groups.filter(state=Group.State.CONCLUDED)
    return groups.filter(join=show, state__in=Group.LIVING) if show else groups


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    can_propose_group(request.user).enforce()
    form = NewGroupForm(request.POST if request.method == "POST" else None)
    is_approved = can_create_group(request.user)
    if request.method == "POST" and form.is_valid():
        group = attempt(form, actions.create_group, actor=request.user, **form.cleaned_data)
        if group:
            if not group.is_living:
                messages.success(request, _("Thank you. The steering committee decides; you will be told."))
            return redirect(group)
    context = {"form": form, "is_approved": is_approved}
    return render(request, "workinggroups/new.html", context, status=422 if form.errors else 200)


@require_GET
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    s = find_and_read(request, slug)
    context: dict[str, Any] = {"group": s.group, "standing": s, "tab": "overview"} | _waiting_for(s)
    if not can_read(s):
        context |= outside_of(s) | {"way_in": way_in(s), "note_form": NoteForm()}
        return render(request, "workinggroups/overview_outside.html", context)
    parts = parts_of(s, agencies_of(s.group))
    context |= _since_last_visit(s) if s.is_active else {}
    news = ""
    if "waits" in context or "since" in context:
        news = render_to_string("workinggroups/_overview_news.html", context, request)
    content = (fill(parts["head"], request), news, parts["talk"], parts["shelf"])
    shown = {"group": s.group, "content": mark_safe("".join(content)), "aside": parts["aside"]}  # noqa: S308  (made of rendered templates only)
    return render(request, "workinggroups/overview.html", shown)


def _waiting_for(s: Standing) -> dict[str, Any]:
    """What the member is asked: to lead, to decide, to propose again. Mostly nothing."""
    is_offered = s.is_active and s.membership.offered_by_id
    if not is_offered and s.group.state not in Group.UNBORN:
        return {}
    can_decide = can_decide_proposal(s)
    if not (is_offered or can_decide or can_propose_again(s)):
        return {}
    return {"waits": True, "can_decide": can_decide, "reason_form": ReasonForm()}


def agencies_of(group: Group) -> int:
    """How many agencies the active members come from. Counted anew when their number changes, and every minute."""
    members = Member.objects.filter(memberships__group=group, memberships__status="active")
    key = f"group-agencies:{group.pk}:{group.member_count}"
    return caches["local"].get_or_set(
        key, lambda: members.aggregate(n=Count("agency", distinct=True))["n"], KEEP_SECONDS
    )


def _since_last_visit(s: Standing) -> dict[str, Any]:
    visited_at = s.membership.visited_at
    if visited_at is not None and timezone.now() - visited_at < VISIT:
        return {}
    actions.note_visit(membership=s.membership)
    if visited_at is None:
        return {}
    files = s.group.resources.shelved().filter(changed_at__gt=visited_at).exclude(created_by=s.member).count()
    topics = place_of(s.group).topics.visible_to(s.member).with_unread(s.member)
    unread = topics.filter(unread__gt=0, last_post_at__gt=visited_at)
    news = unread.order_by().aggregate(posts=Sum("unread", default=0), topics=Count("pk"))
    if not files and not news["posts"]:
        return {}
    return {"since": {"at": visited_at, "files": files, **news}}


# --- Proposals --------------------------------------------------------------------------------------
@require_POST
def approve(request: HttpRequest, slug: str) -> HttpResponse:
    group = actions.approve_group(actor=request.user, group=find(request, slug).group)
    messages.success(request, _("“%s” is approved and open.") % group)
    return redirect(group)


@require_POST
def decline(request: HttpRequest, slug: str) -> HttpResponse:
    s = find(request, slug)
    can_decide_proposal(s).enforce()
    form = ReasonForm(request.POST)
    if form.is_valid() and attempt(
        form, actions.decline_group, actor=request.user, group=s.group, **form.cleaned_data
    ):
        messages.success(request, _("The proposal went back to its lead, with your reason."))
        return redirect("workinggroups:directory")
    context = {"group": s.group, "standing": s, "form": form}
    return render(request, "workinggroups/decline.html", context, status=422)


@require_POST
def propose_again(request: HttpRequest, slug: str) -> HttpResponse:
    group = actions.propose_again(actor=request.user, group=find(request, slug).group)
    messages.success(request, _("Proposed again. The steering committee decides; you will be told."))
    return redirect(group)
