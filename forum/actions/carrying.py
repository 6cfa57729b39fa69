"""Posts on their way from one topic to another: numbers, tree, addresses, figures. The rows of both topics are locked
by the caller, who has asked whether they may go."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from forum.actions.readers import carry_readers
from forum.actions.reading import close_gaps, leave_gaps
from forum.models import Move, Post, PostAlias, PostLink, Reaction, Topic, nest
from forum.seen import Ranges, union

BATCH = 200  # posts changed in one statement
PLACE = ["topic", "number", "parent", "depth", "path", "changed_version"]
FIGURES = [
    *("version", "last_number", "gaps", "gaps_count", "posts_count", "reactions_count"),
    *("last_post_at", "last_author", "solved_by", "merged_into", "has_poll"),
]


class Seat(NamedTuple):
    """Where a post will stand in the topic it goes to."""

    number: int
    parent: int | None


def posts_of(topic: Topic) -> list[Post]:
    """By number, with what tells their place in the tree."""
    return list(topic.posts.order_by("number").only(*PLACE))


def nearest(posts: Iterable[Post], going: set[int]) -> dict[int, int | None]:
    """For each post, by number, the nearest one above it that goes the same way: of those that go, or that stay.

    So a reply whose parent leaves it behind answers what that one answered, and one that leaves its parent behind
    becomes a root where it comes to.
    """
    found: dict[int, int | None] = {}
    above: dict[int | None, tuple[int | None, int | None]] = {None: (None, None)}
    for post in posts:
        goes, stays = above[post.parent_id]
        found[post.pk] = goes if post.pk in going else stays
        above[post.pk] = (post.pk, stays) if post.pk in going else (goes, post.pk)
    return found


def carry(
    source: Topic,
    destination: Topic,
    seats: Mapping[int, Seat],
    *,
    move: Move,
    stay: Mapping[int, int | None] | None = None,
    is_return: bool = False,
    follows: bool = True,
) -> list[int]:
    """Give the posts their seats in the destination. Answers the members who follow the destination because of it.

    `stay` names new parents of posts that do not go. A number left behind leads to its post for ever. With
    `is_return` the move is taken back, and its own aliases with it. The caller saves both topics by `settle`.
    """
    old, new = posts_of(source), posts_of(destination)
    going = [post for post in old if post.pk in seats]
    numbers = {post.number: seats[post.pk].number for post in going}
    left = [
        PostAlias(topic=source, number=post.number, post=post, parent_id=post.parent_id) for post in going
    ]
    for post in going:
        post.topic_id = destination.pk
        post.number, post.parent_id = seats[post.pk]
    changed = set(seats) | _parented((*old, *new), stay or {})
    for topic, posts in (
        (source, [post for post in old if post.pk not in seats]),
        (destination, [*new, *going]),
    ):
        changed |= _retraced(posts)
        _raise_versions(topic, [post for post in posts if post.pk in changed])
    if is_return:
        move.aliases.all().delete()
    for alias in left:
        alias.version, alias.move = source.version, None if is_return else move
    PostAlias.objects.bulk_create(left, batch_size=BATCH * 5)
    moved = [post for post in (*old, *new) if post.pk in changed]
    Post.objects.bulk_update(moved, PLACE, batch_size=BATCH)
    PostLink.objects.filter(post__in=seats).update(topic=destination)
    close_gaps(topic=destination, numbers=_ranges(numbers.values()))
    followers = carry_readers(source=source, destination=destination, numbers=numbers, follows=follows)
    destination.last_number = max(destination.last_number, *numbers.values())
    if len(going) < len(old):
        leave_gaps(topic=source, numbers=_ranges(numbers))
    return followers


def _parented(posts: Iterable[Post], parents: Mapping[int, int | None]) -> set[int]:
    """Those that have another parent now."""
    changed = {post.pk for post in posts if post.pk in parents and post.parent_id != parents[post.pk]}
    for post in posts:
        if post.pk in changed:
            post.parent_id = parents[post.pk]
    return changed


def _retraced(posts: Iterable[Post]) -> set[int]:
    """Path and depth anew from numbers and parents; those that changed."""
    placed: dict[int, Post] = {}
    changed = set()
    for post in sorted(posts, key=lambda post: post.number):
        placed[post.pk] = post
        place = nest(placed[post.parent_id] if post.parent_id else None, post.number)
        if (post.path, post.depth) != place:
            post.path, post.depth = place
            changed.add(post.pk)
    return changed


def _raise_versions(topic: Topic, changed: Iterable[Post]) -> None:
    """One for each changed post and one for the topic itself: open pages know by that to look at all of it."""
    for post in changed:
        topic.version += 1
        post.changed_version = topic.version
    topic.version += 1


def _ranges(numbers: Iterable[int]) -> Ranges:
    return union([(number, number) for number in numbers])


def settle(topic: Topic) -> None:
    """The figures of a topic anew from its posts, saved. A topic without posts keeps the time and name of its last."""
    shown = topic.posts.filter(removed_at=None)
    topic.posts_count = shown.count()
    topic.reactions_count = Reaction.objects.filter(post__topic=topic).count()
    newest = topic.posts.order_by("-created_at", "-pk").only("created_at", "author").first()
    if newest:
        topic.last_post_at, topic.last_author_id = newest.created_at, newest.author_id
    if topic.solved_by_id and not shown.filter(pk=topic.solved_by_id).exists():
        topic.solved_by = None
    topic.save(update_fields=FIGURES)
