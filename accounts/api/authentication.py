from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS

from accounts.models import PersonalToken

if TYPE_CHECKING:  # the framework's views load this module
    from rest_framework.request import Request
    from rest_framework.views import APIView


class MemberSessionAuthentication(SessionAuthentication):
    """The session of the browser, with CSRF. Names a scheme, so that a visitor gets 401 and not 403."""

    def authenticate_header(self, request) -> str:
        return 'Session realm="api"'


class PersonalTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`, which `PersonalTokenMiddleware` has looked up. 403 beyond the token's scopes."""

    def authenticate(self, request):
        plain = request._request
        if not hasattr(plain, "token"):
            return None
        if plain.token is None:
            raise AuthenticationFailed(_("This token is unknown, was revoked or has expired."))
        scope = needed_scope(request, request.parser_context["view"])
        if scope not in plain.token.scopes:
            raise PermissionDenied(_("This token lacks the scope “%(scope)s”.") % {"scope": scope})
        return plain.user, plain.token

    def authenticate_header(self, request) -> str:
        return 'Bearer realm="api"'


def needed_scope(request: Request, view: APIView) -> str:
    """By method; what leads and moderators do to others is named by the view, as `moderation_actions`."""
    if request.method in SAFE_METHODS:
        return PersonalToken.Scope.READ
    if getattr(view, "action", "") in getattr(view, "moderation_actions", ()):
        return PersonalToken.Scope.MODERATE
    return PersonalToken.Scope.WRITE
