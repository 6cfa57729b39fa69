from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Conflict, Refused
from core.forms import attempt, typed
from core.spreadsheets import lines
from forum import actions
from forum.announcements import asked_now, people_of, progress_of
from forum.keeping_forms import AnnouncementForm
from forum.models import Announcement
from forum.permissions import can_announce
from forum.thread import see


@require_http_methods(["GET", "POST"])
def announcement(request: HttpRequest, topic_id: int) -> HttpResponse:
    """Who has read it and who has not; POST asks, where nobody is asked now."""
    seen = see(request.user, topic_id)
    can_announce(request.user, seen.topic, seen.role).enforce()
    form = AnnouncementForm(typed(request), member=request.user)
    deed = {"actor": request.user, "topic_id": topic_id}
    if form.is_valid() and attempt(form, actions.announce, **deed, **form.cleaned_data):
        messages.success(request, _("Everybody addressed is told and asked to confirm."))
        return redirect(seen.topic)
    asked = asked_now(seen.topic)
    context = {"topic": seen.topic, "form": form, "asked": asked, "group": seen.topic.category.group}
    if asked:
        context |= _progress(request, asked.announcement)
        context["has_changed"] = asked.revision > asked.announcement.revision
    return render(request, "forum/announcement.html", context, status=422 if form.errors else 200)


def _progress(request: HttpRequest, found: Announcement) -> dict:
    who, query = request.GET.get("who", "not"), request.GET.get("q", "").strip()[:100]
    if who not in {"not", "read"}:
        raise Http404
    cursor = request.GET.get("cursor", "")
    page = people_of(found, has_read=who == "read", query=query, cursor=cursor)
    return {"progress": progress_of(found), "page": page, "who": who, "query": query}


@require_POST
def acknowledge(request: HttpRequest, topic_id: int) -> HttpResponse:
    """“I have read this”, said of the revision that the page showed."""
    seen = see(request.user, topic_id)
    revision = request.POST.get("revision", "")
    if not (revision.isascii() and revision.isdigit() and len(revision) < 10):
        return HttpResponse(_("revision must be a number."), status=400, content_type="text/plain")
    try:
        actions.acknowledge(member=request.user, topic_id=topic_id, revision=int(revision))
    except Conflict:
        messages.warning(request, _("The announcement was changed meanwhile. Please read it once more."))
    else:
        messages.success(request, _("Thank you. It is noted that you have read this."))
    return redirect(seen.topic)


def _do(request: HttpRequest, topic_id: int, deed, said: str) -> HttpResponse:
    """A deed that may have to wait or have nothing to do: then the page says so."""
    seen = see(request.user, topic_id)
    can_announce(request.user, seen.topic, seen.role).enforce()
    try:
        deed(actor=request.user, topic_id=topic_id)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("forum:announcement", topic_id)


@require_POST
def remind(request: HttpRequest, topic_id: int) -> HttpResponse:
    return _do(request, topic_id, actions.remind, _("Those who have not confirmed are told once more."))


@require_POST
def ask_again(request: HttpRequest, topic_id: int) -> HttpResponse:
    return _do(request, topic_id, actions.ask_again, _("Everybody is asked to read the new text."))


@require_POST
def end(request: HttpRequest, topic_id: int) -> HttpResponse:
    return _do(request, topic_id, actions.end_announcement, _("Nobody is asked any more."))


@require_POST
def export(request: HttpRequest, topic_id: int) -> HttpResponseBase:
    """Names and agencies as CSV; audited."""
    seen = see(request.user, topic_id)
    rows = actions.export_acknowledgements(actor=request.user, topic_id=topic_id)
    columns = ["name", "agency", "has read", "at (UTC)"]
    response = StreamingHttpResponse(lines(columns, rows), content_type="text/csv; charset=utf-8")
    name = f"{slugify(seen.topic.title)[:60] or 'announcement'}-read.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
