"""Polls: opened, voted in, closed. Whether a poll is open is decided with its topic's row locked."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from audit.actions import record
from core.errors import Conflict, no
from core.lines import one_line
from forum.actions.clock import check_to_come
from forum.actions.lines import note
from forum.actions.posts import lock_by_clock, lock_seen, save_topic
from forum.models import Poll, Topic, TopicEvent
from forum.permissions import can_add_poll, can_close_poll, can_edit_poll, can_remove_poll, can_vote
from forum.thread import Seen
from notifications.actions import notify

AT_ONCE = 500
OPTION_LONGEST = 150


def add_poll(
    *,
    actor: Member,
    topic_id: int,
    question: str,
    options: Iterable[str],
    kind: str = Poll.Kind.SINGLE,
    max_choices: int | None = None,
    is_secret: bool = False,
    shown: str = Poll.Shown.VOTED,
    closes_at: datetime | None = None,
) -> Poll:
    """The one poll of a topic. `max_choices` is asked for where several may be chosen; None: as many as there are."""
    with transaction.atomic():
        seen = lock_seen(actor, topic_id)
        topic = seen.topic
        can_add_poll(actor, topic, seen.role).enforce()
        texts = clean_options(options)
        poll = Poll.objects.create(
            topic=topic,
            question=_clean_question(question),
            options=texts,
            kind=_one_of(Poll.Kind, "kind", kind),
            max_choices=_clean_most(kind, max_choices, len(texts)),
            is_secret=is_secret,
            shown=_one_of(Poll.Shown, "shown", shown),
            closes_at=_clean_end(closes_at),
            created_by=actor,
        )
        if topic.author_id != actor.pk:
            record(actor=actor, action="poll.add", target=f"topic:{topic.pk}")
        note(topic, TopicEvent.Kind.ASKED, actor)
        topic.has_poll = True
        save_topic(topic, "has_poll")
    return poll


def edit_poll(*, actor: Member, topic_id: int, question: str, options: Iterable[str], revision: int) -> Poll:
    """Other words, before anybody has voted. Raises Conflict with the poll if `revision` is not the one it has now."""
    with transaction.atomic():
        seen, poll = _lock_poll(actor, topic_id)
        can_edit_poll(actor, seen.topic, poll, seen.role).enforce()
        if poll.revision != revision:
            raise Conflict(poll)
        asked, texts = _clean_question(question), clean_options(options)
        if (asked, texts) == (poll.question, poll.options):
            return poll
        is_all = poll.max_choices == len(poll.options)
        poll.question, poll.options, poll.revision = asked, texts, poll.revision + 1
        if poll.kind != Poll.Kind.SINGLE:
            poll.max_choices = len(texts) if is_all else min(poll.max_choices, len(texts))
        poll.save(update_fields=["question", "options", "revision", "max_choices"])
        record(actor=actor, action="poll.edit", target=f"topic:{topic_id}", revision=poll.revision)
        note(seen.topic, TopicEvent.Kind.REWORDED, actor)
        save_topic(seen.topic)
    return poll


def _clean_question(question: str) -> str:
    question = one_line(question)
    if not 5 <= len(question) <= 200:
        raise ValidationError({"question": _("Ask in 5 to 200 characters.")})
    return question


def clean_options(options: Iterable[str]) -> list[str]:
    texts = [text for text in (one_line(option) for option in options) if text]
    if not 2 <= len(texts) <= Poll.OPTIONS_MOST:
        raise ValidationError({"options": _("Offer 2 to %d options.") % Poll.OPTIONS_MOST})
    if long := [text for text in texts if len(text) > OPTION_LONGEST]:
        message = _("An option has at most %(n)d characters: “%(text)s…”")
        raise ValidationError({"options": message % {"n": OPTION_LONGEST, "text": long[0][:30]}})
    if len({text.casefold() for text in texts}) < len(texts):
        raise ValidationError({"options": _("Two options are the same.")})
    return texts


def _one_of(choices: type, name: str, value: str) -> str:
    if value not in choices.values:  # type: ignore[attr-defined]
        raise ValidationError({name: _("Choose one of the list.")})
    return value


def _clean_most(kind: str, wanted: int | None, options: int) -> int:
    if kind == Poll.Kind.SINGLE:
        return 1
    if kind == Poll.Kind.RANKED or wanted is None:
        return options
    if not 2 <= wanted <= options:
        raise ValidationError({"max_choices": _("A number from 2 to that of the options.")})
    return wanted


def _clean_end(closes_at: datetime | None) -> datetime | None:
    if closes_at:
        check_to_come("closes_at", closes_at)
    return closes_at


def vote(*, member: Member, topic_id: int, choices: Iterable[int], revision: int | None = None) -> Poll:
    """The member's one vote. In a named poll a later one takes its place; a secret one stands.

    `revision`: of the poll that the member saw; if it has another one by now, nothing is counted.
    """
    with transaction.atomic():
        seen, poll = _lock_poll(member, topic_id)
        can_vote(member, seen.topic, poll, seen.role).enforce()
        if revision not in {None, poll.revision}:
            raise ValidationError(_("The poll was changed meanwhile. Look at it again before you vote."))
        chosen = clean_choices(poll, choices)
        if poll.is_secret:
            _vote, is_new = poll.votes.get_or_create(member=member, defaults={"is_secret": True})
            if not is_new:
                no(_("You have voted. A secret vote cannot be changed.")).enforce()
            _cast(poll, chosen)
        else:
            poll.votes.update_or_create(member=member, defaults={"is_secret": False, "choices": chosen})
        save_topic(seen.topic)
    return poll


def clean_choices(poll: Poll, choices: Iterable[int]) -> list[int]:
    """Numbers of options; in their own order where the order means nothing."""
    chosen = list(choices)
    if not chosen:
        raise ValidationError({"choices": _("Choose an option.")})
    if len(set(chosen)) < len(chosen) or not set(chosen) <= set(range(1, len(poll.options) + 1)):
        raise ValidationError({"choices": _("Choose among the options, each at most once.")})
    if len(chosen) > poll.max_choices:
        raise ValidationError({"choices": _("Choose at most %d.") % poll.max_choices})
    return chosen if poll.kind == Poll.Kind.RANKED else sorted(chosen)


def _cast(poll: Poll, chosen: list[int]) -> None:
    """Into the urn, which is kept sorted: nothing in it tells what came last."""
    key = ",".join(map(str, chosen))
    ballots = {**poll.ballots, key: poll.ballots.get(key, 0) + 1}
    poll.ballots = dict(sorted(ballots.items()))
    poll.save(update_fields=["ballots"])


def close_poll(*, actor: Member, topic_id: int) -> Poll:
    with transaction.atomic():
        seen, poll = _lock_poll(actor, topic_id)
        can_close_poll(actor, seen.topic, poll, seen.role).enforce()
        if poll.closed_at is None:
            if actor.pk not in {seen.topic.author_id, poll.created_by_id}:
                record(actor=actor, action="poll.close", target=f"topic:{topic_id}")
            _close(seen.topic, poll, actor)
    return poll


def _close(topic: Topic, poll: Poll, actor: Member | None) -> None:
    poll.closed_at = timezone.now()
    poll.save(update_fields=["closed_at"])
    note(topic, TopicEvent.Kind.COUNTED, actor)
    notify(
        kind="poll",
        actor=actor,
        source=f"topic:{topic.pk}",
        url=poll.get_absolute_url(),
        data={"topic": topic.pk, "title": topic.title, "poll": poll.pk},
    )
    save_topic(topic)


def remove_poll(*, actor: Member, topic_id: int) -> Topic:
    """With all its votes. Whoever made it may while nobody has voted; those who keep order always."""
    with transaction.atomic():
        seen, poll = _lock_poll(actor, topic_id)
        topic = seen.topic
        can_remove_poll(actor, topic, poll, seen.role).enforce()
        record(actor=actor, action="poll.remove", target=f"topic:{topic.pk}", votes=poll.votes.count())
        poll.delete()
        topic.has_poll = False
        save_topic(topic, "has_poll")
    return topic


def _lock_poll(member: Member, topic_id: int) -> tuple[Seen, Poll]:
    seen = lock_seen(member, topic_id)
    poll = Poll.objects.filter(topic=topic_id).first()
    if poll is None:
        raise Http404
    return seen, poll


def close_due_polls() -> int:
    """Close those whose time is over and tell who follows them, once. Answers how many."""
    due = Poll.objects.due().order_by("pk").values_list("topic", flat=True)
    return sum(_close_due(topic_id) for topic_id in list(due[:AT_ONCE]))


@transaction.atomic
def _close_due(topic_id: int) -> bool:
    topic = lock_by_clock(topic_id)
    poll = Poll.objects.due().filter(topic=topic_id).first()
    if topic is None or poll is None:
        return False
    _close(topic, poll, None)
    return True
