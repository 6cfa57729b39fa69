from __future__ import annotations

from django.conf import settings
from django.db import models

from forum.models.categories import Category, Tag
from forum.models.states import Level


class CategoryFollow(models.Model):
    """How much one member wants to hear of a category and those below it. No row: as it is without a choice."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="category_follows", db_index=False
    )
    category = models.ForeignKey(Category, models.CASCADE, related_name="follows", db_index=False)
    level = models.CharField(max_length=10, choices=Level)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "category"], name="one_follow_per_category")]
        indexes = [models.Index(fields=["category", "level", "member"], name="followers_of_category")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.level} {self.category_id}"


class TagFollow(models.Model):
    """How much one member wants to hear of a tag, wherever it is."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="tag_follows", db_index=False
    )
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="follows", db_index=False)
    level = models.CharField(max_length=10, choices=Level)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "tag"], name="one_follow_per_tag")]
        indexes = [models.Index(fields=["tag", "level", "member"], name="followers_of_tag")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.level} {self.tag_id}"
