"""The filters of the directory that need nothing but members. Apps above add theirs (accounts/registry.py)."""

from django.utils.translation import gettext_lazy as _

from accounts.models import Agency, Member, MemberQuerySet
from accounts.registry import Choices, Filter, add_filter, areas


def _agencies(viewer: Member) -> Choices:
    return [(str(pk), name) for pk, name in Agency.objects.with_members().values_list("pk", "name")]


def _at_agency(people: MemberQuerySet, viewer: Member, value: str) -> MemberQuerySet:
    return people.at_agency(value)


def _in_role(people: MemberQuerySet, viewer: Member, value: str) -> MemberQuerySet:
    return people.filter(occupation=value)


def _interested(people: MemberQuerySet, viewer: Member, value: str) -> MemberQuerySet:
    return people.interested_in(value)


def _muted(people: MemberQuerySet, viewer: Member, value: str) -> MemberQuerySet:
    return people.filter(is_muted=True)


def register_filters() -> None:
    add_filter(Filter("agency", _("Agency"), _("All agencies"), _agencies, _at_agency))
    add_filter(
        Filter("role", _("Role"), _("All roles"), lambda viewer: list(Member.Occupation.choices), _in_role)
    )
    add_filter(
        Filter("interest", _("Interest"), _("All practice areas"), lambda viewer: areas(), _interested)
    )
    # Without a choice on the page: the settings lead here.
    add_filter(Filter("muted", "", "", lambda viewer: [], _muted))
