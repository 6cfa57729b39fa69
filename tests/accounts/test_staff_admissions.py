"""Addresses that a rule admits after approval only are decided on a page of the staff."""

import pytest

from accounts.models import Admission, DomainRule
from outbox.models import Mail
from tests.factories import make_member

pytestmark = pytest.mark.django_db
PAGE = "/moderation/members/dean/admission/"


@pytest.fixture
def admin(client):
    member = make_member("Root Admin", roles=("administrator",))
    client.force_login(member)
    return member


@pytest.fixture
def dean():
    DomainRule.objects.filter(suffix="edu").update(admission="approval")
    person = make_member("Dean Hall", handle="dean", address="dean@mit.edu", eligible=False)
    Admission.objects.create(member=person, address="dean@mit.edu", rule="allow edu")
    return person


def test_an_administrator_admits(client, admin, dean):
    assert "dean@mit.edu" in client.get("/moderation/").text
    assert "waits for a decision" in client.get("/moderation/members/dean/").text
    assert "allow edu" in client.get(PAGE).text
    assert "Choose whether the address is admitted." in client.post(PAGE, {}).text
    assert client.post(PAGE, {"decision": "approve"}).status_code == 302
    dean.refresh_from_db()
    assert dean.is_member
    assert Admission.objects.get().decided_by == admin
    assert Mail.objects.filter(to="dean@mit.edu").count() == 1
    assert client.get(PAGE).status_code == 404


def test_who_is_not_admitted_reads_the_reason(client, admin, dean):
    assert "Give the reason." in client.post(PAGE, {"decision": "decline"}).text
    client.post(PAGE, {"decision": "decline", "reason": "Students join elsewhere."})
    dean.refresh_from_db()
    assert not dean.is_member
    assert "Students join elsewhere." in Mail.objects.get(to="dean@mit.edu").text


def test_moderators_neither_see_nor_decide(client, dean):
    client.force_login(make_member(roles=("moderator",)))
    assert "dean@mit.edu" not in client.get("/moderation/").text
    assert client.post(PAGE, {"decision": "approve"}).status_code == 403
