from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actions.gate import check_address, who_may_join
from accounts.handles import free_handle
from accounts.models import Member
from audit.actions import record

HANDLE_TRIES = 5


def register_member(
    *,
    address: str,
    name: str,
    encoded_password: str,
    employment: str = Member.Employment.EMPLOYEE,
    occupation: str = Member.Occupation.OTHER,
    leadership_role: str = "",
    title: str = "",
) -> Member:
    """A new account, which is no member until its address is proved.

    `encoded_password` comes from `make_password`, called before any transaction: it is slow, and the lock would be
    held meanwhile. ValidationError on `email` when the rules refuse the address or an account has it.
    """
    decision = check_address(address)
    if not decision:
        raise ValidationError({"email": who_may_join(decision.reason)})
    member = Member(
        email=decision.address,
        name=name,
        password=encoded_password,
        agency=decision.agency,
        affiliation=decision.affiliation,
        employment=employment,
        occupation=occupation,
        leadership_role=leadership_role,
        title=title,
    )
    with transaction.atomic():
        _save_with_free_handle(member)
        record(actor=member, action="member.register", target=f"member:{member.pk}", rule=str(decision.rule))
    return member


def _save_with_free_handle(member: Member) -> None:
    """Two people of one name may sign up at once: the constraint decides, and the later one takes the next handle."""
    for _attempt in range(HANDLE_TRIES):
        member.handle = free_handle(member.name)
        try:
            with transaction.atomic():
                member.save()
        except IntegrityError:
            if Member.objects.filter(email__iexact=member.email).exists():
                raise ValidationError(
                    {"email": _("There is an account with this address already.")}
                ) from None
        else:
            return
    raise ValidationError({"name": _("Many people of this name are signing up just now. Please try again.")})
