"""What helps while something is written. Each answers with what the one who asks may see."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from forum.completion import complete as offers
from forum.completion import similar_topics


@require_GET
def complete(request: HttpRequest) -> JsonResponse:
    """`q` is what was typed from its sign on, `place` the category it is written in."""
    return JsonResponse(
        {"results": offers(request.user, request.GET.get("q", ""), request.GET.get("place", ""))}
    )


@require_GET
def similar(request: HttpRequest) -> HttpResponse:
    """Topics that ask the same as `title`, as a piece of the page where a topic is started."""
    topics = similar_topics(request.user, request.GET.get("title", "")[:200])
    return render(request, "forum/_similar.html", {"similar": topics})
