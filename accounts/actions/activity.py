"""Accounts that nobody uses: warned twice by mail, then disabled until the address is proved again."""

from __future__ import annotations

from datetime import date, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import live
from accounts.mails import send_about_membership
from accounts.models import InactivityWarning, Member
from audit.actions import record

# Days before the end at which a warning is due, for holders of a role and for everyone else.
WARNED_BEFORE_STAFF = (10, 5)
WARNED_BEFORE = (15, 5)


def note_activity(member: Member) -> None:
    """The member signed in or used a session. Writes once a day, and takes warnings back."""
    today = timezone.now().date()
    if member.last_active_on == today:
        return
    with transaction.atomic():
        Member.objects.filter(pk=member.pk).update(last_active_on=today)
        InactivityWarning.objects.filter(member=member.pk).delete()
    member.last_active_on = today


def attend_to_inactive() -> int:
    """Warn and disable whoever is due today; as often as one likes. Returns how many were told."""
    shortest = min(
        settings.COMMONS_INACTIVE_DAYS - max(WARNED_BEFORE),
        settings.COMMONS_INACTIVE_DAYS_STAFF - max(WARNED_BEFORE_STAFF),
    )
    quiet_since = timezone.now().date() - timedelta(days=shortest)
    quiet = Member.objects.members().filter(last_active_on__lte=quiet_since).order_by("pk")
    return sum(_attend(pk) for pk in quiet.values_list("pk", flat=True).iterator())


@transaction.atomic
def _attend(pk: int) -> bool:
    member = Member.objects.select_for_update().get(pk=pk)
    if not member.is_member:
        return False
    today = timezone.now().date()
    days = settings.COMMONS_INACTIVE_DAYS_STAFF if member.site_roles else settings.COMMONS_INACTIVE_DAYS
    steps = WARNED_BEFORE_STAFF if member.site_roles else WARNED_BEFORE
    sent = list(member.inactivity_warnings.all())
    ends_on = sent[-1].ends_on if sent else member.last_active_on + timedelta(days=days)
    if len(sent) < len(steps):
        before = timedelta(days=steps[len(sent)])
        return today >= ends_on - before and _warn(member, len(sent) + 1, max(ends_on, today + before))
    return today >= sent[-1].ends_on and _disable(member)


def _warn(member: Member, number: int, ends_on: date) -> bool:
    """Whoever is found late, after an outage, still gets the days that the warning speaks of."""
    InactivityWarning.objects.create(member=member, number=number, ends_on=ends_on)
    send_about_membership("inactive", [(member, {"ends_on": ends_on})])
    return True


def _disable(member: Member) -> bool:
    member.disabled_at = timezone.now()
    member.save(update_fields=["disabled_at"])
    member.inactivity_warnings.all().delete()
    # A code by mail, also one to sign in or to choose a new password, now proves again.
    EmailAddress.objects.filter(user=member).update(verified=False)
    record(actor=None, action="member.disable", target=f"member:{member.pk}", last=f"{member.last_active_on}")
    send_about_membership("disabled", [(member, {})])
    live.recheck(member.pk)
    return True
