from __future__ import annotations

import argparse
import copy
from argparse import ArgumentParser
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.utils import timezone

from accounts.actions import Plan, end_rule, plan_rule, save_rule
from accounts.models import Affiliation, Agency, DomainRule
from core.errors import Refused


class Command(BaseCommand):
    help = (
        "List, add, change or end domain rules. Whom it concerns is told first: one line each, lost, gained, welcome "
        "or unwelcome, TAB, address, TAB, access until now, TAB, access until then. With --dry-run that is all."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="tell whom it concerns and change nothing")
        doing = parser.add_subparsers(dest="doing", required=True, metavar="list|add|change|end")
        listing = doing.add_parser("list", help="rules in force or to come")
        listing.add_argument("--all", action="store_true", help="also those that have ended")
        adding = doing.add_parser("add", help="a rule for a domain and what is below it")
        changing = doing.add_parser("change", help="the rule of that domain that is in force or to come")
        ending = doing.add_parser("end", help="at once if nobody depends on it, else after a notice")
        for each in (adding, changing, ending):
            each.add_argument("suffix", metavar="DOMAIN")
            each.add_argument("--deny", action="store_true", help="a rule that refuses, not one that allows")
            each.add_argument("--dry-run", action="store_true", default=argparse.SUPPRESS)
        for each in (adding, changing):
            each.add_argument("--agency", help="name or abbreviation, or - for none")
            each.add_argument("--affiliation", choices=["", *Affiliation.values])
            each.add_argument("--admission", choices=DomainRule.Admission.values)
            each.add_argument(
                "--from", dest="valid_from", type=_moment, help="2026-12-31 or 2026-12-31T12:00, UTC"
            )
            each.add_argument("--until", dest="valid_until", type=_moment)
            each.add_argument("--reason")
        changing.add_argument("--effect", choices=DomainRule.Effect.values)

    def handle(self, *, doing: str, dry_run: bool, **options) -> None:
        try:
            if doing == "list":
                self._list(options["all"])
            else:
                self._do(doing, dry_run, options)
        except (ValidationError, Refused) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from None

    def _do(self, doing: str, dry_run: bool, options: dict) -> None:
        before = None if doing == "add" else self._find(options["suffix"], options["deny"])
        rule = None if doing == "end" else self._wanted(before, options)
        plan = plan_rule(rule, replaces=before)
        self._tell(plan)
        if dry_run:
            self.stdout.write("Dry run: nothing was changed.")
        elif rule is not None:
            self.stdout.write(f"Saved: {_line(save_rule(actor=None, rule=rule))}")
        elif before is not None:
            self.stdout.write(f"Ended: {_line(end_rule(actor=None, rule=before))}")

    def _list(self, everything: bool) -> None:
        rules = DomainRule.objects.select_related("agency").order_by("suffix", "valid_from")
        if not everything:
            rules = rules.filter(Q(valid_until=None) | Q(valid_until__gt=timezone.now()))
        for rule in rules.iterator():
            self.stdout.write(_line(rule))

    def _find(self, suffix: str, deny: bool) -> DomainRule:
        effect = DomainRule.Effect.DENY if deny else DomainRule.Effect.ALLOW
        wanted = DomainRule(suffix=suffix, effect=effect)
        wanted.clean()
        found = DomainRule.objects.filter(suffix=wanted.suffix, effect=effect)
        rule = (
            found.filter(Q(valid_until=None) | Q(valid_until__gt=timezone.now()))
            .order_by("-valid_from")
            .first()
        )
        if rule is None:
            raise CommandError(f"There is no rule “{wanted}” in force or to come.")
        return rule

    def _wanted(self, before: DomainRule | None, options: dict) -> DomainRule:
        rule = copy.copy(before) if before else DomainRule(suffix=options["suffix"])
        if options["deny"]:
            rule.effect = DomainRule.Effect.DENY
        for name in ("affiliation", "admission", "valid_from", "valid_until", "reason", "effect"):
            if options.get(name) is not None:
                setattr(rule, name, options[name])
        if options["agency"]:
            rule.agency = None if options["agency"] == "-" else _agency(options["agency"])
        rule.clean()
        return rule

    def _tell(self, plan: Plan) -> None:
        for name in ("lost", "gained", "welcome", "unwelcome"):
            for each in getattr(plan.impact, name):
                self.stdout.write(f"{name}\t{each.member.email}\t{_day(each.before)}\t{_day(each.after)}")
        counts = ", ".join(
            f"{len(getattr(plan.impact, n))} {n}" for n in ("lost", "gained", "welcome", "unwelcome")
        )
        ending = f"; access ends {_day(plan.takes_effect_at)}" if plan.takes_effect_at else ""
        self.stdout.write(f"{counts}{ending}")


def _agency(text: str) -> Agency:
    found = Agency.objects.filter(Q(name__iexact=text) | Q(abbreviation__iexact=text))
    if len(found) != 1:
        raise CommandError(f"{text}: {'no agency' if not found else 'more than one agency'} has this name.")
    return found[0]


def _moment(text: str) -> datetime:
    """Raises ValueError, which argparse tells of."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}Z" if moment else "-"


def _line(rule: DomainRule) -> str:
    agency = rule.agency.label if rule.agency else "-"
    validity = f"{_day(rule.valid_from)}\t{_day(rule.valid_until)}"
    return f"{rule}\t{agency}\t{rule.affiliation or '-'}\t{rule.admission}\t{validity}\t{rule.reason}"
