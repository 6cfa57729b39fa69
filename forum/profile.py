"""What the forum adds to the pages of members: practice areas, and what somebody wrote lately."""

from typing import Any

from accounts.models import Member
from accounts.registry import Choices, Section, add_areas, add_section
from forum.models import Category, Post, Topic

SHOWN = 5


def practice_areas() -> Choices:
    areas = Category.objects.filter(group=None, parent=None, is_archived=False)
    return list(areas.values_list("slug", "name"))


def written(person: Member, viewer: Member) -> dict[str, Any]:
    """Their newest topics and replies, as far as the viewer may read them."""
    topics = Topic.objects.visible_to(viewer).filter(author=person).select_related("category")
    posts = Post.objects.visible_to(viewer).filter(author=person, number__gt=1, removed_at=None)
    found = {
        "topics": list(topics.order_by("-id")[:SHOWN]),
        "replies": list(posts.select_related("topic").order_by("-id")[:SHOWN]),
    }
    return found if any(found.values()) else {}


def register_profile() -> None:
    add_areas(practice_areas)
    add_section(Section("forum/_of_member.html", written))
