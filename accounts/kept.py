"""What somebody sent when their session had just ended: kept until they have signed in again, shown, never sent by
itself.

A browser remembers by a signed cookie who was signed in last. Only with it is anything kept, and only that member sees
it; nobody else can fill the table of sessions.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

COOKIE = "__Host-last" if settings.SECURE else "last"
SALT = "accounts.kept"
SECONDS = 24 * 3600  # that a browser remembers its member after the session's end
FORM = "kept_form"
FORM_SECONDS = 3600  # to sign in again
MOST = 64 * 1024  # characters
SECRET = ("password", "code", "credential", "csrfmiddlewaretoken")
LINE = 120  # characters; what is longer gets a field of several lines
UNSEEN = re.compile(r"\A(?:token|revision|parent|next|page|action|\d+|.*_id)\Z")


def remember_member(response: HttpResponse, member_id: int) -> None:
    response.set_signed_cookie(
        COOKIE,
        str(member_id),
        salt=SALT,
        max_age=settings.COMMONS_SESSION_LONGEST + SECONDS,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def last_member(request: HttpRequest) -> int:
    """The id of the member who was signed in last in this browser; 0 where nobody was, or not lately."""
    longest = settings.COMMONS_SESSION_LONGEST + SECONDS
    return int(request.get_signed_cookie(COOKIE, default=0, salt=SALT, max_age=longest))


def forget_member(response: HttpResponse) -> None:
    """They signed out: the next person at this machine may be another."""
    response.delete_cookie(COOKIE, samesite="Lax")


def keep(request: HttpRequest) -> bool:
    """Keep a visitor's POST when the session of a member has ended in this browser. Files can't be kept."""
    member = last_member(request)
    if not member or request.method != "POST" or request.path.startswith(("/accounts/", "/admin/")):
        return False
    fields = fields_of(request)
    if not any(value.strip() for _name, value in fields):
        return False
    if sum(len(name) + len(value) for name, value in fields) > MOST:
        return False
    request.session[FORM] = {
        "member": member,
        "path": request.get_full_path(),
        "page": _page(request),
        "fields": fields,
    }
    request.session.set_expiry(FORM_SECONDS)
    return True


def fields_of(request: HttpRequest) -> list[list[str]]:
    """What a form sent, without what is secret."""
    return [
        [name, value]
        for name, values in request.POST.lists()
        if not any(word in name for word in SECRET)
        for value in values
    ]


def shown(fields: list[list[str]]) -> list[dict[str, Any]]:
    """How each field is shown again: as lines, as one line, or not at all."""
    return [
        {
            "name": name,
            "value": value,
            "label": name.replace("_", " ").capitalize(),
            "is_unseen": bool(UNSEEN.match(name) or UNSEEN.match(value)) or not value.strip(),
            "is_long": len(value) > LINE or "\n" in value or name in {"body", "about"},
        }
        for name, value in fields
    ]


def _page(request: HttpRequest) -> str:
    """Where the form stood."""
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}):
        return "/"
    parts = urlsplit(page)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def of_member(request: HttpRequest) -> dict[str, Any] | None:
    """What was kept in this session, if it is the member's own."""
    form = request.session.get(FORM)
    if form and form["member"] != request.user.pk:
        discard(request)
        return None
    return form


def discard(request: HttpRequest) -> None:
    request.session.pop(FORM, None)


def is_sent(request: HttpRequest) -> None:
    """A form that is being sent again needs no keeping."""
    form = request.session.get(FORM)
    if form and request.method == "POST" and request.get_full_path() == form["path"]:
        discard(request)
