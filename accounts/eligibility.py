"""May the holder of this address be a member? One pure function, asked at every door."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

import idna
from django.utils.translation import gettext as _

ADDRESS_MAX = 254  # octets: RFC 5321, 4.5.3.1.3 less the angle brackets
LOCAL_MAX = 64
DOMAIN_MAX = 253
LABEL_MAX = 63

# The dot-atom of RFC 5322 without "%" and "!", which old relays read as a route to somewhere else.
LOCAL_ATOM = re.compile(r"[A-Za-z0-9#$&'*+/=?^_`{|}~-]+")
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
FOREVER = datetime.max.replace(tzinfo=UTC)


class Rule(Protocol):
    """What `decide` reads of a DomainRule."""

    suffix: str
    effect: str
    admission: str
    affiliation: str
    agency: Any


class DatedRule(Rule, Protocol):
    """What a RuleBook reads of a DomainRule beside."""

    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True)
class Decision:
    """Whether an address may be a member's, and why. `address` is normalised when it could be read at all."""

    allowed: bool
    rule: Rule | None = None
    agency: Any = None
    admission: str = ""
    reason: str = ""
    address: str = ""
    affiliation: str = ""

    def __bool__(self) -> bool:
        return self.allowed


class Unreadable(ValueError):
    """The text is not an address that mail of an agency could have. The message is for people."""


@dataclass(frozen=True)
class Domain:
    labels: tuple[str, ...]  # ASCII, lower case
    foreign: (
        int  # how many labels from the right a rule must name because a label among them is not plain ASCII
    )

    def __str__(self) -> str:
        return ".".join(self.labels)


def decide(address: str, rules: Iterable[Rule]) -> Decision:
    """Decide by the rules in force. The longest suffix wins, label by label from the right; deny wins a tie.

    Never raises on any text. The agency and the affiliation come from the longest matching rule that names one.
    """
    try:
        local, domain = read(address)
    except Unreadable as error:
        return Decision(False, reason=str(error), address=address)
    normalised = f"{local}@{domain}"
    matching = sorted(
        (rule for rule in rules if _covers(rule.suffix, domain.labels)),
        key=lambda rule: (rule.suffix.count("."), rule.effect == "deny"),
        reverse=True,
    )
    refused = Decision(False, address=normalised)
    if not matching:
        return replace(refused, reason=_("Addresses at %(domain)s are not eligible.") % {"domain": domain})
    rule = matching[0]
    if rule.effect == "deny":
        reason = _("Addresses at %(suffix)s are not admitted.") % {"suffix": rule.suffix}
        return replace(refused, rule=rule, reason=reason)
    if rule.suffix.count(".") + 1 < domain.foreign:
        reason = _("The domain has letters outside plain ASCII (%(domain)s), and no rule names it so.")
        return replace(refused, rule=rule, reason=reason % {"domain": domain})
    return Decision(
        True,
        rule=rule,
        agency=next((each.agency for each in matching if each.effect == "allow" and each.agency), None),
        admission=rule.admission,
        address=normalised,
        affiliation=next(
            (each.affiliation for each in matching if each.effect == "allow" and each.affiliation), ""
        ),
    )


class RuleBook:
    """Rules of every time, found by suffix: for many addresses, and for what the rules will say later."""

    def __init__(self, rules: Iterable[DatedRule]) -> None:
        self._by_suffix: defaultdict[str, list[DatedRule]] = defaultdict(list)
        for rule in rules:
            self._by_suffix[rule.suffix].append(rule)

    def covering(self, address: str) -> list[DatedRule]:
        """The rules that could have a say about an address, now or later."""
        try:
            _local, domain = read(address)
        except Unreadable:
            return []
        return [rule for suffix in suffixes(domain) for rule in self._by_suffix.get(suffix, ())]

    def decide(self, address: str, at: datetime) -> Decision:
        return decide(address, [rule for rule in self.covering(address) if _holds(rule, at)])

    def admitted_until(self, address: str, now: datetime) -> datetime | None:
        """Until when the rules admit an address without a break: None when they refuse it now, FOREVER when no end
        is set."""
        rules = self.covering(address)
        dates = {
            date for rule in rules for date in (rule.valid_from, rule.valid_until) if date and date > now
        }
        for moment in (now, *sorted(dates)):
            if not decide(address, [rule for rule in rules if _holds(rule, moment)]):
                return None if moment == now else moment
        return FOREVER


