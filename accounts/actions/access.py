"""What staff ends by hand: sessions, and the force of a proof."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import live
from accounts.actions.locks import lock_both
from accounts.mails import send_about_membership
from accounts.models import Member
from accounts.permissions import can_ask_for_proof, can_end_sessions, can_see_evidence
from audit.actions import record
from core.errors import Refused


@transaction.atomic
def end_sessions(*, actor: Member, member: Member, session_id: int | None = None) -> int:
    """One session of the member, or all of them; their sockets close. Returns how many there were."""
    can_end_sessions(actor, member).enforce()
    sessions = UserSession.objects.filter(user=member)
    if session_id is not None:
        sessions = sessions.filter(pk=session_id)
    ended = 0
    for session in sessions:
        session.end()
        ended += 1
    if ended:
        record(actor=actor, action="session.end", target=f"member:{member.pk}", count=ended)
        live.recheck(member.pk)
    return ended


@transaction.atomic
def ask_for_proof(*, actor: Member, member: Member, reason: str) -> Member:
    """End access until the member proves the address again; they are told the reason by mail."""
    actor, locked = lock_both(actor, member)
    can_ask_for_proof(actor, locked).enforce()
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason. The member will read it.")})
    now = timezone.now()
    if locked.eligible_until is None or locked.eligible_until <= now:
        raise Refused(_("This member has no proof in force."))
    locked.proofs.current().update(expires_at=now)  # the database lets access follow the proof
    # A code by mail, also one to sign in or to choose a new password, now proves again.
    EmailAddress.objects.filter(user=locked).update(verified=False)
    record(actor=actor, action="eligibility.ask", target=f"member:{locked.pk}", reason=reason.strip())
    send_about_membership("asked", [(locked, {"reason": reason.strip()})])
    live.recheck(locked.pk)
    return locked


@transaction.atomic
def export_members(*, actor: Member, **criteria: str) -> None:
    """The record of an export; what is exported is read after it."""
    can_see_evidence(actor).enforce()
    told = {name: value for name, value in criteria.items() if value}
    record(actor=actor, action="member.export", target="site", criteria=told)
