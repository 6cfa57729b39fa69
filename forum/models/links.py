from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import Member
from forum.models.posts import Post
from forum.models.topics import Topic


class PostLinkQuerySet(models.QuerySet):
    def seen_by(self, member: Member) -> PostLinkQuerySet:
        """Those whose source the member may read and that still stands; of others not even the number is told."""
        return self.filter(source__in=Post.objects.visible_to(member).filter(removed_at=None))


class PostLink(models.Model):
    """A post whose text leads to another post or to a topic as a whole."""

    source = models.ForeignKey(Post, models.CASCADE, related_name="links")
    topic = models.ForeignKey(
        Topic, models.CASCADE, related_name="linked_from"
    )  # it leads to, or its post is in
    post = models.ForeignKey(
        Post, models.CASCADE, null=True, related_name="linked_from"
    )  # None: to the topic as a whole

    objects = PostLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "post"], name="one_link_to_a_post"),
            models.UniqueConstraint(
                fields=["source", "topic"], condition=Q(post=None), name="one_link_to_a_topic"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} to {self.post_id or self.topic_id}"
