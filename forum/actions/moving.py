"""Topics to another category, posts to another topic. Post ids never change, no address dies."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import Member
from audit.actions import record
from core.lines import one_line
from forum import live
from forum.actions.carrying import Seat, carry, nearest, posts_of, settle
from forum.actions.lines import note
from forum.actions.posts import lock_rows
from forum.actions.topics import clean_title
from forum.models import Category, Draft, Move, Poll, Post, PostLink, Topic, TopicEvent
from forum.permissions import can_keep_order, can_receive
from forum.tasks import bring_notices

Kind = TopicEvent.Kind
REASON_LEAST, REASON_MOST = 5, 200


def move_topic(*, actor: Member, topic_id: int, category: str, reason: str) -> Move:
    """To the category with that slug. ValidationError on `category` and `reason`."""
    reason = clean_reason(reason)
    with transaction.atomic():
        topic = _locked(actor, topic_id)[topic_id]
        can_keep_order(actor, topic).enforce()
        place = Category.objects.visible_to(actor).select_related("group").filter(slug=category).first()
        if place is None or place.pk == topic.category_id:
            raise ValidationError({"category": _("Choose another category.")})
        can_receive(actor, place).enforce()
        move = Move.objects.create(
            kind=Move.Kind.MOVE,
            source=topic,
            destination=topic,
            actor=actor,
            reason=reason,
            before={"from": topic.category_id, "to": place.pk},
        )
        note(topic, Kind.MOVED, actor, reason=reason, move=move, **move.before)
        record_move(move, "topic.move", actor, before=topic.category.slug, after=place.slug)
        put_in(topic, place, move)
    return move


def put_in(topic: Topic, place: Category, move: Move) -> None:
    topic.category = place
    topic.version += 1
    topic.save(update_fields=["category", "version"])
    live.publish_topic(topic)
    live.close_rooms()
    bring_notices.enqueue(move.pk)


def split_topic(
    *,
    actor: Member,
    topic_id: int,
    posts: Collection[int] = (),
    with_replies: Collection[int] = (),
    reason: str,
    destination: int | None = None,
    title: str = "",
    category: str = "",
) -> Move:
    """Posts by their ids, those of `with_replies` with all that was said below them: to an existing topic, or to a new
    one with this title, in the same category unless another is named. ValidationError names the argument."""
    reason = clean_reason(reason)
    with transaction.atomic():
        topics = _locked(actor, topic_id, destination)
        topic = topics[topic_id]
        can_keep_order(actor, topic).enforce()
        old = posts_of(topic)
        going = chosen_of(old, posts, with_replies)
        if destination is None:
            other = _new_topic(actor, topic, going[0], title, category)
        else:
            other = _other(actor, topic, topics.get(destination))
        is_new = destination is None
        above = nearest(old, {post.pk for post in going})
        seats = _seats(other, going, above)
        raised = {
            post.pk: post.parent_id
            for post in old
            if post.pk not in seats and above[post.pk] != post.parent_id
        }
        move = _start(Move.Kind.SPLIT, topic, other, actor, reason, len(going))
        move.before |= {"is_new": is_new, "raised": list(raised.items())}
        ends = topic.last_number, other.last_number
        _carry(move, seats, stay={pk: above[pk] for pk in raised})
        said: dict[str, Any] = {"reason": reason, "move": move, "posts": len(going)}
        note(topic, Kind.LEFT, actor, after=ends[0], **said, other=other.pk)
        note(other, Kind.BEGAN if is_new else Kind.CAME, actor, after=ends[1], **said, other=topic.pk)
        record_move(move, "topic.split", actor)
        tell(move)
    return move


def merge_topic(*, actor: Member, topic_id: int, destination: int, reason: str) -> Move:
    """All posts to another topic, where the others answer what was the first. ValidationError names the argument."""
    reason = clean_reason(reason)
    with transaction.atomic():
        topics = _locked(actor, topic_id, destination)
        topic = topics[topic_id]
        can_keep_order(actor, topic).enforce()
        other = _other(actor, topic, topics.get(destination))
        going = posts_of(topic)
        first = going[0].pk
        above = {post.pk: post.parent_id or first for post in going} | {first: None}
        move = _start(Move.Kind.MERGE, topic, other, actor, reason, len(going))
        end = other.last_number
        _carry(move, _seats(other, going, above))
        topic.merged_into = other
        other.solved_by_id = other.solved_by_id or topic.solved_by_id
        _bring_rest(move)
        said: dict[str, Any] = {"reason": reason, "move": move, "posts": len(going), "post": first}
        note(other, Kind.MERGED, actor, after=end, **said)
        record_move(move, "topic.merge", actor)
        tell(move)
        live.close_rooms()
    return move


def _bring_rest(move: Move) -> None:
    """What hangs on a topic as a whole: its poll, links that lead to it, replies that were begun and not sent."""
    topic, other = move.source, move.destination
    if topic.has_poll and other.has_poll:
        raise ValidationError({"destination": _("Both topics have a poll. Remove one of them first.")})
    if topic.is_announcement:
        raise ValidationError(_("Its readers are asked to confirm this topic. End the announcement first."))
    move.before["poll"] = topic.has_poll
    if topic.has_poll:
        give_poll(topic, other)
    linked = PostLink.objects.filter(topic=topic, post=None)
    linked = linked.exclude(source__in=PostLink.objects.filter(topic=other, post=None).values("source"))
    move.before["links"] = list(linked.values_list("pk", flat=True))
    PostLink.objects.filter(pk__in=move.before["links"]).update(topic=other)
    begun = Draft.objects.filter(kind=Draft.Kind.REPLY)
    there = begun.filter(target=other.pk).values("member")
    drafts = begun.filter(target=topic.pk).exclude(member__in=there)
    move.before["drafts"] = list(drafts.values_list("pk", flat=True))
    Draft.objects.filter(pk__in=move.before["drafts"]).update(target=other.pk)
    move.save(update_fields=["before"])


def give_poll(topic: Topic, other: Topic) -> None:
    Poll.objects.filter(topic=topic).update(topic=other)
    topic.has_poll, other.has_poll = False, True


def clean_reason(reason: str) -> str:
    reason = one_line(reason)
    if len(reason) < REASON_LEAST:
        raise ValidationError({"reason": _("Say why, in at least %d characters.") % REASON_LEAST})
    if len(reason) > REASON_MOST:
        raise ValidationError({"reason": _("A reason has at most %d characters.") % REASON_MOST})
    return reason


def chosen_of(posts: list[Post], single: Collection[int], with_replies: Collection[int]) -> list[Post]:
    """Those of a topic's posts that were chosen by their ids, by number. ValidationError on `posts`."""
    below, wanted = set(with_replies), {*single, *with_replies}
    if wanted - {post.pk for post in posts}:
        raise ValidationError(
            {"posts": _("Some of these posts are not in this topic any more. Choose again.")}
        )
    for post in posts:
        if post.parent_id in below:
            below.add(post.pk)
    going = [post for post in posts if post.pk in wanted | below]
    if not going:
        raise ValidationError({"posts": _("Choose at least one post.")})
    if going[0].number == 1:
        raise ValidationError(
            {"posts": _("The first post is the topic itself. To bring all of it elsewhere, merge the topic.")}
        )
    return going


