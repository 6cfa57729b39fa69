from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.forms import attempt, typed
from core.paging import Keyset
from files.uploads import oversize
from forum import actions
from forum.forms import ScheduledForm
from forum.models import ScheduledTopic
from forum.views.attaching import is_whole
from forum.views.new import offered_to, told_when

NEXT = Keyset("post_at", "id")


@require_GET
def scheduled(request: HttpRequest) -> HttpResponse:
    """What one has written to be posted later, the next first."""
    waiting = ScheduledTopic.objects.of(request.user).with_place(request.user)
    return render(request, "forum/scheduled.html", {"page": NEXT.page(waiting, request.GET.get("cursor"))})


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, scheduled_id: int) -> HttpResponse:
    row = get_object_or_404(
        ScheduledTopic.objects.of(request.user).select_related("category"), pk=scheduled_id
    )
    local = timezone.localtime(row.post_at, request.user.zone)
    initial = {
        "category": row.category.slug if row.category else "",
        "title": row.title,
        "body": row.body,
        "tags": ", ".join(row.tags),
        "day": local.date(),
        "time": local.time(),
    }
    given = {"categories": offered_to(request.user), "member": request.user, "oversize": oversize(request)}
    form = ScheduledForm(typed(request), request.FILES or None, initial=initial, **given)
    if form.is_bound and is_whole(request, form):
        deed = actions.change_scheduled_topic
        changed = attempt(form, deed, author=request.user, scheduled_id=scheduled_id, **form.typed)
        if changed:
            return told_when(request, changed)
    context = {"form": form, "scheduled": row}
    return render(request, "forum/change_scheduled.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, scheduled_id: int) -> HttpResponse:
    row = get_object_or_404(ScheduledTopic.objects.of(request.user), pk=scheduled_id)
    if request.method == "POST":
        draft = actions.cancel_scheduled_topic(author=request.user, scheduled_id=scheduled_id)
        messages.success(request, _("It will not be posted. The text is a draft again."))
        return redirect(draft)
    return render(request, "forum/cancel_scheduled.html", {"scheduled": row})
