from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import EligibilityProof, Member
from audit.actions import record
from core.errors import Refused
from forum.models import Category
from pages.demo import SIGN_INS
from pages.demo.areas import AREA_SLUGS, AREAS, make_areas
from pages.demo.asked import make_asked
from pages.demo.follows import make_follows
from pages.demo.groups import GROUPS, make_groups
from pages.demo.members import make_members
from pages.demo.notices import make_notices
from pages.demo.people import OFFICES, PEOPLE
from pages.demo.shelves import make_shelves
from pages.demo.threads import make_threads
from workinggroups.models import Group


def is_here() -> bool:
    demo = EligibilityProof.objects.filter(method=EligibilityProof.Method.DEMO)
    return demo.filter(address=SIGN_INS[0][0]).exists()


@transaction.atomic
def make_community(*, now: datetime, tell: Callable[[str], object]) -> None:
    """Write all of it, or nothing. Raises Refused where something of the same name is in the way."""
    refuse_doubles()
    members = make_members(now)
    tell(f"{len(members)} members of {len(OFFICES)} agencies and universities")
    places = make_areas()
    groups = make_groups(now, members)
    places |= {category.slug: category for category in Category.objects.filter(group__in=groups.values())}
    tell(f"{len(AREAS)} practice areas, {len(groups)} working groups")
    tell(f"{make_shelves(now, members, groups)} files and links")
    threads = make_threads(now, members, places)
    tell(f"{len(threads)} topics with {sum(len(thread.posts) for thread in threads)} posts")
    make_asked(now, members, threads)
    make_follows(members, places)
    tell(f"{make_notices(now, members, groups, threads)} notices")
    record(actor=None, action="demo.seed", target="site", members=len(members), topics=len(threads))


def refuse_doubles() -> None:
    addresses = [person.address or f"{person.handle}@{person.domain}" for person in PEOPLE]
    handles = [person.handle for person in PEOPLE]
    slugs = [cast.slug for cast in GROUPS]
    taken = [
        *Member.objects.filter(email__in=addresses).values_list("email", flat=True)[:3],
        *Member.objects.filter(handle__in=handles).values_list("handle", flat=True)[:3],
        *Group.objects.filter(slug__in=slugs).values_list("slug", flat=True),
        *Category.objects.filter(slug__in=[*slugs, *AREA_SLUGS]).values_list("slug", flat=True)[:3],
    ]
    if taken:
        raise Refused(_("These are here already and would be doubled: %s.") % ", ".join(dict.fromkeys(taken)))
