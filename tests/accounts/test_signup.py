import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.models import DomainRule, EligibilityProof, Member
from audit.models import AuditEntry
from outbox.models import Mail
from tests.factories import make_agency, make_member

pytestmark = pytest.mark.django_db


def test_a_newcomer_signs_up_proves_the_address_and_is_in(client, sign_up):
    response = sign_up()
    assert (response.status_code, response.url) == (302, "/")
    member = Member.objects.get(email="rosa@energy.gov")
    assert member.is_member
    assert member.handle == "rosa.parks"
    assert member.password.startswith("md5")  # the tests' hasher; settings say Argon2
    proof = member.proofs.get()
    assert (proof.rule, proof.method, proof.address) == ("allow gov", "code", "rosa@energy.gov")
    assert proof.expires_at == member.eligible_until
    assert timedelta(days=364) < member.eligible_until - timezone.now() <= timedelta(days=365)
    assert client.get("/settings/profile/").status_code == 200
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        "member.register",
        "eligibility.prove",
    }


def test_the_code_is_mailed_through_the_outbox_and_ends_as_a_message(client, newcomer, run_jobs, settings):
    client.post("/accounts/signup/", newcomer)
    mail = Mail.objects.get()
    assert (mail.to, mail.state, mail.kind) == (
        "rosa@energy.gov",
        "waiting",
        "account.email_confirmation_signup",
    )
    run_jobs()
    mail.refresh_from_db()
    assert mail.state == "sent"
    assert settings.SITE_NAME in mail.text


def test_before_the_code_there_is_nothing_to_see(client, newcomer):
    client.post("/accounts/signup/", newcomer)
    member = Member.objects.get(email="rosa@energy.gov")
    assert not member.is_member
    assert not EligibilityProof.objects.exists()
    assert client.get("/members/").url == "/accounts/login/?next=%2Fmembers%2F"


def test_the_agency_comes_from_the_domain(sign_up):
    energy = make_agency("Department of Energy", "DOE")
    DomainRule.objects.create(suffix="energy.gov", agency=energy, affiliation="federal")
    sign_up(email="rosa@lab.energy.gov")
    member = Member.objects.get()
    assert (member.agency, member.affiliation) == (energy, "federal")
    assert member.proofs.get().rule == "allow energy.gov"


def test_a_wanted_page_is_reached_after_the_code(client, newcomer, newest_code):
    page = client.get("/accounts/signup/?next=/settings/security/")
    assert 'name="next" value="/settings/security/"' in page.text
    client.post("/accounts/signup/", newcomer | {"next": "/settings/security/"})
    response = client.post("/accounts/confirm-email/", {"code": newest_code("rosa@energy.gov")})
    assert response.url == "/settings/security/"


@pytest.mark.parametrize(
    "address", ["eve@gmail.com", "eve@gov", "eve@dept.gov.uk", "not an address", '"e"@gsa.gov']
)
def test_an_ineligible_address_gets_an_explanation_and_leaves_nothing(client, newcomer, settings, address):
    response = client.post("/accounts/signup/", newcomer | {"email": address})
    assert response.status_code == 200
    [error] = response.context["form"].errors["email"]
    assert settings.COMMONS_CONTACT in error
    assert "mission" in error
    assert not Member.objects.exists()
    assert not EmailAddress.objects.exists()
    assert not Mail.objects.exists()


def test_bad_input_keeps_what_was_typed(client, newcomer):
    response = client.post("/accounts/signup/", newcomer | {"email": "rosa@gmail.com", "occupation": ""})
    page = response.text
    assert 'value="rosa@gmail.com"' in page
    assert 'value="Rosa Parks"' in page
    assert newcomer["password1"] not in page
    assert set(response.context["form"].errors) == {"email", "occupation"}


