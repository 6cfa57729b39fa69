"""System lines: what was done to a topic, told in the thread where it belongs in time.

They are the same for every reader of the topic, so they name nothing that one of them may not see: another topic is a
link without its title, a category is named where it is the community's or of the group that this one belongs to.
"""

from collections.abc import Iterable, Sequence

from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum.models import Category, Post, Topic, TopicEvent
from forum.order import Order

MOST = 50  # on one page; the latest ones
Kind = TopicEvent.Kind


def lines_on(topic: Topic, order: Order, posts: Sequence[Post], start: str, end: str) -> list[str]:
    """What stands before each of the posts of a page, and behind the last; empty texts where nothing does.

    `start` and `end` are the cursors after which the page begins and with which it ends, empty at the ends of the
    topic.
    """
    lines = [""] * (len(posts) + 1)
    found = (
        topic.events.filter(order.lines_between(start, end)).select_related("actor").order_by("-pk")[:MOST]
    )
    events = sorted(found, key=lambda event: (event.after_number, event.pk), reverse=order.is_backward)
    places = _places(topic, events)
    for event in events:
        behind = (index for index, post in enumerate(posts) if order.is_behind(post, event.after_number))
        lines[next(behind, len(posts))] += _line(event, places)
    return lines


def _places(topic: Topic, events: Iterable[TopicEvent]) -> dict[int, str]:
    """The names of the categories that these lines tell of and that everyone who reads the topic may know."""
    ids = {
        pk for event in events if event.kind == Kind.MOVED for pk in (event.data["from"], event.data["to"])
    }
    if not ids:
        return {}
    known = Q(group=None) | Q(group=topic.category.group_id)
    return dict(Category.objects.filter(known, pk__in=ids).values_list("pk", "name"))


def _line(event: TopicEvent, places: dict[int, str]) -> SafeString:
    url, label = _link(event)
    context = {"event": event, "sentence": _sentence(event, places), "url": url, "label": label}
    return mark_safe(render_to_string("forum/_line.html", context))  # noqa: S308  (a rendered template)


def _sentence(event: TopicEvent, places: dict[int, str]) -> str:
    who, data = event.actor.name if event.actor else _("Someone"), event.data
    if data.get("planned"):
        return _PLANNED[Kind(event.kind)]()
    match event.kind:
        case Kind.RENAMED:
            return _("%(who)s renamed this topic. It was “%(title)s” before.") % {
                "who": who,
                "title": data["title"],
            }
        case Kind.MOVED:
            return _moved(who, places.get(data["from"], ""), places.get(data["to"], ""))
        case Kind.LEFT | Kind.CAME | Kind.MERGED:
            return _counted(event.kind, data["posts"]) % {"who": who, "n": data["posts"]}
    return {
        Kind.LOCKED: _("%(who)s locked this topic."),
        Kind.UNLOCKED: _("%(who)s unlocked this topic."),
        Kind.PINNED: _("%(who)s pinned this topic."),
        Kind.UNPINNED: _("%(who)s unpinned this topic."),
        Kind.SLOWED: _("%(who)s turned slow mode on."),
        Kind.QUICKENED: _("%(who)s turned slow mode off."),
        Kind.ASKED: _("%(who)s added a poll."),
        Kind.REWORDED: _("%(who)s changed the poll. Nobody had voted yet."),
        Kind.COUNTED: _("%(who)s closed the poll."),
        Kind.ANNOUNCED: _("%(who)s asks everyone addressed to confirm that they read this."),
        Kind.ANSWERED: _("%(who)s chose an answer."),
        Kind.UNANSWERED: _("%(who)s took the mark of the answer away."),
        Kind.BEGAN: _("%(who)s split this topic off from another one."),
    }[Kind(event.kind)] % {"who": who}


_PLANNED = {
    Kind.UNLOCKED: lambda: _("This topic was unlocked, as planned."),
    Kind.UNPINNED: lambda: _("This topic was unpinned, as planned."),
    Kind.COUNTED: lambda: _("The poll closed, as planned."),
}


def _moved(who: str, old: str, new: str) -> str:
    if old and new:
        text = _("%(who)s moved this topic from %(old)s to %(new)s.")
    elif new:
        text = _("%(who)s moved this topic to %(new)s.")
    elif old:
        text = _("%(who)s moved this topic from %(old)s.")
    else:
        text = _("%(who)s moved this topic to another category.")
    return text % {"who": who, "old": old, "new": new}


def _counted(kind: str, posts: int) -> str:
    if kind == Kind.LEFT:
        return ngettext(
            "%(who)s moved %(n)d post to another topic.", "%(who)s moved %(n)d posts to another topic.", posts
        )
    if kind == Kind.CAME:
        return ngettext(
            "%(who)s moved %(n)d post here from another topic.",
            "%(who)s moved %(n)d posts here from another topic.",
            posts,
        )
    return ngettext(
        "%(who)s merged another topic with %(n)d post into this one.",
        "%(who)s merged another topic with %(n)d posts into this one.",
        posts,
    )


def _link(event: TopicEvent) -> tuple[str, str]:
    """Where the line leads: to another topic by its number alone, or to a post by its own address for ever."""
    match event.kind:
        case Kind.LEFT | Kind.CAME:
            return f"/forum/t/{event.data['other']}/", _("Go there")
        case Kind.BEGAN:
            return f"/forum/t/{event.data['other']}/", _("See where it began")
        case Kind.MERGED:
            return f"/p/{event.data['post']}/", _("Go to the first of them")
        case Kind.ANSWERED:
            return f"/p/{event.data['post']}/", _("See the answer")
    return "", ""
