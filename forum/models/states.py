from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from forum.seen import Reading, parse, write


class Level(models.TextChoices):
    """How much a member wants to hear of a topic, a category or a tag. In the order of the alphabet the loudest is
    last, which `-level` sorts by."""

    WATCHING = "watching", _("Every new post")
    TRACKING = "tracking", _("New posts are counted, without notices")
    NORMAL = "normal", _("Mentions and replies to me")
    MUTED = "muted", _("Nothing")


class TopicState(models.Model):
    """What one member has to do with one topic: how far they read, and how much they want to hear of it."""

    Level = Level

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="topic_states")
    topic = models.ForeignKey("forum.Topic", models.CASCADE, related_name="states")
    read_to = models.PositiveIntegerField(default=0)  # every post up to this number has been seen
    # What was seen above that, as forum/seen.py writes it, and how many posts that is; the topic's gaps included.
    seen_above = models.TextField(default="", db_default="", blank=True)
    seen_above_count = models.PositiveIntegerField(default=0, db_default=0)
    level = models.CharField(
        max_length=10, choices=Level, default="", blank=True
    )  # "": as tags and category say
    why = models.CharField(
        max_length=20, default="", blank=True
    )  # "started", "replied", "chosen": shown beside the level

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "topic"], name="one_state_per_member_and_topic")
        ]
        indexes = [models.Index(fields=["topic", "level", "member"], name="followers_of_topic")]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.topic_id}"

    @property
    def reading(self) -> Reading:
        return Reading(self.read_to, parse(self.seen_above))

    @reading.setter
    def reading(self, reading: Reading) -> None:
        self.read_to = reading.read_to
        self.seen_above, self.seen_above_count = write(reading.above), reading.above_count
