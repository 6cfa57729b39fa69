from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import Member
from workinggroups.models.groups import INVITATION_LIFE, Group, Membership


class MailedInvitationQuerySet(models.QuerySet):
    def open(self) -> MailedInvitationQuerySet:
        return self.filter(invited_at__gt=timezone.now() - INVITATION_LIFE)

    def lapsed(self) -> MailedInvitationQuerySet:
        return self.filter(invited_at__lte=timezone.now() - INVITATION_LIFE)

    def bound_to(self, member: Member) -> MailedInvitationQuerySet:
        """Those that the member may answer: sent to the address that is theirs now."""
        return self.filter(address=member.email) if member.is_member else self.none()


class MailedInvitation(models.Model):
    """An invitation to an address, whoever has it. The row is gone once it is answered, called back or lapsed."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="mailed_invitations")
    address = models.EmailField(max_length=254)
    role = models.CharField(max_length=10, choices=Membership.Role, default=Membership.Role.MEMBER)
    note = models.CharField(max_length=500, blank=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now)

    objects = MailedInvitationQuerySet.as_manager()

    class Meta:
        ordering = ["invited_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["group", "address"], name="one_invitation_per_group_and_address"),
            models.CheckConstraint(condition=Q(address=Lower("address")), name="invited_in_lower_case"),
        ]

    def __str__(self) -> str:
        return f"{self.address} to {self.group_id}"
