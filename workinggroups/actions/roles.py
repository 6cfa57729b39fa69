"""Who is what in a group, and how it changes hands."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Member
from core.errors import Refused
from workinggroups.actions.lock import keep_a_lead, lock, membership_of, set_membership, tell
from workinggroups.models import Group, Membership
from workinggroups.permissions import Standing, can_change_role, can_change_roles, can_hand_over, standing

Role = Membership.Role


def change_role(*, actor: Member, group: Group, member_id: int, role: str) -> Membership:
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_change_roles(s).enforce()
        membership = membership_of(s, member_id)
        can_change_role(s, membership, role).enforce()
        keep_a_lead(s, membership)
        return _set_role(s, membership, role)


def _set_role(s: Standing, membership: Membership, role: str) -> Membership:
    set_membership(
        s,
        member=membership.member,
        membership=membership,
        action="group.role",
        role=role,
        requested_at=None,
        offered_by=None,
    )
    if membership.member_id != s.member.pk:
        tell("group.role", s, member=membership.member_id, role=role)
    return membership


def offer_lead(*, actor: Member, group: Group, member_id: int) -> Membership:
    """Ask a member to take over as lead. Nothing changes until they accept: then the roles are exchanged."""
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_change_roles(s).enforce()
        membership = membership_of(s, member_id)
        can_hand_over(s, membership).enforce()
        s.group.memberships.filter(offered_by=actor).update(offered_by=None)
        set_membership(
            s, member=membership.member, membership=membership, action="group.offer_lead", offered_by=actor
        )
        tell("group.offered", s, member=membership.member_id)
    return membership


def accept_lead(*, actor: Member, group: Group) -> Membership:
    """The successor becomes lead, whoever offered it co-lead."""
    with transaction.atomic():
        s = lock(actor, group.pk)
        offer = s.membership
        if offer is None or not s.is_active or offer.offered_by is None:
            raise Refused(_("Nobody has asked you to lead this group."))
        offering = standing(offer.offered_by, s.group)
        can_hand_over(offering, offer).enforce()
        assert offering.membership is not None  # noqa: S101  (a lead has one; for the type checker)
        _set_role(s, offer, Role.LEAD)
        _set_role(s, offering.membership, Role.CO_LEAD)
    return offer


def decline_lead(*, actor: Member, group: Group) -> Membership:
    with transaction.atomic():
        s = lock(actor, group.pk)
        if s.membership is None or s.membership.offered_by_id is None:
            raise Refused(_("Nobody has asked you to lead this group."))
        return set_membership(
            s, member=actor, membership=s.membership, action="group.decline_lead", offered_by=None
        )
