from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from forum.models.posts import Post


class ReactionQuerySet(models.QuerySet):
    def visible_to(self, member: Member) -> ReactionQuerySet:
        return self.filter(post__in=Post.objects.visible_to(member).filter(removed_at=None))


class Reaction(models.Model):
    """A word of a member on a post that needs no reply: one row for each member, post and kind."""

    class Kind(models.TextChoices):
        LIKE = "like", _("Like")
        THANKS = "thanks", _("Thank you")
        AGREE = "agree", _("I agree")
        QUESTION = "question", _("I have a question")
        CELEBRATE = "celebrate", _("Well done")

    post = models.ForeignKey(Post, models.CASCADE, related_name="reactions")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="reactions", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ReactionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["member", "post", "kind"], name="one_reaction_of_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.member_id} on {self.post_id}"


class BookmarkQuerySet(models.QuerySet):
    def of(self, member: Member) -> BookmarkQuerySet:
        """The member's own, of posts that they may still read and that are still there."""
        posts = Post.objects.visible_to(member).filter(removed_at=None)
        return self.filter(member=member.pk, post__in=posts)


class Bookmark(models.Model):
    """A post that a member wants to find again, perhaps at a certain time. Nobody else knows of it."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="bookmarks", db_index=False
    )
    post = models.ForeignKey(Post, models.CASCADE, related_name="bookmarks")
    remind_at = models.DateTimeField(null=True, blank=True)  # empty again once the member was told
    created_at = models.DateTimeField(default=timezone.now)

    objects = BookmarkQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["member", "post"], name="one_bookmark_per_post")]

    def __str__(self) -> str:
        return f"{self.member_id} marked {self.post_id}"
