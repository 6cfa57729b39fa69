"""A group's overview, in parts that are each rendered once for what they show.

What a part shows is handed to it as facts: what the group is, what its reader may do there, and rows as the database
gave them for this reader. Equal facts give equal text, and no fact of one member can end up before another.
"""

from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language

from accounts.models import Member
from core.compiled import Asked, Compiled, CompiledRows, Rows, together
from core.kept import CSRF
from workinggroups.models import Group, Membership, Resource, ResourceVersion
from workinggroups.permissions import Standing, can_join, can_open_settings, can_post, can_read, can_upload

NEWEST_PEOPLE = 8
SHOWN_OF_EACH = 5  # topics and resources on the overview
KEPT = 500  # texts of each part in each process, some KB each
# The columns that are shown: hashes, addresses and texts of twenty people stay in the database.
GROUP = (
    *("name", "slug", "purpose", "charter_html", "color"),
    *("listing", "content", "join", "state", "member_count"),
)
PERSON = (
    "role",
    "since",
    "member__name",
    "member__handle",
    "member__avatar_version",
    "member__agency__name",
    "member__agency__abbreviation",
)
TOPIC = ("title", "slug", "last_number", "posts_count", "last_post_at", "author__name", "last_author__name")
RESOURCE = ("pk", "name", "collection", "changed_at", "version", "created_by__name")
VERSION = ("newest__filename", "newest__note", "newest__scan", "newest__size", "newest__created_by__name")
_facts_of = attrgetter(*GROUP)
Facts = tuple[Any, ...]  # of a group, in the order of GROUP


class Ways(NamedTuple):
    """What one member is in a group and may do there."""

    role: str
    is_requesting: bool
    is_invited: bool
    can_read: bool
    can_join: bool
    can_post: bool
    can_upload: bool
    can_open_settings: bool

    @property
    def role_label(self) -> str:
        return str(Membership.Role(self.role).label)

    @property
    def is_observer(self) -> bool:
        return self.role == Membership.Role.OBSERVER


def ways_of(s: Standing) -> Ways:
    deeds = (can_read, can_join, can_post, can_upload, can_open_settings)
    return Ways(s.role, s.is_requesting, s.is_invited, *(bool(can(s)) for can in deeds))


def _leads_and_newest(group: int) -> QuerySet:
    people = Group(pk=group).memberships.leads_and_newest(NEWEST_PEOPLE)
    return people.select_related("member__agency").only(*PERSON)


def place_of(group: Group) -> Any:
    """Where it talks, for its topics' sake: nothing else of the category is loaded."""
    return _category(group.place.pk)


def _category(pk: int) -> Any:
    return Group.categories.rel.related_model(pk=pk)


def _newest_topics(place: int, member: int, read_before: datetime) -> QuerySet:
    reader = Member(pk=member, read_before=read_before)
    topics = _category(place).topics.visible_to(reader).with_unread(reader)
    return topics.select_related("author", "last_author").only(*TOPIC)[:SHOWN_OF_EACH]


def _newest_resources(group: int) -> QuerySet:
    resources = Group(pk=group).resources.shelved().for_listing()
    return resources.values_list(*RESOURCE, *VERSION)[:SHOWN_OF_EACH]


_people = CompiledRows(_leads_and_newest, "group")
_topics = CompiledRows(_newest_topics, "place", "member", "read_before")
_resources = Compiled(_newest_resources, "group")


def parts_of(s: Standing, agencies: int) -> dict[str, str]:
    """The texts of the overview for who may read what the group holds."""
    group, facts, ways = s.group, _facts_of(s.group), ways_of(s)
    people, resources, *found = together(*_questions(s))
    topics, place = (found[0], group.place.slug) if group.place else ((), "")
    here = get_language(), timezone.localtime().year  # what a text with dates in it depends on
    return {
        "head": render_head(facts, ways, "overview", people, agencies, here[0]),
        "talk": _talk(topics, facts, place, ways.can_post, *here),
        "shelf": _shelf(tuple(resources), facts, ways.can_upload, *here),
        "aside": _aside(people, facts, here[0]),
    }


def _questions(s: Standing) -> list[Asked]:
    group, member = s.group, s.member
    questions = [_people.asked(group=group.pk), _resources.asked(group=group.pk)]
    if group.place:
        reader = {"member": member.pk, "read_before": member.read_before}
        questions.append(_topics.asked(place=group.place.pk, **reader))
    return questions


def outside_of(s: Standing) -> dict[str, Any]:
    """What others may know: who leads."""
    people = _people(group=s.group.pk)
    head = render_head(_facts_of(s.group), ways_of(s), "overview", people, 0, get_language())
    return {"group_head": head, "leads": _leads(people)}


def head_of(s: Standing, tab: str) -> str:
    """The head of the group's other pages."""
    return render_head(_facts_of(s.group), ways_of(s), tab, (), 0, get_language())


@lru_cache(maxsize=KEPT)
def render_head(facts: Facts, ways: Ways, tab: str, people: Rows, agencies: int, language: str) -> str:
    context = {
        "group": _group(facts),
        "ways": ways,
        "tab": tab,
        "leads": _leads(people),
        "agencies": agencies,
        "csrf_token": CSRF,
    }
    return render_to_string("workinggroups/_group_head.html", context)


@lru_cache(maxsize=KEPT)
def _talk(topics: Rows, facts: Facts, place: str, can_post: bool, language: str, year: int) -> str:
    context = {"topics": _topics.of(topics), "group": _group(facts), "place": place, "can_post": can_post}
    return render_to_string("workinggroups/_talk.html", context)


@lru_cache(maxsize=KEPT)
def _shelf(resources: Rows, facts: Facts, can_upload: bool, language: str, year: int) -> str:
    found = [_resource(row) for row in resources]
    context = {"resources": found, "group": _group(facts), "can_upload": can_upload}
    return render_to_string("workinggroups/_shelf.html", context)


@lru_cache(maxsize=KEPT)
def _aside(people: Rows, facts: Facts, language: str) -> str:
    newest = _people.of(people)[:NEWEST_PEOPLE]
    context = {"leads": _leads(people), "newest_people": newest, "group": _group(facts)}
    return render_to_string("workinggroups/_overview_aside.html", context)


def _group(facts: Facts) -> Group:
    return Group(**dict(zip(GROUP, facts, strict=True)))


def _resource(row: tuple) -> Resource:
    pk, name, collection, changed_at, version, added_by, filename, note, scan, size, sent_by = row
    resource = Resource(pk=pk, name=name, collection=collection, changed_at=changed_at, version=version)
    resource.created_by = Member(name=added_by)
    if filename is not None:
        resource.newest = ResourceVersion(filename=filename, note=note, scan=scan, size=size)
        resource.newest.created_by = Member(name=sent_by)
    return resource


def _leads(people: Rows) -> list[Membership]:
    leading = [membership for membership in _people.of(people) if membership.is_leading]
    return sorted(leading, key=lambda membership: (membership.role != Membership.Role.LEAD, membership.since))
