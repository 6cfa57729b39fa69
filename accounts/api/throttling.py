from __future__ import annotations

from django.conf import settings
from rest_framework.throttling import BaseThrottle

from accounts.models import PersonalToken
from core import rates


class TokenThrottle(BaseThrottle):
    """So many requests a minute for each token."""

    def allow_request(self, request, view) -> bool:
        if not isinstance(request.auth, PersonalToken):
            return True
        return rates.times(f"token:{request.auth.pk}") <= settings.COMMONS_TOKEN_RATE

    def wait(self) -> float:
        return rates.seconds_left()
