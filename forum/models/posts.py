from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Agency, Member
from forum.models.topics import Topic

MAX_DEPTH = 5
PATH_WIDTH = 4  # base-36 digits of a post number in a path: 1,679,615 posts a topic
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number: int) -> str:
    """A post number as a path segment of fixed width, so that text order is number order."""
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
    return digits.rjust(PATH_WIDTH, "0")


def nest(parent: Post | None, number: int) -> tuple[str, int]:
    """Path and depth of a post with that number below that parent.

    At the cap a reply becomes a sibling; its parent still says what it answers.
    """
    if parent is None:
        return base36(number), 0
    stem = parent.path if parent.depth < MAX_DEPTH else parent.path[:-PATH_WIDTH]
    return stem + base36(number), min(parent.depth + 1, MAX_DEPTH)


class PostQuerySet(models.QuerySet):
    def visible_to(self, member: Member) -> PostQuerySet:
        return self.filter(topic__in=Topic.objects.visible_to(member))


class Post(models.Model):
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="posts")
    # The first post is 1. Dense but for the topic's gaps, whose posts went to another topic.
    number = models.PositiveIntegerField()
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replies")
    depth = models.PositiveSmallIntegerField(default=0)
    # The numbers from the root down, base 36, fixed width: tree order is text order, a subtree is a prefix range.
    path = models.CharField(max_length=PATH_WIDTH * (MAX_DEPTH + 1))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="posts")
    agency = models.ForeignKey(
        Agency, models.SET_NULL, null=True, related_name="+"
    )  # of the time it was written
    body = models.TextField()
    html = models.TextField()
    text = models.TextField(default="")  # plain, for excerpts and search
    renderer = models.PositiveSmallIntegerField(default=1)
    revision = models.PositiveIntegerField(default=1)
    changed_version = models.PositiveBigIntegerField()  # the topic's version when this post last changed
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    removal_reason = models.CharField(max_length=200, blank=True)
    token = models.CharField(max_length=64, blank=True, default="")  # the client's, against double submits
    reaction_counts = models.JSONField(
        default=dict, db_default={}
    )  # {kind: how many}, of the rows of Reaction

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(fields=["topic", "number"], name="one_post_per_number"),
            models.UniqueConstraint(fields=["topic", "path"], name="one_post_per_path"),
            models.UniqueConstraint(
                fields=["author", "token"], condition=~Q(token=""), name="one_post_per_client_token"
            ),
        ]
        indexes = [models.Index(fields=["topic", "changed_version"], name="posts_changed")]

    def __str__(self) -> str:
        return f"{self.topic_id}#{self.number}"

    def get_absolute_url(self) -> str:
        return f"{self.topic.get_absolute_url()}{self.number}/#post-{self.number}"

    def get_permalink(self) -> str:
        """Right for ever, wherever the post goes."""
        return f"/p/{self.pk}/"

    @property
    def is_removed(self) -> bool:
        return self.removed_at is not None


class PostRevision(models.Model):
    """What a post said before an edit, and who changed it, when and why."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="revisions")
    revision = models.PositiveIntegerField()
    body = models.TextField()
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # Redacted: the text is gone for good, its keyed hash and the reason stay.
    redacted_at = models.DateTimeField(null=True, blank=True)
    redacted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    redaction_reason = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-revision"]
        constraints = [
            models.UniqueConstraint(fields=["post", "revision"], name="one_snapshot_per_revision"),
            models.CheckConstraint(
                condition=Q(redacted_at=None) | (Q(body="") & ~Q(redaction_reason="")),
                name="redacted_text_is_gone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} r{self.revision}"

    @property
    def is_redacted(self) -> bool:
        return self.redacted_at is not None
