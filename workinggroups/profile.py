"""What working groups add to the pages of members: who is where, as far as the viewer may read the rosters."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Member, MemberQuerySet
from accounts.registry import Choices, Filter, Section, add_filter, add_reader_of_addresses, add_section
from workinggroups.models import Group, Membership


def _choices(viewer: Member) -> Choices:
    groups = Group.objects.visible_to(viewer).filter(state__in=Group.LIVING)
    return list(groups.order_by("name").values_list("slug", "name"))


def _in_group(people: MemberQuerySet, viewer: Member, slug: str) -> MemberQuerySet:
    groups = Group.objects.visible_to(viewer).filter(slug=slug)
    return people.filter(pk__in=Membership.objects.active().filter(group__in=groups).values("member"))


def _groups_of(person: Member, viewer: Member) -> dict[str, Any]:
    seen = Group.objects.visible_to(viewer).exclude(state=Group.State.CONCLUDED)
    memberships = Membership.objects.active().filter(member=person, group__in=seen).select_related("group")
    found = list(memberships.order_by("group__name"))
    return {"memberships": found} if found else {}


def _leads(viewer: Member, person: Member) -> bool:
    """The twin of `can_see_addresses` on a profile."""
    led = Membership.objects.leading().filter(member=viewer)
    return Membership.objects.active().filter(member=person, group__in=led.values("group")).exists()


def register_profile() -> None:
    add_reader_of_addresses(_leads)
    add_filter(Filter("group", _("Group"), _("All groups"), _choices, _in_group))
    add_section(Section("workinggroups/_of_member.html", _groups_of))
