"""Who is told of a post, and why: in batches by member id, each answered by a few set-based queries."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member
from forum.levels import Follow, Heard, heard
from forum.models import (
    Announcement,
    Category,
    CategoryFollow,
    Level,
    Post,
    Tag,
    TagFollow,
    Topic,
    TopicState,
    Vote,
)
from notifications.models import Notice, NoticeEvent
from notifications.registry import Why
from workinggroups.models import Membership

MENTION, REPLY, QUOTE, FOLLOWED, TAG, CATEGORY = "mention", "reply", "quote", "followed", "tag", "category"
ASKED = "asked"
STRENGTH = (MENTION, REPLY, QUOTE, FOLLOWED, TAG, CATEGORY)  # the strongest first


def strongest(found: Iterable[tuple[int, str]]) -> dict[int, str]:
    """One reason for each member, of all that were found."""
    reasons: dict[int, str] = {}
    for member, reason in found:
        if member not in reasons or STRENGTH.index(reason) < STRENGTH.index(reasons[member]):
            reasons[member] = reason
    return reasons


def audience(event: NoticeEvent, after: int, limit: int) -> list[tuple[int, str]]:
    """The next people to tell: (member id, strongest reason), ascending, each after `after`, at most `limit`."""
    topic = Topic.objects.filter(pk=event.data["topic"]).select_related("category").first()
    if topic is None:
        return []
    found = [(pk, MENTION) for pk in event.data["mentioned"]]
    found += [(pk, QUOTE) for pk in event.data.get("quoted", ())]
    if event.data["parent_author"]:
        found.append((event.data["parent_author"], REPLY))
    found = [(pk, reason) for pk, reason in found if pk > after]
    if found:
        levels = levels_of(topic, {pk for pk, _reason in found})
        found = [(pk, reason) for pk, reason in found if levels[pk].level != Level.MUTED]
    for watchers, reason in _watchers(event, topic):
        ids = watchers.filter(member__gt=after).order_by("member_id").values_list("member_id", flat=True)
        found += [(pk, reason) for pk in ids.distinct()[:limit]]
    return sorted(strongest(found).items())[:limit]


class _Near:
    """What a member, named by the outer query, has chosen of a topic, nearest first. Conditions for filters."""

    def __init__(self, topic: Topic) -> None:
        self.states = TopicState.objects.filter(topic=topic)
        self.tags = TagFollow.objects.filter(tag__topics=topic)
        near = CategoryFollow.objects.filter(category=topic.category_id, member=OuterRef("member"))
        above = CategoryFollow.objects.filter(category__in=_above(topic))
        self.categories = above.filter(Q(category=topic.category_id) | ~Exists(near))
        self.has_own = Exists(self.states.filter(member=OuterRef("member")).exclude(level=""))
        self.has_tag = Exists(self.tags.filter(member=OuterRef("member")))

    @property
    def is_muted(self) -> Q:
        muted = {"member": OuterRef("member"), "level": Level.MUTED}
        is_louder = Exists(self.tags.filter(member=OuterRef("member")).exclude(level=Level.MUTED))
        by_tag = Q(self.has_tag) & ~Q(is_louder)
        by_category = ~Q(self.has_tag) & Q(Exists(self.categories.filter(**muted)))
        return Q(Exists(self.states.filter(**muted))) | ~Q(self.has_own) & (by_tag | by_category)


def _watchers(event: NoticeEvent, topic: Topic) -> list[tuple[QuerySet, str]]:
    """Who watches by topic, tag and category, each without those who chose otherwise nearer to it; and who is in a
    group that the post calls."""
    near = _Near(topic)
    by_tag = near.tags.filter(~near.has_own, level=Level.WATCHING)
    by_category = near.categories.filter(~near.has_own, ~near.has_tag, level=Level.WATCHING)
    found: list[tuple[QuerySet, str]] = [(by_tag, TAG), (by_category, CATEGORY)]
    if event.data["number"] > 1:
        found.append((near.states.filter(level=Level.WATCHING), FOLLOWED))
    if groups := event.data.get("groups"):
        called = Membership.objects.active().filter(group__in=groups)
        found.append((called.filter(~near.is_muted), MENTION))
    return found


def _above(topic: Topic) -> list[int]:
    """The topic's category and the one above it."""
    return [pk for pk in (topic.category_id, topic.category.parent_id) if pk]


def levels_of(topic: Topic, members: Iterable[int]) -> dict[int, Heard]:
    """How much each of these members hears of the topic."""
    members = list(members)
    own = dict(TopicState.objects.filter(topic=topic, member__in=members).values_list("member", "level"))
    tags, categories = defaultdict(list), defaultdict(list)
    followed = TagFollow.objects.filter(tag__topics=topic, member__in=members)
    for member, level, name in followed.values_list("member", "level", "tag__name"):
        tags[member].append(Follow(level, name))
    above = _above(topic)
    followed = CategoryFollow.objects.filter(category__in=above, member__in=members)
    rows = followed.values_list("category", "member", "level", "category__name")
    for _category, member, level, name in sorted(rows, key=lambda row: above.index(row[0])):
        categories[member].append(Follow(level, name))
    return {pk: heard(own.get(pk, ""), tags[pk], categories[pk]) for pk in members}


