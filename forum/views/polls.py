from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Conflict, Refused
from core.forms import attempt, typed
from forum import actions
from forum.permissions import can_add_poll
from forum.poll_forms import PollEditForm, PollForm, VoteForm
from forum.polls import PollSeen, poll_of, voters_of
from forum.thread import Seen, see
from forum.views.above import poll_part


@require_http_methods(["GET", "POST"])
def poll(request: HttpRequest, topic_id: int) -> HttpResponse:
    """A topic's poll; where there is none, the form that adds one."""
    seen = see(request.user, topic_id)
    shown = poll_of(seen)
    if shown is None or request.method == "POST":
        return _add(request, seen)
    return _show(request, shown)


def _show(request: HttpRequest, shown: PollSeen, form: VoteForm | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "topic": shown.seen.topic,
        "shown": shown,
        "poll": shown.poll,
        "form": form,
        "part": poll_part(request, shown, form),
    }
    if shown.result and not shown.poll.is_secret:
        context["voters"] = voters_of(shown.poll)
    return render(request, "forum/poll.html", context, status=422 if form else 200)


def _add(request: HttpRequest, seen: Seen) -> HttpResponse:
    can_add_poll(request.user, seen.topic, seen.role).enforce()
    form = PollForm(typed(request), member=request.user)
    deed = {"actor": request.user, "topic_id": seen.topic.pk}
    if form.is_valid() and attempt(form, actions.add_poll, **deed, **form.cleaned_data):
        messages.success(request, _("The poll is open."))
        return redirect(seen.topic)
    context = {"form": form, "topic": seen.topic}
    return render(request, "forum/add_poll.html", context, status=422 if form.errors else 200)


def _find(request: HttpRequest, topic_id: int) -> PollSeen:
    shown = poll_of(see(request.user, topic_id))
    if shown is None:
        raise Http404
    return shown


@require_POST
def vote(request: HttpRequest, topic_id: int) -> HttpResponse:
    shown = _find(request, topic_id)
    if shown.has_voted and shown.poll.is_secret:  # also the second of two clicks
        messages.info(request, shown.can_vote.reason)
        return redirect(f"{shown.seen.topic.get_absolute_url()}#poll")
    shown.can_vote.enforce()
    form = VoteForm(request.POST, poll=shown.poll)
    if form.is_valid() and attempt(
        form, actions.vote, member=request.user, topic_id=topic_id, **form.cleaned_data
    ):
        messages.success(request, _("Your vote is counted."))
        return redirect(f"{shown.seen.topic.get_absolute_url()}#poll")
    return _show(request, shown, form)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, topic_id: int) -> HttpResponse:
    """409 with both texts when the poll is not any more as it was opened for editing."""
    shown = _find(request, topic_id)
    shown.can_edit.enforce()
    poll = shown.poll
    now = {"question": poll.question, "options": "\n".join(poll.options), "revision": poll.revision}
    form = PollEditForm(typed(request), initial=now)
    status, newer = 200, None
    if request.method == "POST":
        status = 422
        try:
            deed = {"actor": request.user, "topic_id": topic_id}
            if form.is_valid() and attempt(form, actions.edit_poll, **deed, **form.cleaned_data):
                messages.success(request, _("The poll is changed."))
                return redirect(shown.seen.topic)
        except Conflict as conflict:
            status, newer = 409, conflict.current
            form.data = {**form.data.dict(), "revision": newer.revision}
    context = {"form": form, "topic": shown.seen.topic, "newer": newer}
    return render(request, "forum/edit_poll.html", context, status=status)


@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, topic_id: int) -> HttpResponse:
    """GET asks, POST closes the poll for good."""
    shown = _find(request, topic_id)
    if not shown.can_close:
        raise Refused(_("Only who made the poll, leads and moderators can close it."))
    if request.method == "POST":
        return redirect(actions.close_poll(actor=request.user, topic_id=topic_id))
    return render(request, "forum/close_poll.html", {"topic": shown.seen.topic, "shown": shown})


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, topic_id: int) -> HttpResponse:
    """GET asks, POST removes the poll with its votes."""
    shown = _find(request, topic_id)
    if not shown.can_remove:
        raise Refused(_("Once somebody has voted, only leads and moderators can remove a poll."))
    if request.method == "POST":
        return redirect(actions.remove_poll(actor=request.user, topic_id=topic_id))
    return render(request, "forum/remove_poll.html", {"topic": shown.seen.topic, "shown": shown})