def _locked(actor: Member, topic_id: int, other: int | None = None) -> dict[int, Topic]:
    """The topics that the actor may see, their rows locked; the first one is among them."""
    ids = {topic_id} if other is None else {topic_id, other}
    lock_rows(*ids)
    found = Topic.objects.visible_to(actor).select_related("category__group").in_bulk(ids)
    if topic_id not in found:
        raise Http404
    return found


def _other(actor: Member, topic: Topic, other: Topic | None) -> Topic:
    if other is None or other.pk == topic.pk:
        raise ValidationError({"destination": _("Choose another topic.")})
    can_receive(actor, other.category).enforce()
    return other


def _new_topic(actor: Member, topic: Topic, first: Post, title: str, category: str) -> Topic:
    """Begun by the author of its first post, at the time of that."""
    title = clean_title(title)
    if first.is_removed:
        raise ValidationError(
            {"posts": _("The first of these posts was removed. A topic begins with a text.")}
        )
    place = topic.category
    if category and category != place.slug:
        found = Category.objects.visible_to(actor).select_related("group").filter(slug=category).first()
        if found is None:
            raise ValidationError({"category": _("Choose a category.")})
        can_receive(actor, found).enforce()
        place = found
    made = Topic.objects.create(
        category=place,
        title=title,
        slug=Topic.slug_for(title),
        author=first.author,
        last_author=first.author,
        created_at=first.created_at,
        version=0,
    )
    if place == topic.category:
        made.tags.set(topic.tags.all())
    return made


def _seats(topic: Topic, going: list[Post], above: Mapping[int, int | None]) -> dict[int, Seat]:
    """After the last number, in the order in which they stood."""
    numbers = enumerate(going, topic.last_number + 1)
    return {post.pk: Seat(number, above[post.pk]) for number, post in numbers}


def _start(kind: Move.Kind, topic: Topic, other: Topic, actor: Member, reason: str, posts_count: int) -> Move:
    return Move.objects.create(
        kind=kind,
        source=topic,
        destination=other,
        actor=actor,
        reason=reason,
        posts_count=posts_count,
        before={"solved_by": topic.solved_by_id},
    )


def _carry(move: Move, seats: Mapping[int, Seat], *, stay: Mapping[int, int | None] | None = None) -> None:
    move.before["followers"] = carry(move.source, move.destination, seats, move=move, stay=stay)
    move.save(update_fields=["before"])


def tell(move: Move) -> None:
    """Both topics with their new figures saved, open pages and what was told of their posts brought up to date."""
    for topic in (move.source, move.destination):
        settle(topic)
        live.publish_topic(topic)
    bring_notices.enqueue(move.pk)


def record_move(move: Move, action: str, actor: Member, **facts: Any) -> None:
    """One row for each of the topics, so that each one's history is whole."""
    for topic in {move.source_id, move.destination_id}:
        record(
            actor=actor,
            action=action,
            target=f"topic:{topic}",
            move=move.pk,
            source=f"topic:{move.source_id}",
            destination=f"topic:{move.destination_id}",
            posts=move.posts_count,
            reason=move.reason,
            **facts,
        )
