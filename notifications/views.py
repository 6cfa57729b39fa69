from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core.shell import forget_shell
from notifications import actions, mails
from notifications.forms import PreferencesForm, ReadForm
from notifications.models import Notice, Preferences
from notifications.registry import kinds
from notifications.rows import by_day, newest_of, page_of, render_filters

IN_THE_BELL = 12


def notifications(request: HttpRequest) -> HttpResponse:
    """All notices, or with `?partial=1` the newest ones for the bell's list."""
    is_partial, cursor = request.GET.get("partial") == "1", request.GET.get("after", "")
    only = {"kind": request.GET.get("kind", ""), "unread": request.GET.get("unread") == "1"}
    if not (cursor or only["kind"] or only["unread"]):
        page = newest_of(request.user)
    else:
        notices = Notice.objects.of(request.user)
        if only["kind"]:
            named = only["kind"].split(",")
            notices = notices.filter(kind__in=[kind.name for kind in kinds() if kind.name in named])
        page = page_of(notices.unread() if only["unread"] else notices, cursor)
    if is_partial:
        days = by_day(request, page.rows[:IN_THE_BELL], here=reverse("notifications:notifications"))
        return render(request, "notifications/_list.html", {"days": days})
    here = request.get_full_path()
    context = {
        "page": page,
        "days": by_day(request, page.rows, here=here),
        "only": only,
        "filters": render_filters(only["kind"], only["unread"], get_language() or ""),
        "here": here,
        # "All" is offered where all are shown.
        "newest": page.rows[0].id if page.rows and not page.previous and not only["kind"] else None,
    }
    return render(request, "notifications/notifications.html", context)


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark notices read. A form comes back to where it was; a script gets no content."""
    form = ReadForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(_("Say which notices: ids or up_to."), content_type="text/plain")
    ids, up_to = form.cleaned_data["ids"], form.cleaned_data["up_to"]
    actions.read(member_id=request.user.pk, ids=ids or None, up_to=up_to)
    back = request.POST.get("next", "")
    if back and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return HttpResponse(status=204) if not back else redirect("notifications:notifications")


def preferences(request: HttpRequest) -> HttpResponse:
    form = PreferencesForm(request.POST or None, instance=Preferences.of(request.user))
    if request.method == "POST" and form.is_valid():
        form.save()
        forget_shell(request.user.pk)
        messages.success(request, _("Saved. This is how you will hear from us."))
        return redirect("notifications:preferences")
    return render(request, "notifications/preferences.html", {"form": form})


@csrf_exempt  # a mail program posts here by itself (RFC 8058); the signed token is the authority
@login_not_required
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """From the foot of a mail: GET only shows, POST stops. Signs nobody in."""
    found = mails.read_token(token)
    if found is None:
        return render(request, "notifications/unsubscribe.html", {"is_broken": True}, status=404)
    member, switch = found
    if request.method == "POST":
        switches = list(Preferences.SWITCHES) if request.POST.get("which") == "all" else [switch]
        actions.switch_off(member_id=member.pk, switches=switches)
    context = {"member": member, "label": Preferences.SWITCHES[switch], "is_done": request.method == "POST"}
    return render(request, "notifications/unsubscribe.html", context)
