"""Topics to other places, in two steps each: first what and where to, by GET; then who gains and who loses access, and
the deed with a reason, by POST."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.forms import attempt, typed
from core.numbers import number_in
from forum import actions
from forum.models import Category, Move, Topic, last_move
from forum.moving_forms import PlaceForm, SplitForm, TargetForm, WhyForm, ids_of
from forum.outline import outline_of
from forum.permissions import can_keep_order, can_undo
from forum.reach import change_back, change_of
from forum.thread import see

STEPS_KEPT = (
    "category",
    "to",
    "destination",
    "p",
    "r",
    "where",
    "title",
)  # from the first step to the second
HISTORY = 20


def _kept(request: HttpRequest, topic_id: int) -> Topic:
    """The topic, if the member sees it and keeps order in it."""
    seen = see(request.user, topic_id)
    can_keep_order(request.user, seen.topic, seen.role).enforce()
    return seen.topic


def _first_step(request: HttpRequest, name: str) -> QueryDict | None:
    """What was chosen in the first step, on both of them; None before anything was."""
    if request.method == "POST":
        return request.POST
    return request.GET if name in request.GET else None


def _second_step(
    request: HttpRequest,
    topic: Topic,
    place: Category,
    deed: Callable[..., Move],
    *,
    heading: str,
    button: str,
    back: str,
    other: Topic | None = None,
    **arguments: Any,
) -> HttpResponse:
    """Shows what it means and does it."""
    form = WhyForm(typed(request))
    if request.method == "POST" and form.is_valid():
        why = form.cleaned_data["reason"]
        move = attempt(form, deed, actor=request.user, topic_id=topic.pk, reason=why, **arguments)
        if move:
            messages.success(request, _("Done. For 24 hours you can undo it under “Move, split, merge”."))
            return redirect(move.destination)
    data = request.POST if request.method == "POST" else request.GET
    context = {
        "topic": topic,
        "form": form,
        "change": change_of(topic, place),
        "kept": [(name, value) for name in STEPS_KEPT for value in data.getlist(name)],
        "heading": heading,
        "button": button,
        "back": back,
        "other": other,
        "place": place,
    }
    return render(request, "forum/moving_confirm.html", context, status=422 if form.errors else 200)


def _choose(request: HttpRequest, template: str, form: forms.Form, **context: Any) -> HttpResponse:
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)


@require_GET
def moves(request: HttpRequest, topic_id: int) -> HttpResponse:
    """What can be done here, what was, and the way back from the latest."""
    topic = _kept(request, topic_id)
    past = Move.objects.touching(topic_id).select_related("actor", "undone_by", "source", "destination")[
        :HISTORY
    ]
    others = {move.destination_id if move.source_id == topic_id else move.source_id for move in past}
    known = set(Topic.objects.visible_to(request.user).filter(pk__in=others).values_list("pk", flat=True))
    latest = last_move(topic_id)
    context = {
        "topic": topic,
        "past": past,
        "known": known,
        "latest": latest,
        "can_undo": latest and can_undo(request.user, latest),
    }
    return render(request, "forum/moves.html", context)


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, topic_id: int) -> HttpResponse:
    topic = _kept(request, topic_id)
    places = Category.objects.kept_by(request.user).exclude(pk=topic.category_id).select_related("group")
    form = PlaceForm(_first_step(request, "category"), places=places)
    if not form.is_valid():
        return _choose(request, "forum/move.html", form, topic=topic)
    return _second_step(
        request,
        topic,
        form.place,
        actions.move_topic,
        heading=_("Move this topic to %(place)s?") % {"place": form.place.name},
        button=_("Move the topic"),
        back="move",
        category=form.place.slug,
    )


@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, topic_id: int) -> HttpResponse:
    topic = _kept(request, topic_id)
    form = TargetForm(_first_step(request, "to"), member=request.user, but=topic)
    if not form.is_valid() or form.topic is None:
        return _choose(request, "forum/merge.html", form, topic=topic)
    return _second_step(
        request,
        topic,
        form.topic.category,
        actions.merge_topic,
        heading=_("Merge this topic into “%(title)s”?") % {"title": form.topic.title},
        button=_("Merge the topics"),
        back="merge",
        other=form.topic,
        destination=form.topic.pk,
    )


@require_http_methods(["GET", "POST"])
def split(request: HttpRequest, topic_id: int) -> HttpResponse:
    topic = _kept(request, topic_id)
    places = Category.objects.kept_by(request.user).select_related("group")
    turns = request.method == "GET" and "after" in request.GET  # the pages of the outline
    data = None if turns else _first_step(request, "where")
    typed_before = {
        name: request.GET[name] for name in ("where", "title", "category", "to") if name in request.GET
    }
    form = SplitForm(data, member=request.user, but=topic, places=places, initial=typed_before)
    if not form.is_decided:
        return _outline(request, topic, form)
    chosen = {"posts": form.cleaned_data["p"], "with_replies": form.cleaned_data["r"]}
    if form.topic:
        chosen |= {"destination": form.topic.pk}
    else:
        chosen |= {"title": form.cleaned_data["title"], "category": form.place.slug}
    return _second_step(
        request,
        topic,
        form.place,
        actions.split_topic,
        heading=_("Split these posts off?"),
        button=_("Split them off"),
        back="split",
        other=form.topic,
        **chosen,
    )


def _outline(request: HttpRequest, topic: Topic, form: SplitForm) -> HttpResponse:
    """The posts to choose from, two hundred at a time; what is ticked on another page is kept in hidden fields."""
    after = request.GET.get("after", "")
    entries, following = outline_of(topic, after)
    here = {entry.post.pk for entry in entries}
    ticked = {name: {int(value) for value in ids_of(request.GET, name)} for name in "pr"}
    elsewhere = [(name, pk) for name, pks in ticked.items() for pk in sorted(pks - here)]
    context = {"topic": topic, "entries": entries, "following": following, "after": after}
    return _choose(request, "forum/split.html", form, ticked=ticked, elsewhere=elsewhere, **context)


@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, topic_id: int) -> HttpResponse:
    """GET asks, telling whom it concerns; POST takes the latest one back."""
    topic = _kept(request, topic_id)
    latest = last_move(topic_id)
    if latest is None:
        messages.info(request, _("There is nothing to undo."))
        return redirect("forum:moves", topic_id)
    form = forms.Form(typed(request))
    if request.method == "POST":
        shown = number_in(request.POST.get("move", ""))
        undone = attempt(form, actions.undo_move, actor=request.user, topic_id=topic_id, move_id=shown)
        if undone:
            messages.success(request, _("Everything is back in its place."))
            return redirect(undone.source)
    verdict = can_undo(request.user, latest)
    context = {"topic": topic, "latest": latest, "form": form, "verdict": verdict}
    context["change"] = change_back(latest) if verdict else None
    return render(request, "forum/undo_move.html", context, status=422 if form.errors else 200)
