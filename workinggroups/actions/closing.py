"""When a member closes the account: what they have to hand over first, and how they leave."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from workinggroups.actions.lock import keep_a_lead, set_membership
from workinggroups.models import Group, MailedInvitation, Membership
from workinggroups.permissions import standing


def to_hand_over(member: Member) -> list[str]:
    """A sentence for each living group that would be left without a lead."""
    led = Membership.objects.active().filter(member=member, role=Membership.Role.LEAD)
    others = Membership.objects.active().filter(
        role=Membership.Role.LEAD, member__in=Member.objects.members().exclude(pk=member.pk)
    )
    groups = Group.objects.filter(memberships__in=led, state__in=Group.LIVING)
    alone = groups.exclude(pk__in=others.values("group")).order_by("name")
    sentence = _("You are the only lead of “%(group)s”. Hand it over first, or ask for it to be concluded.")
    return [sentence % {"group": group.name} for group in alone]


def leave_all(member: Member) -> None:
    """Ends every membership, request and invitation, also where nobody leads any more because the group is over."""
    MailedInvitation.objects.filter(address=member.email).delete()
    status = Membership.Status
    lasting = Membership.objects.filter(member=member).exclude(
        status__in=[status.LEFT, status.REMOVED, status.BANNED, status.DECLINED]
    )
    groups = Group.objects.filter(pk__in=lasting.values("group")).order_by("pk")
    for group in groups.select_for_update(no_key=True):
        s = standing(member, group)
        membership = group.memberships.get(member=member)
        if group.is_living and membership.is_active:
            keep_a_lead(s, membership)  # the other one may have left a moment ago
        set_membership(
            s,
            member=member,
            membership=membership,
            action="group.leave",
            reason="",
            status=status.LEFT,
            role=Membership.Role.MEMBER,
            since=timezone.now(),
            requested_at=None,
            offered_by=None,
        )
