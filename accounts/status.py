"""Why somebody who is signed in is no member, or will soon be none, and what they can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.actions import check_address, who_may_join
from accounts.models import Admission, Member


@dataclass(frozen=True)
class Status:
    # suspended, refused, waiting, declined, unproved, inactive or ended; for a member current, ending or closing
    kind: str
    reason: str = ""

    @property
    def can_prove(self) -> bool:
        """Whether a code would help."""
        return self.kind in ("unproved", "inactive", "ended", "ending")

    @property
    def can_change_address(self) -> bool:
        """Whether another address, proved, would help."""
        return self.kind != "suspended"


def status_of(member: Member) -> Status:
    """The strongest obstacle first."""
    if member.is_suspended:
        return Status("suspended", member.suspension_reason)
    if member.is_member:
        return _while_it_lasts(member)
    decision = check_address(member.email)
    if not decision:
        return Status("refused", who_may_join(decision.reason))
    if member.disabled_at is not None:
        return Status("inactive")
    asked = member.admissions.filter(address=member.email).first()
    if asked is not None and not asked.outcome:
        return Status("waiting")
    if member.eligible_until is not None:
        return Status("ended")
    if asked is not None and asked.outcome == Admission.Outcome.DECLINED:
        return Status("declined", asked.reason)
    return Status("unproved")


def _while_it_lasts(member: Member) -> Status:
    proof = member.proofs.first()
    if proof is not None and member.eligible_until < proof.expires_at:
        return Status("closing")  # a changed rule ends it sooner
    soon = timezone.now() + timedelta(days=max(settings.COMMONS_PROOF_REMINDERS))
    return Status("ending" if member.eligible_until <= soon else "current")
