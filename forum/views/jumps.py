from datetime import date, datetime, time

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from forum.models import Post, Topic
from forum.order import ORDERS


def jump(request: HttpRequest, topic: Topic) -> HttpResponse:
    """To the post with `number`, or to the first one written since the day `on` began in the member's zone; where
    there is none, to the nearest."""
    number, on = request.GET.get("number", "").strip(), request.GET.get("on", "").strip()
    view = request.GET.get("view", "")
    query = f"?view={view}" if view in ORDERS and view != "threaded" else ""
    if number.isascii() and number.isdigit() and len(number) < 10:
        post = _by_number(request, topic, int(number))
    elif day := _day(on):
        post = _by_day(request, topic, day)
    else:
        messages.info(request, _("Give the number of a post, or a day such as 2026-11-03."))
        return redirect(topic.get_absolute_url() + query)
    return redirect(f"{topic.get_absolute_url()}{post.number}/{query}#post-{post.number}")


def _by_number(request: HttpRequest, topic: Topic, number: int) -> Post:
    posts = topic.posts.order_by("number").only("number")
    post = posts.filter(number__gte=number).first()
    if post is None:
        messages.info(request, _("There is no post %(n)d here. This is the last one.") % {"n": number})
        return posts.reverse()[0]
    if post.number != number and number:
        messages.info(request, _("There is no post %(n)d here. This is the next one.") % {"n": number})
    return post


def _day(text: str) -> date | None:
    """Within the years that can be told in every zone."""
    try:
        return min(max(date.fromisoformat(text), date(1970, 1, 1)), date(9000, 1, 1))
    except ValueError:
        return None


def _by_day(request: HttpRequest, topic: Topic, day: date) -> Post:
    begin = datetime.combine(day, time.min, tzinfo=request.user.zone)
    posts = topic.posts.order_by("created_at", "number").only("number")
    post = posts.filter(created_at__gte=begin).first()
    if post is None:
        messages.info(request, _("Nothing was written here since that day. This is the last post."))
        return posts.reverse()[0]
    return post
