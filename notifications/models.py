from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class NoticeEvent(models.Model):
    """Something that happened and that people must be told of: the outbox of the fan-out.

    Written in the transaction of the deed. The fan-out walks the audience in ascending member id and moves
    `cursor` in the same transaction as each batch of notices, so that a killed worker neither loses nor doubles.
    """

    kind = models.CharField(max_length=40)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    source = models.CharField(max_length=60, db_index=True)  # a string key, such as "topic:91"
    url = models.CharField(max_length=300)
    data = models.JSONField(default=dict)  # what the kind's template and audience need; no private text
    created_at = models.DateTimeField(auto_now_add=True)
    cursor = models.BigIntegerField(default=0)  # the last member id served
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["id"], name="notice_events_waiting", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class NoticeQuerySet(models.QuerySet):
    def of(self, member) -> NoticeQuerySet:
        return self.filter(member=member)

    def unread(self) -> NoticeQuerySet:
        return self.filter(read_at=None)

    def for_listing(self) -> NoticeQuerySet:
        """With all that a row of a list, an API answer or a frame shows."""
        return self.select_related("actor__agency")

    def to_mail(self, now: datetime) -> NoticeQuerySet:
        """Unread ones that have waited to be read for long enough."""
        return self.unread().filter(mail_at__lte=now)


class Notice(models.Model):
    """One thing a member is told. Ids rise in commit order for each member: the writer holds the member's row.

    Unread notices of one source and bucket are one row: the newer event replaces the row under a new id with a
    raised count, so that "everything after id n" is all a client that was away needs to ask.
    """

    # Without the indexes Django makes by itself: a fan-out pays for each of them 12,000 times.
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", db_index=False
    )
    kind = models.CharField(max_length=40)
    reason = models.CharField(max_length=20)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    source = models.CharField(max_length=60)
    bucket = models.CharField(max_length=60)  # the event's own key when the notice must not collapse
    url = models.CharField(max_length=300)
    data = models.JSONField(default=dict)
    count = models.PositiveIntegerField(default=1)  # events in this row
    replaces = models.BigIntegerField(null=True, blank=True)  # the id this bundle had before its newest event
    bundle = models.BigIntegerField(null=True, blank=True)  # the id it had at its first
    event = models.ForeignKey(NoticeEvent, models.CASCADE, related_name="notices")
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    # When it is mailed unless read before; None: never, or no more. A bundle is mailed once while it is unread.
    mail_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "source", "bucket"],
                condition=Q(read_at=None),
                name="one_unread_notice_per_bucket",
            )
        ]
        indexes = [
            models.Index(fields=["member", "id"], name="notices_of_member"),
            models.Index(fields=["source", "member"], name="notices_of_source"),
            models.Index(fields=["mail_at"], name="notices_to_mail", condition=Q(mail_at__isnull=False)),
            models.Index(fields=["read_at"], name="notices_read", condition=Q(read_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.member_id}"


class Preferences(models.Model):
    """What a member wants to be mailed and shown. No row: the defaults below."""

    SWITCHES: ClassVar[dict[str, str]] = {
        "direct": _("Somebody mentions me or replies to me"),
        "followed": _("New replies in topics I follow"),
        "announcements": _("An announcement asks me to confirm that I have read it"),
        "groups": _("News of my working groups: requests, invitations, changes of role"),
    }

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="notice_preferences"
    )
    mail_direct = models.BooleanField(SWITCHES["direct"], default=True)
    mail_followed = models.BooleanField(SWITCHES["followed"], default=True)
    mail_announcements = models.BooleanField(SWITCHES["announcements"], default=True, db_default=True)
    mail_groups = models.BooleanField(SWITCHES["groups"], default=True)
    toasts = models.BooleanField(_("Show new notices in a corner of the page"), default=True)

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"Preferences of {self.member_id}"

    @classmethod
    def of(cls, member) -> Preferences:
        """The member's row, or an unsaved one with the defaults."""
        return cls.objects.filter(member=member).first() or cls(member=member)

    def mails(self, switch: str) -> bool:
        return getattr(self, f"mail_{switch}")
