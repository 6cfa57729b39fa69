from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from forum.models.topics import Topic


class PollQuerySet(models.QuerySet):
    def visible_to(self, member: Member) -> PollQuerySet:
        return self.filter(topic__in=Topic.objects.visible_to(member))

    def due(self) -> PollQuerySet:
        """Whose time is over and that nobody has closed yet."""
        return self.filter(closed_at=None, closes_at__lte=timezone.now())


class Poll(models.Model):
    """A question that a topic puts to those who take part in it.

    A vote names options by their numbers, from 1; in a ranked poll the best comes first.
    """

    OPTIONS_MOST = 20
    # While a secret poll is open and has fewer votes, nothing is told of them.
    SECRET_LEAST = 5

    class Kind(models.TextChoices):
        SINGLE = "single", _("One choice")
        MULTIPLE = "multiple", _("Several choices")
        RANKED = "ranked", _("Ranking")

    class Shown(models.TextChoices):
        VOTED = "voted", _("To whoever has voted")
        ALWAYS = "always", _("To all readers at any time")
        CLOSED = "closed", _("When the poll is closed")

    topic = models.OneToOneField(Topic, models.CASCADE, related_name="poll")
    question = models.CharField(max_length=200)
    options = models.JSONField()  # their texts, in the order shown
    # Raised when either changes: a ballot says which one it answers.
    revision = models.PositiveIntegerField(default=1, db_default=1)
    kind = models.CharField(max_length=10, choices=Kind)
    max_choices = models.PositiveSmallIntegerField()
    is_secret = models.BooleanField()
    shown = models.CharField(max_length=10, choices=Shown)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="polls")
    created_at = models.DateTimeField(default=timezone.now)
    closes_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # Of a secret poll: {"2,1": how often}. Not rows, because even a bare row has a place and a transaction, which
    # would lead from a ballot to the vote written with it.
    ballots = models.JSONField(default=dict)

    objects = PollQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_secret=True) | Q(ballots={}), name="named_polls_count_their_votes"
            )
        ]
        indexes = [
            models.Index(
                fields=["closes_at"],
                name="polls_to_close",
                condition=Q(closed_at=None, closes_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.question

    def get_absolute_url(self) -> str:
        return f"/forum/t/{self.topic_id}/poll/"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None and (self.closes_at is None or self.closes_at > timezone.now())

    @property
    def numbered(self) -> list[tuple[int, str]]:
        return list(enumerate(self.options, 1))


class Vote(models.Model):
    """That a member has voted; of a named poll also how."""

    poll = models.ForeignKey(Poll, models.CASCADE, related_name="votes", db_index=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="votes")
    is_secret = models.BooleanField()  # as the poll is: the database then keeps `choices` empty
    choices = models.JSONField(null=True, default=None)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["poll", "member"], name="one_vote_per_member"),
            models.CheckConstraint(
                condition=Q(is_secret=True, choices__isnull=True) | Q(is_secret=False, choices__isnull=False),
                name="secret_votes_say_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} voted in {self.poll_id}"
