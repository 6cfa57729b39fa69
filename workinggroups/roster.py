"""The pages of a roster: leads first, then everybody by name, each with what the reader may do to them."""

from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Member
from core.paging import Keyset, Page
from workinggroups.models import Membership
from workinggroups.permissions import Standing, can_change_role, can_hand_over, can_remove

PAGE = 50
BY_NAME = Keyset("name", "id")


@dataclass(frozen=True)
class Entry:
    membership: Membership
    roles: list[tuple[str, str]]  # those the reader may give this person
    can_hand_over: bool
    can_remove: bool

    @property
    def member(self) -> Member:
        return self.membership.member

    @property
    def has_deeds(self) -> bool:
        return bool(self.roles or self.can_hand_over or self.can_remove)


def leading(s: Standing) -> list[Entry]:
    leads = s.group.memberships.leading().select_related("member__agency").order_by("-role", "member__name")
    return entries(s, leads)


def page_of(s: Standing, *, query: str = "", role: str = "", cursor: str = "") -> Page[Entry]:
    """With a search or a role everybody who matches; without, all but the leads, who are shown before."""
    memberships = s.group.memberships.active()
    if role:
        memberships = memberships.filter(role=role)
    elif not query:
        memberships = memberships.exclude(role__in=Membership.LEADING)
    people = Member.objects.filter(pk__in=memberships.values("member")).select_related("agency")
    for word in query.split()[:8]:
        people = people.filter(
            Q(name__icontains=word)
            | Q(handle__icontains=word)
            | Q(title__icontains=word)
            | Q(agency__name__icontains=word)
            | Q(agency__abbreviation__iexact=word)
        )
    page = BY_NAME.page(people, cursor, size=PAGE)
    found = s.group.memberships.active().filter(member__in=[member.pk for member in page])
    by_member = {membership.member_id: membership for membership in found}
    rows = []
    for member in page:
        if membership := by_member.get(member.pk):
            membership.member = member
            rows.append(membership)
    return Page(entries(s, rows), next=page.next, previous=page.previous)


def entries(s: Standing, memberships) -> list[Entry]:
    return [
        Entry(
            membership,
            [(r.value, r.label) for r in Membership.Role if can_change_role(s, membership, r)],
            bool(can_hand_over(s, membership)),
            bool(can_remove(s, membership)),
        )
        for membership in memberships
    ]
