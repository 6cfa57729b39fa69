"""The keys of feeds: how one is made and found again."""

import base64
import secrets
from datetime import timedelta
from hashlib import sha256

from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import Member
from accounts.terms import outstanding
from forum.models import FeedKey

PREFIX = "cmf_"  # so that scanners of leaked secrets know one
COARSE = timedelta(hours=1)


def make_nonce() -> str:
    return secrets.token_urlsafe(32)


def key_from(nonce: str) -> str:
    """256 bits that only this site can make."""
    digest = salted_hmac("forum.feeds", nonce, algorithm="sha256").digest()
    return PREFIX + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def digest_of(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def shown(kept: FeedKey) -> str:
    """The key, to its member; empty when the site's secret has changed since it was made: it must be renewed."""
    key = key_from(kept.nonce)
    return key if digest_of(key) == kept.digest else ""


def reader_with(key: str) -> Member | None:
    """Whose feeds these are, if they may read at this moment. Notes the use, to the hour."""
    now = timezone.now()
    kept = FeedKey.objects.select_related("member__agency").filter(digest=digest_of(key)).first()
    if kept is None or not kept.member.is_member or outstanding(kept.member):
        return None
    if kept.last_used_at is None or kept.last_used_at < now - COARSE:
        unnoted = Q(last_used_at=None) | Q(last_used_at__lt=now - COARSE)
        FeedKey.objects.filter(unnoted, pk=kept.pk).update(last_used_at=now)
    return kept.member
