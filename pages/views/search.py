from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.models import Member
from forum.models import Post, Topic
from forum.rows import render_rows
from workinggroups.models import Group, Resource

SHOWN = 20
LEAST = 2  # characters of a word that is looked for


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Everything the member may see that holds all the words: topics, posts, groups, files, people."""
    query = " ".join(request.GET.get("q", "").split())[:200]
    words = [word for word in query.split() if len(word) >= LEAST][:8]
    found: dict[str, Any] = _found(request.user, words) if words else {}
    found["rows"] = render_rows(found["topics"]) if found else ""
    return render(request, "pages/search.html", {"query": query, "words": words, **found})


def _found(member: Member, words: list[str]) -> dict[str, QuerySet]:
    topics = Topic.objects.visible_to(member).for_listing(member).filter(_all(words, "title"))
    posts = Post.objects.visible_to(member).filter(_all(words, "text"), removed_at=None)
    resources = Resource.objects.filter(group__in=Group.objects.visible_to(member), trashed_at=None)
    return {
        "topics": topics.order_by("-last_post_at")[:SHOWN],
        "posts": posts.select_related("topic__category", "author__agency").order_by("-created_at")[:SHOWN],
        "groups": Group.objects.findable_by(member).filter(_all(words, "name", "purpose"))[:SHOWN],
        "resources": resources.filter(_all(words, "name", "description")).select_related("group")[:SHOWN],
        "people": Member.objects.members()
        .listed_for(member)
        .filter(_all(words, "name", "handle"))
        .select_related("agency")[:SHOWN],
    }


def _all(words: list[str], *fields: str) -> Q:
    """Each word in at least one of the fields."""
    condition = Q()
    for word in words:
        anywhere = Q()
        for field in fields:
            anywhere |= Q(**{f"{field}__icontains": word})
        condition &= anywhere
    return condition
