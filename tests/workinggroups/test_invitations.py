"""Invitations to an address: bound to it, decided by the gate when sent and when accepted, and telling nothing."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import DomainRule, Member
from audit.models import AuditEntry
from outbox.models import Mail
from tests.accounts.conftest import NEWCOMER
from tests.factories import join, make_member
from workinggroups.models import MailedInvitation, Membership
from workinggroups.tasks import forget_lapsed_invitations

pytestmark = pytest.mark.django_db
INVITE = "/groups/red-team/members/invite/"
ROSA = "rosa@energy.gov"


@pytest.fixture
def invited(sign_in, lead, hidden) -> str:
    """The path in the mail that Rosa got, as an observer, to a hidden group."""
    client = sign_in(lead)
    typed = {"address": ROSA.title(), "role": "observer", "note": "We need you."}
    assert client.post(INVITE, typed).status_code == 302
    assert ROSA in client.get("/groups/red-team/members/").text
    mail = Mail.objects.get(to=ROSA)
    assert "We need you." in mail.text
    return re.search(r"/groups/invitations/\S+", mail.text)[0]


def test_a_newcomer_comes_from_the_mail_into_the_group(client, invited, hidden):
    assert client.get(invited).url.startswith("/accounts/login/?next=")
    client.post("/accounts/signup/", NEWCOMER | {"next": invited})
    code = re.search(r"^\s+([A-Z]{4}-[A-Z]{4})\s*$", Mail.objects.latest("id").text, re.MULTILINE)[1]
    assert client.post(f"/accounts/confirm-email/?next={invited}", {"code": code}).url == invited
    page = client.get(invited)
    assert "Accept the invitation" in page.text
    rosa = Member.objects.get(email=ROSA)
    assert not rosa.memberships.exists(), "GET changes nothing"
    assert client.post(invited, {"answer": "accept"}).url == "/groups/red-team/"
    assert rosa.memberships.get().role == "observer"
    hidden.refresh_from_db()
    assert hidden.member_count == 3
    assert client.get("/groups/red-team/members/").status_code == 200
    assert client.get(invited).status_code == 404, "it is used"
    facts = AuditEntry.objects.get(action="group.invite_address").facts
    assert facts == {"domain": "energy.gov", "role": "observer"}


def test_for_every_other_address_there_is_no_such_page(sign_in, invited, outsider):
    nowhere = sign_in(outsider).get("/groups/invitations/x/")
    there = sign_in(outsider).get(invited)
    assert there.status_code == nowhere.status_code == 404
    assert sign_in(outsider).post(invited, {"answer": "accept"}).status_code == 404
    assert MailedInvitation.objects.exists()


def test_leads_learn_nothing_about_who_has_the_address(sign_in, lead, hidden):
    make_member("Rosa Park", address=ROSA)
    client = sign_in(lead)
    for address in (ROSA, "nobody@energy.gov"):
        client.post(INVITE, {"address": address, "role": "member"})
    page = client.get("/groups/red-team/members/").text
    assert "Rosa Park" not in page
    assert sorted(mail.to for mail in Mail.objects.all()) == ["nobody@energy.gov", ROSA]


def test_the_gate_decides_again_when_it_is_accepted(sign_in, invited, hidden):
    rosa = make_member("Rosa Park", address=ROSA)
    DomainRule.objects.create(suffix="energy.gov", effect="deny")
    response = sign_in(rosa).post(invited, {"answer": "accept"})
    assert response.status_code == 403
    assert not rosa.memberships.exists()


def test_it_is_declined_called_back_and_lapses(sign_in, lead, invited, hidden):
    rosa = make_member("Rosa Park", address=ROSA)
    theirs, leads = sign_in(rosa), sign_in(lead)
    assert theirs.post(invited, {"answer": "decline"}).url == "/groups/"
    assert not MailedInvitation.objects.exists()
    again = MailedInvitation.objects.create(group=hidden, address=ROSA)
    path = f"/groups/red-team/members/invitations/{again.pk}/"
    assert sign_in(rosa).post(path).status_code == 404
    assert leads.post(path).status_code == 302
    assert leads.post(path).status_code == 403
    MailedInvitation.objects.create(
        group=hidden, address=ROSA, invited_at=timezone.now() - timedelta(days=14, seconds=1)
    )
    assert theirs.get(invited).status_code == 404
    forget_lapsed_invitations.call()
    assert not MailedInvitation.objects.exists()


def test_it_ends_with_the_group(sign_in, invited, hidden):
    chair = sign_in(make_member(roles=("steering",)))
    assert chair.post("/groups/red-team/conclude/").status_code == 302
    assert not MailedInvitation.objects.exists()
    assert sign_in(make_member("Rosa Park", address=ROSA)).get(invited).status_code == 404


def test_who_is_banned_or_in_the_group_is_told(sign_in, invited, hidden):
    rosa = make_member("Rosa Park", address=ROSA)
    join(hidden, rosa, status="banned")
    assert sign_in(rosa).post(invited, {"answer": "accept"}).status_code == 403
    Membership.objects.filter(member=rosa).update(status="active")
    assert "You are in this group already." in sign_in(rosa).get(invited).text


@pytest.mark.parametrize(
    "typed, said",
    [
        ({"address": "rosa@gmail.com"}, "write to aicop@gsa.gov"),
        ({"address": "rosa"}, "write to aicop@gsa.gov"),
        ({"address": ROSA, "handle": "rosa"}, "not both"),
        ({}, "or an address"),
    ],
)
def test_a_bad_address_names_the_field_and_keeps_what_was_typed(sign_in, lead, hidden, typed, said):
    response = sign_in(lead).post(INVITE, {"role": "member", "note": "Hello there", **typed})
    assert response.status_code == 422
    assert said in response.text
    assert 'value="Hello there"' in response.text
    assert not Mail.objects.exists()


def test_one_mail_an_hour_to_one_address(sign_in, lead, invited):
    client = sign_in(lead)
    typed = {"address": ROSA, "role": "member"}
    assert "less than an hour ago" in client.post(INVITE, typed).text
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert sign_in(lead).post(INVITE, typed).url == "/groups/red-team/members/"
    assert Mail.objects.filter(to=ROSA).count() == 2
    assert MailedInvitation.objects.get().role == "member"


def test_the_api_mails_an_invitation(lead, hidden):
    client = Client()
    client.force_login(lead)
    path = "/api/v1/groups/red-team/invitations/"
    made = client.post(path, {"address": ROSA}, content_type="application/json")
    assert (made.status_code, made.json()["address"], made.json()["status"]) == (202, ROSA, "invited")
    wrong = client.post(path, {"address": "rosa@gmail.com"}, content_type="application/json")
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["address"])
    neither = client.post(path, {}, content_type="application/json")
    assert neither.status_code == 400
