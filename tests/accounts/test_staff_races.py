"""Real threads on PostgreSQL: two administrators who act on each other at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from accounts.actions import decide_appeal, grant_role, make_appeal, revoke_role, suspend_member
from accounts.models import Appeal, Member, RoleGrant
from core.errors import Refused
from tests.factories import make_member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
ROUNDS = 5


def at_once(*deeds) -> list[str]:
    """How each deed ended, each in a thread of its own, all let go at the same moment."""
    start = Barrier(len(deeds))

    def run(deed) -> str:
        try:
            start.wait(10)
            deed()
        except Refused:
            return "refused"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(run, deeds))


def administrators() -> list[Member]:
    return [make_member(roles=("administrator",)) for _ in range(2)]


def working() -> int:
    """Administrators who have access and the role."""
    return sum(member.is_member and member.is_administrator for member in Member.objects.all())


def revoking(actor, member):
    return lambda: revoke_role(actor=actor, member=member, role="administrator")


def suspending(actor, member):
    until = timezone.now() + timedelta(days=1)
    return lambda: suspend_member(actor=actor, member=member, until=until, reason="Quarrel.")


@pytest.mark.parametrize(
    "first, second", [(revoking, revoking), (suspending, suspending), (suspending, revoking)]
)
def test_of_two_administrators_who_unseat_each_other_one_stays(first, second):
    for _ in range(ROUNDS):
        Member.objects.all().delete()
        one, two = administrators()
        assert at_once(first(one, two), second(two, one)) == ["done", "refused"]
        assert working() == 1


def test_the_same_role_granted_twice_at_once_is_one_row():
    one, two = administrators()
    member = make_member()
    deeds = [
        lambda actor=actor: grant_role(actor=actor, member=member, role="moderator") for actor in (one, two)
    ]
    assert at_once(*deeds) == ["done", "done"]
    assert RoleGrant.objects.filter(member=member).count() == 1
    member.refresh_from_db()
    assert member.site_roles == ["moderator"]


def test_an_appeal_is_made_once_and_decided_once():
    one, two = administrators()
    member, three = make_member(), make_member(roles=("administrator",))
    suspending(one, member)()
    assert at_once(*[lambda: make_appeal(member=member, text="No.")] * 3) == ["done", "refused", "refused"]
    made = Appeal.objects.get()
    decide = [
        lambda actor=actor, outcome=outcome: decide_appeal(
            actor=actor, appeal=made, outcome=outcome, answer="So it is."
        )
        for actor, outcome in ((two, "kept"), (three, "lifted"))
    ]
    assert at_once(*decide) == ["done", "refused"]
    made.refresh_from_db()
    member.refresh_from_db()
    assert member.is_suspended == (made.outcome == "kept")
