from datetime import datetime, timedelta
from zlib import crc32

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password

from accounts.models import Agency, DomainRule, EligibilityProof, Member, RoleGrant
from core.markup import render
from pages.demo import PASSWORD
from pages.demo.people import OFFICES, PEOPLE, Person

# How long ago those one can sign in as were last here: what came since is unread.
AWAY = {
    "ada.byrne": timedelta(hours=20),
    "grace.hollis": timedelta(hours=9),
    "alan.tierney": timedelta(hours=30),
    "katherine.joyner": timedelta(days=2),
    "edsger.dahl": timedelta(days=3),
}


def make_members(now: datetime) -> dict[str, Member]:
    """The demo's members by handle, verified and eligible, the five one can sign in as first."""
    rules = make_agencies()
    password = make_password(PASSWORD)  # once: a hash is slow by design
    members = Member.objects.bulk_create(
        [_member(person, rules[person.domain], password, now) for person in PEOPLE]
    )
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=member, email=member.email, verified=True, primary=True) for member in members]
    )
    until = now + timedelta(days=settings.COMMONS_PROOF_DAYS)
    EligibilityProof.objects.bulk_create(
        [
            EligibilityProof(
                member=member,
                address=member.email,
                rule=str(rules[person.domain]),
                method=EligibilityProof.Method.DEMO,
                proved_at=now,
                expires_at=until,
            )
            for member, person in zip(members, PEOPLE, strict=True)
        ]
    )
    for member in members:
        member.eligible_until = until
    Member.objects.bulk_update(members, ["eligible_until"])  # once there is a proof: the database sees to it
    RoleGrant.objects.bulk_create(
        [RoleGrant(member=member, role=role) for member in members for role in member.site_roles]
    )
    return {member.handle: member for member in members}


def make_agencies() -> dict[str, DomainRule]:
    """The rule of each domain, with its agency."""
    rules = {}
    for office in OFFICES:
        agency, _ = Agency.objects.get_or_create(
            name=office.name, defaults={"abbreviation": office.abbreviation, "kind": office.affiliation}
        )
        for domain in office.domains:
            rules[domain], _ = DomainRule.objects.select_related("agency").get_or_create(
                suffix=domain,
                effect=DomainRule.Effect.ALLOW,
                defaults={
                    "agency": agency,
                    "affiliation": office.affiliation,
                    "reason": "Names the agency of the demo's members.",
                },
            )
    return rules


def _member(person: Person, rule: DomainRule, password: str, now: datetime) -> Member:
    return Member(
        email=person.address or f"{person.handle}@{person.domain}",
        handle=person.handle,
        name=person.name,
        title=person.title,
        about=person.about,
        about_html=render(person.about).html if person.about else "",
        occupation=person.occupation,
        employment=person.employment,
        leadership_role=person.title if person.employment == "university" else "",
        agency=rule.agency,
        affiliation=rule.affiliation,
        site_roles=sorted(person.roles),
        password=password,
        read_before=now - away(person.handle),
        created_at=now - _age(person),
    )


def away(handle: str) -> timedelta:
    """Since when a member has not been here."""
    return AWAY.get(handle, timedelta(hours=6 + crc32(handle.encode()) % 200))


def _age(person: Person) -> timedelta:
    """Nearly everyone was here before the oldest topic; the demo's own sign-ins longest."""
    days = 500 if person.handle in AWAY else person.joined or 60 + crc32(person.handle.encode()) % 400
    return timedelta(days=days, minutes=crc32(person.name.encode()) % 1_440)
