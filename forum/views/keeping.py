from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.forms import attempt, typed
from forum import actions
from forum.keeping_forms import LockForm, PinForm, SlowForm
from forum.permissions import can_keep_order, can_pin_everywhere
from forum.thread import Seen, see


def _enter(request: HttpRequest, topic_id: int) -> Seen:
    seen = see(request.user, topic_id)
    can_keep_order(request.user, seen.topic, seen.role).enforce()
    return seen


@require_http_methods(["GET", "POST"])
def lock(request: HttpRequest, topic_id: int) -> HttpResponse:
    """GET asks for the reason, POST locks; `undo` unlocks."""
    seen = _enter(request, topic_id)
    deed = {"actor": request.user, "topic_id": topic_id}
    if request.method == "POST" and "undo" in request.POST:
        return redirect(actions.unlock_topic(**deed))
    form = LockForm(typed(request), member=request.user)
    if form.is_valid() and (topic := attempt(form, actions.lock_topic, **deed, **form.cleaned_data)):
        return redirect(topic)
    context = {"form": form, "topic": seen.topic}
    return render(request, "forum/lock.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def pin(request: HttpRequest, topic_id: int) -> HttpResponse:
    """GET asks where and how long, POST pins; `undo` unpins."""
    seen = _enter(request, topic_id)
    deed = {"actor": request.user, "topic_id": topic_id}
    if request.method == "POST" and "undo" in request.POST:
        return redirect(actions.unpin_topic(**deed))
    offers_everywhere = bool(can_pin_everywhere(request.user, seen.topic, seen.role))
    form = PinForm(typed(request), member=request.user, topic=seen.topic, offers_everywhere=offers_everywhere)
    if form.is_valid() and (topic := attempt(form, actions.pin_topic, **deed, **form.cleaned_data)):
        messages.success(request, _("The topic is pinned."))
        return redirect(topic)
    context = {"form": form, "topic": seen.topic}
    return render(request, "forum/pin.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def slow(request: HttpRequest, topic_id: int) -> HttpResponse:
    """GET asks for pace and reason, POST sets them."""
    seen = _enter(request, topic_id)
    form = SlowForm(typed(request), topic=seen.topic)
    if form.is_valid() and (
        topic := attempt(form, actions.slow_topic, actor=request.user, topic_id=topic_id, **form.cleaned_data)
    ):
        return redirect(topic)
    context = {"form": form, "topic": seen.topic}
    return render(request, "forum/slow.html", context, status=422 if form.errors else 200)
