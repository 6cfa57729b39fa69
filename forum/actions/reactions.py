from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import Member
from forum import live
from forum.actions.posts import lock_with, touch
from forum.models import Post, Reaction
from forum.permissions import can_react


def react(*, member: Member, post_id: int, kind: str) -> tuple[Reaction, bool]:
    """The member's reaction of that kind, and whether it is new: a second one changes nothing."""
    if kind not in Reaction.Kind:
        raise ValidationError({"kind": _("There is no such reaction.")})
    with transaction.atomic():
        post = lock_with(member, post_id)
        can_react(member, post).enforce()
        reaction, is_new = Reaction.objects.get_or_create(member=member, post=post, kind=kind)
        if is_new:
            _recount(post, 1)
    return reaction, is_new


def take_back_reaction(*, member: Member, post_id: int, kind: str) -> Post:
    with transaction.atomic():
        post = lock_with(member, post_id)
        can_react(member, post).enforce()
        gone, _rows = post.reactions.filter(member=member, kind=kind).delete()
        if gone:
            _recount(post, -1)
    return post


def _recount(post: Post, change: int) -> None:
    """From the rows, under the topic's lock: the figures beside a post cannot drift from who reacted."""
    counted = post.reactions.order_by().values_list("kind").annotate(Count("pk"))
    post.reaction_counts = dict(counted)
    post.topic.reactions_count += change
    touch(post, "reaction_counts")
    live.publish_post("reaction.changed", post.topic, post)
