from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db.models import OuterRef, Subquery

from accounts.models import DomainRule, EligibilityProof, Member
from pages.demo import PASSWORD
from pages.demo.members import make_agencies
from pages.scale.bulk import Bars, load, reserve
from pages.scale.words import FIRST, LAST

YEARS = timedelta(days=3 * 365)
SPREAD = 200  # days over which their proofs end, as they would in a real community


class Person(NamedTuple):
    pk: int
    name: str
    handle: str
    email: str
    rule: DomainRule
    joined_at: datetime


class Crowd:
    """Who is there. `pick` draws authors: a few write most, as everywhere."""

    def __init__(self, first: int, people: list[Person]) -> None:
        self.first, self.people = first, people
        self.agencies = [person.rule.agency_id for person in people]
        self.weights = list(accumulate(1 / (place + 20) ** 0.8 for place in range(len(people))))

    def __len__(self) -> int:
        return len(self.people)

    def pick(self, rng: Random, count: int) -> list[int]:
        """Places in the crowd, not ids."""
        return rng.choices(range(len(self.people)), cum_weights=self.weights, k=count)


def load_people(rng: Random, now: datetime, count: int, *, sign_in: bool, bars: Bars) -> Crowd:
    """Plain members, verified and eligible. Their password is the demo's, or with `sign_in` False none that works."""
    rules = list(make_agencies().values())
    shares = [1 / (place + 1) for place in range(len(rules))]
    first = reserve(Member, count)
    people = [
        _person(rng, first + n, rule, now) for n, rule in enumerate(rng.choices(rules, shares, k=count))
    ]
    until = now + timedelta(days=365)
    load(
        Member,
        ["id", "name", "handle", "email", "agency_id", "affiliation", "created_at", "read_before", "title"],
        (
            (
                person.pk, person.name, person.handle, person.email, person.rule.agency_id, person.rule.affiliation,
                person.joined_at, now - timedelta(minutes=rng.randrange(60 * 24 * 45)), "Analyst",
            )
            for person in people
        ),
        tick=bars("members", count),
        password=make_password(PASSWORD if sign_in else None),
    )  # fmt: skip
    load(
        EmailAddress,
        ["user_id", "email"],
        ((person.pk, person.email) for person in people),
        tick=bars("addresses", count),
        verified=True,
        primary=True,
    )
    load(
        EligibilityProof,
        ["member_id", "address", "rule", "proved_at", "expires_at"],
        (
            (
                person.pk,
                person.email,
                str(person.rule),
                person.joined_at,
                until - timedelta(days=place % SPREAD),
            )
            for place, person in enumerate(people)
        ),
        tick=bars("proofs", count),
        method=EligibilityProof.Method.DEMO,
    )
    # Once there is a proof: the database sees to it.
    proofs = EligibilityProof.objects.filter(member=OuterRef("pk")).values("expires_at")
    Member.objects.filter(pk__gte=first, pk__lt=first + count).update(eligible_until=Subquery(proofs))
    return Crowd(first, people)


def _person(rng: Random, pk: int, rule: DomainRule, now: datetime) -> Person:
    first, last = rng.choice(FIRST), rng.choice(LAST)
    handle = f"{first}.{last}.{pk}".lower()
    joined_at = now - YEARS * rng.random()
    return Person(pk, f"{first} {last}", handle, f"{handle}@{rule.suffix}", rule, joined_at)
