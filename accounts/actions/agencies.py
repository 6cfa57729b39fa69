from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from accounts.dotgov import Entry
from accounts.eligibility import RuleBook
from accounts.impact import all_rules
from accounts.models import Agency, DomainRule
from audit.actions import record

AT_ONCE = 1_000
SOURCE = "Public registry of .gov domains"


@dataclass
class AgencyImport:
    """What was done, or with a dry run would be. `refused` has line number and reason."""

    agencies_made: int = 0
    rules_made: int = 0
    rules_changed: int = 0
    unchanged: int = 0
    kept: int = 0  # rules that staff made for the same domain: theirs stay
    refused: list[tuple[int, str]] = field(default_factory=list)


@transaction.atomic
def import_agencies(
    *, entries: Iterable[Entry], dry_run: bool = False, progress: Callable[[int], object] | None = None
) -> AgencyImport:
    """Agencies, and a rule for each of their domains that names the agency. Idempotent.

    The rules say who an address belongs to and never open a door: a domain that is refused now is left out, and one
    that needs an approval needs it still.
    """
    done = AgencyImport()
    existing, now = all_rules(), timezone.now()
    book = RuleBook(existing)
    admitted: list[tuple[Entry, str]] = []
    for number, entry in enumerate(entries, 1):
        if progress:
            progress(number)
        decision = book.decide(f"any@{entry.domain}", now)
        if decision:
            admitted.append((entry, decision.admission))
        else:
            done.refused.append((entry.line, f"{entry.domain}: {decision.reason}"))
    agencies = _make_agencies([entry for entry, _admission in admitted], done, dry_run)
    _make_rules(admitted, agencies, existing, done, dry_run)
    if not dry_run:
        record(
            actor=None,
            action="agency.import",
            target="registry:gov",
            agencies=done.agencies_made,
            made=done.rules_made,
            changed=done.rules_changed,
            refused=len(done.refused),
        )
    return done


def _make_agencies(entries: list[Entry], done: AgencyImport, dry_run: bool) -> dict[str, Agency]:
    """By name in lower case; the registry is not of one mind about capitals."""
    known = {agency.name.casefold(): agency for agency in Agency.objects.all()}
    missing: dict[str, Agency] = {}
    for entry in entries:
        key = entry.agency.casefold()
        if key not in known:
            missing.setdefault(
                key, Agency(name=entry.agency, abbreviation=entry.abbreviation, kind=entry.kind)
            )
    done.agencies_made = len(missing)
    if not dry_run:
        Agency.objects.bulk_create(missing.values(), batch_size=AT_ONCE)
    return known | missing


def _make_rules(
    admitted: list[tuple[Entry, str]],
    agencies: dict[str, Agency],
    existing: list[DomainRule],
    done: AgencyImport,
    dry_run: bool,
) -> None:
    by_suffix = {
        rule.suffix: rule
        for rule in existing
        if rule.effect == DomainRule.Effect.ALLOW and rule.valid_until is None
    }
    made: list[DomainRule] = []
    changed: list[DomainRule] = []
    for entry, admission in admitted:
        agency, reason = agencies[entry.agency.casefold()], _reason(entry)
        rule = by_suffix.get(entry.domain)
        if rule is None:
            facts = {"agency": agency, "affiliation": entry.kind, "admission": admission, "reason": reason}
            made.append(DomainRule(suffix=entry.domain, **facts))
        elif not rule.reason.startswith(SOURCE):
            done.kept += 1
        elif (rule.agency_id, rule.affiliation, rule.reason) == (agency.pk, entry.kind, reason):
            done.unchanged += 1
        else:
            rule.agency, rule.affiliation, rule.reason = agency, entry.kind, reason
            changed.append(rule)
    done.rules_made, done.rules_changed = len(made), len(changed)
    if not dry_run:
        DomainRule.objects.bulk_create(made, batch_size=AT_ONCE)
        DomainRule.objects.bulk_update(changed, ["agency", "affiliation", "reason"], batch_size=AT_ONCE)


def _reason(entry: Entry) -> str:
    return (f"{SOURCE}: {entry.part}" if entry.part else SOURCE)[:300]
