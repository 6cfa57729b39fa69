from typing import Any
from urllib.parse import quote

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import rates
from forum import actions, feed_keys, feeds
from forum.models import FeedKey


# --- Feeds, for programs ------------------------------------------------------------------------------
@login_not_required  # a feed reader cannot sign in: the key in its address says whose feed it is
@require_safe
def latest(request: HttpRequest, key: str) -> HttpResponse:
    return _answer(request, key, feeds.latest)


@login_not_required
@require_safe
def of_category(request: HttpRequest, key: str, slug: str) -> HttpResponse:
    return _answer(request, key, feeds.of_category, slug)


@login_not_required
@require_safe
def with_tag(request: HttpRequest, key: str, tag: str) -> HttpResponse:
    return _answer(request, key, feeds.with_tag, tag)


@login_not_required
@require_safe
def of_topic(request: HttpRequest, key: str, topic_id: int) -> HttpResponse:
    return _answer(request, key, feeds.of_topic, topic_id)


def _answer(request: HttpRequest, key: str, source_of: Any, *asked: Any) -> HttpResponse:
    member = feed_keys.reader_with(key)
    if member is None:
        raise Http404
    if rates.times(f"feed:{member.pk}") > settings.COMMONS_TOKEN_RATE:
        headers = {"Retry-After": str(rates.seconds_left())}
        return HttpResponse(_("Too often."), status=429, headers=headers, content_type="text/plain")
    source = source_of(member, *asked)
    response = get_conditional_response(request, source.etag) or HttpResponse(
        feeds.written(source), content_type="application/atom+xml; charset=utf-8"
    )
    response["ETag"] = source.etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response


# --- Their addresses, for the member ------------------------------------------------------------------
@never_cache
@require_http_methods(["GET", "POST"])
@reauthentication_required
def addresses(request: HttpRequest) -> HttpResponse:
    """What feeds are, and the member's own addresses; with `?topic=`, `?category=` or `?tag=` that feed's first. POST
    makes the key, or a new one."""
    found = _asked_for(request)
    if request.method == "POST":
        actions.make_feed_key(actor=request.user)
        messages.success(request, _("Your feeds have new addresses."))
        return redirect(request.get_full_path())
    kept = FeedKey.objects.filter(member=request.user).first()
    key = feed_keys.shown(kept) if kept else ""
    shown = [
        {"title": title, "url": f"{settings.SITE_URL}/feeds/{key}/{path}"}
        for title, path in [*found, (_("All new topics"), "latest/")]
    ]
    context = {"kept": kept, "key": key, "feeds": shown, "tab": "feeds", "asked": bool(found)}
    return render(request, "forum/feeds.html", context)


def _asked_for(request: HttpRequest) -> list[tuple[str, str]]:
    """(title, path under the key) of the feed that the member came for; Http404 for what they may not see."""
    member, query = request.user, request.GET
    if topic := query.get("topic", ""):
        if not (topic.isascii() and topic.isdigit() and len(topic) < 19):
            raise Http404
        return [(feeds.of_topic(member, int(topic)).title, f"t/{topic}/")]
    if slug := query.get("category", ""):
        return [(feeds.of_category(member, slug).title, f"c/{quote(slug)}/")]
    if tag := query.get("tag", ""):
        return [(feeds.with_tag(member, tag).title, f"tag/{quote(tag)}/")]
    return []


@require_POST
@reauthentication_required
def revoke(request: HttpRequest) -> HttpResponse:
    actions.revoke_feed_key(actor=request.user)
    messages.success(request, _("Your feeds are closed. Their addresses lead nowhere now."))
    return redirect("forum:feeds")
