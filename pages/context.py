from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from accounts.models import Member
from accounts.permissions import can_moderate
from accounts.terms import outstanding
from core.compiled import Compiled
from core.kept import token_for
from core.shell import shell_of
from forum.models import Category, Topic
from notifications.models import Notice
from pages.frame import Filled, Person, Place, Shell, Shown, render_around, render_frame
from workinggroups.models import Group

GROUPS_SHOWN = 12
UNREAD_SHOWN = 100  # beyond this a badge says "99+", so nothing beyond is counted
SHELL = "commons.shell"
SECTIONS = {"forum": "forum", "groups": "groups", "members": "members", "notifications": "notifications"}


def site(request: HttpRequest) -> dict[str, Any]:
    """What the frame of every page needs. Shell and frame are only worked out by templates that show them."""
    return {
        "csrf_token": SimpleLazyObject(partial(token_for, request)),
        "site_name": settings.SITE_NAME,
        "official_site": settings.OFFICIAL_SITE,
        "local_outbox": settings.LOCAL_OUTBOX,
        "shell": SimpleLazyObject(partial(shell, request)),
        "frame": frame(request),
        "around": Filled(lambda: render_around(_shown(request)), request),
    }


def frame(request: HttpRequest) -> Filled:
    return Filled(lambda: render_frame(_shown(request)), request)


def _shown(request: HttpRequest) -> Shown:
    told = shell(request)
    member = getattr(request, "user", None)
    person = None
    if member is not None and member.is_authenticated:
        person = Person(
            pk=member.pk,
            name=member.name,
            email=member.email,
            handle=member.handle,
            is_staff=member.is_staff,
            is_moderator=bool(can_moderate(member)),
            is_auditor=member.is_auditor,
            avatar_version=member.avatar_version,
            time_zone=member.time_zone,
        )
    return Shown(
        language=get_language() or "",
        theme=theme if (theme := request.COOKIES.get("theme")) in {"light", "dark"} else "",
        host=request.get_host() if settings.OFFICIAL_SITE else "",
        path=_path_in_rail(request.path, told),
        person=person,
        shell=told,
    )


def _path_in_rail(path: str, told: Shell | None) -> str:
    """The path as far as the rail cares: it marks the entry that leads here. "" where none does."""
    if told is None:
        return ""
    for place in told.groups:
        if path.startswith(entry := f"/groups/{place.slug}/"):
            return entry
    return path if path in {"/groups/", *(f"/forum/c/{area.slug}/" for area in told.areas)} else ""


def shell(request: HttpRequest) -> Shell | None:
    """Rail, badge and section for a member; None for everyone else. Worked out once for a request."""
    if SHELL not in request.META:
        request.META[SHELL] = _shell(request)
    return request.META[SHELL]


def _shell(request: HttpRequest) -> Shell | None:
    member = getattr(request, "user", None)
    if member is None or not member.is_authenticated or not member.is_member or outstanding(member):
        return None
    groups, unread_topics, unread, latest, toasts = shell_of(member.pk, partial(_figures, member))
    first = request.path.split("/", 2)[1]
    return Shell(
        groups=groups,
        areas=_areas(),
        unread_topics=unread_topics,
        unread_notices=unread,
        latest_notice=latest,
        toasts=toasts,
        active=SECTIONS.get(first, "") if first else "home",
    )


def _figures(member: Member) -> tuple[tuple[Place, ...], int, int, int | None, bool]:
    """Groups with unread topics, unread topics of all, unread notices, the latest notice, whether to show toasts."""
    groups = tuple(Place(*row) for row in _groups(member=member.pk, read_before=member.read_before))
    unread_topics = len(_unread_topics(member=member.pk, read_before=member.read_before))
    [(unread, latest, toasts)] = _notices(member=member.pk)
    return groups, unread_topics, unread, latest, toasts is not False


def _my_unread_topics(member: int, read_before: datetime) -> QuerySet:
    reader = Member(pk=member, read_before=read_before)
    return Topic.objects.visible_to(reader).unread_by(reader).order_by()


def _shown_of_unread(member: int, read_before: datetime) -> QuerySet:
    return _my_unread_topics(member, read_before)[:UNREAD_SHOWN].values_list("pk")


def _my_groups(member: int, read_before: datetime) -> QuerySet:
    topics = _my_unread_topics(member, read_before).filter(category__group=OuterRef("pk"))
    unread = topics.values("category__group").annotate(n=Count("pk")).values("n")
    groups = Group.objects.of(Member(pk=member)).order_by("name")[:GROUPS_SHOWN]
    return groups.values_list("name", "slug", "color", Coalesce(Subquery(unread), 0))


def _my_notices(member: int) -> QuerySet:
    unread = Notice.objects.filter(member=OuterRef("pk")).unread().order_by().values("member")
    latest = Notice.objects.filter(member=OuterRef("pk")).order_by("-id").values("id")[:1]
    return Member.objects.filter(pk=member).values_list(
        Coalesce(Subquery(unread.annotate(n=Count("pk")).values("n")), 0),
        Subquery(latest),
        "notice_preferences__toasts",
    )


_groups = Compiled(_my_groups, "member", "read_before")
_unread_topics = Compiled(_shown_of_unread, "member", "read_before")
_notices = Compiled(_my_notices, "member")


def _areas() -> tuple[Place, ...]:
    """The community's practice areas: the same for everyone."""
    areas = caches["local"].get("areas")
    if areas is None:
        places = Category.objects.filter(group=None, parent=None, is_archived=False)
        areas = tuple(Place(*place) for place in places.values_list("name", "slug", "color"))
        caches["local"].set("areas", areas, 60)
    return areas
