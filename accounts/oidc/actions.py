from __future__ import annotations

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import check_address, prove_eligibility, register_member, who_may_join
from accounts.eligibility import Decision
from accounts.models import DomainRule, EligibilityProof, Member
from accounts.oidc.errors import SignInRefused
from accounts.oidc.models import Identity
from accounts.oidc.sign_in import Person
from audit.actions import record
from core.errors import Refused
from outbox.actions import send_mail

METHOD = EligibilityProof.Method.IDENTITY_PROVIDER


def eligible_addresses(person: Person) -> list[Decision]:
    """What the gate admits of the addresses a provider vouches for, those that need no approval first.

    SignInRefused when it vouches for none, or the gate admits none.
    """
    if not person.addresses:
        raise SignInRefused("unverified")
    decisions = [check_address(address) for address in person.addresses]
    admitted = [decision for decision in decisions if decision]
    if not admitted:
        raise SignInRefused("ineligible", why=who_may_join(decisions[0].reason))
    return sorted(admitted, key=lambda decision: decision.admission == DomainRule.Admission.APPROVAL)


@transaction.atomic
def use_identity(*, person: Person) -> Member | None:
    """Whose account this is, decided anew at every sign-in and by (issuer, subject) alone. None for a newcomer.

    The proof of eligibility is renewed when the provider still vouches for the account's address. SignInRefused when
    no address of the person is eligible, the account's own is not, or it is the address of somebody else's account.
    """
    admitted = eligible_addresses(person)
    identity = (
        Identity.objects.select_for_update(of=("self",))
        .select_related("member")
        .filter(issuer=person.issuer, subject=person.subject)
        .first()
    )
    if identity is None:
        refuse_known(admitted)
        return None
    member = identity.member
    own = check_address(member.email)
    if not own:
        raise SignInRefused("ineligible", why=who_may_join(own.reason))
    identity.used_at = timezone.now()
    identity.save(update_fields=["used_at"])
    if member.is_active and own.address in {decision.address for decision in admitted}:
        _prove(member, own.address)
    return member


def refuse_known(admitted: list[Decision]) -> None:
    """An address that has an account opens it to nobody: addresses change hands, and a provider may be careless."""
    known = Member.objects.filter(email__in=[decision.address for decision in admitted]).first()
    if known:
        raise SignInRefused("known_address", address=known.email)


def join_with_identity(
    *,
    issuer: str,
    subject: str,
    address: str,
    name: str,
    employment: str,
    occupation: str,
    leadership_role: str,
) -> Member:
    """A new account for somebody whom the provider has just vouched for, proved at once. It has no password.

    ValidationError as `register_member`, and on `email` when the identity has an account by now.
    """
    encoded_password = make_password(None)
    try:
        with transaction.atomic():
            member = register_member(
                address=address,
                name=name,
                encoded_password=encoded_password,
                employment=employment,
                occupation=occupation,
                leadership_role=leadership_role,
            )
            identity = Identity.objects.create(member=member, issuer=issuer, subject=subject)
            _record_link(identity)
            _prove(member, member.email)
    except IntegrityError:
        raise ValidationError({"email": _("You have joined already. Please sign in again.")}) from None
    return member


@transaction.atomic
def link_identity(*, member: Member, person: Person) -> Identity:
    """Let a member sign in with a provider from now on. It has to vouch for the address of the account."""
    locked = Member.objects.select_for_update().get(pk=member.pk)
    if locked.email not in {decision.address for decision in eligible_addresses(person)}:
        raise SignInRefused("other_address", address=locked.email)
    theirs = Identity.objects.filter(issuer=person.issuer, subject=person.subject).first()
    if theirs and theirs.member_id != locked.pk:
        raise SignInRefused("taken")
    own = Identity.objects.filter(member=locked, issuer=person.issuer).first()
    if own and own.subject != person.subject:
        raise SignInRefused("second")
    if own is None:
        own = Identity.objects.create(member=locked, issuer=person.issuer, subject=person.subject)
        _record_link(own)
        _tell(
            locked,
            _("You can now sign in with an identity provider"),
            _("An identity was linked to your account."),
        )
    _prove(locked, locked.email)
    return own


@transaction.atomic
def unlink_identity(*, member: Member, issuer: str) -> bool:
    """Whether there was one."""
    identity = Identity.objects.select_for_update().filter(member=member, issuer=issuer).first()
    if identity is None:
        return False
    record(
        actor=member,
        action="identity.unlink",
        target=f"member:{member.pk}",
        identity=identity.pk,
        issuer=issuer,
    )
    identity.delete()
    _tell(member, _("Your identity provider was unlinked"), _("An identity was unlinked from your account."))
    return True


def is_identity_of(*, member: Member, person: Person) -> bool:
    return Identity.objects.filter(member=member, issuer=person.issuer, subject=person.subject).exists()


@transaction.atomic
def record_refusal(
    *, refusal: SignInRefused, issuer: str, person: Person | None, member: Member | None
) -> None:
    """`member` is who is signed in, if anybody; otherwise the owner of the identity, if that much is known."""
    if person and member is None:
        identity = Identity.objects.filter(issuer=person.issuer, subject=person.subject).first()
        member = identity.member if identity else None
    record(
        actor=member,
        action="signin.refused",
        target=f"member:{member.pk}" if member else "visitor",
        outcome="refused",
        reason=refusal.reason,
        issuer=issuer,
    )


def _prove(member: Member, address: str) -> None:
    EmailAddress.objects.update_or_create(
        user=member, email=address, defaults={"verified": True, "primary": True}
    )
    try:
        prove_eligibility(member=member, address=address, method=METHOD)
    except Refused as refusal:  # the rules changed a moment ago
        raise SignInRefused("ineligible", why=refusal) from None


def _record_link(identity: Identity) -> None:
    record(
        actor=identity.member,
        action="identity.link",
        target=f"member:{identity.member_id}",
        identity=identity.pk,
        issuer=identity.issuer,
    )


def _tell(member: Member, subject: str, text: str) -> None:
    """To the account's own address, in case it was not its owner."""
    advice = _(
        "If this was not you, sign in, look at Settings, Security, and end every session you do not know."
    )
    send_mail(
        to=member.email,
        subject=subject,
        text=f"{text}\n\n{advice}\n",
        kind="account.identity",
        member_id=member.pk,
        headers={"Auto-Submitted": "auto-generated"},
    )
