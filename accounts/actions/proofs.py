from __future__ import annotations

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import live
from accounts.actions.gate import rules_for, who_may_join
from accounts.eligibility import Decision
from accounts.mails import send_about_membership
from accounts.models import Admission, Affiliation, DomainRule, EligibilityProof, HardBounce, Member, SiteRole
from accounts.permissions import can_vouch
from accounts.spread import end_of_proof
from audit.actions import record
from core.errors import Refused
from outbox.models import Mail

BOUNCES = 2  # hard ones, within
BOUNCE_DAYS = 7
REFUSED_RECIPIENT = r"^SMTPRecipientsRefused.*\(5[0-9][0-9],"


@transaction.atomic
def prove_eligibility(
    *, member: Member, address: str, method: str, actor: Member | None = None
) -> EligibilityProof | None:
    """Give access until the proof expires, decided by the rules of this moment.

    Refused when the rules say no. None, and no access, when the rule wants an approval that nobody gave yet: then an
    Admission waits for it. The agency follows the address, and what hung on the old one ends here.
    """
    locked = Member.objects.select_for_update().get(pk=member.pk)
    if method == EligibilityProof.Method.ADMINISTRATOR:
        can_vouch(actor, locked).enforce()
    now = timezone.now()
    decision = rules_for(address).decide(address, now)
    if not decision or decision.rule is None:
        raise Refused(who_may_join(decision.reason))
    if _wants_approval(locked, decision, method, now):
        _wait_for_decision(locked, decision, now)
        record(
            actor=actor or locked,
            action="eligibility.prove",
            target=f"member:{locked.pk}",
            outcome="waiting",
            rule=str(decision.rule),
            method=method,
        )
        return None
    return admit(member=locked, decision=decision, method=method, proved_at=now, actor=actor)


def admit(
    *, member: Member, decision: Decision, method: str, proved_at: datetime, actor: Member | None
) -> EligibilityProof:
    """Write the proof and what follows from it, on the locked row of a member whom the rules admit."""
    now = timezone.now()
    proof = EligibilityProof.objects.create(
        member=member,
        address=decision.address,
        rule=str(decision.rule),
        method=method,
        proved_at=proved_at,
        expires_at=end_of_proof(proved_at),
    )
    admitted_until = rules_for(decision.address).admitted_until(decision.address, now) or now
    left = member.agency_id if decision.agency is None or member.agency_id != decision.agency.pk else None
    member.eligible_until = min(proof.expires_at, admitted_until)
    member.agency = decision.agency
    _follow(member, decision.affiliation)
    member.disabled_at, member.last_active_on = None, now.date()
    member.save(
        update_fields=[
            *("eligible_until", "agency", "affiliation", "employment", "leadership_role"),
            *("disabled_at", "last_active_on"),
        ]
    )
    _close_admissions(member, decision.address, actor, now)
    record(
        actor=actor or member,
        action="eligibility.prove",
        target=f"member:{member.pk}",
        proof=proof.pk,
        rule=str(decision.rule),
        method=method,
        left_agency=left,
    )
    live.recheck(member.pk)
    return proof


def _follow(member: Member, affiliation: str) -> None:
    """Whoever leaves a university is not of its leadership any more, and whoever comes to one is."""
    if affiliation == Affiliation.UNIVERSITY:
        member.employment = Member.Employment.UNIVERSITY
    elif member.affiliation == Affiliation.UNIVERSITY:
        member.employment, member.leadership_role = Member.Employment.EMPLOYEE, ""
    member.affiliation = affiliation


def _wants_approval(member: Member, decision: Decision, method: str, now: datetime) -> bool:
    """An approval given once is good for as long as the member has not been away for longer than the grace."""
    if decision.admission != DomainRule.Admission.APPROVAL or method == EligibilityProof.Method.ADMINISTRATOR:
        return False
    proofs = member.proofs.filter(address=decision.address)
    recent = now - timedelta(days=settings.COMMONS_PROOF_GRACE_DAYS)
    approved = (
        proofs.filter(method=EligibilityProof.Method.ADMINISTRATOR).exists()
        or member.admissions.filter(address=decision.address, outcome=Admission.Outcome.APPROVED).exists()
    )
    return not (approved and proofs.filter(expires_at__gt=recent).exists())


def _wait_for_decision(member: Member, decision: Decision, now: datetime) -> None:
    """Administrators are told of it once."""
    waiting = {"address": decision.address, "rule": str(decision.rule), "proved_at": now}
    admission, is_new = Admission.objects.update_or_create(member=member, decided_at=None, defaults=waiting)
    if is_new:
        administrators = Member.objects.members().filter(role_grants__role=SiteRole.ADMINISTRATOR)
        send_about_membership("asked_in", [(each, {"admission": admission}) for each in administrators])


def _close_admissions(member: Member, address: str, actor: Member | None, now: datetime) -> None:
    """What waited is settled by the proof: for its own address as wished, for an address that was left, not."""
    waiting = member.admissions.filter(decided_at=None)
    decided = {"decided_by": actor, "decided_at": now}
    waiting.filter(address=address).update(outcome=Admission.Outcome.APPROVED, **decided)
    waiting.update(outcome=Admission.Outcome.DECLINED, reason="Another address was proved.", **decided)


@transaction.atomic
def note_hard_bounce(*, address: str, message_id: str = "") -> bool:
    """A mail to a member came back for good; twice in a week, and the proof ends here. Answers whether it did.

    The same message is counted once, however often it is reported.
    """
    member = Member.objects.select_for_update().filter(email__iexact=address.strip()).first()
    if member is None or (message_id and HardBounce.objects.filter(message_id=message_id).exists()):
        return False
    now = timezone.now()
    HardBounce.objects.create(member=member, message_id=message_id, noted_at=now)
    proof = member.proofs.first()
    if proof is None or proof.expires_at <= now or member.eligible_until is None:
        return False
    since = max(now - timedelta(days=BOUNCE_DAYS), proof.proved_at)
    if member.hard_bounces.filter(noted_at__gte=since).count() < BOUNCES:
        return False
    announced = proof.expires_at
    proof.expires_at = now
    proof.save(update_fields=["expires_at"])
    member.eligible_until = min(member.eligible_until, now)
    member.save(update_fields=["eligible_until"])
    EmailAddress.objects.filter(user=member).update(
        verified=False
    )  # a code to sign in with then proves again, too
    record(
        actor=None,
        action="eligibility.bounce",
        target=f"member:{member.pk}",
        proof=proof.pk,
        before=announced.isoformat(),
    )
    live.recheck(member.pk)
    return True


def note_refused_mails() -> int:
    """Take mails that the receiving server refused for good as hard bounces. Answers how many proofs ended by it."""
    since = timezone.now() - timedelta(days=BOUNCE_DAYS)
    failed = Mail.objects.filter(
        state=Mail.State.FAILED, created_at__gte=since, error__regex=REFUSED_RECIPIENT
    )
    noted = HardBounce.objects.filter(noted_at__gte=since).values("message_id")
    fresh = failed.exclude(message_id__in=noted).order_by("pk")
    return sum(
        note_hard_bounce(address=address, message_id=message_id)
        for address, message_id in fresh.values_list("to", "message_id")
    )
