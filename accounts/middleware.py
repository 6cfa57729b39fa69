"""Closed by default: whoever is no member sees a page only when its view says `login_not_required`."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from accounts import kept, tokens
from accounts.models import Member, PersonalToken
from accounts.terms import outstanding
from core.problems import problem


class MemberRequiredMiddleware(MiddlewareMixin):
    """Needs nothing but the session and the member's row, which the request has loaded already."""

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if not getattr(view, "login_required", True):
            return None
        if not request.user.is_authenticated:
            return self.ask_to_sign_in(request)
        if not request.user.is_member:
            return None if _is_a_way_back(request.user, view) else self.explain(request)
        if outstanding(request.user):
            return self.ask_to_accept(request)
        return None

    def ask_to_sign_in(self, request: HttpRequest) -> HttpResponse:
        if _wants_json(request):
            response = problem(401, _("Sign in to use this."))
            response["WWW-Authenticate"] = 'Session realm="api"'
            return response
        if "HX-Request" in request.headers:
            # Beside what the person was typing, not in its place.
            page = urlsplit(request.headers.get("HX-Current-URL", "")).path or "/"
            context = {"login_url": _with_next(resolve_url(settings.LOGIN_URL), page)}
            response = render(request, "accounts/_signed_out.html", context, status=401)
            response["HX-Reswap"] = "beforebegin"
            return response
        page = reverse("accounts:kept_form") if kept.keep(request) else request.get_full_path()
        return redirect(_with_next(resolve_url(settings.LOGIN_URL), page))

    def explain(self, request: HttpRequest) -> HttpResponse:
        if _wants_json(request):
            return problem(
                403, _("You are signed in, but your membership is not in force. See /accounts/status/.")
            )
        status = _with_next(reverse("accounts:status"), request.get_full_path())
        if "HX-Request" in request.headers:
            response = HttpResponse(status=403)
            response["HX-Redirect"] = status
            return response
        return redirect(status)

    def ask_to_accept(self, request: HttpRequest) -> HttpResponse:
        if _wants_json(request):
            return problem(403, _("The terms of use have changed. Accept them at /accounts/terms/."))
        if "HX-Request" in request.headers:
            response = HttpResponse(status=403)
            response["HX-Redirect"] = reverse("accounts:terms")
            return response
        page = request.get_full_path() if request.method == "GET" else "/"
        return redirect(_with_next(reverse("accounts:terms"), page))


class PersonalTokenMiddleware:
    """Lets the API know a member by their token. Whether the token opens what is asked, the API says."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/") and (key := tokens.key_of(request)) is not None:
            token = tokens.find(key)
            request.token = token
            request.user = token.member if token else AnonymousUser()
            if token:
                token.member.leaves_roles_out = PersonalToken.Scope.MODERATE not in token.scopes
        return self.get_response(request)


def way_back(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Marks a page that is also for those whose membership has ended, so that they get it back."""
    view.is_way_back = True
    return view


def _is_a_way_back(member: Member, view: Callable[..., HttpResponse]) -> bool:
    """Not for the suspended: they have the page with the reason."""
    return getattr(view, "is_way_back", False) and member.is_active and not member.is_suspended


def _wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or request.headers.get("Accept", "").startswith(
        "application/json"
    )


def _with_next(url: str, page: str) -> str:
    return url if page == "/" else f"{url}?{urlencode({'next': page})}"
