from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import eligibility
from accounts.models.agencies import Agency
from accounts.models.members import Affiliation


class DomainRuleQuerySet(models.QuerySet):
    def in_force(self, now: datetime | None = None) -> DomainRuleQuerySet:
        now = now or timezone.now()
        return self.filter(valid_from__lte=now).filter(Q(valid_until=None) | Q(valid_until__gt=now))

    def covering(self, address: str) -> DomainRuleQuerySet:
        """The rules that could have a say about an address, with their agencies: what `decide` needs."""
        try:
            _local, domain = eligibility.read(address)
        except eligibility.Unreadable:
            return self.none()
        return self.filter(suffix__in=eligibility.suffixes(domain)).select_related("agency")


class DomainRule(models.Model):
    """Whether addresses at or below a domain may be members. The longest matching suffix wins."""

    class Effect(models.TextChoices):
        ALLOW = "allow", _("Allow")
        DENY = "deny", _("Deny")

    class Admission(models.TextChoices):
        AUTOMATIC = "automatic", _("Automatic")
        APPROVAL = "approval", _("After approval")

    suffix = models.CharField(
        max_length=253, db_index=True, help_text=_("A domain in lower-case ASCII, without a leading dot.")
    )
    effect = models.CharField(max_length=5, choices=Effect, default=Effect.ALLOW)
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="domain_rules")
    affiliation = models.CharField(max_length=20, choices=Affiliation, blank=True)
    admission = models.CharField(max_length=10, choices=Admission, default=Admission.AUTOMATIC)
    valid_from = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(
        "accounts.Member", models.SET_NULL, null=True, blank=True, related_name="domain_rules_made"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DomainRuleQuerySet.as_manager()

    class Meta:
        ordering = ["suffix"]
        constraints = [
            models.UniqueConstraint(
                fields=["suffix", "effect"],
                condition=Q(valid_until=None),
                name="one_open_rule_per_suffix_and_effect",
            ),
            models.CheckConstraint(
                condition=Q(suffix=Lower("suffix")) & ~Q(suffix="") & ~Q(suffix__startswith="."),
                name="suffixes_are_lower_case_without_a_leading_dot",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.effect} {self.suffix}"

    def clean(self) -> None:
        suffix = self.suffix.strip().removeprefix(".").removesuffix(".")
        try:  # a top-level domain alone is a rule, though never an address
            domain = eligibility.read_domain(suffix if "." in suffix else f"any.{suffix}")
        except eligibility.Unreadable as error:
            raise ValidationError({"suffix": str(error)}) from None
        self.suffix = str(domain) if "." in suffix else domain.labels[-1]
