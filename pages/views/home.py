from functools import lru_cache

from django.contrib.auth.decorators import login_not_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Member, SiteRole
from accounts.terms import outstanding
from core.compiled import Compiled, together
from core.kept import kept_text
from forum.models import Topic
from forum.rows import render_rows, rows_of
from pages.context import shell
from pages.frame import Place
from workinggroups.models import Membership

NEW_SHOWN = 8
WAITING_SHOWN = 10
ANSWERED_SHOWN = 3


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """The member's home; for visitors the landing page; for whose membership has ended, why and what helps."""
    member = request.user
    if not member.is_authenticated:
        return render(request, "pages/landing.html")
    if not member.is_member:
        return redirect("accounts:status")
    if outstanding(member):
        return redirect("accounts:terms")
    new = rows_of(member, only="unread", size=NEW_SHOWN).rows
    told = shell(request)
    waiting, answered = together(_waiting_ids.asked(member=member.pk), _answered.asked())
    context = {
        "greeting": _greeting(member),
        "new": render_rows(new) if new else "",
        "waiting": _waiting([pk for (pk,) in waiting]),
        "groups": _groups(told.groups, get_language()) if told else "",
        "answered": _render_answered(tuple(answered), get_language()),
        "joined": kept_text("joined", _joined),
    }
    return render(request, "pages/home.html", context)


def _greeting(member: Member) -> str:
    hour = timezone.localtime(timezone.now(), member.zone).hour
    first = (member.name.split() or [member.handle])[0]
    if hour < 12:
        return _("Good morning, %s") % first
    return (_("Good afternoon, %s") if hour < 18 else _("Good evening, %s")) % first


@lru_cache(maxsize=500)
def _groups(groups: tuple[Place, ...], language: str) -> str:
    """The same for all who are in these groups and have as much unread in them."""
    return render_to_string("pages/_my_groups.html", {"groups": groups})


def _waiting(found: list[int]) -> list[Membership]:
    """Invitations to this member, and requests to join the groups they lead. Mostly there are none."""
    if not found:
        return []
    memberships = Membership.objects.filter(pk__in=found).select_related("group", "member__agency")
    return list(memberships.order_by("since"))


def _waiting_for(member: int) -> QuerySet:
    led = Membership.objects.leading().filter(member=member).values("group")
    waiting = Q(status=Membership.Status.INVITED, member=member)
    waiting |= Q(requested_at__isnull=False, group__in=led)
    return Membership.objects.filter(waiting).order_by("since").values_list("pk")[:WAITING_SHOWN]


_waiting_ids = Compiled(_waiting_for, "member")


def _answered_lately() -> QuerySet:
    """In the community's categories. Asked each time: a topic may go to a hidden group, and its title with it."""
    answered = Topic.objects.filter(category__group=None).exclude(solved_by=None)
    return answered.order_by("-last_post_at").values_list("pk", "slug", "title")[:ANSWERED_SHOWN]


_answered = Compiled(_answered_lately)


@lru_cache(maxsize=50)
def _render_answered(topics: tuple[tuple[int, str, str], ...], language: str) -> str:
    return render_to_string("pages/_answered.html", {"topics": topics})


def _joined() -> str:
    joined = Member.objects.members().filter(is_listed=True).select_related("agency")
    return render_to_string("pages/_joined.html", {"joined": joined.order_by("-created_at", "-pk")[:4]})


@login_not_required
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/about.html")


@login_not_required
def steering(request: HttpRequest) -> HttpResponse:
    """Public, so it tells no more than the office: name, title, agency."""
    committee = Member.objects.members().filter(role_grants__role=SiteRole.STEERING).select_related("agency")
    return render(request, "pages/steering.html", {"committee": committee.order_by("name", "pk")})
