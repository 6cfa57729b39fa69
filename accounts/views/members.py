from __future__ import annotations

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import avatars
from accounts.actions import mute_member, unmute_member
from accounts.models import HandleHistory, Member
from accounts.permissions import can_see_address
from accounts.registry import areas, filters, sections
from core.paging import Keyset

BY_NAME = Keyset("name", "id")
COMPLETIONS = 8


@require_GET
def members(request: HttpRequest) -> HttpResponse:
    """The directory: everyone who is a member now and does not hide."""
    viewer, query = request.user, request.GET.get("q", "").strip()[:100]
    found = Member.objects.members().select_related("agency").listed_for(viewer).with_muted(viewer)
    found = found.search(query)
    choices = []
    for each in filters():
        value = request.GET.get(each.name, "")[:100]
        found = each.narrow(found, viewer, value) if value else found
        choices.append({"filter": each, "value": value, "choices": each.choices(viewer)})
    page = BY_NAME.page(found, request.GET.get("cursor"), size=30)
    return render(request, "accounts/members.html", {"page": page, "filters": choices, "q": query})


@require_GET
def member(request: HttpRequest, handle: str) -> HttpResponse:
    """Also of people whose membership has ended: what they wrote stays, and so does their name."""
    viewer = request.user
    people = Member.objects.known().select_related("agency").with_muted(viewer)
    person = people.filter(handle=handle).first()
    if person is None:
        return _by_old_handle(handle)
    parts = [(part, part.gather(person, viewer)) for part in sections()]
    names = dict(areas())
    context = {
        "person": person,
        "shows_address": can_see_address(viewer, person),
        "interests": [names[each.area] for each in person.interests.all() if each.area in names],
        "sections": [
            render_to_string(part.template, {**found, "person": person}, request)
            for part, found in parts
            if found
        ],
    }
    return render(request, "accounts/member.html", context)


def _by_old_handle(handle: str) -> HttpResponse:
    """Not of whoever closed their account: the handle would tell who they were."""
    known = HandleHistory.objects.filter(member__in=Member.objects.known().filter(closed_at=None))
    before = get_object_or_404(known.select_related("member"), handle=handle)
    return redirect(before.member)


@require_POST
def mute(request: HttpRequest, handle: str) -> HttpResponse:
    """`deed` is "mute" or "unmute"."""
    person = get_object_or_404(Member.objects.known(), handle=handle)
    if request.POST.get("deed") == "unmute":
        unmute_member(actor=request.user, member=person)
        messages.success(request, _("You hear from %(name)s again.") % {"name": person.name})
    else:
        mute_member(actor=request.user, member=person)
        messages.success(
            request, _("You get no more notices of what %(name)s writes.") % {"name": person.name}
        )
    return redirect(person)


@require_GET
def avatar(request: HttpRequest, member_id: int, version: int, side: int) -> HttpResponseBase:
    """A picture never changes under its address; with a new picture the old address is gone."""
    if side not in avatars.SIZES:
        raise Http404
    try:
        file = default_storage.open(avatars.key_of(member_id, version, side), "rb")
    except FileNotFoundError:
        raise Http404 from None
    answer = FileResponse(file, content_type="image/webp")
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    answer.headers["Content-Disposition"] = "inline"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


@require_GET
def complete(request: HttpRequest) -> JsonResponse:
    """People for an @-mention. In a members-only group (`?group=`) its own members see each other alone."""
    prefix = request.GET.get("q", "").strip().removeprefix("@")[:100]
    people = Member.objects.members().select_related("agency").not_muted_by(request.user)
    closed = request.user.memberships.filter(
        group__slug=request.GET.get("group", ""), status="active", group__content="members"
    )
    if closed.exists():
        found = people.completing(prefix).filter(
            memberships__group__slug=request.GET["group"], memberships__status="active"
        )
    else:
        found = people.completing(prefix).listed_for(request.user)
    shown = found.order_by("name", "id")[:COMPLETIONS] if prefix else []
    return JsonResponse(
        {
            "results": [
                {
                    "handle": person.handle,
                    "name": person.name,
                    "agency": person.agency.label if person.agency else None,
                }
                for person in shown
            ]
        }
    )
