from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Member
from core.forms import attempt
from workinggroups import actions
from workinggroups.forms import HandleForm, ProfileForm, SettingsForm, VisibilityForm
from workinggroups.models import Membership
from workinggroups.permissions import (
    Standing,
    can_appoint,
    can_change_settings,
    can_change_visibility,
    can_conclude,
    can_edit_profile,
    can_open_settings,
    is_more_visible,
)
from workinggroups.views.access import find

PROFILE = ("name", "purpose", "charter")
SETTINGS = ("join", "observers_download", "observers_post", "members_invite")


def show(request: HttpRequest, s: Standing, status: int = 200, **forms) -> HttpResponse:
    """The settings page, every form filled with what is; a form given is shown as it was typed."""
    group = s.group
    context = {
        "group": group,
        "standing": s,
        "tab": "settings",
        "profile": ProfileForm(initial={name: getattr(group, name) for name in PROFILE}),
        "settings": SettingsForm(initial={name: getattr(group, name) for name in SETTINGS}),
        "visibility": VisibilityForm(initial={"sight": VisibilityForm.sight_of(group)}),
        "appoint": HandleForm(),
        **forms,
    }
    return render(request, "workinggroups/settings.html", context, status=status)


@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows all there is to set; POST saves the profile."""
    s = find(request, slug)
    can_open_settings(s).enforce()
    if request.method == "GET":
        return show(request, s)
    can_edit_profile(s).enforce()
    form = ProfileForm(request.POST)
    if form.is_valid() and attempt(
        form, actions.edit_profile, actor=request.user, group=s.group, **form.cleaned_data
    ):
        messages.success(request, _("Saved."))
        return redirect("workinggroups:settings", slug=slug)
    return show(request, s, status=422, profile=form)


@require_POST
def policies(request: HttpRequest, slug: str) -> HttpResponse:
    s = find(request, slug)
    can_change_settings(s).enforce()
    form = SettingsForm(request.POST)
    if form.is_valid() and attempt(
        form, actions.change_settings, actor=request.user, group=s.group, **form.cleaned_data
    ):
        messages.success(request, _("Saved."))
        return redirect("workinggroups:settings", slug=slug)
    return show(request, s, status=422, settings=form)


@require_POST
def visibility(request: HttpRequest, slug: str) -> HttpResponse:
    """Asks first, with who gains and who loses; `confirmed` does it."""
    s = find(request, slug)
    can_change_visibility(s).enforce()
    form = VisibilityForm(request.POST)
    if not form.is_valid():
        return show(request, s, status=422, visibility=form)
    chosen = form.cleaned_data
    can_change_visibility(s, **chosen).enforce()
    if "confirmed" not in request.POST:
        context = {"group": s.group, "standing": s, "form": form, **_who_gains(s, **chosen)}
        return render(request, "workinggroups/visibility.html", context)
    if attempt(form, actions.change_visibility, actor=request.user, group=s.group, **chosen):
        messages.success(request, _("Saved. It holds from this moment."))
        return redirect(s.group)
    return show(request, s, status=422, visibility=form)


def _who_gains(s: Standing, listing: str, content: str) -> dict:
    others = Member.objects.members().count() - s.group.member_count
    return {
        "others": others,
        "finds": s.group.is_hidden and listing == "listed",
        "hides": not s.group.is_hidden and listing == "hidden",
        "opens": not s.group.is_open and content == "open",
        "closes": s.group.is_open and content == "members",
        "is_more": is_more_visible(s.group, listing, content),
    }


@require_POST
def appoint(request: HttpRequest, slug: str) -> HttpResponse:
    """By the steering committee and administrators, who may not see the roster: a member becomes lead by handle."""
    s = find(request, slug)
    can_appoint(s).enforce()
    form = HandleForm(request.POST)
    if form.is_valid():
        membership = s.group.memberships.active().filter(member__handle=form.cleaned_data["handle"]).first()
        if membership is None:
            form.add_error("handle", _("There is nobody with this handle in the group."))
        elif attempt(
            form,
            actions.change_role,
            actor=request.user,
            group=s.group,
            member_id=membership.member_id,
            role=Membership.Role.LEAD,
        ):
            messages.success(request, _("%s now leads the group.") % membership.member)
            return redirect("workinggroups:settings", slug=slug)
    return show(request, s, status=422, appoint=form)


@require_http_methods(["GET", "POST"])
def conclude(request: HttpRequest, slug: str) -> HttpResponse:
    s = find(request, slug)
    if request.method == "POST":
        group = actions.conclude_group(actor=request.user, group=s.group)
        messages.success(request, _("“%s” is concluded. It stays readable.") % group)
        return redirect(group)
    can_conclude(s).enforce()
    return render(request, "workinggroups/conclude.html", {"group": s.group, "standing": s})


@require_POST
def reopen(request: HttpRequest, slug: str) -> HttpResponse:
    group = actions.reopen_group(actor=request.user, group=find(request, slug).group)
    messages.success(request, _("“%s” is open again.") % group)
    return redirect(group)
