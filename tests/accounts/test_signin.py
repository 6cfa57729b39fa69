import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import get_hasher
from django.test import Client
from django.utils import timezone

from outbox.models import Mail
from tests.factories import PASSWORD, make_member

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.fixture
def ada():
    return make_member("Ada Lovelace", address="ada@gsa.gov")


def sign_in(client, address="ada@gsa.gov", password=PASSWORD, **more):
    return client.post(LOGIN, {"login": address, "password": password, **more})


def test_address_and_password_are_enough(client, ada):
    assert sign_in(client).url == "/"
    assert client.get("/settings/security/").status_code == 200


def test_the_address_is_read_without_case(client, ada):
    assert sign_in(client, "Ada@GSA.gov").url == "/"


def test_the_wanted_page_follows(client, ada):
    wanted = client.get("/members/?q=grace").url
    assert wanted == "/accounts/login/?next=%2Fmembers%2F%3Fq%3Dgrace"
    assert 'value="/members/?q=grace"' in client.get(wanted).text
    assert sign_in(client, next="/members/?q=grace").url == "/members/?q=grace"


def test_no_page_of_another_site_follows(client, ada):
    assert sign_in(client, next="https://evil.example/").url == "/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_sentence(client, ada):
    known = sign_in(client, password="not the password at all")
    unknown = sign_in(client, address="nobody@gsa.gov")
    sentence = known.context["form"].non_field_errors()
    assert sentence == unknown.context["form"].non_field_errors()
    assert len(sentence) == 1
    assert 'value="ada@gsa.gov"' in known.text


def test_five_failures_in_five_minutes_then_a_pause(client, ada):
    for _time in range(5):
        sign_in(client, password="not the password at all")
    response = sign_in(client)
    assert "Too many tries" in response.text
    assert (response.status_code, response["Retry-After"]) == (429, "300")
    assert 'value="ada@gsa.gov"' in response.text
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7")).status_code == 429, (
        "the account pauses, wherever it is tried"
    )
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert sign_in(client).url == "/"


def test_signing_out_ends_the_session(client, ada):
    client.force_login(ada)
    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/members/").status_code == 200, "a GET signs nobody out"
    assert client.post("/accounts/logout/").url == "/"
    assert client.get("/members/").url.startswith(LOGIN)


def test_passwords_are_kept_with_argon2():
    from config import settings

    assert settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert get_hasher("default").algorithm == "md5", "only the tests are in a hurry"


def test_a_forgotten_password_is_chosen_anew_with_a_code(client, ada, newest_code):
    response = client.post("/accounts/password/reset/", {"email": "ada@gsa.gov"})
    assert response.url == "/accounts/password/reset/confirm/"
    response = client.post(response.url, {"code": newest_code("ada@gsa.gov")})
    assert response.url == "/accounts/password/reset/complete/"
    new = "violet-harbor-teapot-9"
    weak = client.post(response.url, {"password1": "short", "password2": "short"})
    assert "too short" in weak.text
    client.post(response.url, {"password1": new, "password2": new})
    assert sign_in(client, password=new).url == "/"


def test_a_reset_for_an_unknown_address_looks_the_same(client, ada):
    pages = []
    for address in ("ada@gsa.gov", "nobody@gsa.gov"):
        response = client.post("/accounts/password/reset/", {"email": address}, follow=True)
        page = re.sub(r'(nonce|value|content)="[^"]*"', "", response.text).replace(address, "ADDRESS")
        pages.append((response.redirect_chain, page))
    assert pages[0] == pages[1]
    assert Mail.objects.get(to="nobody@gsa.gov").kind == "account.unknown_account"


@pytest.mark.parametrize("page", ["confirm", "complete"])
def test_an_expired_reset_code_says_so(client, ada, newest_code, page):
    client.post("/accounts/password/reset/", {"email": "ada@gsa.gov"})
    code = newest_code("ada@gsa.gov")
    if page == "complete":
        client.post("/accounts/password/reset/confirm/", {"code": code})
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        response = client.post(f"/accounts/password/reset/{page}/", {"code": code}, follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/password/reset/"
    assert "That code has expired." in response.text


def test_a_reset_proves_an_address_that_was_never_proved(client, newcomer, newest_code):
    client.post("/accounts/signup/", newcomer)
    fresh = Client()
    fresh.post("/accounts/password/reset/", {"email": "rosa@energy.gov"})
    fresh.post("/accounts/password/reset/confirm/", {"code": newest_code("rosa@energy.gov")})
    new = "another-harbor-kettle-4"
    fresh.post("/accounts/password/reset/complete/", {"password1": new, "password2": new})
    assert sign_in(fresh, "rosa@energy.gov", new).url == "/"
    assert fresh.get("/members/").status_code == 200


def test_changing_the_password_ends_the_other_sessions(client, ada):
    other = Client()
    sign_in(client)
    sign_in(other)
    new = "violet-harbor-teapot-9"
    response = client.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert response.status_code == 302
    assert client.get("/members/").status_code == 200
    assert other.get("/members/").status_code == 302
    assert Mail.objects.get().kind == "account.password_changed"


def test_sessions_are_listed_and_ended(client, ada):
    other = Client(HTTP_USER_AGENT="Netscape 4")
    sign_in(client)
    sign_in(other)
    page = client.get("/accounts/sessions/")
    assert "Netscape 4" in page.text
    client.post("/accounts/sessions/")
    assert other.get("/members/").status_code == 302
    assert client.get("/members/").status_code == 200


def test_a_changed_address_is_gated_and_proved(client, ada, newest_code):
    sign_in(client)
    refused = client.post("/accounts/email/", {"action_add": "", "email": "ada@gmail.com"})
    assert "write to aicop@gsa.gov" in refused.text
    response = client.post("/accounts/email/", {"action_add": "", "email": "ada@epa.gov"})
    assert response.url == "/accounts/confirm-email/"
    ada.refresh_from_db()
    assert ada.email == "ada@gsa.gov"
    client.post(response.url, {"code": newest_code("ada@epa.gov")})
    ada.refresh_from_db()
    assert ada.email == "ada@epa.gov"
    assert ada.proofs.latest("id").address == "ada@epa.gov"
    assert ada.emailaddress_set.get().email == "ada@epa.gov"
    told = Mail.objects.get(to="ada@gsa.gov")
    assert told.kind == "account.email_changed"


def test_somebody_elses_address_can_not_be_taken(client, ada, newest_code):
    make_member("Grace Hopper", address="grace@nasa.gov")
    sign_in(client)
    response = client.post("/accounts/email/", {"action_add": "", "email": "grace@nasa.gov"})
    assert response.url == "/accounts/confirm-email/", "as for any other address"
    response = client.post(response.url, {"code": newest_code("grace@nasa.gov")})
    assert "There is an account with this address already." in response.text
    ada.refresh_from_db()
    assert ada.email == "ada@gsa.gov"


def test_the_admin_has_no_door_of_its_own(client, ada):
    assert client.get("/admin/").url == "/accounts/login/?next=%2Fadmin%2F"
    response = client.post("/admin/login/", {"username": "ada@gsa.gov", "password": PASSWORD})
    assert response.status_code == 302
    assert response.url.startswith(LOGIN)
    assert "_auth_user_id" not in client.session
