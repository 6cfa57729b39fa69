from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import Truncator

from accounts.models import Member
from forum.models.categories import Category


class ScheduledTopicQuerySet(models.QuerySet):
    def of(self, member: Member) -> ScheduledTopicQuerySet:
        return self.filter(author=member.pk)

    def with_place(self, member: Member) -> ScheduledTopicQuerySet:
        """Annotates `place`, the category's name; None where the member may not see it (any more)."""
        places = Category.objects.visible_to(member).filter(pk=models.OuterRef("category"))
        return self.annotate(place=models.Subquery(places.values("name")))


class ScheduledTopic(models.Model):
    """A topic that is to be posted at a time to come. Until then it is its author's alone; then the row is gone."""

    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="scheduled_topics")
    category = models.ForeignKey(
        Category, models.SET_NULL, null=True, related_name="scheduled_topics", db_index=False
    )
    title = models.CharField(max_length=200)
    body = models.TextField()
    tags = models.JSONField(default=list)
    post_at = models.DateTimeField()
    token = models.CharField(max_length=64, blank=True, default="")  # the client's, against double submits
    created_at = models.DateTimeField(default=timezone.now)

    objects = ScheduledTopicQuerySet.as_manager()

    class Meta:
        ordering = ["post_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["author", "token"],
                condition=~Q(token=""),
                name="one_scheduled_topic_per_client_token",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} at {self.post_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return f"/forum/scheduled/{self.pk}/"

    @property
    def excerpt(self) -> str:
        return Truncator(" ".join(self.body.split())).chars(200)
