"""Whoever has left an agency, and its mail, comes back with another address."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.actions import note_hard_bounce
from accounts.models import DomainRule
from audit.models import AuditEntry
from outbox.models import Mail
from tests.factories import PASSWORD, make_agency, make_member, make_topic

pytestmark = pytest.mark.django_db
PAGE = "/accounts/email/"


@pytest.fixture
def ada():
    epa = make_agency("Environmental Protection Agency", "EPA")
    DomainRule.objects.create(suffix="epa.gov", agency=epa)
    return make_member("Ada Lovelace", address="ada@gsa.gov")


def sign_in(client):
    return client.post("/accounts/login/", {"login": "ada@gsa.gov", "password": PASSWORD}, follow=True)


def move(client, newest_code):
    response = client.post(PAGE, {"action_add": "", "email": "ada@epa.gov"})
    assert response.url == "/accounts/confirm-email/", response.content
    return client.post(response.url, {"code": newest_code("ada@epa.gov")})


@pytest.mark.parametrize(
    "how",
    [
        "bounced",
        pytest.param("ended", marks=pytest.mark.thorough),
        pytest.param("disabled", marks=pytest.mark.thorough),
        pytest.param("refused", marks=pytest.mark.thorough),
    ],
)
def test_a_lapsed_member_proves_another_address_and_all_is_back(client, ada, newest_code, how):
    topic = make_topic(author=ada)
    match how:
        case "ended":
            ada.proofs.update(expires_at=timezone.now() - timedelta(hours=1))
        case "bounced":
            assert [note_hard_bounce(address=ada.email, message_id=f"<{n}@x>") for n in (1, 2)] == [
                False,
                True,
            ]
        case "disabled":
            type(ada).objects.filter(pk=ada.pk).update(disabled_at=timezone.now())
            ada.emailaddress_set.update(verified=False)
        case "refused":
            DomainRule.objects.create(suffix="gsa.gov", effect="deny")
            ada.proofs.update(expires_at=timezone.now() - timedelta(hours=1))
    page = sign_in(client)
    assert page.redirect_chain[-1][0].startswith("/accounts/status/"), "a code to the old mail helps nobody"
    assert f'href="{PAGE}"' in page.text
    assert "ada@gsa.gov" in client.get(PAGE).text
    done = move(client, newest_code)
    ada.refresh_from_db()
    assert (ada.email, ada.agency.abbreviation, ada.is_member) == ("ada@epa.gov", "EPA", True)
    assert client.get(done.url, follow=True).status_code == 200
    assert client.get("/members/").status_code == 200
    assert topic.author_id == ada.pk
    assert [each.email for each in ada.emailaddress_set.all()] == ["ada@epa.gov"]
    assert Mail.objects.filter(to="ada@gsa.gov", kind="account.email_changed").exists()
    assert AuditEntry.objects.get(action="member.address").facts == {"before": "gsa.gov", "after": "epa.gov"}


def test_the_gate_decides_about_the_new_address_and_keeps_what_was_typed(client, ada):
    ada.proofs.update(expires_at=timezone.now() - timedelta(hours=1))
    sign_in(client)
    response = client.post(PAGE, {"action_add": "", "email": "ada@gmail.com"})
    assert "write to aicop@gsa.gov" in response.text
    assert 'value="ada@gmail.com"' in response.text
    assert not Mail.objects.exists()


def test_a_university_asks_for_the_leadership_role_which_ends_with_leaving_it(client, ada, newest_code):
    sign_in(client)
    edu = {"action_add": "", "email": "ada@mit.edu"}
    asked = client.post(PAGE, edu)
    assert "Tell us your leadership role" in asked.text
    assert 'value="ada@mit.edu"' in asked.text
    client.post(PAGE, edu | {"leadership_role": "Dean of Computing"})
    client.post("/accounts/confirm-email/", {"code": newest_code("ada@mit.edu")})
    ada.refresh_from_db()
    assert (ada.affiliation, ada.employment, ada.leadership_role) == (
        "university",
        "university",
        "Dean of Computing",
    )
    move(client, newest_code)
    ada.refresh_from_db()
    assert (ada.employment, ada.leadership_role, ada.agency.abbreviation) == ("employee", "", "EPA")


def test_it_wants_a_fresh_sign_in_which_the_lapsed_may_do(client, ada):
    ada.proofs.update(expires_at=timezone.now() - timedelta(hours=1))
    sign_in(client)
    with time_machine.travel(timezone.now() + timedelta(minutes=20)):
        again = client.get(PAGE)
        assert again.url.startswith("/accounts/reauthenticate/")
        assert client.post(again.url, {"password": PASSWORD}).url == PAGE
        assert client.get(PAGE).status_code == 200


def test_the_suspended_and_visitors_have_no_such_page(client, ada):
    assert Client().get(PAGE).url.startswith("/accounts/login/")
    type(ada).objects.filter(pk=ada.pk).update(suspended_until=timezone.now() + timedelta(days=1))
    sign_in(client)
    assert client.get(PAGE).url.startswith("/accounts/status/")
    assert PAGE not in client.get("/accounts/status/").text
    assert client.post(PAGE, {"action_add": "", "email": "ada@epa.gov"}).url.startswith("/accounts/status/")
    assert not Mail.objects.exists()
