"""Real threads on PostgreSQL: what SQLite, with one writer at a time, cannot show."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from forum.models import Category
from tests.factories import join, make_group, make_member
from workinggroups.models import Group, Membership, MembershipEvent, Resource, ResourceVersion

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def at_once(*deeds) -> list[int]:
    """The statuses, each deed in a thread of its own, all let go at the same moment."""
    start = Barrier(len(deeds))

    def run(deed) -> int:
        try:
            start.wait(10)
            return deed().status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(run, deeds))


def signed_in(member) -> Client:
    client = Client()
    client.force_login(member)
    return client


def posting(member, path: str, **typed):
    client = signed_in(member)
    return lambda: client.post(path, typed)


def test_of_two_leads_who_leave_at_once_one_stays():
    for number in range(5):
        first, second = make_member(), make_member()
        group = make_group(f"Group {number}", slug=f"g{number}", lead=first)
        join(group, second, "lead")
        path = f"/groups/g{number}/leave/"
        assert at_once(posting(first, path), posting(second, path)) == [302, 403]
        group.refresh_from_db()
        assert group.memberships.leading().count() == group.member_count == 1


def test_ten_equal_joins_make_one_membership():
    group, member = make_group("Group", slug="g"), make_member()
    answers = at_once(*[posting(member, "/groups/g/join/") for _ in range(10)])
    assert answers == [302] + [403] * 9
    group.refresh_from_db()
    assert group.member_count == 2
    assert MembershipEvent.objects.filter(membership__member=member).count() == 1


def test_ten_people_who_join_at_once_are_all_counted():
    group = make_group("Group", slug="g")
    assert at_once(*[posting(make_member(), "/groups/g/join/") for _ in range(10)]) == [302] * 10
    group.refresh_from_db()
    assert group.member_count == group.memberships.active().count() == 11


def test_a_request_is_decided_once_by_two_leads():
    lead, other, asking = make_member(), make_member(), make_member()
    group = make_group("Group", slug="g", lead=lead, kind="members")
    join(group, other, "co_lead")
    signed_in(asking).post("/groups/g/join/")
    path = f"/groups/g/members/requests/{Membership.objects.get(member=asking).pk}/"
    answers = at_once(posting(lead, path, decision="approve"), posting(other, path, decision="decline"))
    assert answers == [302, 403]
    assert MembershipEvent.objects.filter(membership__member=asking).count() == 2


def test_uploads_at_once_never_pass_the_quota():
    lead = make_member()
    group = make_group("Group", slug="g", lead=lead)
    Group.objects.filter(pk=group.pk).update(quota=2_500)

    def upload(number: int):
        client = signed_in(lead)
        return lambda: client.post(
            "/groups/g/resources/upload/", {"file": SimpleUploadedFile(f"{number}.txt", b"x" * 1_000)}
        )

    assert at_once(*map(upload, range(6))) == [302, 302] + [422] * 4
    group.refresh_from_db()
    assert group.used == 2_000
    assert Resource.objects.count() == 2


def test_versions_added_at_once_get_numbers_of_their_own():
    lead = make_member()
    make_group("Group", slug="g", lead=lead)
    signed_in(lead).post("/groups/g/resources/upload/", {"file": SimpleUploadedFile("a.txt", b"one")})
    path = f"/groups/g/resources/{Resource.objects.get().pk}/versions/"

    def add(number: int):
        client = signed_in(lead)
        return lambda: client.post(path, {"file": SimpleUploadedFile("a.txt", b"x" * number)})

    assert at_once(*map(add, range(1, 7))) == [302] * 6
    assert sorted(ResourceVersion.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6, 7]


def test_of_two_approvals_at_once_one_opens_the_group():
    first, second = make_member(roles=("steering",)), make_member(roles=("administrator",))
    typed = {"name": "Data quality", "purpose": "To agree on what good data is.", "kind": "open"}
    signed_in(make_member()).post("/groups/new/", typed)
    path = "/groups/data-quality/approve/"
    assert at_once(posting(first, path), posting(second, path)) == [302, 403]
    assert Category.objects.count() == 1
