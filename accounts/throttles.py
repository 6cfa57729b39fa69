"""Too many in a short time: the answer is 429, says how long to wait, and loses nothing of what was typed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core import context
from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import kept

# Seconds until the longest limit behind a page is over; a minute for the others.
WAITS = {"account_signup": 3600, "account_reset_password": 3600, "confirm_email": 3600, "status": 3600}
FAILED_TRIES = 300  # the longest limit behind a form that was filled in wrongly too often


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Where no page of its own says it. What was sent stands in the page, to be sent again; passwords have to be
    typed again."""
    match = request.resolver_match
    seconds = WAITS.get(match.url_name or "", 60) if match else 60
    fields = kept.shown(kept.fields_of(request)) if request.method == "POST" else []
    page = {"retry_after": seconds, "fields": fields, "path": request.get_full_path()}
    response = render(request, "429.html", page, status=429)
    response["Retry-After"] = str(seconds)
    return response


def note_failed_tries() -> None:
    """A form of this request refuses because it was filled in wrongly too often."""
    if context.request is not None:
        context.request.retry_after = FAILED_TRIES


def telling(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For pages with such a form: what it says to people, the answer says to programs."""

    @wraps(view)
    def told(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        seconds = getattr(request, "retry_after", 0)
        if seconds and response.status_code == 200:
            response.status_code = 429
            response.headers["Retry-After"] = str(seconds)
        return response

    return told


def may_mail(address: str) -> bool:
    """Whether a visitor may cause one more mail to an address, whatever the mail says."""
    usage = ratelimit.consume(
        context.request, app="allauth.account", action="mail", key=address.lower(), limit_get=True
    )
    return usage is not None
