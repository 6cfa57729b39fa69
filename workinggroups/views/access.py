"""How every page of a group begins. What the member may not know of, and what does not exist, are the same 404."""

from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone

from accounts.models import Member
from core.compiled import Compiled
from notifications.actions import read_source
from workinggroups.models import INVITATION_LIFE, Group, GroupQuerySet, Membership
from workinggroups.permissions import Standing, can_read


def find(request: HttpRequest, slug: str, groups: GroupQuerySet | None = None) -> Standing:
    """For pages and deeds that need no look at what the group holds. `groups` may fetch more in the same query."""
    groups = (
        (Group.objects.all() if groups is None else groups).findable_by(request.user).with_mine(request.user)
    )
    group = groups.filter(slug=slug).first()
    if group is None:
        raise Http404
    return Standing(group, request.user, group.mine)


def find_and_read(request: HttpRequest, slug: str) -> Standing:
    """For the pages that notices about the group lead to: what they said has been seen."""
    if request.user.site_roles:
        s = find(request, slug, Group.objects.with_place().with_notices(request.user))
    else:
        s = _find_compiled(request, slug)
    if s.group.is_told_of:
        read_source(member_id=request.user.pk, source=f"group:{s.group.pk}")
    return s


def _find_compiled(request: HttpRequest, slug: str) -> Standing:
    lapsed_before = timezone.now() - INVITATION_LIFE
    found = _found(member=request.user.pk, slug=slug, lapsed_before=lapsed_before)
    if not (found and request.user.is_member):
        raise Http404
    [(is_told_of, place, place_slug, *values)] = found
    group = Group.from_db("default", GROUP, values[: len(GROUP)])
    group.is_told_of = is_told_of
    if place is not None:
        group.place = Place(place, place_slug)
    mine = Membership.from_db("default", MEMBERSHIP, values[len(GROUP) :])
    return Standing(group, request.user, None if mine.pk is None else mine)


def _as_found(member: int, slug: str, lapsed_before: datetime) -> QuerySet:
    """As `find_and_read` finds a group for a member without a role in the community."""
    reader = Member(pk=member, eligible_until=datetime.max.replace(tzinfo=UTC))
    groups = Group.objects.with_place().with_notices(reader).with_mine(reader)
    found = groups.findable_by(reader, lapsed_before=lapsed_before).filter(slug=slug).order_by()
    mine = (f"mine__{name}" for name in MEMBERSHIP)
    return found.values_list("is_told_of", "place__pk", "place__slug", *GROUP, *mine)


class Place(NamedTuple):
    """What an overview needs to know of the category where a group talks."""

    pk: int
    slug: str


# All but the Markdown of the charter, which nobody reads here.
GROUP = [field.attname for field in Group._meta.concrete_fields if field.attname != "charter"]
MEMBERSHIP = [field.attname for field in Membership._meta.concrete_fields]
_found = Compiled(_as_found, "member", "slug", "lapsed_before")


def enter(request: HttpRequest, slug: str) -> Standing:
    """For pages that show what the group holds: topics, files, people."""
    return entered(find(request, slug))


def entered(s: Standing) -> Standing:
    if not can_read(s):
        raise Http404
    return s
