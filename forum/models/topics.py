from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from forum.models.categories import Category, Tag, through_group
from forum.models.states import Level, TopicState
from forum.seen import Reading, parse, reading

# Words that follow /forum/t/<id>/ as deeds, and so cannot be slugs.
DEEDS = (
    *("reply", "read", "unread", "posts", "follow", "lock", "pin", "slow", "edit", "answer"),
    *("poll", "announcement"),
    *("moves", "move", "split", "merge", "undo"),
)


class TopicQuerySet(models.QuerySet):
    def visible_to(self, member: Member) -> TopicQuerySet:
        """The only way to obtain a topic: what this does not return does not exist for the member."""
        return self.filter(through_group(member, "category__"), merged_into=None)

    def with_unread(self, member: Member) -> TopicQuerySet:
        """Annotates `unread`: how many posts the member has not seen. Badge, list and mail use this expression."""
        return self.with_own(member).annotate(
            unread=models.Case(
                models.When(_is_muted(member), then=0),
                models.When(
                    own__isnull=False, then=F("last_number") - F("own__read_to") - F("own__seen_above_count")
                ),
                models.When(last_post_at__gt=member.read_before, then=F("last_number") - F("gaps_count")),
                default=0,
                output_field=models.IntegerField(),
            ),
        )

    def with_own(self, member: Member) -> TopicQuerySet:
        """With the member's own `read_to` and `level`, None without a state."""
        own = FilteredRelation("states", condition=Q(states__member=member.pk))  # one row, or none
        return self.alias(own=own).annotate(read_to=F("own__read_to"), level=F("own__level"))

    def unmuted(self, member: Member) -> TopicQuerySet:
        """After `with_own`: without those that the member muted, by themselves, by a tag or by their category."""
        return self.alias(is_muted=_case(_is_muted(member))).filter(is_muted=False)

    def muted(self, member: Member) -> TopicQuerySet:
        is_muted = _case(_is_muted(member))
        return self.filter(_is_noted(member, Level.MUTED)).alias(is_muted=is_muted).filter(is_muted=True)

    def followed(self, member: Member) -> TopicQuerySet:
        """After `with_own`: those of whose replies the member wants to know, for whatever reason."""
        levels = (Level.WATCHING, Level.TRACKING)
        return self.filter(_is_noted(member, *levels), _is_at(member, *levels))

    def for_listing(self, member: Member) -> TopicQuerySet:
        """With all that a row of a list shows: place, author, last author, tags, unread."""
        return (
            self.with_unread(member)
            .select_related("category__group", "author__agency", "last_author")
            .prefetch_related("tags")
        )

    def unread_by(self, member: Member) -> TopicQuerySet:
        return self.with_unread(member).only_unread(member)

    def only_unread(self, member: Member) -> TopicQuerySet:
        """After `with_unread`. What the member has neither opened nor missed cannot be unread: said apart, so that
        the rest is worked out for few."""
        opened = TopicState.objects.filter(member=member.pk).values("topic")
        may_be = Q(last_post_at__gt=member.read_before) | Q(pk__in=opened)
        return self.filter(may_be, unread__gt=0)


def _is_noted(member: Member, *levels: str) -> Q:
    """Whether any choice of the member says so, nearest or not: few topics, found before the nearest is looked for."""
    own = TopicState.objects.filter(member=member.pk, level__in=levels).values("topic")
    by_tag = Q(pk__in=_tagged(Tag.objects.at_level(member, *levels)))
    return Q(pk__in=own) | by_tag | Q(category__in=Category.objects.at_level(member, *levels).values("pk"))


def _is_at(member: Member, *levels: str) -> Q:
    """Whether the member follows a topic at one of these loudest levels. See forum/levels.py for the rule."""
    by_tag = Q(pk__in=_tagged(Tag.objects.at_level(member, *levels)))
    by_category = Q(category__in=Category.objects.at_level(member, *levels).values("pk"))
    has_tag = Q(pk__in=_tagged(Tag.objects.at_level(member, *Level.values)))
    return Q(own__level__in=levels) | _NO_CHOICE & (by_tag | ~has_tag & by_category)


