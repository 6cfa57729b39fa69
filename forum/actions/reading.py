from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import (
    BigIntegerField,
    Case,
    F,
    OuterRef,
    PositiveIntegerField,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat, Length
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual
from django.http import Http404
from django.utils import timezone

from accounts.models import Member
from core.compiled import CompiledUpdate
from core.shell import forget_shell
from forum import live
from forum.models import Topic, TopicState, first_reading
from forum.seen import LONGEST, NONE, Ranges, Reading, count, parse, reading, union, within, without, write
from notifications.actions import read, read_source
from notifications.models import Notice

BATCH = 500
FIELDS = ["read_to", "seen_above", "seen_above_count"]


def _taken_part(
    member: int, topic: int, number: int, before: int, why: str
) -> tuple[QuerySet, dict[str, Any]]:
    is_next = Q(GreaterThanOrEqual(F("read_to"), Value(before, BigIntegerField())))
    stays = is_next | Q(GreaterThan(Length("seen_above"), LONGEST))
    new, words = Value(number, BigIntegerField()), Cast(Value(number, BigIntegerField()), TextField())
    is_first = Q(why="")
    return TopicState.objects.filter(member=member, topic=topic), {
        "read_to": Case(When(is_next, then=new), default=F("read_to"), output_field=PositiveIntegerField()),
        "seen_above": Case(
            When(stays, then=F("seen_above")),
            When(seen_above="", then=words),
            default=Concat("seen_above", Value(","), words, output_field=TextField()),
            output_field=TextField(),
        ),
        "seen_above_count": F("seen_above_count") + Case(When(stays, then=0), default=1),
        "level": Case(When(is_first, then=Value(TopicState.Level.WATCHING)), default=F("level")),
        "why": Case(When(is_first, then=Value(why)), default=F("why")),
    }


_take_part = CompiledUpdate(_taken_part, "member", "topic", "number", "before", "why")


def note_taking_part(*, member: Member, topic: Topic, number: int, had_read: bool) -> None:
    """Who posts follows the topic from now on, unless they chose otherwise, and has seen what they wrote.

    `had_read`: whether a member without a state of the topic has marked it as read with all others. It is part of
    every reply, so one statement: the post is the last, and its number goes behind the others as it is.
    """
    why = "started" if number == 1 else "replied"
    is_known = _take_part(member=member.pk, topic=topic.pk, number=number, before=number - 1, why=why)
    if not is_known:
        state = TopicState(member=member, topic=topic, level=TopicState.Level.WATCHING, why=why)
        state.reading = reading(number if had_read else 0, ((number, number),), parse(topic.gaps))
        TopicState.objects.bulk_create([state], ignore_conflicts=True)


def mark_read(*, member: Member, topic_id: int, number: int = 0, posts: Ranges = NONE) -> TopicState:
    """Every post up to `number` has been seen, and those of the ranges.

    Takes nothing back. A notice of a post that is seen is read with it, and all of the topic's when nothing is left.
    """
    with transaction.atomic():
        topic, state = lock_state(member, topic_id)
        before = state.reading
        upto = ((1, min(number, topic.last_number)),)
        seen = reading(
            before.read_to, before.above, upto, within(posts, 1, topic.last_number), parse(topic.gaps)
        )
        if seen != before:
            _save(member, state, seen)
        if seen.unread(topic.last_number):
            _read_notices(member, topic, seen)
        else:
            read_source(member_id=member.pk, source=f"topic:{topic.pk}")
    return state


def _read_notices(member: Member, topic: Topic, seen: Reading) -> None:
    notices = Notice.objects.of(member).unread().filter(source=f"topic:{topic.pk}")
    numbers = notices.values_list("pk", "data__number")
    if ids := [pk for pk, number in numbers if number is not None and seen.has(number)]:
        read(member_id=member.pk, ids=ids)


def mark_unread(*, member: Member, topic_id: int, number: int) -> TopicState:
    """The posts from `number` on are unread again, whatever was seen of them. Only this moves a watermark back."""
    with transaction.atomic():
        topic, state = lock_state(member, topic_id)
        last_seen = max(0, min(number, topic.last_number) - 1)
        before = state.reading
        below = within(before.above, 1, last_seen)
        _save(member, state, reading(min(before.read_to, last_seen), below, parse(topic.gaps)))
    return state


def lock_state(member: Member, topic_id: int) -> tuple[Topic, TopicState]:
    """A topic the member may see and their state of it, made if there is none and locked."""
    fields = ("last_number", "last_post_at", "gaps")
    topic = Topic.objects.visible_to(member).only(*fields).filter(pk=topic_id).first()
    if topic is None:
        raise Http404
    own = TopicState.objects.select_for_update().filter(member=member, topic=topic)
    state = own.first()
    if state is None:
        fresh = TopicState(member=member, topic=topic)
        fresh.reading = first_reading(member, topic)
        TopicState.objects.bulk_create([fresh], ignore_conflicts=True)
        state = own.get()
    return topic, state


def _save(member: Member, state: TopicState, seen: Reading) -> None:
    state.reading = seen
    state.save(update_fields=FIELDS)
    forget_shell(member.pk)
    unread = Topic.objects.with_unread(member).filter(pk=state.topic_id).values_list("unread", flat=True)
    live.publish_reading(state, unread.get())


def mark_all_read(*, member: Member, topics: QuerySet[Any] | None = None) -> None:
    """All there is, or the unread ones of these topics that the member may see."""
    with transaction.atomic():
        if topics is None:
            _mark_everything_read(member)
        else:
            unread = topics.filter(Q(unread__gt=0)).order_by("pk").values_list("pk", "last_number")
            found = list(unread)
            _hold(member, [topic for topic, _last in found])
            for start in range(0, len(found), BATCH):
                _mark_topics_read(member, dict(found[start : start + BATCH]))
        forget_shell(member.pk)
        live.publish_lists(member)


def _mark_everything_read(member: Member) -> None:
    now = timezone.now()
    newest = Topic.objects.filter(pk=OuterRef("topic")).values("last_number")[:1]
    behind = TopicState.objects.filter(member=member, read_to__lt=F("topic__last_number"))
    held = list(in_order(behind))
    for start in range(0, len(held), BATCH):
        states = TopicState.objects.filter(pk__in=held[start : start + BATCH])
        states.update(read_to=Subquery(newest), seen_above="", seen_above_count=0)
    # After the states, as whoever reads one topic and its notices does.
    Member.objects.filter(pk=member.pk).update(read_before=now)


def _hold(member: Member, topics: list[int]) -> None:
    for start in range(0, len(topics), BATCH):
        list(in_order(TopicState.objects.filter(member=member, topic__in=topics[start : start + BATCH])))


def in_order(states: QuerySet[TopicState]) -> QuerySet[TopicState, int]:
    """Their ids, each row locked when it is read. Whoever needs several states locks them so before it adds any: topic
    by topic in the order of ids, like the topics' own rows, and the member's row after them."""
    return states.order_by("topic", "pk").select_for_update(of=("self",)).values_list("pk", flat=True)


def _mark_topics_read(member: Member, last_numbers: dict[int, int]) -> None:
    TopicState.objects.bulk_create(
        [TopicState(member=member, topic_id=topic, read_to=last) for topic, last in last_numbers.items()],
        update_conflicts=True,
        unique_fields=["member", "topic"],
        update_fields=FIELDS,
    )


def leave_gaps(*, topic: Topic, numbers: Ranges) -> None:
    """Posts with these numbers go to another topic: from now on they count as seen by everyone.

    The topic's row is locked and saved by the caller.
    """
    _set_gaps(topic, union(parse(topic.gaps), numbers))
    behind = TopicState.objects.filter(topic=topic, read_to__lt=numbers[-1][1]).order_by("pk")
    for states in _batches(behind.select_for_update()):
        for state in states:
            state.reading = reading(state.read_to, parse(state.seen_above), numbers)
        TopicState.objects.bulk_update(states, FIELDS)


def close_gaps(*, topic: Topic, numbers: Ranges) -> None:
    """Their posts are back, seen by whoever had passed them. The topic's row is locked and saved by the caller."""
    _set_gaps(topic, without(parse(topic.gaps), numbers))


def _set_gaps(topic: Topic, gaps: Ranges) -> None:
    topic.gaps, topic.gaps_count = write(gaps), count(gaps)


def _batches(states: QuerySet[TopicState]) -> Iterable[list[TopicState]]:
    last = 0
    while batch := list(states.filter(pk__gt=last)[:BATCH]):
        yield batch
        last = batch[-1].pk
