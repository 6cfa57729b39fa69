from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import Member


class Identity(models.Model):
    """A person at an identity provider, and the account they sign in to with it.

    `issuer` and `subject` are what a provider promises never to give to anybody else. Addresses change hands.
    """

    member = models.ForeignKey(Member, models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_account_per_identity"),
            models.UniqueConstraint(fields=["member", "issuer"], name="one_identity_per_member_and_issuer"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} at {self.issuer}"