def _is_muted(member: Member) -> Q:
    """The opposite end: a tag that is not muted is louder than one that is."""
    muted, others = Level.MUTED, [level for level in Level.values if level != Level.MUTED]
    by_tag = Q(pk__in=_tagged(Tag.objects.at_level(member, muted)))
    by_category = Q(category__in=Category.objects.at_level(member, muted).values("pk"))
    is_louder = Q(pk__in=_tagged(Tag.objects.at_level(member, *others)))
    return Q(own__level=muted) | _NO_CHOICE & ~is_louder & (by_tag | by_category)


def _case(condition: Q) -> models.Case:
    return models.Case(models.When(condition, then=True), default=False, output_field=models.BooleanField())


def _tagged(tags: QuerySet) -> QuerySet:
    return Topic.tags.through.objects.filter(tag__in=tags.values("pk")).values("topic")


_NO_CHOICE = Q(own__isnull=True) | Q(own__level="")


class Topic(models.Model):
    category = models.ForeignKey(Category, models.PROTECT, related_name="topics")
    title = models.CharField(_("title"), max_length=200)
    slug = models.SlugField(max_length=80)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="topics")
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveBigIntegerField(default=1)  # raised by every change, under the row lock
    last_number = models.PositiveIntegerField(default=0)  # the highest post number
    # Numbers below it whose posts went to other topics, as forum/seen.py writes ranges, and how many those are.
    gaps = models.TextField(default="", db_default="", blank=True)
    gaps_count = models.PositiveIntegerField(default=0, db_default=0)
    posts_count = models.PositiveIntegerField(default=0)  # posts that are not removed
    reactions_count = models.PositiveIntegerField(default=0)
    last_post_at = models.DateTimeField(default=timezone.now)
    last_author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    locked_at = models.DateTimeField(null=True, blank=True)
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    lock_reason = models.CharField(max_length=200, blank=True)
    locked_until = models.DateTimeField(null=True, blank=True)  # None: until somebody unlocks it
    is_pinned = models.BooleanField(default=False)  # in its category
    is_pinned_everywhere = models.BooleanField(
        default=False, db_default=False
    )  # in the list of all topics too
    pinned_until = models.DateTimeField(null=True, blank=True)  # None: until somebody unpins it
    slow_seconds = models.PositiveIntegerField(default=0, db_default=0)  # between two posts of one member
    slow_reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    has_poll = models.BooleanField(default=False, db_default=False)
    is_announcement = models.BooleanField(default=False, db_default=False)  # that asks to be confirmed
    solved_by = models.ForeignKey("forum.Post", models.SET_NULL, null=True, blank=True, related_name="+")
    # Set when all its posts went to another topic: a tombstone that nobody sees, whose addresses lead there.
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="absorbed")
    tags = models.ManyToManyField(Tag, blank=True, related_name="topics")

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["-last_post_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_pinned=True) | Q(is_pinned_everywhere=False, pinned_until=None),
                name="pinned_everywhere_is_pinned",
            )
        ]
        indexes = [
            models.Index(
                fields=["-is_pinned_everywhere", "-last_post_at", "-id"], name="topics_pinned_first"
            ),
            models.Index(
                fields=["locked_until"], name="topics_to_unlock", condition=Q(locked_until__isnull=False)
            ),
            models.Index(
                fields=["pinned_until"], name="topics_to_unpin", condition=Q(pinned_until__isnull=False)
            ),
            models.Index(fields=["-last_post_at", "-id"], name="topics_latest"),
            models.Index(
                fields=["category", "-is_pinned", "-last_post_at", "-id"], name="topics_of_category"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/forum/t/{self.pk}/{self.slug}/"

    @staticmethod
    def slug_for(title: str) -> str:
        """The slug in a topic's address; never one of the words that name a deed there."""
        slug = slugify(title)[:70].strip("-")
        return f"{slug}-topic" if slug in {"", *DEEDS} else slug

    def left_since(self, version: int) -> list[int]:
        """The ids of posts that went to another topic after that version and are not back."""
        gone = self.aliases.filter(version__gt=version).exclude(post__topic=self.pk)
        return list(gone.values_list("post", flat=True))

    @property
    def is_locked(self) -> bool:
        if self.locked_at is None:
            return False
        return self.locked_until is None or self.locked_until > timezone.now()


def first_reading(member: Member, topic: Topic) -> Reading:
    """What is true of a topic of which the member has no state: all is read if it was marked so with all others."""
    is_read = topic.last_post_at <= member.read_before
    return reading(topic.last_number if is_read else 0, parse(topic.gaps))