def _holds(rule: DatedRule, at: datetime) -> bool:
    return rule.valid_from <= at and (rule.valid_until is None or rule.valid_until > at)


def read(address: str) -> tuple[str, Domain]:
    """The local part in lower case and the domain of an address; Unreadable with the reason otherwise."""
    address = address.strip(" ")
    if len(address) > 4 * ADDRESS_MAX:  # long before the work below could become noticeable
        raise Unreadable(_("The address is longer than %(max)d characters.") % {"max": ADDRESS_MAX})
    if any(unicodedata.category(character).startswith(("C", "Z")) for character in address):
        raise Unreadable(_("An address has no spaces or invisible characters in it."))
    if address.count("@") != 1:
        raise Unreadable(_("An address has exactly one @ sign."))
    local, _at, domain = address.partition("@")
    parsed = read_domain(domain)
    _check_local(local)
    if len(local) + 1 + len(str(parsed)) > ADDRESS_MAX:
        raise Unreadable(_("The address is longer than %(max)d characters.") % {"max": ADDRESS_MAX})
    return local.lower(), parsed


def read_domain(text: str) -> Domain:
    """A domain as ASCII labels in lower case: NFC, then IDNA (UTS 46) for each label that is not ASCII."""
    labels = []
    foreign = 0
    parts = text.removesuffix(".").split(".")
    for position, part in enumerate(parts):
        label = _read_label(part)
        if not part.isascii() or label.startswith("xn--"):
            foreign = foreign or len(parts) - position
        labels.append(label)
    if sum(len(label) + 1 for label in labels) - 1 > DOMAIN_MAX:
        raise Unreadable(_("The part after the @ is longer than %(max)d characters.") % {"max": DOMAIN_MAX})
    if len(labels) < 2:
        raise Unreadable(_("The part after the @ needs a name before its last dot, as in agency.gov."))
    return Domain(tuple(labels), foreign)


def suffixes(domain: Domain) -> list[str]:
    """Every suffix at a label boundary, the longest first: what a rule for this domain may be called."""
    return [".".join(domain.labels[start:]) for start in range(len(domain.labels))]


def _covers(suffix: str, labels: tuple[str, ...]) -> bool:
    wanted = tuple(suffix.split("."))
    return len(wanted) <= len(labels) and labels[-len(wanted) :] == wanted


def _check_local(local: str) -> None:
    if not local:
        raise Unreadable(_("The part before the @ is missing."))
    if local.startswith('"') or local.endswith('"'):
        raise Unreadable(_("Addresses in quotation marks are not admitted."))
    if "(" in local or ")" in local:
        raise Unreadable(_("An address may not have a comment in brackets."))
    if len(local) > LOCAL_MAX:
        raise Unreadable(_("The part before the @ is longer than %(max)d characters.") % {"max": LOCAL_MAX})
    if not all(LOCAL_ATOM.fullmatch(atom) for atom in local.split(".")):
        raise Unreadable(_("The part before the @ has a dot or a character that may not be there."))


def _read_label(part: str) -> str:
    if not part:
        raise Unreadable(_("The part after the @ has a dot too many, or is missing."))
    label = part.lower()
    if not part.isascii() or label.startswith("xn--"):
        try:
            label = idna.encode(unicodedata.normalize("NFC", part), uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise Unreadable(_("The part after the @ is not a domain name.")) from None
        if not label.startswith("xn--"):  # letters that only look like ASCII, such as full-width ones
            raise Unreadable(_("The part after the @ has look-alike letters. Type it with plain ones."))
    if len(label) > LABEL_MAX:
        raise Unreadable(
            _("Between two dots after the @ there are more than %(max)d characters.") % {"max": LABEL_MAX}
        )
    if not LABEL.fullmatch(label):
        raise Unreadable(_("The part after the @ is not a domain name."))
    return label
