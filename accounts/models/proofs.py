from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class EligibilityProofQuerySet(models.QuerySet):
    def current(self) -> EligibilityProofQuerySet:
        """The newest of each member: the only one that counts."""
        newest = EligibilityProof.objects.filter(member=OuterRef("member")).order_by("-proved_at", "-pk")
        return self.filter(pk=Subquery(newest.values("pk")[:1]))

    def in_force(self) -> EligibilityProofQuerySet:
        """Current ones that decide by themselves until when their member has access."""
        return self.filter(member__eligible_until=F("expires_at"), member__is_active=True)


class EligibilityProof(models.Model):
    """The dated evidence that a member controls an eligible address.

    The database holds `Member.eligible_until` to it: never later than the proof's end, and gone with the proof.
    """

    class Method(models.TextChoices):
        CODE = "code", _("Code by mail")
        IDENTITY_PROVIDER = "identity_provider", _("Identity provider")
        ADMINISTRATOR = "administrator", _("Vouched for by an administrator")
        DEMO = "demo", _("Demo data")

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="proofs")
    address = models.EmailField(max_length=254)
    rule = models.CharField(max_length=270)  # "allow gov": the rule may be gone tomorrow, the evidence stays
    method = models.CharField(max_length=20, choices=Method)
    proved_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    # Days before the end that the newest reminder was for.
    reminded = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = EligibilityProofQuerySet.as_manager()

    class Meta:
        ordering = ["-proved_at", "-id"]

    def __str__(self) -> str:
        return f"{self.address} until {self.expires_at:%Y-%m-%d}"


class Admission(models.Model):
    """A proved address that a rule admits after approval only: it waits, and somebody of the staff decides."""

    class Outcome(models.TextChoices):
        APPROVED = "approved", _("Admitted")
        DECLINED = "declined", _("Declined")

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="admissions")
    address = models.EmailField(max_length=254)
    rule = models.CharField(max_length=270)
    proved_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="admissions_decided"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(decided_at=None), name="one_admission_waits_per_member"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, outcome="") | Q(decided_at__isnull=False) & ~Q(outcome=""),
                name="admissions_are_decided_with_an_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.outcome or 'waits'}"


class HardBounce(models.Model):
    """A mail to a member came back for good."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="hard_bounces")
    message_id = models.CharField(max_length=200, blank=True)
    noted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message_id"], condition=~Q(message_id=""), name="one_bounce_per_message"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.noted_at:%Y-%m-%d}"
