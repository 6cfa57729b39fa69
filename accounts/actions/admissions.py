from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions.gate import check_address, who_may_join
from accounts.actions.proofs import admit
from accounts.mails import send_about_membership
from accounts.models import Admission, EligibilityProof, Member
from accounts.permissions import can_decide_admission
from audit.actions import record
from core.errors import Refused


@transaction.atomic
def approve_admission(*, actor: Member, admission: Admission) -> EligibilityProof:
    """Let in somebody whose address is proved. Refused when the rules have come to say no, or the code is too old."""
    member, waiting = _locked(actor, admission)
    decision = check_address(waiting.address)
    if not decision:
        raise Refused(who_may_join(decision.reason))
    proof = admit(
        member=member,
        decision=decision,
        method=EligibilityProof.Method.CODE,
        proved_at=waiting.proved_at,
        actor=actor,
    )
    if proof.expires_at <= timezone.now():
        raise Refused(_("The address was proved too long ago. The member has to prove it again."))
    send_about_membership("approved", [(member, {})])
    return proof


@transaction.atomic
def decline_admission(*, actor: Member, admission: Admission, reason: str) -> Admission:
    """The member reads the reason."""
    member, waiting = _locked(actor, admission)
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason. The member will read it.")})
    waiting.outcome = Admission.Outcome.DECLINED
    waiting.reason = reason.strip()
    waiting.decided_by = actor
    waiting.decided_at = timezone.now()
    waiting.save()
    record(actor=actor, action="eligibility.decline", target=f"member:{member.pk}", rule=waiting.rule)
    send_about_membership("declined", [(member, {"reason": waiting.reason})])
    return waiting


def _locked(actor: Member, admission: Admission) -> tuple[Member, Admission]:
    member = Member.objects.select_for_update().get(pk=admission.member_id)
    can_decide_admission(actor, member).enforce()
    waiting = Admission.objects.filter(pk=admission.pk, decided_at=None).first()
    if waiting is None:
        raise Refused(_("Somebody has decided this already."))
    return member, waiting
