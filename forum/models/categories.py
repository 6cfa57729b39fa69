from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from workinggroups.models import Group, Membership, readable_by


def through_group(member: Member, prefix: str = "") -> Q:
    """The one rule who may read what hangs on a category: what is community-wide, or in a group they may read.

    `prefix` leads from the filtered model to the category, such as "category__".
    """
    return Q(**{f"{prefix}group": None}) | readable_by(member, f"{prefix}group")


class CategoryQuerySet(models.QuerySet):
    def visible_to(self, member: Member) -> CategoryQuerySet:
        return self.filter(through_group(member))

    def at_level(self, member: Member, *levels: str) -> CategoryQuerySet:
        """Those that the member follows so. A level covers the categories below that have none of their own."""
        followed = Category.objects.filter(follows__member=member.pk)
        at = Category.objects.filter(follows__member=member.pk, follows__level__in=levels).values("pk")
        return self.filter(Q(pk__in=at) | Q(parent__in=at) & ~Q(pk__in=followed.values("pk")))

    def kept_by(self, member: Member) -> CategoryQuerySet:
        """Where the member keeps order and things may still be added: the list filter of `can_receive`."""
        led = Membership.objects.leading().filter(member=member.pk).values("group")
        kept = Q(group__in=led)
        if member.is_moderator:
            kept |= Q(group=None) | Q(group__content=Group.Content.OPEN)
        concluded = Q(group__state=Group.State.CONCLUDED)
        return self.visible_to(member).filter(kept, is_archived=False).exclude(concluded)


class Category(models.Model):
    """A practice area of the community, or the discussions of a working group. Two levels at most."""

    class Posting(models.TextChoices):
        MEMBERS = "members", _("Every member")
        STAFF = "staff", _("Moderators start topics, members reply")

    class TagPolicy(models.TextChoices):
        FREE = "free", _("Any tag")
        STAFF = "staff", _("Only tags that moderators made")

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True)  # one line, in lists and under the name
    about = models.TextField(blank=True, default="", db_default="")  # Markdown, on the category's own page
    about_html = models.TextField(blank=True, default="", db_default="")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    group = models.ForeignKey(Group, models.CASCADE, null=True, blank=True, related_name="categories")
    color = models.PositiveSmallIntegerField(default=0)
    position = models.PositiveSmallIntegerField(default=0)
    posting = models.CharField(max_length=10, choices=Posting, default=Posting.MEMBERS)
    tag_policy = models.CharField(
        max_length=10, choices=TagPolicy, default=TagPolicy.FREE, db_default=TagPolicy.FREE
    )
    template = models.TextField(blank=True, default="", db_default="")  # what a new topic's text begins with
    is_archived = models.BooleanField(default=False)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        if not self.group_id:
            return f"/forum/c/{self.slug}/"
        return f"/groups/{self.group.slug}/discussions/" + (f"{self.slug}/" if self.parent_id else "")


class TagQuerySet(models.QuerySet):
    def visible_to(self, member: Member) -> TagQuerySet:
        """Those made by moderators, and those on a topic that the member may see. Never a synonym."""
        readable = Category.objects.visible_to(member).values("pk")
        used = Tag.topics.through.objects.filter(
            tag=OuterRef("pk"), topic__category__in=readable, topic__merged_into=None
        )
        return self.filter(Q(is_official=True) | Exists(used), merged_into=None)

    def at_level(self, member: Member, *levels: str) -> TagQuerySet:
        return self.filter(follows__member=member.pk, follows__level__in=levels)


class Tag(models.Model):
    name = models.SlugField(max_length=40, unique=True)
    # A synonym: whoever types it gets that one. Never more than one step.
    merged_into = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="synonyms")
    is_official = models.BooleanField(default=False, db_default=False)  # made or taken over by moderators

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/forum/tags/{self.name}/"
