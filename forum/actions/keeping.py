"""Keeping order in a topic: lock, pin, slow mode; and what ends by itself at its time."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from audit.actions import record
from core.lines import one_line
from core.spans import DAY, HOUR, MINUTE
from forum.actions.clock import check_to_come
from forum.actions.lines import note
from forum.actions.posts import lock, lock_by_clock, save_topic
from forum.models import Topic, TopicEvent
from forum.permissions import can_keep_order, can_pin_everywhere

PACES = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, DAY)  # of slow mode, in seconds
LOCK_FIELDS = ("locked_at", "locked_by", "lock_reason", "locked_until")
PIN_FIELDS = ("is_pinned", "is_pinned_everywhere", "pinned_until")
AT_ONCE = 500


def lock_topic(*, actor: Member, topic_id: int, reason: str, until: datetime | None = None) -> Topic:
    with transaction.atomic():
        topic = lock(actor, topic_id)
        can_keep_order(actor, topic).enforce()
        reason = _cleaned(reason, _("Say why the topic is locked: its readers will see it."))
        _refuse_past(until)
        if not topic.is_locked:
            topic.locked_at, topic.locked_by = timezone.now(), actor
            topic.lock_reason, topic.locked_until = reason, until
            record(
                actor=actor,
                action="topic.lock",
                target=f"topic:{topic.pk}",
                reason=reason,
                until=until.isoformat() if until else "",
            )
            note(topic, TopicEvent.Kind.LOCKED, actor, reason=reason)
            save_topic(topic, *LOCK_FIELDS)
    return topic


def unlock_topic(*, actor: Member, topic_id: int) -> Topic:
    with transaction.atomic():
        topic = lock(actor, topic_id)
        can_keep_order(actor, topic).enforce()
        if topic.locked_at:
            _unlock(topic, actor)
            save_topic(topic, *LOCK_FIELDS)
    return topic


def _unlock(topic: Topic, actor: Member | None) -> None:
    topic.locked_at = topic.locked_by = topic.locked_until = None
    topic.lock_reason = ""
    record(actor=actor, action="topic.unlock", target=f"topic:{topic.pk}")
    note(topic, TopicEvent.Kind.UNLOCKED, actor)


def pin_topic(
    *, actor: Member, topic_id: int, everywhere: bool = False, until: datetime | None = None
) -> Topic:
    """To the top of its category, or also of the list of all topics. A pinned one takes the new scope and time."""
    with transaction.atomic():
        topic = lock(actor, topic_id)
        (can_pin_everywhere if everywhere else can_keep_order)(actor, topic).enforce()
        _refuse_past(until)
        wanted = (True, everywhere, until)
        if wanted != (topic.is_pinned, topic.is_pinned_everywhere, topic.pinned_until):
            if not topic.is_pinned:
                note(topic, TopicEvent.Kind.PINNED, actor)
            topic.is_pinned, topic.is_pinned_everywhere, topic.pinned_until = wanted
            record(
                actor=actor,
                action="topic.pin",
                target=f"topic:{topic.pk}",
                everywhere=everywhere,
                until=until.isoformat() if until else "",
            )
            save_topic(topic, *PIN_FIELDS)
    return topic


def unpin_topic(*, actor: Member, topic_id: int) -> Topic:
    with transaction.atomic():
        topic = lock(actor, topic_id)
        can_keep_order(actor, topic).enforce()
        if topic.is_pinned:
            _unpin(topic, actor)
            save_topic(topic, *PIN_FIELDS)
    return topic


def _unpin(topic: Topic, actor: Member | None) -> None:
    topic.is_pinned = topic.is_pinned_everywhere = False
    topic.pinned_until = None
    record(actor=actor, action="topic.unpin", target=f"topic:{topic.pk}")
    note(topic, TopicEvent.Kind.UNPINNED, actor)


def slow_topic(*, actor: Member, topic_id: int, seconds: int, reason: str = "") -> Topic:
    """One post in so many seconds, one of the PACES, for each member but those who keep order. 0 ends it."""
    with transaction.atomic():
        topic = lock(actor, topic_id)
        can_keep_order(actor, topic).enforce()
        if seconds and seconds not in PACES:
            raise ValidationError({"seconds": _("Choose one of the paces.")})
        if seconds:
            reason = _cleaned(reason, _("Say why the topic is slowed down: its readers will see it."))
        wanted = (seconds, reason if seconds else "")
        if wanted != (topic.slow_seconds, topic.slow_reason):
            kind = TopicEvent.Kind.SLOWED if seconds else TopicEvent.Kind.QUICKENED
            note(topic, kind, actor, reason=wanted[1])
            topic.slow_seconds, topic.slow_reason = wanted
            record(
                actor=actor,
                action="topic.slow",
                target=f"topic:{topic.pk}",
                seconds=seconds,
                reason=topic.slow_reason,
            )
            save_topic(topic, "slow_seconds", "slow_reason")
    return topic


def _cleaned(reason: str, complaint: str) -> str:
    if not (reason := one_line(reason)[:200]):
        raise ValidationError({"reason": complaint})
    return reason


def _refuse_past(until: datetime | None) -> None:
    if until:
        check_to_come("until", until)


def let_go_in_time() -> int:
    """Unlock and unpin what was to be so until now. Answers how many topics changed."""
    now = timezone.now()
    due = Topic.objects.filter(Q(locked_until__lte=now) | Q(pinned_until__lte=now)).order_by("pk")
    return sum(_let_go(topic_id) for topic_id in list(due.values_list("pk", flat=True)[:AT_ONCE]))


@transaction.atomic
def _let_go(topic_id: int) -> bool:
    topic, now = lock_by_clock(topic_id), timezone.now()
    if topic is None:
        return False
    fields: list[str] = []
    if topic.locked_until and topic.locked_until <= now:
        _unlock(topic, None)
        fields += LOCK_FIELDS
    if topic.pinned_until and topic.pinned_until <= now:
        _unpin(topic, None)
        fields += PIN_FIELDS
    if fields:
        save_topic(topic, *fields)
    return bool(fields)
