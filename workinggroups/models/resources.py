from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, FilteredRelation, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from files.models import StoredFile
from workinggroups.models.groups import Group, readable_by

TRASH_LIFE = timedelta(days=30)


class ResourceQuerySet(models.QuerySet):
    def visible_to(self, member: Member) -> ResourceQuerySet:
        """The only way to obtain a resource. Trashed ones too: whoever may not bring them back does not list them."""
        return self.filter(readable_by(member, "group")) if member.is_member else self.none()

    def shelved(self) -> ResourceQuerySet:
        return self.filter(trashed_at=None)

    def trashed(self) -> ResourceQuerySet:
        return self.exclude(trashed_at=None)

    def matching(self, words: str) -> ResourceQuerySet:
        for word in words.split()[:8]:
            self = self.filter(
                Q(name__icontains=word) | Q(description__icontains=word) | Q(collection__icontains=word)
            )
        return self

    def collections(self) -> list[str]:
        named = self.shelved().exclude(collection="").order_by("collection")
        return list(named.values_list("collection", flat=True).distinct()[:100])

    def for_listing(self) -> ResourceQuerySet:
        """With `newest`: the newest version of each and its author in the same query (None for a link)."""
        newest = FilteredRelation("versions", condition=Q(versions__number=F("version")))
        return self.annotate(newest=newest).select_related("created_by", "newest__created_by")


class Resource(models.Model):
    """A file (with versions) or a link in a group's shelf."""

    class Kind(models.TextChoices):
        FILE = "file", _("File")
        LINK = "link", _("Link")

    group = models.ForeignKey(Group, models.CASCADE, related_name="resources")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.FILE)
    name = models.CharField(_("name"), max_length=150)
    description = models.CharField(_("description"), max_length=300, blank=True)
    collection = models.CharField(_("collection"), max_length=100, blank=True)
    link = models.URLField(blank=True, max_length=500)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="resources_created")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=0)  # number of the latest version; 0 for a link
    trashed_at = models.DateTimeField(null=True, blank=True)
    trashed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    newest: ResourceVersion | None = None  # set by for_listing() where there is one

    objects = ResourceQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at", "-id"]
        indexes = [models.Index(fields=["group", "-changed_at"], name="resources_of_group")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/groups/{self.group.slug}/resources/{self.pk}/"

    @property
    def is_trashed(self) -> bool:
        return self.trashed_at is not None


class ResourceVersion(StoredFile):
    """The bytes of a file at one time. An old version that came back shares its storage key with the new one."""

    STORED_UNDER = "resources"

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["resource", "number"], name="one_version_per_number")]

    def __str__(self) -> str:
        return f"{self.filename} v{self.number}"

    def get_download_url(self) -> str:
        return f"{self.resource.get_absolute_url()}v/{self.number}/"
