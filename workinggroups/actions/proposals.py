"""A proposed group on its way to the community, or back to who proposed it."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Member
from core.lines import one_line
from notifications.actions import notify
from workinggroups.actions.groups import come_to_life, set_state, tell_committee
from workinggroups.actions.lock import lock
from workinggroups.models import Group
from workinggroups.permissions import Standing, can_decide_proposal, can_propose_again


def approve_group(*, actor: Member, group: Group) -> Group:
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_decide_proposal(s).enforce()
        set_state(s, Group.State.ACTIVE, "group.approve")
        come_to_life(s.group)
        _tell_proposer(s, "")
    return s.group


def decline_group(*, actor: Member, group: Group, reason: str) -> Group:
    """Send a proposal back. Its lead sees the reason, may edit it and propose it again."""
    reason = one_line(reason)[:500]
    if not reason:
        raise ValidationError({"reason": _("Say why, so that it can be made better.")})
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_decide_proposal(s).enforce()
        set_state(s, Group.State.DECLINED, "group.decline")
        _tell_proposer(s, reason)
    return s.group


def propose_again(*, actor: Member, group: Group) -> Group:
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_propose_again(s).enforce()
        set_state(s, Group.State.PROPOSED, "group.propose")
        tell_committee(s.group, actor)
    return s.group


def _tell_proposer(s: Standing, reason: str) -> None:
    notify(
        kind="group.decided",
        actor=s.member,
        source=f"group:{s.group.pk}",
        url=s.group.get_absolute_url(),
        data={
            "group": s.group.pk,
            "name": s.group.name,
            "member": s.group.created_by_id,
            "state": s.group.state,
            "reason": reason,
        },
    )
