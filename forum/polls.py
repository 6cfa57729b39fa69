"""A poll as one member sees it: what they may do, and of the result what they may know."""

from collections import Counter
from copy import copy
from dataclasses import dataclass
from typing import NamedTuple

from django.core.cache import caches
from django.utils.translation import gettext as _

from core.errors import Verdict
from forum.models import Poll, Topic
from forum.page import KEEP_SECONDS
from forum.permissions import can_close_poll, can_edit_poll, can_remove_poll, can_see_result, can_vote
from forum.tally import Bag, Result, count
from forum.thread import Seen


class Counted(NamedTuple):
    poll: Poll
    result: Result


@dataclass
class PollSeen:
    seen: Seen
    poll: Poll
    has_voted: bool
    choices: list[int]  # the member's own; empty where the poll is secret
    can_vote: Verdict
    result: Result | None
    why_hidden: str
    total: int | None  # how many have voted; None while that is not told

    @property
    def may_change(self) -> bool:
        return self.has_voted and bool(self.can_vote)

    @property
    def can_close(self) -> bool:
        return self.poll.is_open and bool(
            can_close_poll(self.seen.member, self.seen.topic, self.poll, self.seen.role)
        )

    @property
    def can_edit(self) -> Verdict:
        return can_edit_poll(self.seen.member, self.seen.topic, self.poll, self.seen.role)

    @property
    def can_remove(self) -> bool:
        return bool(can_remove_poll(self.seen.member, self.seen.topic, self.poll, self.seen.role))


def poll_of(seen: Seen) -> PollSeen | None:
    """One query where the topic has a poll and its count is kept."""
    if not seen.topic.has_poll:
        return None
    counted = _counted(seen.topic)
    if counted is None:
        return None
    poll, result = copy(counted.poll), counted.result
    mine = poll.votes.filter(member=seen.member.pk).values_list("choices", flat=True)
    own = list(mine[:1])
    may_know = can_see_result(poll, has_voted=bool(own), votes=result.total)
    verdict = can_vote(seen.member, seen.topic, poll, seen.role)
    if verdict and own and poll.is_secret:
        verdict = Verdict(False, _("You have voted. A secret vote cannot be changed."))
    tells_total = may_know or not (poll.is_secret and poll.is_open and result.total < Poll.SECRET_LEAST)
    return PollSeen(
        seen=seen,
        poll=poll,
        has_voted=bool(own),
        choices=(own[0] or []) if own else [],
        can_vote=verdict,
        result=result if may_know else None,
        why_hidden=may_know.reason,
        total=result.total if tells_total else None,
    )


def _counted(topic: Topic) -> Counted | None:
    """The same for every reader, kept under the topic's version, which every vote raises."""
    key = f"poll:{topic.pk}:{topic.version}"
    counted = caches["local"].get(key)
    if counted is None:
        poll = Poll.objects.filter(topic=topic.pk).select_related("created_by").first()
        if poll is None:
            return None
        counted = Counted(poll, count(poll, bag_of(poll)))
        caches["local"].set(key, counted, KEEP_SECONDS)
    return counted


def bag_of(poll: Poll) -> Bag:
    if poll.is_secret:
        return {tuple(map(int, key.split(","))): times for key, times in poll.ballots.items()}
    return Counter(map(tuple, poll.votes.values_list("choices", flat=True)))


class Voters(NamedTuple):
    text: str
    members: list
    more: int


SHOWN = 200  # names beside one option


def voters_of(poll: Poll) -> list[Voters]:
    """Of a named poll: who voted for each option; in a ranked one, who put it first."""
    votes = list(poll.votes.select_related("member__agency").order_by("member__name", "pk"))
    shown = []
    for number, text in poll.numbered:
        ranked = poll.kind == Poll.Kind.RANKED
        named = [vote.member for vote in votes if number in (vote.choices[:1] if ranked else vote.choices)]
        shown.append(Voters(text, named[:SHOWN], max(0, len(named) - SHOWN)))
    return shown
