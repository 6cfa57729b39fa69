"""Whom a change of domain rules would let in or out, before it is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from accounts.eligibility import RuleBook
from accounts.models import DomainRule, EligibilityProof, Member


@dataclass(frozen=True)
class Affected:
    """A member, and until when they have access before and after; None: not at all."""

    member: Member
    before: datetime | None
    after: datetime | None


@dataclass
class Impact:
    lost: list[Affected] = field(default_factory=list)  # access that ends, or ends sooner
    gained: list[Affected] = field(default_factory=list)  # access that lasts longer
    welcome: list[Affected] = field(default_factory=list)  # no access, but a code would give it from now on
    unwelcome: list[Affected] = field(
        default_factory=list
    )  # no access, and a code would not give it any more

    def __bool__(self) -> bool:
        return bool(self.lost or self.gained or self.welcome or self.unwelcome)


def all_rules() -> list[DomainRule]:
    return list(DomainRule.objects.select_related("agency"))


def compare(before: RuleBook, after: RuleBook, suffixes: Iterable[str], now: datetime) -> Impact:
    """Only members at or below one of the suffixes are looked at."""
    impact = Impact()
    seen: set[int] = set()
    for suffix in suffixes:
        members = (
            Member.objects.at_domain(suffix).filter(is_active=True).select_related("agency").order_by("pk")
        )
        ends = _ends(suffix)
        for member in members:
            if member.pk not in seen:
                seen.add(member.pk)
                _sort(impact, member, ends.get(member.pk), before, after, now)
    return impact


def _ends(suffix: str) -> dict[int, datetime]:
    """Member id to the end of the proof that counts."""
    proofs = EligibilityProof.objects.current().filter(member__in=Member.objects.at_domain(suffix))
    return dict(proofs.values_list("member_id", "expires_at"))


def _sort(
    impact: Impact, member: Member, end: datetime | None, before: RuleBook, after: RuleBook, now: datetime
) -> None:
    was, becomes = before.admitted_until(member.email, now), after.admitted_until(member.email, now)
    if end is None or end <= now:  # no rule gives back what has run out
        if bool(was) != bool(becomes):
            (impact.welcome if becomes else impact.unwelcome).append(Affected(member, None, None))
        return
    had, has = was and min(was, end), becomes and min(becomes, end)
    if (has or now) < (had or now):
        impact.lost.append(Affected(member, had, has))
    elif (has or now) > (had or now):
        impact.gained.append(Affected(member, had, has))
