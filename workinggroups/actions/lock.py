"""The steps that deeds in a group share: locking its row, finding whom it is about, writing history, telling people."""

from dataclasses import replace
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import Member
from audit.actions import record
from core.errors import Refused
from notifications.actions import notify, retract
from workinggroups.live import recheck_member
from workinggroups.models import Group, Membership, MembershipEvent
from workinggroups.permissions import Standing, can_find, can_read, standing


def lock(actor: Member, group_id: int) -> Standing:
    """The actor's standing in the freshly read group, whose row stays locked to the end of the transaction.

    Whoever may not know of the group gets Http404.
    """
    group = Group.objects.select_for_update(no_key=True).filter(pk=group_id).first()
    if group is None or not can_find(s := standing(actor, group)):
        raise Http404
    return s


def set_membership(
    s: Standing,
    *,
    member: Member,
    membership: Membership | None,
    action: str,
    reason: str = "",
    **changes: object,
) -> Membership:
    """Write one change of a membership of a locked group, with its history, the audit and the group's count.

    Sockets and the frame's figures of the member follow after the commit.
    """
    membership = membership or Membership(group=s.group, member=member, status="")
    was_active = membership.is_active
    for name, value in changes.items():
        setattr(membership, name, value)
    membership.save()
    MembershipEvent.objects.create(
        membership=membership,
        actor=s.member,
        role=membership.role,
        status=membership.status,
        reason=reason[:500],
    )
    if membership.is_active != was_active:
        s.group.member_count += 1 if membership.is_active else -1
        s.group.save(update_fields=["member_count"])
    record(
        actor=s.member,
        action=action,
        target=f"group:{s.group.pk}",
        member=member.pk,
        role=membership.role,
        status=membership.status,
    )
    if (
        was_active
        and not membership.is_active
        and not can_read(replace(s, member=member, membership=membership))
    ):
        _take_back_notices(s.group, member)
    recheck_member(member.pk)
    return membership


def _take_back_notices(group: Group, member: Member) -> None:
    """Whoever may not read the group any more is not told of it any more: here of itself, in the job of its topics."""
    from workinggroups.tasks import take_back_notices  # tasks call actions

    if group.is_hidden:
        retract(source=f"group:{group.pk}", member_ids=[member.pk])
    take_back_notices.enqueue(group.pk, member.pk)


def tell(kind: str, s: Standing, url: str = "", **data: Any) -> None:
    notify(
        kind=kind,
        actor=s.member,
        source=f"group:{s.group.pk}",
        url=url or s.group.get_absolute_url(),
        data={"group": s.group.pk, "name": s.group.name, **data},
    )


def membership_of(s: Standing, member_id: int) -> Membership:
    membership = s.group.memberships.select_related("member").filter(member=member_id).first()
    if membership is None:
        raise Http404
    return membership


def keep_a_lead(s: Standing, leaving: Membership) -> None:
    """Under the group's lock: of two leads who leave at once the second finds itself the last."""
    leads = s.group.memberships.active().filter(
        role=Membership.Role.LEAD, member__in=Member.objects.members()
    )
    if leaving.role == Membership.Role.LEAD and not leads.exclude(pk=leaving.pk).exists():
        raise Refused(_("A group keeps at least one lead. Hand it over to somebody first."))
