"""Categories put below each other at once, with real threads on PostgreSQL."""

import pytest

from forum.models import Category
from tests.factories import make_category, make_member
from tests.forum.test_categories import FORM
from tests.forum.test_races import at_once, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


@pytest.mark.parametrize("second", ["edit", "new"])
def test_there_are_never_three_levels(second):
    keepers = [signed_in(make_member(roles=("moderator",))) for _ in range(2)]
    for turn in range(15):
        one, other = (make_category(f"{word} {turn}") for word in ("One", "Other"))
        below = FORM | {"name": "Below", "parent": one.slug if second == "edit" else ""}
        place = other if second == "edit" else one
        answers = at_once(
            [
                lambda a=one, b=other: keepers[0].post(f"/forum/c/{a.slug}/edit/", FORM | {"parent": b.slug}),
                lambda a=place, typed=below: keepers[1].post(f"/forum/c/{a.slug}/{second}/", typed),
            ]
        )
        assert 302 in {answer.status_code for answer in answers}
        assert {answer.status_code for answer in answers} <= {302, 422}
    assert not Category.objects.filter(parent__parent__isnull=False).exists()


def test_moving_up_and_going_below_at_once_wait_for_each_other():
    keepers = [signed_in(make_member(roles=("moderator",))) for _ in range(2)]
    for turn in range(15):
        one, other = (make_category(f"{word} {turn}", position=p) for word, p in (("One", 1), ("Other", 0)))
        answers = at_once(
            [
                lambda a=one: keepers[0].post(f"/forum/c/{a.slug}/order/", {"move": "down"}),
                lambda a=one, b=other: keepers[1].post(f"/forum/c/{a.slug}/edit/", FORM | {"parent": b.slug}),
            ]
        )
        assert [answer.status_code for answer in answers] == [302, 302]
