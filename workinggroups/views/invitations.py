from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from workinggroups import actions
from workinggroups.permissions import can_accept_mailed, standing
from workinggroups.views.access import find
from workinggroups.views.memberships import people_page


@never_cache
@require_http_methods(["GET", "POST"])
def mailed_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What a mail leads to. `answer` is accept or decline."""
    invitation = actions.find_mailed(actor=request.user, token=token)
    group = invitation.group
    if request.method == "GET":
        verdict = can_accept_mailed(standing(request.user, group))
        context = {"invitation": invitation, "group": group, "verdict": verdict}
        return render(request, "workinggroups/mailed_invitation.html", context)
    if request.POST.get("answer") == "decline":
        actions.decline_mailed(actor=request.user, invitation=invitation)
        messages.success(request, _("You declined the invitation to “%s”.") % group)
        return redirect("workinggroups:directory")
    actions.accept_mailed(actor=request.user, invitation=invitation)
    messages.success(request, _("Welcome to “%s”.") % group)
    return redirect(group)


@require_POST
def call_back(request: HttpRequest, slug: str, invitation_id: int) -> HttpResponse:
    s = find(request, slug)
    actions.call_back_mailed(actor=request.user, group=s.group, invitation_id=invitation_id)
    messages.success(request, _("The invitation is called back."))
    return redirect(people_page(s), slug=slug)
