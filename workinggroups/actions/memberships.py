"""Who is in a group and as what. Each deed locks the group's row first, so that two at once see each other."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from core.errors import Refused
from core.lines import one_line
from workinggroups.actions.lock import keep_a_lead, lock, membership_of, set_membership, tell
from workinggroups.models import Group, Membership
from workinggroups.permissions import (
    Standing,
    can_decide_requests,
    can_invite,
    can_join,
    can_leave,
    can_remove,
    can_remove_members,
    way_in,
)

Role, Status = Membership.Role, Membership.Status


# --- Coming in --------------------------------------------------------------------------------------
def join_group(*, actor: Member, group: Group, note: str = "") -> Membership:
    """Join, accept an invitation or, where leads decide, ask to: the answer's status tells which it was."""
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_join(s).enforce()
        if way_in(s) == "request":
            return _request(s, one_line(note)[:500])
        role = s.membership.role if s.membership is not None and s.is_invited else Role.MEMBER
        return set_membership(
            s,
            member=actor,
            membership=s.membership,
            action="group.join",
            status=Status.ACTIVE,
            role=role,
            since=timezone.now(),
            requested_at=None,
            offered_by=None,
        )


def _request(s: Standing, note: str) -> Membership:
    """An observer who asks to be a member stays an observer meanwhile."""
    membership = set_membership(
        s,
        member=s.member,
        membership=s.membership,
        action="group.request",
        reason=note,
        note=note,
        requested_at=timezone.now(),
        **({} if s.is_active else {"status": Status.REQUESTED, "role": Role.MEMBER, "since": timezone.now()}),
    )
    tell("group.requested", s, url=f"{s.group.get_absolute_url()}members/")
    return membership


def withdraw_request(*, actor: Member, group: Group) -> Membership:
    with transaction.atomic():
        s = lock(actor, group.pk)
        if s.membership is None or not s.is_requesting:
            raise Refused(_("You have no open request here."))
        return _end_request(s, s.membership, Status.LEFT, "group.withdraw", "")


def _end_request(s: Standing, membership: Membership, status: str, action: str, reason: str) -> Membership:
    return set_membership(
        s,
        member=membership.member,
        membership=membership,
        action=action,
        reason=reason,
        requested_at=None,
        **({} if membership.is_active else {"status": status, "since": timezone.now()}),
    )


def approve_request(*, actor: Member, group: Group, membership_id: int) -> Membership:
    with transaction.atomic():
        s, membership = _open_request(actor, group, membership_id)
        if not membership.member.is_member:
            raise Refused(_("Their membership of the community is not active any more."))
        set_membership(
            s,
            member=membership.member,
            membership=membership,
            action="group.admit",
            status=Status.ACTIVE,
            role=Role.MEMBER,
            since=timezone.now(),
            requested_at=None,
        )
        tell("group.admitted", s, member=membership.member_id)
    return membership


def decline_request(*, actor: Member, group: Group, membership_id: int, reason: str = "") -> Membership:
    reason = one_line(reason)[:500]
    with transaction.atomic():
        s, membership = _open_request(actor, group, membership_id)
        _end_request(s, membership, Status.DECLINED, "group.decline", reason)
        tell("group.declined", s, member=membership.member_id, reason=reason)
    return membership


def _open_request(actor: Member, group: Group, membership_id: int) -> tuple[Standing, Membership]:
    s = lock(actor, group.pk)
    can_decide_requests(s).enforce()
    requests = s.group.memberships.requesting().select_related("member")
    membership = requests.filter(pk=membership_id).first()
    if membership is None:
        raise Refused(_("This request was decided or withdrawn meanwhile."))
    return s, membership


def invite(
    *, actor: Member, group: Group, handle: str, role: str = Role.MEMBER, note: str = ""
) -> Membership:
    """Invite a member of the community by handle, as member or observer. A second invitation renews the first."""
    handle = handle.strip().removeprefix("@").lower()
    if role not in (Role.MEMBER, Role.OBSERVER):
        raise ValidationError({"role": _("People are invited as members or observers.")})
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_invite(s).enforce()
        member = Member.objects.members().filter(handle=handle).first()
        if member is None:
            raise ValidationError({"handle": _("There is no member with the handle “%s”.") % handle})
        membership = s.group.memberships.filter(member=member).first()
        _check_can_be_invited(membership)
        note = one_line(note)[:500]
        membership = set_membership(
            s,
            member=member,
            membership=membership,
            action="group.invite",
            reason=note,
            status=Status.INVITED,
            role=role,
            note=note,
            since=timezone.now(),
        )
        tell("group.invited", s, member=member.pk)
    return membership


def _check_can_be_invited(membership: Membership | None) -> None:
    if membership is None:
        return
    if membership.is_active:
        raise ValidationError({"handle": _("They are in this group already.")})
    if membership.requested_at is not None:
        raise ValidationError({"handle": _("They have asked to join. Decide their request instead.")})
    if membership.status == Status.BANNED:
        raise ValidationError({"handle": _("They are banned from this group. Lift the ban first.")})


def decline_invitation(*, actor: Member, group: Group) -> Membership:
    with transaction.atomic():
        s = lock(actor, group.pk)
        if s.membership is None or not s.is_invited:
            raise Refused(_("You have no open invitation here."))
        return set_membership(
            s,
            member=actor,
            membership=s.membership,
            action="group.decline_invitation",
            status=Status.DECLINED,
            since=timezone.now(),
        )


# --- Going ------------------------------------------------------------------------------------------
def leave_group(*, actor: Member, group: Group) -> Membership:
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_leave(s).enforce()
        assert s.membership is not None  # noqa: S101  (can_leave says so; for the type checker)
        keep_a_lead(s, s.membership)
        return _end(s, s.membership, Status.LEFT, "group.leave", "")


def remove_member(
    *, actor: Member, group: Group, member_id: int, reason: str = "", ban: bool = False
) -> Membership:
    """Remove a member, call back an invitation or, with `ban`, close the group to them."""
    reason = one_line(reason)[:500]
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_remove_members(s).enforce()
        membership = membership_of(s, member_id)
        can_remove(s, membership).enforce()
        if not ban and not (membership.is_active or membership.status == Status.INVITED):
            raise Refused(_("They are not in this group any more."))
        was_active = membership.is_active
        status, action = (Status.BANNED, "group.ban") if ban else (Status.REMOVED, "group.remove")
        _end(s, membership, status, action, reason)
        if was_active:
            tell("group.removed", s, url="/groups/", member=membership.member_id, reason=reason)
    return membership


def _end(s: Standing, membership: Membership, status: str, action: str, reason: str) -> Membership:
    return set_membership(
        s,
        member=membership.member,
        membership=membership,
        action=action,
        reason=reason,
        status=status,
        role=Role.MEMBER,
        since=timezone.now(),
        requested_at=None,
        offered_by=None,
        visited_at=None,
    )


def lift_ban(*, actor: Member, group: Group, member_id: int) -> Membership:
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_remove_members(s).enforce()
        membership = membership_of(s, member_id)
        can_remove(s, membership).enforce()
        if membership.status != Status.BANNED:
            raise Refused(_("They are not banned."))
        return _end(s, membership, Status.REMOVED, "group.lift_ban", "")


def note_visit(*, membership: Membership) -> None:
    """Remember a look at the overview, for “since your last visit”."""
    Membership.objects.filter(pk=membership.pk).update(visited_at=timezone.now())
