from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission

from accounts.models import PersonalToken
from accounts.terms import outstanding

if TYPE_CHECKING:  # the framework's views load this module
    from rest_framework.request import Request


class IsMember(BasePermission):
    """The default of every API view: verified, eligible and active at this moment. Visitors get 401."""

    message = _("You are signed in, but your membership is not in force. See /accounts/status/.")

    def has_permission(self, request, view) -> bool:
        if not (request.user.is_authenticated and request.user.is_member):
            return False
        if outstanding(request.user):
            self.message = _("The terms of use have changed. Accept them at /accounts/terms/.")
            return False
        return True

    def has_object_permission(self, request, view, obj) -> bool:
        """Where the view names the `owner_field`: what is done to the things of others is moderation, for a token."""
        field = getattr(view, "owner_field", "")
        if field and request.method not in SAFE_METHODS:
            moderate_unless(request, owner=getattr(obj, field))
        return True


def moderate_unless(request: Request, *, owner: int) -> None:
    """What is done to the things of somebody else is moderation, for a token. Raises PermissionDenied."""
    scope = PersonalToken.Scope.MODERATE
    if owner == request.user.pk or not isinstance(request.auth, PersonalToken):
        return
    if scope not in request.auth.scopes:
        raise PermissionDenied(gettext("This token lacks the scope “%(scope)s”.") % {"scope": scope})
