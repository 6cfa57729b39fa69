"""The pages of tags. A synonym leads to the tag it stands for."""

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Member
from core.forms import attempt, typed
from forum import actions
from forum.category_forms import TagEditForm, TagForm
from forum.models import Tag, Topic
from forum.permissions import can_keep_tags
from forum.views.following import choice, level_of_tag
from forum.views.lists import Narrowed, listed

SHOWN, OFFERED = 300, 8


@require_GET
def tags(request: HttpRequest) -> HttpResponse:
    """Those that the member may know of, the most used first; `?q=` narrows by name."""
    asked = slugify(request.GET.get("q", ""))
    found = counted(request.user).filter(name__contains=asked).prefetch_related("synonyms")
    context = {
        "tags": found.order_by("-used", "name")[:SHOWN],
        "asked": asked,
        "can_keep": can_keep_tags(request.user),
    }
    return render(request, "forum/tags.html", context)


def counted(member: Member) -> QuerySet[Tag]:
    """The tags a member may know of, with `used`: on how many topics that they may read."""
    topics = Topic.objects.visible_to(member).filter(tags=OuterRef("pk")).order_by().values("tags")
    used = Coalesce(Subquery(topics.annotate(n=Count("pk")).values("n")), 0)
    return Tag.objects.visible_to(member).annotate(used=used)


@require_GET
def complete(request: HttpRequest) -> JsonResponse:
    """Tags that begin like `q`, also by another name: `{"tags": [{"name", "used"}]}`, the most used first."""
    asked = slugify(request.GET.get("q", ""))
    begins = Q(name__startswith=asked) | Q(synonyms__name__startswith=asked)
    found = counted(request.user).filter(begins).order_by("-used", "name").distinct()[:OFFERED]
    return JsonResponse({"tags": [{"name": tag.name, "used": tag.used} for tag in found]})


@require_GET
def tag(request: HttpRequest, name: str) -> HttpResponse:
    found = find(request, name)
    if found.name != name:
        query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
        return redirect(f"{found.get_absolute_url()}{query}", permanent=True)
    context = listed(request, Narrowed(tag=found, tag_name=found.name))
    context |= {
        "tag": found,
        "synonyms": found.synonyms.all(),
        "can_keep": can_keep_tags(request.user),
        "following": choice(
            request,
            f"{found.get_absolute_url()}follow/",
            level_of_tag(request, found),
            back=request.get_full_path(),
        ),
    }
    return render(request, "forum/tag.html", context)


@require_http_methods(["GET", "POST"])
def new_tag(request: HttpRequest) -> HttpResponse:
    if not can_keep_tags(request.user):
        raise Http404
    form = TagForm(typed(request))
    if request.method == "POST" and form.is_valid():
        made = attempt(form, actions.add_tag, actor=request.user, **form.cleaned_data)
        if made:
            messages.success(request, _("The tag “%s” is there for everyone.") % made)
            return redirect("forum:tags")
    return render(request, "forum/new_tag.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def edit_tag(request: HttpRequest, name: str) -> HttpResponse:
    """Rename, or with `into` merge into another."""
    found = find(request, name)
    can_keep_tags(request.user).enforce()
    form = TagEditForm(typed(request), initial={"name": found.name, "is_official": found.is_official})
    if request.method == "POST" and form.is_valid():
        into = form.cleaned_data.pop("into")
        if into:
            kept = attempt(form, actions.merge_tag, actor=request.user, tag=found, into=into)
        else:
            kept = attempt(form, actions.edit_tag, actor=request.user, tag=found, **form.cleaned_data)
        if kept:
            messages.success(request, _("The tag is now “%s”. Old links lead here.") % kept)
            return redirect(kept)
    context = {"form": form, "tag_name": found.name, "tag_url": found.get_absolute_url()}
    return render(request, "forum/edit_tag.html", context, status=422 if form.errors else 200)


def find(request: HttpRequest, name: str) -> Tag:
    """By its name or by another."""
    tags = Tag.objects.visible_to(request.user).filter(Q(name=name) | Q(synonyms__name=name))
    return get_object_or_404(tags.distinct())
