from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import live
from accounts.eligibility import RuleBook
from accounts.impact import Affected, Impact, all_rules, compare
from accounts.mails import send_about_membership
from accounts.models import DomainRule, Member, SiteRole
from accounts.permissions import can_change_rules
from audit.actions import record
from core.errors import Refused

AT_ONCE = 500


@dataclass(frozen=True)
class Plan:
    """What a change of rules comes to: the rows to write, the ones to delete, whom it concerns, and from when."""

    rows: list[DomainRule]
    deleted: list[DomainRule]
    impact: Impact
    takes_effect_at: datetime | None  # set when somebody loses access: not before the notice is over


def plan_rule(rule: DomainRule | None, *, replaces: DomainRule | None = None) -> Plan:
    """The dry run. `rule` as it should be (None: to end `replaces`); nothing is written.

    What costs nobody their access is done as it stands. Otherwise the old rule stays until the notice is over and the
    new one begins then.
    """
    now = timezone.now()
    wanted = [rule] if rule else []
    direct = _compare(wanted, [replaces] if replaces else [], now)
    if not direct.lost:
        return Plan(wanted, [replaces] if replaces and not rule else [], direct, None)
    announced = now + timedelta(days=settings.COMMONS_RULE_NOTICE_DAYS)
    rows = _changed_later(rule, replaces, announced) if replaces else _begun_later(rule, announced)
    impact = _compare(rows, [replaces] if replaces else [], now)
    ends = [each.after for each in impact.lost if each.after]
    return Plan(rows, [], impact, min(ends, default=announced))


def _begun_later(rule: DomainRule | None, announced: datetime) -> list[DomainRule]:
    if rule is None:
        return []
    started = copy.copy(rule)
    started.valid_from = max(rule.valid_from, announced)
    return [started]


def _changed_later(rule: DomainRule | None, replaces: DomainRule, announced: datetime) -> list[DomainRule]:
    old = copy.copy(replaces)
    ends_at = min(filter(None, (replaces.valid_until, announced)))
    old.valid_until = ends_at
    if rule is None:
        return [old]
    if _facts(rule) | {"valid_until": None} == _facts(replaces) | {
        "valid_until": None
    }:  # only its end is new
        old.valid_until = max(rule.valid_until or announced, announced)
        old.reason = rule.reason
        return [old]
    new = copy.copy(rule)
    new.pk, new._state = None, type(rule._state)()
    new.valid_from = max(rule.valid_from, ends_at)
    return [old, new]


def _compare(rows: list[DomainRule], replaced: list[DomainRule], now: datetime) -> Impact:
    present = all_rules()
    gone = {each.pk for each in [*rows, *replaced] if each.pk}
    after = [each for each in present if each.pk not in gone] + rows
    suffixes = sorted({each.suffix for each in [*rows, *replaced]})
    return compare(RuleBook(present), RuleBook(after), suffixes, now)


@transaction.atomic
def save_rule(*, actor: Member | None, rule: DomainRule) -> DomainRule:
    """Make or change a domain rule, by the plan that `plan_rule` shows; those who lose access are told when.

    The audit row keeps what it said before. Refused when no administrator would keep access.
    """
    can_change_rules(actor).enforce()
    before = DomainRule.objects.select_for_update().filter(pk=rule.pk).first()
    rule.clean()
    plan = plan_rule(rule, replaces=before)
    for row in plan.rows:
        _refuse_overlap(row, {before.pk if before else None, *(each.pk for each in plan.rows)})
        if row.pk is None:
            row.created_by = actor
    _carry_out(actor, plan, "rule.save", before)
    return plan.rows[-1]


@transaction.atomic
def end_rule(*, actor: Member | None, rule: DomainRule) -> DomainRule:
    """At once if nobody depends on it, else when the notice is over."""
    can_change_rules(actor).enforce()
    before = DomainRule.objects.select_for_update().get(pk=rule.pk)
    plan = plan_rule(None, replaces=before)
    if plan.deleted:
        ended = copy.copy(before)
        ended.valid_until = max(timezone.now(), before.valid_from)
        plan = Plan([ended], [], plan.impact, None)
    _carry_out(actor, plan, "rule.end", before)
    return plan.rows[0]


@transaction.atomic
def delete_rule(*, actor: Member | None, rule: DomainRule) -> Plan:
    """A rule that somebody depends on is ended with notice instead, and its row stays."""
    can_change_rules(actor).enforce()
    before = DomainRule.objects.select_for_update().get(pk=rule.pk)
    plan = plan_rule(None, replaces=before)
    _carry_out(actor, plan, "rule.delete" if plan.deleted else "rule.end", before)
    return plan


def _refuse_overlap(rule: DomainRule, same: set[int | None]) -> None:
    begins_before = Q() if rule.valid_until is None else Q(valid_from__lt=rule.valid_until)
    ends_after = Q(valid_until=None) | Q(valid_until__gt=rule.valid_from)
    others = DomainRule.objects.filter(begins_before & ends_after, suffix=rule.suffix, effect=rule.effect)
    if others.exclude(pk__in={pk for pk in same if pk}).exists():
        raise ValidationError({"suffix": _("There is a rule like this for that time already.")})


def _carry_out(actor: Member | None, plan: Plan, action: str, before: DomainRule | None) -> None:
    _refuse_leaving_no_administrator(plan.impact)
    said = _facts(before) if before else None
    number = before.pk if before else None
    for row in plan.deleted:
        row.delete()
    for row in plan.rows:
        row.save()
    record(
        actor=actor,
        action=action,
        target=f"rule:{number or plan.rows[0].pk}",
        before=said,
        after=_facts(plan.rows[-1]) if plan.rows else None,
        lost=[each.member.pk for each in plan.impact.lost],
        gained=[each.member.pk for each in plan.impact.gained],
        takes_effect_at=plan.takes_effect_at.isoformat() if plan.takes_effect_at else None,
    )
    _write_access([*plan.impact.lost, *plan.impact.gained])
    now = timezone.now()
    send_about_membership(
        "closing",
        [(each.member, {"until": each.after}) for each in plan.impact.lost if each.member.is_member],
    )
    send_about_membership(
        "staying",
        [
            (each.member, {"until": each.after})
            for each in plan.impact.gained
            if each.before and each.before > now and each.member.is_member
        ],
    )


def _refuse_leaving_no_administrator(impact: Impact) -> None:
    losing = {each.member.pk for each in impact.lost}
    administrators = Member.objects.members().filter(role_grants__role=SiteRole.ADMINISTRATOR)
    ids = set(administrators.values_list("pk", flat=True))
    if ids and ids <= losing:
        raise Refused(_("No administrator would keep access. Admit one of them by another rule first."))


def _write_access(affected: list[Affected]) -> None:
    """On the rows as they are, in one order, so that two changes never wait for each other."""
    now = timezone.now()
    ends = {each.member.pk: each.after or now for each in affected}
    ids = sorted(ends)
    for start in range(0, len(ids), AT_ONCE):
        locked = list(
            Member.objects.select_for_update().filter(pk__in=ids[start : start + AT_ONCE]).order_by("pk")
        )
        for member in locked:
            member.eligible_until = ends[member.pk]
        Member.objects.bulk_update(locked, ["eligible_until"])
    live.recheck_all(ids)


def _facts(rule: DomainRule) -> dict[str, Any]:
    return {
        "rule": str(rule),
        "agency": rule.agency_id,
        "affiliation": rule.affiliation,
        "admission": rule.admission,
        "valid_from": rule.valid_from.isoformat(),
        "valid_until": rule.valid_until.isoformat() if rule.valid_until else None,
    }
