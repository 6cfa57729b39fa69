"""Who could read something before it goes elsewhere, and who can then: shown before anything is moved
or brought back."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Member
from forum.models import Category, Move, Topic, TopicState


@dataclass(frozen=True)
class Change:
    before: str  # who reads it, in words
    after: str
    gains: int  # members who can read it then and could not
    loses: int
    followers: int  # among those who lose it


def change_of(topic: Topic, place: Category) -> Change:
    """What it means for those who read the topic that posts of it come to that category."""
    old, new = readers_of(topic.category), readers_of(place)
    lost = old.exclude(pk__in=new.values("pk"))
    followers = topic.states.filter(level=TopicState.Level.WATCHING, member__in=lost.values("pk"))
    is_same = topic.category.group_id == place.group_id
    return Change(
        before=in_words(topic.category),
        after=in_words(place),
        gains=0 if is_same else new.exclude(pk__in=old.values("pk")).count(),
        loses=0 if is_same else lost.count(),
        followers=0 if is_same else followers.count(),
    )


def change_back(move: Move) -> Change:
    """The same of taking that move back: of the topic that has the posts now, for the place they come back to. Its name
    is for those alone who may take it back."""
    is_whole = move.kind == Move.Kind.MOVE
    back = move.before["from"] if is_whole else move.source.category_id
    return change_of(move.destination, Category.objects.select_related("group").get(pk=back))


def readers_of(place: Category) -> QuerySet[Member]:
    members = Member.objects.members()
    return members if place.group is None else place.group.readers_among(members)


def in_words(place: Category) -> str:
    if place.group is None:
        return _("all members of the community")
    if place.group.is_open:
        return _("all members of the community, in the open group %(group)s") % {"group": place.group.name}
    return _("only members of the group %(group)s") % {"group": place.group.name}
