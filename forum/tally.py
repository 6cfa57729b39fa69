"""How votes are counted. Pure, and the same for the same votes in whatever order they came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from forum.models import Poll

type Bag = Mapping[tuple[int, ...], int]  # the numbers of the options that a vote names -> votes that do


class Line(NamedTuple):
    number: int
    text: str
    votes: int  # that name the option; in a ranked poll, that put it first
    share: int  # of all votes, in percent
    is_winner: bool
    rounds: list[int | None]  # of a ranked poll: its votes in each round, None once it is out


class Round(NamedTuple):
    votes: dict[int, int]  # option -> votes that stand with it
    out: list[int]  # the options that leave after this round
    by_rule: bool  # whether several had the fewest, so that the rule for ties chose


@dataclass(frozen=True)
class Result:
    total: int
    lines: list[Line]  # in the order of the poll
    rounds: list[Round] = field(default_factory=list)

    @property
    def winners(self) -> list[Line]:
        return [line for line in self.lines if line.is_winner]

    @property
    def has_ties(self) -> bool:
        return any(each.by_rule for each in self.rounds)


def count(poll: Poll, bag: Bag) -> Result:
    numbers = [number for number, _text in poll.numbered]
    total = sum(bag.values())
    rounds: list[Round] = []
    if poll.kind == Poll.Kind.RANKED:
        rounds, winners = run_off(bag, numbers)
        votes = rounds[0].votes if rounds else dict.fromkeys(numbers, 0)
    else:
        votes = {
            number: sum(times for choice, times in bag.items() if number in choice) for number in numbers
        }
        most = max(votes.values())
        winners = {number for number in numbers if most and votes[number] == most}
    lines = [
        Line(
            number,
            text,
            votes[number],
            round(100 * votes[number] / total) if total else 0,
            number in winners,
            [each.votes.get(number) for each in rounds],
        )
        for number, text in poll.numbered
    ]
    return Result(total, lines, rounds)


def run_off(bag: Bag, numbers: list[int]) -> tuple[list[Round], set[int]]:
    """Instant run-off: each vote stands with its best option that is still in; the last one leaves, until one has more
    than half of the votes that still name any.

    Options that nobody puts first leave together, which changes nothing for the others. Of several that have the
    fewest, the one leaves that had fewer in the latest earlier round in which they differ; if there is none, the one
    that stands last in the poll.
    """
    rounds: list[Round] = []
    still = list(numbers)
    if not bag:
        return rounds, set()
    while True:
        votes = dict.fromkeys(still, 0)
        for choice, times in bag.items():
            best = next((number for number in choice if number in votes), None)
            if best is not None:
                votes[best] += times
        leader = max(still, key=lambda number: votes[number])
        if len(still) == 1 or 2 * votes[leader] > sum(votes.values()):
            rounds.append(Round(votes, [], False))
            return rounds, {leader}
        fewest = min(votes.values())
        last = [number for number in still if votes[number] == fewest]
        if fewest == 0:
            out, by_rule = last, False
        else:
            out, by_rule = [_loser(last, rounds)], len(last) > 1
        rounds.append(Round(votes, out, by_rule))
        still = [number for number in still if number not in out]


def _loser(last: list[int], rounds: list[Round]) -> int:
    for earlier in reversed(rounds):
        fewest = min(earlier.votes[number] for number in last)
        last = [number for number in last if earlier.votes[number] == fewest]
    return max(last)
