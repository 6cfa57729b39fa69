"""What stands around a topic: its map, and who takes part."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from forum.page import authors_of
from forum.shape import for_reader, shape_of
from forum.thread import see

PEOPLE = 300  # shown, those with most to say first


@require_GET
def topic_map(request: HttpRequest, topic_id: int, slug: str) -> HttpResponse:
    """The shape of a long topic. An open page asks for the list alone."""
    seen = see(request.user, topic_id)
    if slug != seen.topic.slug:
        return redirect(f"{seen.topic.get_absolute_url()}map/", permanent=True)
    context = {"topic": seen.topic, "stretches": for_reader(shape_of(seen.topic), seen.reading)}
    is_part = request.headers.get("X-Requested-With") == "fetch"
    return render(request, "forum/_map.html" if is_part else "forum/map.html", context)


@require_GET
def people(request: HttpRequest, topic_id: int, slug: str) -> HttpResponse:
    """Everyone who wrote what stands in a topic, and how much."""
    topic = see(request.user, topic_id).topic
    if slug != topic.slug:
        return redirect(f"{topic.get_absolute_url()}people/", permanent=True)
    found = list(authors_of(topic).select_related("agency")[: PEOPLE + 1])
    context = {"topic": topic, "people": found[:PEOPLE], "is_cut": len(found) > PEOPLE}
    return render(request, "forum/people.html", context)
