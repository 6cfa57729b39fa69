from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Standing(models.TextChoices):
    """What staff calls the state that an account is in. The strongest obstacle names it."""

    ACTIVE = "active", _("Active")
    UNPROVED = "unproved", _("Never proved")
    LAPSED = "lapsed", _("Proof has ended")
    SUSPENDED = "suspended", _("Suspended")
    INACTIVE = "inactive", _("Disabled")


class Suspension(models.Model):
    """One suspension and how it ended. What is in force is on the member's row too, for the gate."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="suspensions")
    reason = models.CharField(max_length=500)  # the member reads it
    until = models.DateTimeField()
    suspended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="suspensions_given"
    )
    suspended_at = models.DateTimeField(default=timezone.now)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="suspensions_lifted"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("suspended_at")), name="suspensions_end_after_they_begin"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} until {self.until:%Y-%m-%d}"

    @property
    def is_in_force(self) -> bool:
        return self.lifted_at is None and self.until > timezone.now()


class AppealQuerySet(models.QuerySet):
    def waiting(self) -> AppealQuerySet:
        return self.filter(decided_at=None)


class Appeal(models.Model):
    """What a suspended member says against it, once, and what somebody else of the staff decided."""

    class Outcome(models.TextChoices):
        LIFTED = "lifted", _("Suspension lifted")
        KEPT = "kept", _("Suspension stays")

    suspension = models.OneToOneField(Suspension, models.CASCADE, related_name="appeal")
    text = models.TextField(max_length=4_000)
    made_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    answer = models.TextField(max_length=2_000, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="appeals_decided"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at=None, outcome="") | Q(decided_at__isnull=False) & ~Q(outcome=""),
                name="appeals_are_decided_with_an_outcome",
            )
        ]

    def __str__(self) -> str:
        return f"appeal {self.pk} {self.outcome or 'waits'}"


class InactivityWarning(models.Model):
    """A mail that told an inactive member when the account will be disabled. Gone when they are active again."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="inactivity_warnings")
    number = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField(default=timezone.now)
    ends_on = models.DateField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["member", "number"], name="each_warning_of_inactivity_once")
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.number} until {self.ends_on}"
