from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import live
from accounts.actions.locks import lock_both
from accounts.mails import send_about_membership
from accounts.models import Appeal, Member, Suspension
from accounts.permissions import can_appeal, can_decide_appeal, can_restore, can_suspend
from audit.actions import record


@transaction.atomic
def suspend_member(*, actor: Member, member: Member, until: datetime, reason: str) -> Member:
    """Take access until a moment to come; the member is told the reason and how to appeal.

    Over a suspension that is in force: the new one takes its place.
    """
    actor, locked = lock_both(actor, member)
    can_suspend(actor, locked, until).enforce()
    now = timezone.now()
    if until <= now:
        raise ValidationError({"suspended_until": _("Choose a moment to come.")})
    if not reason.strip():
        raise ValidationError({"suspension_reason": _("Give the reason. The member will read it.")})
    _end_suspensions(actor, locked, now)
    suspension = Suspension.objects.create(
        member=locked, reason=reason.strip(), until=until, suspended_by=actor, suspended_at=now
    )
    _write_suspension(locked, until, suspension.reason)
    target = f"member:{locked.pk}"
    record(
        actor=actor, action="member.suspend", target=target, until=until.isoformat(), suspension=suspension.pk
    )
    send_about_membership("suspended", [(locked, {"suspension": suspension})])
    return locked


@transaction.atomic
def restore_member(*, actor: Member, member: Member) -> Member:
    """Lift a suspension before its end."""
    actor, locked = lock_both(actor, member)
    can_restore(actor, locked).enforce()
    was_suspended = locked.is_suspended
    _end_suspensions(actor, locked, timezone.now())
    _write_suspension(locked, None, "")
    record(actor=actor, action="member.restore", target=f"member:{locked.pk}")
    if was_suspended:
        send_about_membership("restored", [(locked, {})])
    return locked


@transaction.atomic
def make_appeal(*, member: Member, text: str) -> Appeal:
    """Against the suspension in force, once. ValidationError on `text` when it is empty."""
    Member.objects.select_for_update().get(pk=member.pk)
    suspension = Suspension.objects.filter(member=member, lifted_at=None).first()
    if suspension is None:
        raise ValidationError({"text": _("You are not suspended.")})
    can_appeal(member, suspension).enforce()
    if not text.strip():
        raise ValidationError({"text": _("Say why the suspension should be lifted.")})
    made = Appeal.objects.create(suspension=suspension, text=text.strip())
    record(actor=member, action="appeal.make", target=f"member:{member.pk}", suspension=suspension.pk)
    return made


@transaction.atomic
def decide_appeal(*, actor: Member, appeal: Appeal, outcome: str, answer: str) -> Appeal:
    """By somebody of the staff who had no part in the suspension; the member gets the answer by mail."""
    actor, member = lock_both(actor, appeal.suspension.member)
    locked = Appeal.objects.select_related("suspension__member").get(pk=appeal.pk)
    can_decide_appeal(actor, locked).enforce()
    if outcome not in Appeal.Outcome.values:
        raise ValidationError({"outcome": _("Choose what becomes of the suspension.")})
    if not answer.strip():
        raise ValidationError({"answer": _("Give the answer. The member will read it.")})
    now = timezone.now()
    locked.outcome, locked.answer = outcome, answer.strip()
    locked.decided_by, locked.decided_at = actor, now
    locked.save(update_fields=["outcome", "answer", "decided_by", "decided_at"])
    target = f"member:{member.pk}"
    record(actor=actor, action="appeal.decide", target=target, outcome=outcome, appeal=locked.pk)
    if outcome == Appeal.Outcome.LIFTED and locked.suspension.is_in_force:
        _end_suspensions(actor, member, now)
        _write_suspension(member, None, "")
        record(actor=actor, action="member.restore", target=target, appeal=locked.pk)
    send_about_membership("appeal_decided", [(member, {"appeal": locked})])
    return locked


def _end_suspensions(actor: Member, member: Member, now: datetime) -> None:
    open_ones = member.suspensions.filter(lifted_at=None, until__gt=now)
    open_ones.update(lifted_at=now, lifted_by=actor)


def _write_suspension(member: Member, until: datetime | None, reason: str) -> None:
    member.suspended_until, member.suspension_reason = until, reason
    member.save(update_fields=["suspended_until", "suspension_reason"])
    live.recheck(member.pk)
