"""The pages of categories, and of those who keep them in order."""

from typing import Any

from django.contrib import messages
from django.core.cache import caches
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Member, SiteRole
from core.forms import attempt, typed
from core.kept import KEEP_SECONDS
from forum import actions
from forum.category_forms import CategoryEditForm, CategoryForm
from forum.models import Category
from forum.permissions import can_keep_categories, can_start_topic, role_in
from forum.views.following import choice_in
from forum.views.lists import Narrowed, listed
from workinggroups.models import Group
from workinggroups.permissions import standing


@require_GET
def category(request: HttpRequest, slug: str) -> HttpResponse:
    place = find(request, slug)
    if place.group_id:
        return redirect(place)
    below = [] if place.parent_id else list(place.children.all())
    context = listed(request, Narrowed(category=place, is_deep=bool(below)), hide_place=not below)
    return render(request, "forum/category.html", context | _around(request, place, below, ""))


@require_GET
def discussions(request: HttpRequest, slug: str, below: str = "") -> HttpResponse:
    """A group's discussions, or those of one of the categories that its leads made below."""
    group = get_object_or_404(Group.objects.visible_to(request.user), slug=slug)
    places = list(group.categories.all())
    root = next(place for place in places if not place.parent_id)
    place = next((one for one in places if one.slug == below), None) if below else root
    if place is None:
        raise Http404
    for one in places:
        one.group, one.parent = group, None if one is root else root
    others = [one for one in places if one is not root]
    seat = standing(request.user, group)
    fixed = Narrowed(group=group) if others and place is root else Narrowed(category=place)
    context = listed(request, fixed, level=3, hide_place=fixed.category is not None)
    context |= {"group": group, "standing": seat, "tab": "discussions"}
    context |= _around(request, place, others if place is root else [], seat.role)
    return render(request, "forum/discussions.html", context)


def _around(request: HttpRequest, place: Category, below: list[Category], role: str) -> dict[str, Any]:
    group = place.group if place.group_id else None
    return {
        "category": place,
        "below": below,
        "can_start": can_start_topic(request.user, place, role),
        "can_keep": can_keep_categories(request.user, group, role),
        "following": choice_in(request, place, back=request.get_full_path()),
        "keepers": _keepers(group),
    }


def _keepers(group: Group | None) -> list[tuple[str, str]]:
    """Name and handle of those who keep order here: the group's leads, else the community's moderators."""
    key = f"keepers:{group.pk if group else 0}"
    keepers = caches["local"].get(key)
    if keepers is None:
        members = Member.objects.members()
        if group:
            leading = group.memberships.leading().values("member")
            members = members.filter(pk__in=leading)
        else:
            members = members.filter(role_grants__role=SiteRole.MODERATOR)
        keepers = list(members.order_by("name", "pk").values_list("name", "handle"))
        caches["local"].set(key, keepers, KEEP_SECONDS)
    return keepers


@require_GET
def categories(request: HttpRequest) -> HttpResponse:
    """All of the community's, with those below them; archived ones at the end."""
    below = Category.objects.order_by("position", "name")
    tops = Category.objects.filter(group=None, parent=None).prefetch_related(Prefetch("children", below))
    tops = tops.order_by("is_archived", "position", "name")
    context = {"tops": tops, "can_keep": can_keep_categories(request.user, None)}
    return render(request, "forum/categories.html", context)


@require_http_methods(["GET", "POST"])
def new_category(request: HttpRequest) -> HttpResponse:
    if not can_keep_categories(request.user, None):
        raise Http404
    return _add(request, None)


@require_http_methods(["GET", "POST"])
def add_below(request: HttpRequest, slug: str) -> HttpResponse:
    parent = find(request, slug)
    _may_keep(request, parent)
    return _add(request, parent)


def _add(request: HttpRequest, parent: Category | None) -> HttpResponse:
    form = CategoryForm(typed(request), initial={"color": parent.color if parent else 0})
    if request.method == "POST" and form.is_valid():
        made = attempt(form, actions.add_category, actor=request.user, parent=parent, **form.cleaned_data)
        if made:
            messages.success(
                request, _("“%s” is there. Start its first topic, so that others know what it is for.") % made
            )
            return redirect(made)
    context = {"form": form, "parent": parent}
    return render(request, "forum/add_category.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def edit_category(request: HttpRequest, slug: str) -> HttpResponse:
    place = find(request, slug)
    _may_keep(request, place)
    form = CategoryEditForm(typed(request), category=place)
    if request.method == "POST" and form.is_valid():
        changed = attempt(
            form, actions.edit_category, actor=request.user, category=place, **form.cleaned_data
        )
        if changed:
            messages.success(request, _("“%s” is changed.") % changed)
            return redirect(changed)
    context = {"form": form, "category": place}
    return render(request, "forum/edit_category.html", context, status=422 if form.errors else 200)


@require_POST
def order_category(request: HttpRequest, slug: str) -> HttpResponse:
    """`move` is up or down, by one place."""
    place = find(request, slug)
    _may_keep(request, place)
    steps = {"up": -1, "down": 1}.get(request.POST.get("move", ""))
    if steps is None:
        return HttpResponse(_("move must be up or down."), status=400, content_type="text/plain")
    actions.move_category(actor=request.user, category=place, steps=steps)
    return redirect(place if place.group_id else "forum:categories")


def find(request: HttpRequest, slug: str) -> Category:
    places = Category.objects.visible_to(request.user).select_related("group", "parent")
    return get_object_or_404(places, slug=slug)


def _may_keep(request: HttpRequest, place: Category) -> None:
    group = place.group if place.group_id else None
    can_keep_categories(request.user, group, role_in(request.user, place)).enforce()
