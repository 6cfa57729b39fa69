import json

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Conflict
from core.numbers import number_in
from core.paging import Keyset
from forum import actions
from forum.diff import word_diff
from forum.drafts import can_go_on, joined, placed, whole_text
from forum.models import Draft

NEWEST = Keyset("-updated_at", "-id")


def in_background(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


@require_GET
def drafts(request: HttpRequest) -> HttpResponse:
    """What one has typed and not sent, the newest first."""
    page = NEWEST.page(Draft.objects.of(request.user), request.GET.get("cursor"))
    context = {"page": page, "rows": placed(request.user, page)}
    return render(request, "forum/drafts.html", context)


@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, kind: str, target: int) -> HttpResponse:
    """GET leads to the form where the draft goes on, or shows its text where that form is gone. POST keeps what such
    a form holds."""
    if request.method == "POST":
        return _keep(request, kind, target)
    kept = get_object_or_404(Draft.objects.at(request.user, kind, target))
    [place] = placed(request.user, [kept])
    if can_go_on(request.user, kept):
        return redirect(place.url)
    return render(request, "forum/draft.html", {"place": place, "fields": kept.fields})


def _keep(request: HttpRequest, kind: str, target: int) -> HttpResponse:
    revision, token = number_in(request.POST.get("draft", "")) or 0, request.POST.get("token", "")[:64]
    deed = {"member": request.user, "kind": kind, "target": target, "fields": request.POST}
    try:
        kept = actions.save_draft(**deed, revision=revision, token=token)
    except Conflict as conflict:
        if conflict.current:
            return _choose(request, conflict.current)
        if in_background(request):
            code = 409 if isinstance(conflict, actions.AlreadySent) else 412
            return HttpResponse(_gone(), status=code, content_type="text/plain; charset=utf-8")
        kept = actions.save_draft(**deed)  # whoever presses the button means it
    except ValidationError as error:
        return _refused(request, kind, target, " ".join(error.messages))
    if in_background(request):
        return JsonResponse({"revision": kept.revision if kept else 0})
    if kept is None:
        messages.info(request, _("There was nothing to keep."))
        return redirect("forum:drafts")
    messages.success(request, _("The draft is saved. You find it here and among your drafts."))
    return redirect(kept)


def _gone() -> str:
    return _("This was sent or discarded elsewhere. What you have here stays.")


def _choose(request: HttpRequest, theirs: Draft) -> HttpResponse:
    """Both texts and what differs: nothing is saved before the member has chosen."""
    mine = Draft.cleaned(theirs.kind, request.POST)
    both = joined(theirs.fields, mine)
    context = {
        "theirs": theirs,
        "their_text": whole_text(theirs.fields),
        "my_text": whole_text(mine),
        "theirs_json": json.dumps(theirs.fields),
        "both_json": json.dumps(both),
        "choices": [(mine, _("Go on with the one here")), (both, _("Keep both, one below the other"))],
        "token": request.POST.get("token", ""),
    }
    context["diff"] = word_diff(context["their_text"], context["my_text"])
    template = "forum/_draft_choice.html" if in_background(request) else "forum/draft_choice.html"
    return render(request, template, context, status=412)


def _refused(request: HttpRequest, kind: str, target: int, error: str) -> HttpResponse:
    if in_background(request):
        return HttpResponse(error, status=422, content_type="text/plain; charset=utf-8")
    typed = Draft(member=request.user, kind=kind, target=target)
    [place] = placed(request.user, [typed])
    context = {"place": place, "error": error, "fields": Draft.cleaned(kind, request.POST)}
    return render(request, "forum/draft.html", context, status=422)


@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, kind: str, target: int) -> HttpResponse:
    kept = get_object_or_404(Draft.objects.at(request.user, kind, target))
    if request.method == "POST":
        actions.discard_draft(member=request.user, kind=kind, target=target)
        if in_background(request):
            return HttpResponse(status=204)
        messages.success(request, _("The draft is discarded."))
        return redirect("forum:drafts")
    [place] = placed(request.user, [kept])
    return render(request, "forum/discard_draft.html", {"place": place})