@pytest.mark.parametrize(
    "password, why",
    [
        ("short-one", "too short"),
        ("rosa-parks-energy-gov", "too similar"),
        ("community-of-practice", "tried first"),
        ("commons-forum-government-2026", "tried first"),
        ("qwertyuiopasdfghjkl", "keyboard"),
        ("abcdefghijklmnopqrst", "keyboard"),
        ("teapotteapotteapot", "repeats"),
        ("aaaaaaaaaaaaaaaaaaaa", "repeats"),
        ("x1-" * 50, "up to 128"),
        ("RosaParks!2026RosaParks!", "tried first"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(client, newcomer, password, why):
    response = client.post("/accounts/signup/", newcomer | {"password1": password})
    assert why in " ".join(response.context["form"].errors["password1"])
    assert not Member.objects.exists()


@pytest.mark.parametrize(
    "password",
    [
        "zwölf Boxkämpfer jagen",
        "пять слов подряд тут",
        "lamp orbit fiddle crane",
        "🌵🐢🎻🧭🪁🌋🍋🦉🎈🧩🛶🪴🥁🧵🔭",
    ],
)
def test_a_long_password_of_any_letters_is_welcome(sign_up, password):
    assert sign_up(password1=password).status_code == 302
    assert Member.objects.get().check_password(password)


def test_a_university_address_is_asked_for_the_leadership_role(client, newcomer, sign_up):
    dean = {"email": "rosa@mit.edu", "employment": "employee"}
    response = client.post("/accounts/signup/", newcomer | dean)
    assert "leadership role" in response.context["form"].errors["leadership_role"][0]
    sign_up(**dean, leadership_role="Dean of Engineering")
    member = Member.objects.get()
    assert (member.leadership_role, member.employment) == ("Dean of Engineering", "university")
    assert member.affiliation == "university"


def test_two_people_of_one_name_get_two_handles(client, sign_up):
    sign_up()
    client.logout()
    sign_up(email="rosa2@energy.gov")
    assert set(Member.objects.values_list("handle", flat=True)) == {"rosa.parks", "rosa.parks2"}


@pytest.mark.parametrize(
    "name, handle", [("李 小龙", "member"), ("Me", "member.me"), ("Zoë Ö'Brien-Łuk", "zoe.obrien.uk")]
)
def test_any_name_makes_a_handle(sign_up, name, handle):
    sign_up(name=name)
    assert Member.objects.get().handle == handle


def test_invisible_characters_in_a_name_are_refused(client, newcomer):
    response = client.post("/accounts/signup/", newcomer | {"name": "Rosa\u202eskraP"})
    assert "name" in response.context["form"].errors


def test_a_known_and_an_unknown_address_get_the_same_answer(client, newcomer, newest_code):
    make_member("Old Hand", address="old@energy.gov")
    pages = []
    for address in ("old@energy.gov", "new@energy.gov"):
        client.logout()
        response = client.post("/accounts/signup/", newcomer | {"email": address}, follow=True)
        page = re.sub(r'(nonce|value|content)="[^"]*"', "", response.text).replace(address, "ADDRESS")
        pages.append((response.redirect_chain, page))
    assert pages[0][0] == pages[1][0]
    assert pages[0][1] == pages[1][1]
    assert Member.objects.filter(email="old@energy.gov").count() == 1
    told = Mail.objects.get(to="old@energy.gov")
    assert told.kind == "account.account_already_exists"
    assert newest_code("new@energy.gov")


def test_the_wrong_code_is_one_clear_sentence_and_five_are_enough(client, newcomer, newest_code):
    client.post("/accounts/signup/", newcomer)
    right = newest_code("rosa@energy.gov")
    for _try in range(4):
        response = client.post("/accounts/confirm-email/", {"code": "BBBB-BBBB"})
        assert "That is not the code we sent." in response.text
    response = client.post("/accounts/confirm-email/", {"code": "BBBB-BBBB"}, follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/login/"
    assert "Too many tries" in response.text
    response = client.post("/accounts/confirm-email/", {"code": right}, follow=True)
    assert not Member.objects.get().is_member


def test_an_expired_code_says_so_and_signing_in_mails_a_new_one(client, newcomer, newest_code):
    client.post("/accounts/signup/", newcomer)
    old = newest_code("rosa@energy.gov")
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        response = client.post("/accounts/confirm-email/", {"code": old}, follow=True)
        assert response.redirect_chain[-1][0] == "/accounts/login/"
        assert "That code has expired." in response.text
        assert not Member.objects.get().is_member
        credentials = {"login": "rosa@energy.gov", "password": newcomer["password1"]}
        response = client.post("/accounts/login/", credentials)
        assert response.url == "/accounts/confirm-email/"
        new = newest_code("rosa@energy.gov")
        assert new != old
        client.post("/accounts/confirm-email/", {"code": new})
        assert Member.objects.get().is_member


def test_a_new_code_can_be_asked_for_twice(client, newcomer, newest_code):
    client.post("/accounts/signup/", newcomer)
    codes = [newest_code("rosa@energy.gov")]
    for _time in range(2):
        client.post("/accounts/confirm-email/", {"action": "resend"})
        codes.append(newest_code("rosa@energy.gov"))
    assert len(set(codes)) == 3
    response = client.post("/accounts/confirm-email/", {"code": codes[0]})
    assert "That is not the code we sent." in response.text
    assert client.post("/accounts/confirm-email/", {"code": codes[2]}).url == "/"


def test_eligibility_is_decided_again_when_the_code_comes_back(client, newcomer, newest_code):
    client.post("/accounts/signup/", newcomer)
    DomainRule.objects.create(suffix="energy.gov", effect="deny")
    response = client.post("/accounts/confirm-email/", {"code": newest_code("rosa@energy.gov")}, follow=True)
    assert "Addresses at energy.gov are not admitted." in response.text
    assert not Member.objects.get().is_member
    assert not EmailAddress.objects.get().verified
    assert not EligibilityProof.objects.exists()


def test_a_rule_with_approval_waits_for_an_administrator(client, sign_up):
    DomainRule.objects.create(suffix="energy.gov", admission="approval")
    sign_up()
    member = Member.objects.get()
    assert not member.is_member
    response = client.get("/members/", follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/status/?next=%2Fmembers%2F"
    assert "admitted one by one" in response.text
    assert "Mail me a code" not in response.text


def test_a_get_of_the_code_page_changes_nothing(client, newcomer):
    client.post("/accounts/signup/", newcomer)
    for _time in range(3):
        assert client.get("/accounts/confirm-email/").status_code == 200
    assert Mail.objects.count() == 1
    assert not Member.objects.get().is_member


def test_twenty_sign_ups_an_hour_from_one_place(client, newcomer):
    for _time in range(20):
        assert client.post("/accounts/signup/", newcomer | {"email": "eve@gmail.com"}).status_code == 200
    response = client.post("/accounts/signup/", newcomer)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "Too many" in response.text
    assert not Member.objects.exists()
