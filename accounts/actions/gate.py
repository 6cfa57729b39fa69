from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.eligibility import Decision, RuleBook
from accounts.models import DomainRule


def rules_for(address: str) -> RuleBook:
    """The rules that have or will have a say about an address."""
    return RuleBook(DomainRule.objects.covering(address))


def check_address(address: str) -> Decision:
    """The gate: what the rules in force say of an address at this moment. Every door asks here."""
    return rules_for(address).decide(address, timezone.now())


def who_may_join(reason: str) -> str:
    """A refusal in full: the reason, who may join, and whom to ask."""
    joining = _(
        "Government employees, contractors who support a mission and university leadership join with their "
        ".gov, .mil or .edu address. If yours should be admitted, write to %(contact)s."
    )
    return f"{reason} {joining % {'contact': settings.COMMONS_CONTACT}}"
