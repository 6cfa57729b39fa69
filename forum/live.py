from functools import partial

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from core import live
from core.compiled import Compiled
from core.shell import forget_every_shell
from forum.models import Post, Topic, TopicState


def _readable(member: int, topic: int) -> QuerySet:
    return Topic.objects.visible_to(Member(pk=member)).filter(pk=topic).order_by().values_list("pk")


_read = Compiled(_readable, "member", "topic")  # asked for each open page every minute


def may_listen(member: Member, topic_id: int) -> bool:
    return bool(_read(member=member.pk, topic=topic_id))


def publish_post(kind: str, topic: Topic, post: Post) -> None:
    """`kind`: post.created, post.edited, post.removed or reaction.changed.

    Ids and versions only; pages fetch the rest.
    """
    room = f"topic:{topic.pk}"
    event = {
        "type": kind,
        "room": room,
        "topic": topic.pk,
        "version": topic.version,
        "post": {"id": post.pk, "number": post.number, "revision": post.revision},
    }
    if kind != "reaction.changed":
        forget_every_shell()
    transaction.on_commit(partial(live.publish, room, event), robust=True)


def publish_topic(topic: Topic) -> None:
    room = f"topic:{topic.pk}"
    forget_every_shell()
    event = {"type": "topic.changed", "room": room, "topic": topic.pk, "version": topic.version}
    transaction.on_commit(partial(live.publish, room, event), robust=True)


def close_rooms() -> None:
    """A topic has gone where some of its readers may not follow: who may not hear its room any more leaves it now."""
    transaction.on_commit(live.recheck_everyone, robust=True)


def publish_reading(state: TopicState, unread: int) -> None:
    """To the member's own tabs: how far they are in a topic, and how many posts are left there."""
    event = {
        "type": "topic.read",
        "topic": state.topic_id,
        "read_to": state.read_to,
        "seen": state.seen_above,
        "unread": unread,
    }
    transaction.on_commit(partial(live.publish_to_members, [state.member_id], event), robust=True)


def publish_lists(member: Member) -> None:
    """To the member's own tabs: many topics were marked read or muted at once; lists and badges are out of date."""
    event = {"type": "topics.read"}
    transaction.on_commit(partial(live.publish_to_members, [member.pk], event), robust=True)
