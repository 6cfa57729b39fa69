"""How much one hears of a topic, a category, a tag. GET shows, POST changes; `next` leads back."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Member
from core.kept import token_for
from forum import actions
from forum.audience import levels_of
from forum.levels import CHOICES, Heard, explain
from forum.models import Category, CategoryFollow, Level, Tag, TagFollow, TopicState
from forum.thread import see


def choice(
    request: HttpRequest, url: str, level: str, *, otherwise: str = "", back: str = ""
) -> dict[str, Any]:
    """What templates/forum/_levels.html needs. `otherwise`: the level that is in force where none was chosen."""
    return {
        "follow_url": url,
        "heard": Heard(level or otherwise),
        "is_chosen": bool(level),
        "levels": CHOICES,
        "next": back,
        "csrf_token": token_for(request),
    }


@require_http_methods(["GET", "POST"])
def follow(request: HttpRequest, topic_id: int) -> HttpResponse:
    if request.method == "POST":
        state = actions.follow_topic(member=request.user, topic_id=topic_id, level=_level(request))
        return _done(request, state.level, state.topic.get_absolute_url())
    topic = see(request.user, topic_id).topic
    state = TopicState.objects.filter(member=request.user, topic=topic).first()
    own = state.level if state else ""
    tags, back = topic.tags.order_by("name"), request.path
    chosen = dict(TagFollow.objects.filter(member=request.user, tag__in=tags).values_list("tag", "level"))
    places = [place for place in (topic.category, topic.category.parent) if place]
    levels = dict(
        CategoryFollow.objects.filter(member=request.user, category__in=places).values_list(
            "category", "level"
        )
    )
    heard = levels_of(topic, [request.user.pk])[request.user.pk]
    context = {
        "topic": topic,
        "explained": explain(heard, state.why if state else ""),
        "own": choice(request, request.path, own, otherwise=heard.level, back=back),
        "tags": [
            (tag, choice(request, f"{tag.get_absolute_url()}follow/", chosen.get(tag.pk, ""), back=back))
            for tag in tags
        ],
        "places": [
            (place, choice(request, f"/forum/c/{place.slug}/follow/", levels.get(place.pk, ""), back=back))
            for place in places
        ],
    }
    return render(request, "forum/follow.html", context)


@require_http_methods(["GET", "POST"])
def follow_category(request: HttpRequest, slug: str) -> HttpResponse:
    places = Category.objects.visible_to(request.user).select_related("group")
    place = get_object_or_404(places, slug=slug)
    if request.method == "POST":
        level = _level(request)
        actions.follow_category(member=request.user, category=place, level=level)
        return _done(request, level, place.get_absolute_url())
    own = choice_in(request, place)
    return _ask(request, place.name, place.get_absolute_url(), own)


@require_http_methods(["GET", "POST"])
def follow_tag(request: HttpRequest, name: str) -> HttpResponse:
    tag = get_object_or_404(Tag.objects.visible_to(request.user), name=name)
    if request.method == "POST":
        level = _level(request)
        actions.follow_tag(member=request.user, tag=tag, level=level)
        return _done(request, level, tag.get_absolute_url())
    own = choice(request, request.path, level_of_tag(request, tag))
    return _ask(request, tag.name, tag.get_absolute_url(), own)


@require_GET
def following(request: HttpRequest) -> HttpResponse:
    """All categories and tags of which one chose how much to hear."""
    member, back = request.user, request.path
    places = CategoryFollow.objects.filter(
        member=member, category__in=Category.objects.visible_to(member)
    ).select_related("category__group")
    tags = TagFollow.objects.filter(member=member, tag__merged_into=None).select_related("tag")
    context = {
        "places": [
            (
                kept.category,
                choice(request, f"/forum/c/{kept.category.slug}/follow/", kept.level, back=back),
            )
            for kept in places.order_by("category__name")
        ],
        "tags": [
            (kept.tag, choice(request, f"{kept.tag.get_absolute_url()}follow/", kept.level, back=back))
            for kept in tags.order_by("tag__name")
        ],
    }
    return render(request, "forum/following.html", context)


def choice_in(request: HttpRequest, place: Category, *, back: str = "") -> dict[str, Any]:
    levels = levels_in(request.user, place)
    above = levels.get(place.parent_id, Level.NORMAL)
    url = f"/forum/c/{place.slug}/follow/"
    return choice(request, url, levels.get(place.pk, ""), otherwise=above, back=back)


def levels_in(member: Member, place: Category) -> dict[int | None, str]:
    """What the member chose for a category and the one above it."""
    chosen = CategoryFollow.objects.filter(member=member.pk, category__in=[place.pk, place.parent_id or 0])
    return dict(chosen.values_list("category", "level"))


def level_of_tag(request: HttpRequest, tag: Tag) -> str:
    kept = TagFollow.objects.filter(member=request.user.pk, tag=tag)
    return kept.values_list("level", flat=True).first() or ""


def _ask(request: HttpRequest, name: str, url: str, own: dict[str, Any]) -> HttpResponse:
    context = {"name": name, "url": url, "own": own}
    return render(request, "forum/follow_place.html", context)


def _level(request: HttpRequest) -> str:
    level = request.POST.get("level", "")
    if level not in {"", *Level.values}:
        raise Http404
    return level


def _done(request: HttpRequest, level: str, url: str) -> HttpResponse:
    if level:
        messages.success(request, _("You will hear of: %s.") % Level(level).label.lower())
    else:
        messages.success(request, _("You hear of it as without a choice of your own."))
    back = request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, None) else url)
