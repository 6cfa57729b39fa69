"""Personal access tokens: how a key is made, kept and found again. What it opens is decided in `accounts.api`."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import PersonalToken

PREFIX = "cmt_"  # so that scanners of leaked secrets know one
SHOWN = 10  # characters that tell one token from another
COARSE = timedelta(minutes=5)


def make_key() -> str:
    """256 bits of chance: nothing to guess, so a plain digest keeps it."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def key_of(request: HttpRequest) -> str | None:
    """What stands in `Authorization: Bearer …`; None where there is no such header."""
    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def find(key: str) -> PersonalToken | None:
    """The token in force with its member; None when there is none, or not any more. Notes the use, to five minutes."""
    now = timezone.now()
    tokens = PersonalToken.objects.select_related("member__agency")
    token = tokens.filter(digest=digest_of(key), expires_at__gt=now).first()
    if token is not None and (token.last_used_at is None or token.last_used_at < now - COARSE):
        unnoted = Q(last_used_at=None) | Q(last_used_at__lt=now - COARSE)
        PersonalToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)
    return token
