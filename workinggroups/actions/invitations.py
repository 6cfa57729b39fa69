"""Invitations to an address. The gate decides when they are sent and again when they are accepted."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import check_address, who_may_join
from accounts.models import Member
from audit.actions import record
from core.errors import Refused
from core.lines import one_line
from outbox.actions import send_mail
from workinggroups.actions.lock import lock, set_membership
from workinggroups.models import INVITATION_LIFE, Group, MailedInvitation, Membership
from workinggroups.permissions import can_accept_mailed, can_invite, can_remove_members, standing

SALT = "workinggroups.invitations"
AGAIN_AFTER = timedelta(hours=1)


def invite_address(
    *, actor: Member, group: Group, address: str, role: str = Membership.Role.MEMBER, note: str = ""
) -> MailedInvitation:
    """Mail an invitation to whoever has the address. A second one, an hour later at the earliest, renews the first.

    Nothing here tells whether somebody in the community has it.
    """
    if role not in (Membership.Role.MEMBER, Membership.Role.OBSERVER):
        raise ValidationError({"role": _("People are invited as members or observers.")})
    decision = check_address(address)
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_invite(s).enforce()
        if not decision:
            raise ValidationError({"address": who_may_join(decision.reason)})
        now = timezone.now()
        sent = s.group.mailed_invitations.filter(address=decision.address)
        if sent.filter(invited_at__gt=now - AGAIN_AFTER).exists():
            raise ValidationError({"address": _("We mailed an invitation there less than an hour ago.")})
        facts = {"role": role, "note": one_line(note)[:500], "invited_by": actor, "invited_at": now}
        invitation, _new = MailedInvitation.objects.update_or_create(
            group=s.group, address=decision.address, defaults=facts
        )
        _tell(invitation, "group.invite_address", actor)
        _mail(invitation, actor)
    return invitation


def _tell(invitation: MailedInvitation, action: str, actor: Member) -> None:
    """The domain, which decides about who may join; not the address."""
    domain = invitation.address.rpartition("@")[2]
    target = f"group:{invitation.group_id}"
    record(actor=actor, action=action, target=target, domain=domain, role=invitation.role)


def _mail(invitation: MailedInvitation, actor: Member) -> None:
    context = {
        "invitation": invitation,
        "group": invitation.group,
        "actor": actor,
        "token": signing.dumps(invitation.pk, salt=SALT),
        "days": INVITATION_LIFE.days,
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
    }
    letter = render_to_string("workinggroups/letters/invited.txt", context)
    subject, _line, text = letter.strip().partition("\n")
    send_mail(to=invitation.address, subject=subject, text=text.strip() + "\n", kind="group.invite_address")


def find_mailed(*, actor: Member, token: str) -> MailedInvitation:
    """Http404 for everybody but who has the address now."""
    try:
        number = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        raise Http404 from None
    found = MailedInvitation.objects.open().bound_to(actor).select_related("group", "invited_by")
    invitation = found.filter(pk=number).first()
    if invitation is None:
        raise Http404
    return invitation


def accept_mailed(*, actor: Member, invitation: MailedInvitation) -> Membership:
    with transaction.atomic():
        group = Group.objects.select_for_update(no_key=True).get(pk=invitation.group_id)
        invitation = _still_open(actor, invitation)
        s = standing(actor, group)
        can_accept_mailed(s).enforce()
        if not (decision := check_address(actor.email)):
            raise Refused(who_may_join(decision.reason))
        invitation.delete()
        return set_membership(
            s,
            member=actor,
            membership=s.membership,
            action="group.join",
            status=Membership.Status.ACTIVE,
            role=invitation.role,
            since=timezone.now(),
            requested_at=None,
            offered_by=None,
        )


def decline_mailed(*, actor: Member, invitation: MailedInvitation) -> None:
    with transaction.atomic():
        invitation = _still_open(actor, invitation)
        _tell(invitation, "group.decline_invitation", actor)
        invitation.delete()


def _still_open(actor: Member, invitation: MailedInvitation) -> MailedInvitation:
    locked = MailedInvitation.objects.select_for_update().open().bound_to(actor)
    found = locked.filter(pk=invitation.pk).first()
    if found is None:
        raise Refused(_("This invitation was called back or answered meanwhile."))
    return found


def call_back_mailed(*, actor: Member, group: Group, invitation_id: int) -> None:
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_remove_members(s).enforce()
        invitation = s.group.mailed_invitations.filter(pk=invitation_id).first()
        if invitation is None:
            raise Refused(_("This invitation was answered or called back meanwhile."))
        _tell(invitation, "group.call_back", actor)
        invitation.delete()
