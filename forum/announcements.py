"""An announcement as one member sees it, and its progress for those who announce."""

from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.core.cache import caches
from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import Member
from core.paging import Keyset, Page
from forum.models import Announcement, Post, Topic
from forum.page import KEEP_SECONDS
from forum.permissions import can_acknowledge, can_announce
from forum.thread import Seen

BY_NAME = Keyset("name", "id")
PAGE = 50


class Asked(NamedTuple):
    announcement: Announcement
    revision: int  # that the first post has now


@dataclass
class AnnouncementSeen:
    seen: Seen
    announcement: Announcement
    revision: int
    read_at: datetime | None
    can_confirm: bool
    can_announce: bool

    @property
    def is_overdue(self) -> bool:
        today = timezone.localdate(timezone=self.seen.member.zone)
        return self.announcement.due_on is not None and self.announcement.due_on < today

    @property
    def has_changed(self) -> bool:
        """Since it was asked for."""
        return self.revision > self.announcement.revision


def announcement_of(seen: Seen) -> AnnouncementSeen | None:
    """One query where the topic is an announcement that runs."""
    if not seen.topic.is_announcement:
        return None
    asked = _asked(seen.topic)
    return _as_seen(seen, asked) if asked else None


def _as_seen(seen: Seen, asked: Asked) -> AnnouncementSeen:
    announcement, member = copy(asked.announcement), seen.member
    announcement.topic = seen.topic
    may = member.pk != announcement.announced_by_id and can_acknowledge(member, seen.topic, seen.role)
    mine = announcement.valid().filter(member=member.pk) if may else announcement.acknowledgements.none()
    read_at = mine.order_by("-at").values_list("at", flat=True).first()
    return AnnouncementSeen(
        seen=seen,
        announcement=announcement,
        revision=asked.revision,
        read_at=read_at,
        can_confirm=bool(may) and read_at is None,
        can_announce=bool(can_announce(member, seen.topic, seen.role)),
    )


def _asked(topic: Topic) -> Asked | None:
    """The same for every reader, kept under the topic's version, which every change of what is asked raises."""
    key = f"announcement:{topic.pk}:{topic.version}"
    asked = caches["local"].get(key)
    if asked is None:
        asked = asked_now(topic)
        caches["local"].set(key, asked, KEEP_SECONDS)
    return asked


def asked_now(topic: Topic) -> Asked | None:
    """Also one that has ended."""
    announcement = Announcement.objects.filter(topic=topic.pk).select_related("announced_by").first()
    if announcement is None:
        return None
    revisions = Post.objects.filter(topic=topic.pk).order_by("number").values_list("revision", flat=True)
    announcement.topic = topic
    return Asked(announcement, revisions[0])


class AgencyProgress(NamedTuple):
    agency: str
    confirmed: int
    addressed: int


@dataclass(frozen=True)
class Progress:
    confirmed: int
    addressed: int
    agencies: list[AgencyProgress]  # those with most people to wait for first


def progress_of(announcement: Announcement) -> Progress:
    """Two queries, however many are addressed."""
    by_agency = announcement.addressed().order_by().values_list("agency__name").annotate(n=Count("pk"))
    confirmed = dict(announcement.confirmed().order_by().values_list("agency__name").annotate(n=Count("pk")))
    agencies = [AgencyProgress(name or "", confirmed.get(name, 0), n) for name, n in by_agency]
    agencies.sort(key=lambda each: (each.confirmed - each.addressed, each.agency))
    return Progress(sum(confirmed.values()), sum(each.addressed for each in agencies), agencies)


def people_of(announcement: Announcement, *, has_read: bool, query: str, cursor: str) -> Page[Member]:
    people = announcement.confirmed() if has_read else announcement.waiting()
    if query:
        people = people.filter(Q(name__icontains=query) | Q(agency__name__icontains=query))
    return BY_NAME.page(people.select_related("agency"), cursor, size=PAGE)
