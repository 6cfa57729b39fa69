from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from accounts.models import Member


class DraftQuerySet(models.QuerySet):
    def of(self, member: Member) -> DraftQuerySet:
        return self.filter(member=member.pk)

    def at(self, member: Member, kind: str, target: int) -> DraftQuerySet:
        """The one draft of the member for that place, if there is one."""
        return self.filter(member=member.pk, kind=kind, target=target)


class Draft(models.Model):
    """What a member has typed and not sent: theirs alone, one for each kind and target.

    `target` is the topic of a reply and the post of an edit. Of a new topic it is 0, or a number of its own where
    several wait (what was to be posted later and could not be).
    """

    class Kind(models.TextChoices):
        TOPIC = "topic", _("New topic")
        REPLY = "reply", _("Reply")
        EDIT = "edit", _("Edit of a post")

    # What a form of that kind holds; everything else that is sent along is left out.
    FIELDS = {
        Kind.TOPIC: ("category", "title", "body", "tags", "day", "time"),
        Kind.REPLY: ("body", "parent"),
        Kind.EDIT: ("body", "reason", "revision"),
    }
    TYPED = ("title", "body", "tags", "reason")  # without a word in these there is nothing to keep

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind)
    target = models.PositiveBigIntegerField(default=0)
    revision = models.PositiveIntegerField(default=1)
    fields = models.JSONField(default=dict)
    token = models.CharField(max_length=64, blank=True, default="")  # of the form that wrote it last
    updated_at = models.DateTimeField(default=timezone.now)

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["member", "kind", "target"], name="one_draft_per_place")
        ]
        indexes = [models.Index(fields=["member", "-updated_at", "-id"], name="drafts_of_member")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.target} of {self.member_id}"

    def get_absolute_url(self) -> str:
        return f"/forum/drafts/{self.kind}/{self.target}/"

    @property
    def body(self) -> str:
        return self.fields.get("body", "")

    @property
    def excerpt(self) -> str:
        return Truncator(" ".join(self.body.split())).chars(200)

    @classmethod
    def cleaned(cls, kind: str, typed: dict[str, Any]) -> dict[str, str]:
        """The fields of that kind, as texts."""
        return {name: str(typed.get(name) or "") for name in cls.FIELDS[cls.Kind(kind)]}

    @classmethod
    def is_blank(cls, fields: dict[str, str]) -> bool:
        return not any(fields.get(name, "").strip() for name in cls.TYPED)
