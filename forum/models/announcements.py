from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import Member, MemberQuerySet
from forum.models.topics import Topic
from workinggroups.models import Membership


class Announcement(models.Model):
    """A topic whose readers are asked to confirm that they have read its first post, in a revision or a later one.

    It addresses everybody: all members of the community, or of the working group whose topic it is. When it has ended
    nobody is asked any more; who confirmed stays.
    """

    REMIND_AFTER = timedelta(hours=24)

    topic = models.OneToOneField(Topic, models.CASCADE, primary_key=True, related_name="announcement")
    announced_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="announcements")
    announced_at = models.DateTimeField(default=timezone.now)
    revision = models.PositiveIntegerField()  # of the first post: the earliest one that counts as read
    due_on = models.DateField(null=True, blank=True)
    told_at = models.DateTimeField(default=timezone.now)  # when everybody was last asked or reminded
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"announcement {self.topic_id}"

    def get_absolute_url(self) -> str:
        return f"/forum/t/{self.topic_id}/announcement/"

    @property
    def source(self) -> str:
        """Of its notices. Not the topic's, whose notices are cleared by reading: these wait for the confirmation."""
        return f"announcement:{self.topic_id}"

    def addressed(self) -> MemberQuerySet:
        """Who is asked at this moment: all but the one who announces."""
        members = Member.objects.members().exclude(pk=self.announced_by_id)
        group = self.topic.category.group_id
        if group is None:
            return members
        return members.filter(Exists(Membership.objects.active().filter(group=group, member=OuterRef("pk"))))

    def confirmed(self) -> MemberQuerySet:
        return self.addressed().filter(self._has_confirmed())

    def waiting(self) -> MemberQuerySet:
        return self.addressed().exclude(self._has_confirmed())

    def _has_confirmed(self) -> Exists:
        return Exists(self.valid().filter(member=OuterRef("pk")))

    def valid(self) -> models.QuerySet[Acknowledgement]:
        return self.acknowledgements.filter(revision__gte=self.revision)


class Acknowledgement(models.Model):
    """That a member confirmed to have read an announcement, and which text stood there."""

    announcement = models.ForeignKey(
        Announcement, models.CASCADE, related_name="acknowledgements", db_index=False
    )
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="acknowledgements")
    revision = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "member", "revision"], name="one_acknowledgement_per_revision"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} read {self.announcement_id} r{self.revision}"
