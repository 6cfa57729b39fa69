"""What readers of one topic have seen and follow, taken along with the posts that go to another."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator

from django.db.models import Exists, OuterRef, QuerySet

from forum.actions.reading import FIELDS, in_order
from forum.models import Topic, TopicState, first_reading
from forum.seen import NONE, Ranges, parse, reading, union, without

BATCH = 500
MOVED = "moved"  # why somebody follows a topic to which posts went that they followed elsewhere


def carry_readers(
    *, source: Topic, destination: Topic, numbers: dict[int, int], follows: bool = True
) -> list[int]:
    """Who saw a post has seen it in its new place, and nobody else has. With `follows`, who has not chosen how much to
    hear of the destination hears as much as of the source. Answers whom that changed.

    `numbers`: what each number becomes, rising. Both topics as they were before, but for the destination's gaps.
    """
    translate = _translator(numbers)
    taken = union([(number, number) for number in numbers.values()])
    gaps = parse(destination.gaps)
    followers: list[int] = []
    list(in_order(TopicState.objects.filter(topic__in=[source, destination])))
    for batch in _batches(source.states.all()):
        brought = {state.member_id: translate(_seen(state)) for state in batch}
        bringing = [state for state in batch if brought[state.member_id] or (follows and state.level)]
        there = _states_in(destination, batch, bringing)
        for state in batch:
            if not (own := there.get(state.member_id)):
                continue
            own.reading = reading(0, without(_seen(own), taken), brought[state.member_id], gaps)
            if follows and state.level and not own.level:
                own.level, own.why = state.level, MOVED
                followers.append(state.member_id)
        _save(list(there.values()))
    elsewhere = source.states.filter(member=OuterRef("member"))
    for batch in _batches(destination.states.exclude(Exists(elsewhere))):
        for state in batch:  # of the source they have at most marked everything as read
            has_read = source.last_post_at <= state.member.read_before
            seen = taken if has_read else NONE
            state.reading = reading(0, without(_seen(state), taken), seen, gaps)
        _save(batch)
    return followers


def _translator(numbers: dict[int, int]) -> Callable[[Ranges], Ranges]:
    """Ranges of old numbers as ranges of the new ones."""
    old, new = list(numbers), list(numbers.values())
    known: dict[tuple[int, int], Ranges] = {}  # most readers have seen the same stretch

    def stretch(first: int, last: int) -> Ranges:
        cut = bisect_left(old, first), bisect_right(old, last)
        if cut not in known:
            known[cut] = union([(number, number) for number in new[slice(*cut)]])
        return known[cut]

    return lambda seen: union(*(stretch(first, last) for first, last in seen))


def _seen(state: TopicState) -> Ranges:
    """All of it as ranges."""
    read_to, above = state.reading
    return union([(1, read_to)], above)


def _first_state(state: TopicState, topic: Topic) -> TopicState:
    """Of a member who has none of that topic."""
    first = TopicState(member_id=state.member_id, topic=topic)
    first.reading = first_reading(state.member, topic)
    return first


def _states_in(topic: Topic, batch: list[TopicState], bringing: list[TopicState]) -> dict[int, TopicState]:
    """What the members of a batch have of that topic, by their ids. Those who bring something get a state if they have
    none; one of them may be reading it for the first time just now."""
    fresh = [_first_state(state, topic) for state in bringing]
    TopicState.objects.bulk_create(fresh, ignore_conflicts=True)
    states = topic.states.filter(member__in=[state.member_id for state in batch])
    return {state.member_id: state for state in states.order_by("pk").select_for_update(of=("self",))}


def _batches(states: QuerySet[TopicState]) -> Iterator[list[TopicState]]:
    """All of them, a part at a time, held until the deed is done."""
    states = states.select_related("member").order_by("pk").select_for_update(of=("self",))
    last = 0
    while batch := list(states.filter(pk__gt=last)[:BATCH]):
        yield batch
        last = batch[-1].pk


def _save(states: list[TopicState]) -> None:
    TopicState.objects.bulk_update(states, [*FIELDS, "level", "why"], batch_size=100)


def unfollow(*, topic: Topic, members: list[int]) -> None:
    """They followed the topic for what has left it again, and have not chosen since."""
    for start in range(0, len(members), BATCH):
        states = topic.states.filter(member__in=members[start : start + BATCH], why=MOVED)
        states.update(level="", why="")
