from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class FeedKey(models.Model):
    """Lets a feed reader, which cannot sign in, read as its member: nothing else, and nothing it could change.

    Of the key itself only a digest is kept. `nonce` is what the site makes it from, together with its own secret: so
    the member can be shown the address again, and the database alone opens nothing.
    """

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="feed_key"
    )
    nonce = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"feeds of {self.member_id}"