def may_see(event: NoticeEvent, member_ids: list[int]) -> set[int]:
    """Those of the members who may read the topic now: the set-based twin of `Topic.objects.visible_to`.

    Nobody, once the post is removed. Where the post has left the topic whose title was told, those who may read both.
    """
    topic = Topic.objects.select_related("category__group").filter(pk=event.data["topic"]).first()
    if topic is None:
        return set()
    places = [topic.category]
    if "post" in event.data:
        posts = Post.objects.select_related("topic__category__group").filter(removed_at=None)
        post = posts.filter(pk=event.data["post"]).first()
        if post is None:
            return set()
        if post.topic_id != topic.pk:
            places.append(post.topic.category)
    elif topic.merged_into_id:
        return set()
    members = Member.objects.members().filter(pk__in=member_ids)
    if event.actor_id:
        members = members.hearing(event.actor_id)
    for place in places:
        if place.group is not None:
            members = place.group.readers_among(members)
    return set(members.values_list("pk", flat=True))


def describe(notice: Notice) -> str:
    """The sentence a person reads, such as “Grace and 4 others replied in …”."""
    who, title = (notice.actor.name if notice.actor else _("Someone")), notice.data["title"]
    said = {"who": who, "title": title, "count": notice.count}
    if notice.reason == MENTION:
        return _("%(who)s mentioned you in “%(title)s”") % said
    if notice.reason == REPLY:
        return _("%(who)s replied to you in “%(title)s”") % said
    if notice.reason == QUOTE:
        return _("%(who)s quoted you in “%(title)s”") % said
    if notice.data["number"] == 1:
        return _("%(who)s started “%(title)s”") % said
    return (
        ngettext(
            "%(who)s replied in “%(title)s”",
            "%(count)d new replies in “%(title)s”, the last by %(who)s",
            notice.count,
        )
        % said
    )


def why(notice: Notice) -> Why:
    """What has led to the notice, and where the member has less of it."""
    topic = notice.data["topic"]
    here = reverse("forum:follow", args=[topic])
    if notice.reason == FOLLOWED:
        return Why(_("You follow this topic."), here, here)
    mine = {"member": notice.member_id, "level": Level.WATCHING}
    if notice.reason == TAG:
        tag = Tag.objects.filter(follows__in=TagFollow.objects.filter(**mine), topics=topic).first()
        if tag:
            return Why(_("You follow the tag %s.") % tag, f"{tag.get_absolute_url()}follow/", here)
    if notice.reason == CATEGORY:
        above = Q(topics=topic) | Q(children__topics=topic)
        place = Category.objects.filter(above, follows__in=CategoryFollow.objects.filter(**mine)).first()
        if place:
            return Why(_("You follow %s.") % place, reverse("forum:follow_category", args=[place.slug]), here)
    return Why("", "", here)


def reminded(event: NoticeEvent, after: int, limit: int) -> list[tuple[int, str]]:
    """Whoever set the bookmark, alone."""
    member = event.data["member"]
    return [(member, "bookmark")] if member > after else []


def describe_reminder(notice: Notice) -> str:
    return _("You wanted to come back to “%(title)s”") % {"title": notice.data["title"]}


def poll_audience(event: NoticeEvent, after: int, limit: int) -> list[tuple[int, str]]:
    """Who follows the topic, and who voted; those who muted it not."""
    states = TopicState.objects.filter(topic=event.data["topic"], member__gt=after)
    muted = states.filter(level=TopicState.Level.MUTED).values("member")
    voters = Vote.objects.filter(poll=event.data["poll"], member__gt=after).exclude(member__in=muted)
    following = states.filter(level=TopicState.Level.WATCHING).order_by("member_id")
    people = set(following.values_list("member_id", flat=True)[:limit])
    people |= set(voters.order_by("member_id").values_list("member_id", flat=True)[:limit])
    return [(member_id, FOLLOWED) for member_id in sorted(people)[:limit]]


def describe_poll(notice: Notice) -> str:
    return _("The poll in “%(title)s” is closed. See the result") % {"title": notice.data["title"]}


def its_author(event: NoticeEvent, after: int, limit: int) -> list[tuple[int, str]]:
    """Of what was to be posted later: whoever wrote it, alone."""
    member = event.data["member"]
    return [(member, "scheduled")] if member > after else []


def describe_refused(notice: Notice) -> str:
    words = {"title": notice.data["title"], "reason": notice.data["reason"]}
    return _("“%(title)s” could not be posted and is a draft again. %(reason)s") % words


def asked(event: NoticeEvent, after: int, limit: int) -> list[tuple[int, str]]:
    """Whom an announcement addresses and who has not confirmed: at first everybody, later those to remind."""
    announcement = _running(event)
    if announcement is None:
        return []
    waiting = announcement.waiting().filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
    return [(member_id, ASKED) for member_id in waiting[:limit]]


def still_asked(event: NoticeEvent, member_ids: list[int]) -> set[int]:
    """Those of the members who are addressed now and have not confirmed. Whom they mute makes no difference."""
    announcement = _running(event)
    if announcement is None:
        return set()
    return set(announcement.waiting().filter(pk__in=member_ids).values_list("pk", flat=True))


def _running(event: NoticeEvent) -> Announcement | None:
    running = Announcement.objects.filter(topic__is_announcement=True, topic__merged_into=None)
    return running.filter(topic=event.data["topic"]).select_related("topic__category").first()


def describe_announcement(notice: Notice) -> str:
    who = notice.actor.name if notice.actor else _("Someone")
    if due := parse_date(notice.data["due"]):
        text = _("%(who)s asks you to read “%(title)s” by %(due)s")
        return text % {"who": who, "title": notice.data["title"], "due": date_format(due, "j M Y")}
    return _("%(who)s asks you to read “%(title)s”") % {"who": who, "title": notice.data["title"]}
