from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import Member
from files.models import StoredFile, StoredFileQuerySet
from files.pictures import shown_size
from files.serving import Served
from forum.models.posts import Post


class AttachmentQuerySet(StoredFileQuerySet):
    def visible_to(self, member: Member) -> AttachmentQuerySet:
        """What hangs on posts that the member may read, and their own that are not posted yet.

        Those of removed posts too: `is_withheld` tells who may have them.
        """
        if not member.is_member:
            return self.none()
        own = Q(post=None, created_by=member.pk)
        return self.filter(own | Q(post__in=Post.objects.visible_to(member)))

    def unposted(self) -> AttachmentQuerySet:
        return self.filter(post=None)

    def of(self, member: Member) -> AttachmentQuerySet:
        return self.filter(created_by=member.pk)


class Attachment(StoredFile):
    """A file that came with a post. Who may read the post may have it, wherever the post goes."""

    STORED_UNDER = "attachments"

    # None until the text that names it is posted: until then it is its uploader's alone.
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="attachments")
    alt = models.CharField(max_length=300, blank=True)  # what a picture shows, as said when it was uploaded
    # Of pictures, which we encode anew: their measures, and the small copy that the text shows.
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    small_key = models.CharField(max_length=100, blank=True, db_index=True)
    small_size = models.PositiveIntegerField(default=0)  # bytes

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["created_by", "created_at"], name="attachments_of_a_day"),
            models.Index(fields=["created_at"], name="attachments_unposted", condition=Q(post=None)),
        ]

    def __str__(self) -> str:
        return self.filename

    def get_absolute_url(self) -> str:
        return f"/forum/a/{self.pk}/"

    @property
    def is_picture(self) -> bool:
        return bool(self.small_key)

    @property
    def small_url(self) -> str:
        return f"{self.get_absolute_url()}small/" if self.is_picture else ""

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height of a picture in a text."""
        return shown_size(self.width or 1, self.height or 1)

    @property
    def keys(self) -> list[str]:
        return [key for key in (self.storage_key, self.small_key) if key]

    def small_as_served(self) -> Served:
        name = f"{self.filename.rpartition('.')[0]}.webp"
        return Served(
            self.small_key, self.small_size, f"{self.sha256}-small", "image/webp", name, self.created_at
        )
