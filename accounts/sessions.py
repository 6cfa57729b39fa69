"""How long a session lasts: so long since its member last did something, and so long since signing in.

Both are kept as one moment, Django's own expiry of the session, which cookie, cache, row and sockets all follow. It is
moved once a minute at most, so that reading costs no writing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import kept
from accounts.actions import note_activity
from accounts.models import Member

BEGAN = "began_at"
COARSE = timedelta(seconds=60)


def begin(request: HttpRequest, member: Member) -> None:
    """Somebody has just signed in."""
    request.session[BEGAN] = int(timezone.now().timestamp())
    extend(request, member)


def longest(request: HttpRequest) -> datetime:
    """When the session ends whatever its member does."""
    began = request.session.setdefault(BEGAN, int(timezone.now().timestamp()))
    return datetime.fromtimestamp(began, UTC) + timedelta(seconds=settings.COMMONS_SESSION_LONGEST)


def extend(request: HttpRequest, member: Member) -> bool:
    """The member did something. True when the end was moved by as much as is worth writing."""
    idle = settings.COMMONS_SESSION_IDLE_STAFF if member.site_roles else settings.COMMONS_SESSION_IDLE
    is_old = BEGAN in request.session
    ends = min(timezone.now() + timedelta(seconds=idle), longest(request))
    if is_old and abs(ends - request.session.get_expiry_date()) < COARSE:
        return False
    request.session.set_expiry(ends)
    note_activity(member)
    return True


def is_activity(request: HttpRequest) -> bool:
    """Whether a person did this: opened a page or sent something. Sockets, polling and what comes in by itself do not
    count, nor does telling how far a page was read."""
    if request.method not in {"GET", "HEAD"}:
        return not request.path.endswith("/read/")
    by_script = (
        request.path.startswith("/api/")
        or "X-Requested-With" in request.headers
        or "application/json" in request.headers.get("Accept", "")
        or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    )
    return not by_script or "HX-Request" in request.headers


class SessionLimitsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            if request.session.get_expiry_date() > timezone.now():
                return self.limit(request)
            request.session.flush()  # a cache may keep it longer than it said
        response = self.get_response(request)
        if _has_signed_in(request):
            begin(request, request.user)
            kept.remember_member(response, request.user.pk)
        return response

    def limit(self, request: HttpRequest) -> HttpResponse:
        is_moved = False
        # Itself: a lazy object that stands for it makes every look at it dear.
        request.user = get_user(request)
        if is_activity(request) and request.user.is_authenticated and request.user.is_member:
            is_moved = extend(request, request.user)
            kept.is_sent(request)
        response = self.get_response(request)
        if SESSION_KEY not in request.session:
            kept.forget_member(response)
        elif is_moved:  # the session's own member: the API may have put another in the request
            kept.remember_member(response, int(request.session[SESSION_KEY]))
        return response


def _has_signed_in(request: HttpRequest) -> bool:
    """Looks only where something was written: a visitor's session need not be read for this."""
    return request.session.modified and SESSION_KEY in request.session
