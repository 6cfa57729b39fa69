from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.models.posts import Post
from forum.models.topics import Topic


class TopicEvent(models.Model):
    """Something that was done to a topic: a line of its own in the thread, the same for all who read it.

    `data` holds ids and labels that every reader of the topic may know; never a title of another topic.
    """

    class Kind(models.TextChoices):
        LOCKED = "locked", _("Locked")
        UNLOCKED = "unlocked", _("Unlocked")
        PINNED = "pinned", _("Pinned")
        UNPINNED = "unpinned", _("Unpinned")
        SLOWED = "slowed", _("Slow mode on")
        QUICKENED = "quickened", _("Slow mode off")
        ASKED = "asked", _("Poll opened")
        REWORDED = "reworded", _("Poll changed")
        COUNTED = "counted", _("Poll closed")
        ANNOUNCED = "announced", _("Acknowledgement asked for")
        RENAMED = "renamed", _("Renamed")
        ANSWERED = "answered", _("Answer chosen")
        UNANSWERED = "unanswered", _("Answer taken back")
        MOVED = "moved", _("Moved")
        LEFT = "left", _("Posts moved away")
        BEGAN = "began", _("Split off")
        CAME = "came", _("Posts moved here")
        MERGED = "merged", _("Merged in")

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    after_number = models.PositiveIntegerField()  # the topic's last post number when it was done
    reason = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    move = models.ForeignKey("forum.Move", models.CASCADE, null=True, related_name="events")

    class Meta:
        ordering = ["after_number", "id"]
        indexes = [models.Index(fields=["topic", "after_number"], name="events_of_topic")]

    def __str__(self) -> str:
        return f"{self.kind} {self.topic_id}"


class MoveQuerySet(models.QuerySet):
    def touching(self, *topics: int) -> MoveQuerySet:
        return self.filter(Q(source__in=topics) | Q(destination__in=topics))

    def standing(self) -> MoveQuerySet:
        return self.filter(undone_at=None)


class Move(models.Model):
    """A topic that went to another category, or posts that went to another topic, with what is needed to undo it.

    Where each post stood before is in its `PostAlias`.
    """

    UNDO_WITHIN = timedelta(hours=24)

    class Kind(models.TextChoices):
        MOVE = "move", _("Moved to another category")
        SPLIT = "split", _("Posts split off")
        MERGE = "merge", _("Merged into another topic")

    kind = models.CharField(max_length=6, choices=Kind)
    source = models.ForeignKey(Topic, models.CASCADE, related_name="moves_from")
    destination = models.ForeignKey(
        Topic, models.CASCADE, related_name="moves_to"
    )  # of a category: the topic
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=200, blank=True)
    posts_count = models.PositiveIntegerField(default=0)  # posts that went
    # Ids: the categories of a move; what else changed in both topics: see forum/actions/moving.py.
    before = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = MoveQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_id} to {self.destination_id}"

    @property
    def is_last(self) -> bool:
        """Whether nothing later that stands touched one of its topics."""
        later = Move.objects.touching(self.source_id, self.destination_id).standing().filter(pk__gt=self.pk)
        return self.undone_at is None and not later.exists()


def last_move(topic_id: int) -> Move | None:
    """The latest one of this topic that stands."""
    related = ("source__category__group", "destination__category__group", "actor")
    return Move.objects.touching(topic_id).standing().select_related(*related).first()


class PostAlias(models.Model):
    """A number that a post had in a topic it has left. Never given to another post: the address leads on for ever."""

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="aliases")
    number = models.PositiveIntegerField()
    post = models.ForeignKey(Post, models.CASCADE, related_name="aliases")
    parent = models.ForeignKey(
        Post, models.SET_NULL, null=True, related_name="+", db_index=False
    )  # it had there
    version = models.PositiveBigIntegerField()  # the topic's, with which the post left
    move = models.ForeignKey(Move, models.CASCADE, null=True, related_name="aliases")

    class Meta:
        verbose_name_plural = "post aliases"
        constraints = [models.UniqueConstraint(fields=["topic", "number"], name="one_alias_per_number")]
        indexes = [models.Index(fields=["topic", "version"], name="aliases_left_since")]

    def __str__(self) -> str:
        return f"{self.topic_id}#{self.number} is {self.post_id}"
