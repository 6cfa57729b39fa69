from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef

from accounts.models.members import Affiliation, Member
from accounts.validators import validate_plain_line


class AgencyQuerySet(models.QuerySet):
    def with_members(self) -> AgencyQuerySet:
        """Agencies that someone is a member from now."""
        return self.filter(Exists(Member.objects.members().filter(agency=OuterRef("pk"))))


class Agency(models.Model):
    name = models.CharField(max_length=200, unique=True, validators=[validate_plain_line])
    abbreviation = models.CharField(max_length=20, blank=True, validators=[validate_plain_line])
    kind = models.CharField(max_length=20, choices=Affiliation, default=Affiliation.FEDERAL)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    objects = AgencyQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "agencies"

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """What a badge shows."""
        return self.abbreviation or self.name
