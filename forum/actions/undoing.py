"""The way back: every post at the number it had."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from forum import live
from forum.actions.carrying import Seat, carry, posts_of
from forum.actions.moving import give_poll, put_in, record_move, tell
from forum.actions.posts import lock_rows
from forum.actions.readers import unfollow
from forum.models import Category, Draft, Move, PostLink, Topic, last_move
from forum.permissions import can_undo


def undo_move(*, actor: Member, topic_id: int, move_id: int | None = None) -> Move:
    """Take back the latest deed of this kind that touched the topic, or refuse if it is not that one (any more).

    Every post is back at its number. What was said since below the posts that return comes with them.
    """
    with transaction.atomic():
        if not Topic.objects.visible_to(actor).filter(pk=topic_id).exists():
            raise Http404
        move = last_move(topic_id)
        if move is None:
            raise ValidationError(_("There is nothing to undo."))
        lock_rows(move.source_id, move.destination_id)
        seen, move = move, last_move(topic_id)
        if move is None or move != seen or move_id not in {None, move.pk}:
            raise ValidationError(_("Something else was moved meanwhile. Look again before you undo it."))
        can_undo(actor, move).enforce()
        move.undone_at, move.undone_by = timezone.now(), actor
        move.events.all().delete()
        if move.kind == Move.Kind.MOVE:
            put_in(move.source, Category.objects.get(pk=move.before["from"]), move)
        else:
            _bring_back(move)
            tell(move)
            live.close_rooms()
        move.save(update_fields=["undone_at", "undone_by"])
        record_move(move, "topic.undo_move", actor)
    return move


def _bring_back(move: Move) -> None:
    topic, other = move.source, move.destination
    is_new = move.before.get("is_new", False)
    seats = {alias.post_id: Seat(alias.number, alias.parent_id) for alias in move.aliases.all()}
    last = topic.last_number
    for post in posts_of(other):  # by number: what is answered comes first
        if post.pk not in seats and (is_new or post.parent_id in seats):
            last += 1
            seats[post.pk] = Seat(last, post.parent_id)
    raised = dict(move.before.get("raised", []))
    carry(other, topic, seats, move=move, stay=raised, is_return=True, follows=is_new)
    unfollow(topic=other, members=move.before["followers"])
    topic.merged_into = None
    topic.solved_by_id = topic.solved_by_id or move.before["solved_by"]
    if move.before.get("poll") and other.has_poll:
        give_poll(other, topic)
    PostLink.objects.filter(pk__in=move.before.get("links", [])).update(topic=topic)
    Draft.objects.filter(pk__in=move.before.get("drafts", []), target=other.pk).update(target=topic.pk)
    if is_new:
        other.merged_into = topic
