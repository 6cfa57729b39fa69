"""How votes are counted."""

from collections import Counter
from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.models import Poll
from forum.tally import count, run_off


def poll(kind: str, options: int) -> Poll:
    return Poll(kind=kind, options=[f"Option {n}" for n in range(1, options + 1)], max_choices=options)


def test_choices_are_shares_of_the_voters_and_a_tie_is_said():
    result = count(poll("multiple", 3), {(1, 2): 3, (2,): 1, (1,): 1})
    assert [(line.votes, line.share, line.is_winner) for line in result.lines] == [
        (4, 80, True),
        (4, 80, True),
        (0, 0, False),
    ]
    assert result.total == 5


def test_no_votes_no_winner():
    for kind in Poll.Kind.values:
        result = count(poll(kind, 2), {})
        assert (result.total, result.winners) == (0, [])


def test_a_majority_wins_at_once():
    rounds, winners = run_off({(2, 1): 3, (1, 2): 2}, [1, 2, 3])
    assert (len(rounds), winners) == (1, {2})


def test_the_last_one_leaves_and_its_votes_go_on():
    bag = {(1, 3): 4, (2, 3): 3, (3, 2): 2}
    rounds, winners = run_off(bag, [1, 2, 3])
    assert [each.out for each in rounds] == [[3], []]
    assert winners == {2}
    assert rounds[1].votes == {1: 4, 2: 5}


def test_a_vote_that_names_no_option_left_counts_no_more():
    rounds, winners = run_off({(1,): 3, (2,): 2, (3,): 2, (4, 2): 1}, [1, 2, 3, 4])
    assert winners == {2} or winners == {1}
    assert sum(rounds[-1].votes.values()) < 8


@pytest.mark.parametrize(
    ("bag", "winner"),
    [
        ({(1,): 1, (2,): 1}, 1),  # never differed: the one that stands last in the poll leaves
        ({(3, 1): 1, (1,): 2, (2,): 3}, 2),  # 1 and 2 tie at the end; 2 was ahead before
        ({(1,): 2, (2,): 1, (3, 2): 1}, 1),  # 2 and 3 tie at once: 3 leaves; then 1 and 2 tie: 1 was ahead
    ],
)
def test_ties_are_settled_by_the_rule(bag, winner):
    rounds, winners = run_off(bag, [1, 2, 3])
    assert winners == {winner}
    assert any(each.by_rule for each in rounds)


def test_options_nobody_puts_first_leave_together():
    rounds, _ = run_off({(1,): 2, (2,): 2, (3, 1): 1}, list(range(1, 21)))
    assert rounds[0].out == list(range(4, 21))
    assert not rounds[0].by_rule


ballots = st.lists(
    st.lists(st.integers(1, 5), min_size=1, max_size=5, unique=True).map(tuple), min_size=1, max_size=30
)


@pytest.mark.thorough
@settings(max_examples=400)
@given(ballots, st.randoms(use_true_random=False))
def test_the_order_of_votes_never_matters_and_a_majority_always_wins(votes, random):
    numbers = [1, 2, 3, 4, 5]
    rounds, winners = run_off(Counter(votes), numbers)
    assert len(winners) == 1
    shuffled = list(votes)
    random.shuffle(shuffled)
    assert run_off(Counter(shuffled), numbers) == (rounds, winners)
    first = Counter(vote[0] for vote in votes)
    leader, times = first.most_common(1)[0]
    if 2 * times > len(votes):
        assert winners == {leader}
    left = [set(each.votes) for each in rounds]
    assert all(later < earlier for earlier, later in pairwise(left))


@pytest.mark.thorough
def test_whoever_loses_to_nobody_and_has_half_of_first_places_is_never_out_first():
    for order in permutations([1, 2, 3]):
        rounds, winners = run_off({order: 2, order[::-1]: 1}, [1, 2, 3])
        assert winners == {order[0]}
        assert len(rounds) == 1
