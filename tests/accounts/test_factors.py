"""Second factors: authenticator apps, recovery codes, what asks for a fresh sign-in, and roles that sleep."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client, TestCase
from django.utils import timezone

from audit.models import AuditEntry
from outbox.models import Mail
from tests.factories import PASSWORD, make_category, make_member, make_topic

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
ADD_APP = "/accounts/factors/totp/activate/"
SECOND_STEP = "/accounts/factors/authenticate/"


@pytest.fixture
def ada():
    return make_member("Ada Lovelace", address="ada@gsa.gov")


def sign_in(client, address="ada@gsa.gov", password=PASSWORD, **more):
    return client.post(LOGIN, {"login": address, "password": password, **more})


def code_of(secret: str) -> str:
    counter = sorted(yield_hotp_counters_from_time())[1]
    return format_hotp_value(hotp_value(secret, counter))


def add_app(client) -> str:
    """Set up an authenticator app as a person would: read the key off the page, type the code. Returns the key."""
    secret = re.search(r'id="totp-secret">([A-Z2-7]+)<', client.get(ADD_APP).text)[1]
    with TestCase.captureOnCommitCallbacks(execute=True):
        response = client.post(ADD_APP, {"code": code_of(secret)})
    assert response.status_code == 302, response.context["form"].errors
    return secret


@pytest.fixture
def with_app(client, ada) -> str:
    sign_in(client)
    secret = add_app(client)
    client.logout()
    return secret


def test_an_app_is_asked_for_after_the_password(client, with_app):
    assert sign_in(client).url == SECOND_STEP
    assert client.get("/members/").url.startswith(LOGIN), "the password alone opens nothing"
    assert "One more step" in client.get(SECOND_STEP).text
    assert "did not match" in client.post(SECOND_STEP, {"code": "000000"}).text
    with time_machine.travel(timezone.now() + timedelta(seconds=90)):
        assert client.post(SECOND_STEP, {"code": code_of(with_app)}).url == "/"
        assert client.get("/members/").status_code == 200


def test_the_wanted_page_follows_the_second_step(client, with_app):
    sign_in(client, next="/members/?q=grace")
    with time_machine.travel(timezone.now() + timedelta(seconds=90)):
        assert client.post(SECOND_STEP, {"code": code_of(with_app)}).url == "/members/?q=grace"


def test_a_code_works_once(client, ada, with_app):
    with time_machine.travel(timezone.now() + timedelta(seconds=90)):
        code = code_of(with_app)
        for expected in (302, 200):
            fresh = Client()
            sign_in(fresh)
            assert fresh.post(SECOND_STEP, {"code": code}).status_code == expected


def test_five_wrong_codes_then_a_pause(client, ada, with_app):
    sign_in(client)
    for _time in range(5):
        client.post(SECOND_STEP, {"code": "000000"})
    paused = client.post(SECOND_STEP, {"code": code_of(with_app)})
    assert "Too many tries" in paused.text
    assert (paused.status_code, paused["Retry-After"]) == (429, "300")


def test_wrong_second_factors_are_told_in_the_audit_log(client, ada, with_app):
    sign_in(client)
    client.post(SECOND_STEP, {"code": "000000"})
    passkey = {"credential": '{"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {}}'}
    client.post(SECOND_STEP, passkey)
    Client().post("/accounts/factors/webauthn/login/", passkey)
    with time_machine.travel(timezone.now() + timedelta(seconds=90)):
        client.post(SECOND_STEP, {"code": code_of(with_app)})
    with time_machine.travel(timezone.now() + timedelta(minutes=20)):
        client.post("/accounts/factors/reauthenticate/", {"code": "000000"})
    rows = AuditEntry.objects.filter(action="factor.check").order_by("pk")
    assert {(row.outcome, row.actor_id) for row in rows} == {("failed", None)}
    assert [(row.target, row.facts) for row in rows] == [
        (f"member:{ada.pk}", {"factor": "totp", "again": False}),
        (f"member:{ada.pk}", {"factor": "webauthn", "again": False}),
        ("site", {"factor": "webauthn", "again": False}),
        (f"member:{ada.pk}", {"factor": "totp", "again": True}),
    ]
    assert "000000" not in str([row.as_dict() for row in rows])


def test_each_recovery_code_signs_in_once(client, ada):
    sign_in(client)
    add_app(client)
    page = client.get("/accounts/factors/recovery-codes/")
    codes = re.findall(r"<code>(\d{8})</code>", page.text)
    assert len(codes) == 10
    download = client.get("/accounts/factors/recovery-codes/download/")
    assert download.text.split() == codes
    for expected in (302, 200):
        fresh = Client()
        sign_in(fresh)
        assert fresh.post(SECOND_STEP, {"code": codes[0]}).status_code == expected
    assert "9 codes are left." in client.get("/settings/security/").text


def test_new_recovery_codes_end_the_old_ones(client, ada):
    sign_in(client)
    add_app(client)
    old = re.search(r"<code>(\d{8})</code>", client.get("/accounts/factors/recovery-codes/").text)[1]
    client.post("/accounts/factors/recovery-codes/generate/")
    fresh = Client()
    sign_in(fresh)
    assert fresh.post(SECOND_STEP, {"code": old}).status_code == 200


def test_the_key_is_not_kept_in_the_clear(client, ada):
    sign_in(client)
    secret = add_app(client)
    kept = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in kept
    assert kept.startswith("gAAAA")


def test_the_page_for_an_app_draws_the_key_without_breaking_the_policy(client, ada):
    sign_in(client)
    page = client.get(ADD_APP).text
    assert "<svg" in page
    assert "data:image" not in page


def test_factors_are_audited_and_the_member_is_told(client, ada, run_jobs):
    sign_in(client)
    add_app(client)
    ada.refresh_from_db()
    assert ada.has_second_factor
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert client.post("/accounts/factors/totp/deactivate/").url == "/accounts/factors/"
    ada.refresh_from_db()
    assert not ada.has_second_factor
    assert not Authenticator.objects.exists(), "recovery codes alone are no factor"
    assert set(AuditEntry.objects.filter(action__startswith="factor.").values_list("action", flat=True)) == {
        "factor.add",
        "factor.remove",
    }
    kinds = set(Mail.objects.filter(to="ada@gsa.gov").values_list("kind", flat=True))
    assert kinds >= {"account.totp_activated", "account.totp_deactivated"}


# --- Passwords beside a factor ----------------------------------------------------------------------
def change_password(client, old, new):
    return client.post("/accounts/password/change/", {"oldpassword": old, "password1": new, "password2": new})


def test_eight_characters_are_enough_beside_a_second_factor_and_only_there(client, ada):
    sign_in(client)
    short = "xq7-vule"
    assert "at least 15 characters" in change_password(client, PASSWORD, short).text
    add_app(client)
    assert "at least 8 characters" in change_password(client, PASSWORD, "xq7-vul").text
    assert change_password(client, PASSWORD, short).status_code == 302


def test_the_last_factor_stays_beside_a_short_password(client, ada):
    sign_in(client)
    add_app(client)
    change_password(client, PASSWORD, "xq7-vule")
    refused = client.post("/accounts/factors/totp/deactivate/")
    assert "too few to stand alone" in refused.text
    assert Authenticator.objects.filter(type="totp").exists()
    change_password(client, "xq7-vule", "violet-harbor-teapot-9")
    client.post("/accounts/factors/totp/deactivate/")
    assert not Authenticator.objects.exists()


# --- A fresh sign-in --------------------------------------------------------------------------------
SENSITIVE = [
    "/accounts/factors/totp/activate/",
    "/accounts/factors/webauthn/add/",
    "/settings/tokens/",
]


@pytest.mark.parametrize("path", SENSITIVE)
def test_ten_minutes_after_signing_in_it_asks_once_more(client, ada, path):
    start = timezone.now()
    sign_in(client)
    with time_machine.travel(start + timedelta(minutes=9)):
        assert client.get(path).status_code == 200
    with time_machine.travel(start + timedelta(minutes=11)):
        asked = client.get(path)
        assert asked.url.startswith("/accounts/reauthenticate/?next=")
        assert client.post(asked.url, {"password": "not the password"}).status_code == 200
        again = client.post(asked.url, {"password": PASSWORD, "next": path})
        assert again.url == path
        assert client.get(path).status_code == 200


def test_a_changed_address_needs_a_fresh_sign_in_and_keeps_what_was_sent(client, ada):
    start = timezone.now()
    sign_in(client)
    with time_machine.travel(start + timedelta(minutes=11)):
        asked = client.post("/accounts/email/", {"action_add": "", "email": "ada@epa.gov"})
        assert asked.url.startswith("/accounts/reauthenticate/")
        assert not Mail.objects.filter(to="ada@epa.gov").exists()
        done = client.post(asked.url, {"password": PASSWORD, "next": "/accounts/email/"})
        assert done.url == "/accounts/confirm-email/"
        assert Mail.objects.filter(to="ada@epa.gov").exists()


def test_granting_a_role_needs_a_fresh_sign_in(client):
    admin = make_member("Root", address="root@gsa.gov", roles=("administrator",))
    member = make_member()
    start = timezone.now()
    sign_in(client, admin.email)
    with time_machine.travel(start + timedelta(minutes=11)):
        asked = client.post("/admin/accounts/rolegrant/add/", {"member": member.pk, "role": "moderator"})
        assert asked.url.startswith("/accounts/reauthenticate/")
        member.refresh_from_db()
        assert member.site_roles == []


# --- Roles that sleep -------------------------------------------------------------------------------
@pytest.fixture
def asked_of_staff(settings):
    settings.COMMONS_STAFF_SECOND_FACTOR = True


def test_roles_sleep_until_there_is_a_second_factor(client, asked_of_staff):
    moderator = make_member(address="mo@gsa.gov", roles=("moderator",), second_factor_at=None)
    topic = make_topic(category=make_category("Governance"))
    sign_in(client, "mo@gsa.gov")
    assert "Your roles are asleep until" in client.get("/members/").text
    assert client.get(f"/forum/t/{topic.pk}/lock/").status_code == 403
    assert "Your roles are asleep" in client.get("/settings/security/").text
    add_app(client)
    assert client.get(f"/forum/t/{topic.pk}/lock/").status_code == 200
    assert "Your roles are asleep" not in client.get("/settings/security/").text
    moderator.refresh_from_db()
    assert moderator.is_moderator


def test_the_admin_wants_a_second_factor(client, asked_of_staff):
    make_member(address="root@gsa.gov", roles=("administrator",), second_factor_at=None)
    sign_in(client, "root@gsa.gov")
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/settings/security/"
    add_app(client)
    assert client.get("/admin/").status_code == 200


def test_roles_fall_asleep_with_the_last_factor(client, asked_of_staff):
    root = make_member(address="root@gsa.gov", roles=("administrator",), second_factor_at=None)
    sign_in(client, "root@gsa.gov")
    add_app(client)
    client.post("/accounts/factors/totp/deactivate/")
    root.refresh_from_db()
    assert not root.is_administrator
    assert client.get("/admin/").status_code == 302


def test_a_sleeping_role_still_shields_its_holder_from_moderators(asked_of_staff):
    from accounts.permissions import can_suspend

    moderator = make_member(roles=("moderator",))
    sleeping = make_member(roles=("administrator",), second_factor_at=None)
    assert not can_suspend(moderator, sleeping, timezone.now() + timedelta(hours=1))
