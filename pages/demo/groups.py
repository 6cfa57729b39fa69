"""The three working groups: one for each kind of visibility."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from accounts.models import Member
from core.markup import render
from forum.actions import open_discussions
from pages.demo.members import AWAY, away
from workinggroups.models import Group, Membership, MembershipEvent

CHARTERS = Path(__file__).parent / "charters"
Role, Status = Membership.Role, Membership.Status


class Cast(NamedTuple):
    slug: str
    name: str
    purpose: str
    color: int
    age: int  # days
    rules: dict[str, str]
    lead: str
    co_lead: str
    members: tuple[str, ...]
    observers: tuple[str, ...] = ()
    invited: tuple[str, ...] = ()
    mailed: tuple[str, ...] = ()  # addresses that an invitation was sent to
    asking: tuple[tuple[str, str], ...] = ()  # handle and note


GROUPS = (
    Cast(
        "responsible-ai",
        "Responsible AI",
        "Oversight, impact and incidents: templates that agencies have used, and evaluation they run for each other.",
        1,
        410,
        {},
        "grace.hollis",
        "rosa.ortiz",
        (
            "alan.tierney", "gwen.holt", "tomas.marsh", "samuel.okafor", "lin.zhao", "laura.svensson", "harold.quist",
            "yara.sabet", "mei.tanaka", "elena.ward", "dana.brooks", "rob.kilgore", "ruth.anders", "joy.nakamura",
            "paul.wexford", "leah.stroud", "esther.kimathi", "kofi.barnes", "tess.granger", "carla.dunne",
        ),
        observers=("edsger.dahl", "anna.lowry", "stella.vance"),
        mailed=("petra.lang@energy.gov",),
        asking=(("stella.vance", "We ran the photo protocol with students and would like to keep it current."),),
    ),
    Cast(
        "generative-ai",
        "Generative AI",
        "For people who run a pilot with language models, now or soon: prompts with tests, attacks, numbers.",
        6,
        290,
        {"content": Group.Content.MEMBERS, "join": Group.Join.REQUEST},
        "dana.brooks",
        "miguel.santoro",
        (
            "felix.arroyo", "tobias.kern", "dev.mistry", "amara.sesay", "kofi.barnes", "mei.tanaka", "maya.nair",
            "bea.morrow", "walt.jensen", "jonas.webb", "samuel.okafor",
        ),
        observers=("hugh.marlow",),
        invited=("sofia.renard",),
        asking=(("chris.vale", "We start a pilot with field reports in January, 30 people. I would bring the tests."),),
    ),
    Cast(
        "procurement",
        "Procurement",
        "Buying AI: clauses that were signed, factors that worked, prices that were measured.",
        4,
        230,
        {
            "listing": Group.Listing.HIDDEN,
            "content": Group.Content.MEMBERS,
            "join": Group.Join.INVITATION,
        },
        "owen.pratt",
        "peter.lindqvist",
        (
            "carl.brandt", "harold.quist", "ivan.koslow", "marcus.bell", "lucy.thorne", "joy.nakamura", "mei.tanaka",
        ),
        invited=("noel.fitch",),
    ),
)  # fmt: skip


def make_groups(now: datetime, members: dict[str, Member]) -> dict[str, Group]:
    groups = {}
    for cast in GROUPS:
        charter = (CHARTERS / f"{cast.slug}.md").read_text()
        group = Group.objects.create(
            slug=cast.slug,
            name=cast.name,
            purpose=cast.purpose,
            color=cast.color,
            charter=charter,
            charter_html=render(charter).html,
            created_by=members[cast.lead],
            member_count=2 + len(cast.members) + len(cast.observers),
            **cast.rules,
        )
        open_discussions(group=group)
        _fill(cast, group, now, members)
        for address in cast.mailed:
            sent = {"invited_by": members[cast.lead], "invited_at": now - timedelta(days=1, hours=5)}
            group.mailed_invitations.create(address=address, **sent)
        groups[cast.slug] = group
    for cast in GROUPS:  # `created_at` is set by the model when a row is made
        Group.objects.filter(slug=cast.slug).update(created_at=now - timedelta(days=cast.age))
    return groups


def _fill(cast: Cast, group: Group, now: datetime, members: dict[str, Member]) -> None:
    roles = {cast.lead: Role.LEAD, cast.co_lead: Role.CO_LEAD}
    roles |= dict.fromkeys(cast.members, Role.MEMBER) | dict.fromkeys(cast.observers, Role.OBSERVER)
    rows = {handle: _membership(cast, handle, role, now) for handle, role in roles.items()}
    for place, handle in enumerate(cast.invited):
        rows[handle] = Membership(status=Status.INVITED, since=now - timedelta(days=3 + place, hours=2))
    for handle, note in cast.asking:
        asked = now - timedelta(hours=26, minutes=7)
        if handle not in rows:
            rows[handle] = Membership(status=Status.REQUESTED, since=asked)
        rows[handle].requested_at, rows[handle].note = asked, note
    for handle, row in rows.items():
        row.group, row.member = group, members[handle]
        row.since = max(row.since, row.member.created_at + timedelta(days=2))
    made = Membership.objects.bulk_create(rows.values())
    events = MembershipEvent.objects.bulk_create([_event(row, members[cast.lead]) for row in made])
    for event in events:
        event.at = event.membership.since
    MembershipEvent.objects.bulk_update(events, ["at"])


def _membership(cast: Cast, handle: str, role: str, now: datetime) -> Membership:
    days = cast.age
    if role not in Membership.LEADING:
        days = 10 + crc32(f"{cast.slug}{handle}".encode()) % (cast.age - 20)
    visited = now - away(handle) if handle in AWAY else None
    return Membership(
        role=role, since=now - timedelta(days=days, minutes=len(handle) * 7), visited_at=visited
    )


def _event(row: Membership, lead: Member) -> MembershipEvent:
    """How the membership came about: people join themselves, and are invited by the lead."""
    actor: Any = lead if row.status == Status.INVITED else row.member
    return MembershipEvent(membership=row, actor=actor, role=row.role, status=row.status, reason=row.note)
