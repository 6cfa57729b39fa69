"""What belongs to a profile beside the member's row: handles of before, interests, mutes, downloads of one's data."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class HandleHistory(models.Model):
    """A handle that a member had before. It leads to them still, and nobody else ever gets it."""

    handle = models.CharField(max_length=30, unique=True)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="handles_before")
    ended_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-ended_at", "-id"]

    def __str__(self) -> str:
        return self.handle


class Interest(models.Model):
    """A practice area that a member cares about, by its slug: the areas themselves belong to an app above."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="interests")
    area = models.CharField(max_length=100, db_index=True)

    class Meta:
        ordering = ["area"]
        constraints = [models.UniqueConstraint(fields=["member", "area"], name="one_interest_per_area")]

    def __str__(self) -> str:
        return self.area


class Mute(models.Model):
    """A member wants to hear nothing from another. Nobody but the one who muted learns of it."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mutes")
    muted = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="muted_by")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["member", "muted"], name="one_mute_per_pair"),
            models.CheckConstraint(condition=~Q(member=F("muted")), name="nobody_mutes_themselves"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} mutes {self.muted_id}"


class DataExport(models.Model):
    """A zip of everything of one member's, made in the background and kept a few days."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    UNDER_WAY = [State.WAITING, State.RUNNING]

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="data_exports")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    progress = models.PositiveSmallIntegerField(default=0)  # per cent
    part = models.CharField(max_length=60, blank=True)  # what is being written
    key = models.CharField(max_length=200, blank=True)  # of the storage
    size = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(state__in=["waiting", "running"]),
                name="one_export_under_way_per_member",
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.state}"

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY
