from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import live
from accounts.mails import send_about_membership
from accounts.models import EligibilityProof, Member
from audit.actions import record

AT_ONCE = 200


def remind_members() -> int:
    """Mail everybody whose proof ends soon or has ended, once for each of the days agreed on. Answers how many mails.

    Of reminders that were missed only the latest is sent.
    """
    now = timezone.now()
    sent = 0
    for days in sorted(settings.COMMONS_PROOF_REMINDERS):
        while count := _remind(days, now):
            sent += count
    return sent


@transaction.atomic
def _remind(days: int, now: datetime) -> int:
    """The row lock and the figure written decide who mails, however many look at once."""
    proofs = list(_due(days, now).select_for_update(of=("self",)).select_related("member")[:AT_ONCE])
    EligibilityProof.objects.filter(pk__in=[proof.pk for proof in proofs]).update(reminded=days)
    has_ended = days == 0
    send_about_membership(
        "ended" if has_ended else "ending", [(proof.member, {"proof": proof}) for proof in proofs]
    )
    for proof in proofs if has_ended else ():
        record(actor=None, action="eligibility.lapse", target=f"member:{proof.member_id}", proof=proof.pk)
        live.recheck(proof.member_id)
    return len(proofs)


def _due(days: int, now: datetime) -> QuerySet[EligibilityProof]:
    earliest = now if days else now - timedelta(days=settings.COMMONS_PROOF_GRACE_DAYS)
    unsuspended = Q(member__suspended_until=None) | Q(member__suspended_until__lte=now)
    return (
        EligibilityProof.objects.in_force()
        .filter(unsuspended, expires_at__gt=earliest, expires_at__lte=now + timedelta(days=days))
        .filter(Q(reminded=None) | Q(reminded__gt=days))
        .order_by("pk")
    )


def remove_unproved() -> int:
    """Delete accounts that nobody proved in time. Answers how many."""
    before = timezone.now() - timedelta(days=settings.COMMONS_UNPROVED_DAYS)
    removed = 0
    while count := _remove_unproved(before):
        removed += count
    return removed


@transaction.atomic
def _remove_unproved(before: datetime) -> int:
    unproved = Member.objects.never_proved(before).select_for_update(of=("self",)).order_by("pk")
    members = list(unproved[:AT_ONCE])
    for member in members:
        record(actor=None, action="member.remove", target=f"member:{member.pk}", reason="unproved")
    Member.objects.filter(pk__in=[member.pk for member in members]).delete()
    return len(members)
