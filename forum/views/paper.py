from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from forum.addresses import lead_to, where_now
from forum.lines import lines_on
from forum.models import Topic
from forum.order import ORDERS
from forum.page import listed
from forum.thread import see

POSTS = "\x1eposts\x1e"  # where the posts go in the rendered page
AT_ONCE = 200


@require_GET
def print_topic(request: HttpRequest, topic_id: int, slug: str) -> HttpResponseBase:
    """A whole topic in tree order on one page, sent as it is read from the database."""
    try:
        topic = see(request.user, topic_id).topic
    except Http404:
        if url := where_now(request.user, topic_id):
            return lead_to(f"{url}print/")
        raise
    if slug != topic.slug:
        return lead_to(f"{topic.get_absolute_url()}print/")
    start, end = render_to_string("forum/print_topic.html", {"topic": topic, "posts": POSTS}, request).split(
        POSTS
    )
    return StreamingHttpResponse(_pieces(topic, start, end))


def _pieces(topic: Topic, start: str, end: str) -> Iterator[str]:
    yield start
    path = ""
    while posts := list(listed(topic.posts.filter(path__gt=path).order_by("path"))[:AT_ONCE]):
        last = posts[-1].path if len(posts) == AT_ONCE else ""
        lines = lines_on(topic, ORDERS["threaded"], posts, path, last)
        context = {"posts": zip(posts, lines, strict=False), "behind": lines[-1], "topic": topic}
        yield render_to_string("forum/_print_posts.html", context)
        path = posts[-1].path
    yield end
