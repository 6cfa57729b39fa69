"""Signing in through an identity provider: the ways in, from the button to the page that was wanted."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import DomainRule, Member
from accounts.oidc.models import Identity
from audit.models import AuditEntry
from outbox.models import Mail
from tests.accounts.identity_provider import AAL2, IAL1
from tests.factories import PASSWORD, make_member

pytestmark = pytest.mark.django_db
FACTS = {"name": "Rosa Parks", "occupation": "data_scientist", "employment": "employee"}


def identity(member: Member, issuer: str, subject: str = "s-1") -> Identity:
    return Identity.objects.create(member=member, issuer=issuer, subject=subject)


def test_nothing_is_shown_or_answered_without_a_provider(client):
    for page in ("/accounts/login/", "/accounts/signup/"):
        assert "Login.gov" not in client.get(page).text
    assert client.post("/accounts/oidc/login/").status_code == 404
    assert client.get("/accounts/oidc/callback/").status_code == 404
    assert client.get("/accounts/oidc/join/").status_code == 404
    client.force_login(make_member())
    assert "Login.gov" not in client.get("/settings/security/").text


def test_a_button_leads_to_the_provider_and_nothing_happens_on_get(client, provider):
    page = client.get("/accounts/login/?next=/members/")
    assert "Sign in with Login.gov" in page.text
    assert 'name="next" value="/members/"' in page.text
    assert client.get("/accounts/oidc/login/").status_code == 405
    response = client.post("/accounts/oidc/login/")
    assert response.status_code == 200
    url = response["Refresh"].removeprefix("0; url=")
    assert url.startswith(f"{provider.issuer}authorize?")
    assert response.context["url"] == url
    assert "code_challenge_method=S256" in url


def test_a_newcomer_tells_the_rest_and_is_a_member(client, provider, go):
    provider.person("s-1", "rosa@gmail.com", "Rosa@Energy.gov", name="Rosa Parks")
    response = go("s-1", next="/settings/profile/")
    assert response.url == "/accounts/oidc/join/"
    page = client.get(response.url)
    assert "rosa@energy.gov" in page.text
    assert 'value="Rosa Parks"' in page.text
    assert 'name="email"' not in page.text
    response = client.post("/accounts/oidc/join/", FACTS | {"email": "eve@nsa.gov"})
    assert response.url == "/settings/profile/"
    member = Member.objects.get()
    assert (member.email, member.occupation) == ("rosa@energy.gov", "data_scientist")
    assert member.is_member
    assert not member.has_usable_password()
    assert member.proofs.get().method == "identity_provider"
    assert EmailAddress.objects.get(user=member).verified
    assert Identity.objects.get().subject == "s-1"
    assert client.get("/settings/profile/").status_code == 200
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert actions >= {"member.register", "identity.link", "eligibility.prove"}


def test_what_a_newcomer_leaves_out_is_asked_again(client, provider, go):
    provider.person("s-1", "dean@mit.edu")
    go("s-1")
    response = client.post("/accounts/oidc/join/", FACTS | {"name": ""})
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"name", "leadership_role"}
    assert not Member.objects.exists()
    client.post("/accounts/oidc/join/", FACTS | {"leadership_role": "Dean"})
    assert Member.objects.get().employment == "university"


def test_a_newcomer_who_waits_too_long_or_never_came_starts_again(client, provider, go):
    provider.person("s-1", "rosa@energy.gov")
    assert client.get("/accounts/oidc/join/").url == "/accounts/login/"
    go("s-1")
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert client.post("/accounts/oidc/join/", FACTS).url == "/accounts/login/"
    assert not Member.objects.exists()


def test_rules_that_change_before_the_form_is_sent_decide(client, provider, go):
    provider.person("s-1", "rosa@energy.gov")
    go("s-1")
    DomainRule.objects.create(suffix="energy.gov", effect="deny")
    response = client.post("/accounts/oidc/join/", FACTS)
    assert response.status_code == 200
    assert "join with their .gov" in response.text
    assert not Member.objects.exists()


def test_a_rule_that_wants_approval_lets_nobody_in_by_this_door(client, provider, go):
    DomainRule.objects.create(suffix="energy.gov", admission="approval")
    provider.person("s-1", "rosa@energy.gov")
    go("s-1")
    client.post("/accounts/oidc/join/", FACTS)
    assert not Member.objects.get().is_member
    assert client.get("/members/").url.startswith("/accounts/status/")


def test_an_address_that_needs_no_approval_is_taken_before_one_that_does(client, provider, go):
    DomainRule.objects.create(suffix="energy.gov", admission="approval")
    provider.person("s-1", "rosa@energy.gov", "rosa@nasa.gov")
    go("s-1")
    assert "rosa@nasa.gov" in client.get("/accounts/oidc/join/").text


def test_a_member_signs_in_and_the_proof_is_renewed(client, provider, go):
    member = make_member("Ada", address="ada@gsa.gov")
    identity(member, provider.issuer)
    provider.person("s-1", "ada@home.example", "ADA@gsa.gov")
    before = member.eligible_until
    with time_machine.travel(timezone.now() + timedelta(days=200)):
        assert go("s-1", next="/members/").url == "/members/"
        assert client.get("/members/").status_code == 200
    member.refresh_from_db()
    assert member.eligible_until > before
    assert member.proofs.first().method == "identity_provider"


def test_a_membership_that_ended_is_back_after_signing_in(client, provider, go):
    member = make_member("Ada", address="ada@gsa.gov")
    identity(member, provider.issuer)
    provider.person("s-1", "ada@gsa.gov")
    with time_machine.travel(timezone.now() + timedelta(days=500)):
        go("s-1")
        assert client.get("/members/").status_code == 200


def test_another_eligible_address_signs_in_but_proves_nothing(client, provider, go):
    member = make_member("Ada", address="ada@gsa.gov")
    identity(member, provider.issuer)
    provider.person("s-1", "ada@nasa.gov")
    before = member.eligible_until
    assert go("s-1").url == "/"
    member.refresh_from_db()
    assert (member.email, member.eligible_until) == ("ada@gsa.gov", before)
    assert client.get("/members/").status_code == 200


def test_a_suspended_member_gets_no_further_than_the_reason(client, provider, go):
    member = make_member("Ada", address="ada@gsa.gov", suspended_until=timezone.now() + timedelta(days=1))
    identity(member, provider.issuer)
    provider.person("s-1", "ada@gsa.gov")
    go("s-1")
    assert client.get("/members/").url.startswith("/accounts/status/")


def test_an_account_that_was_closed_stays_closed(client, provider, go):
    member = make_member("Ada", address="ada@gsa.gov", is_active=False)
    identity(member, provider.issuer)
    provider.person("s-1", "ada@gsa.gov")
    assert go("s-1").url == "/accounts/inactive/"
    assert "_auth_user_id" not in client.session
    assert member.proofs.count() == 1


def test_a_second_factor_of_ours_is_asked_for_too(client, provider, go):
    member = make_member("Ada", address="ada@gsa.gov")
    identity(member, provider.issuer)
    TOTP.activate(member, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    provider.person("s-1", "ada@gsa.gov")
    response = go("s-1", next="/members/")
    assert response.url == reverse("mfa_authenticate")
    assert client.get("/members/").url.startswith("/accounts/login/")


def test_an_identity_that_joined_in_another_browser_meanwhile_gets_no_second_account(client, provider, go):
    provider.person("s-1", "rosa@energy.gov")
    go("s-1")
    provider.person("s-1", "rosa@nasa.gov")
    another = Client()
    back = urlsplit(provider.authorize(another.post("/accounts/oidc/login/").context["url"], "s-1"))
    assert another.get(f"{back.path}?{back.query}").url == "/accounts/oidc/join/"
    client.post("/accounts/oidc/join/", FACTS)
    response = another.post("/accounts/oidc/join/", FACTS)
    assert "You have joined already. Please sign in again." in response.text
    assert "_auth_user_id" not in another.session
    assert Member.objects.get().email == "rosa@energy.gov"


def test_a_sign_in_is_told_in_the_audit_log(client, provider, go):
    member = make_member("Ada", address="ada@gsa.gov")
    identity(member, provider.issuer)
    provider.person("s-1", "ada@gsa.gov")
    go("s-1")
    entry = AuditEntry.objects.get(action="member.sign_in")
    assert (entry.actor_id, entry.outcome, entry.facts["methods"]) == (member.pk, "done", ["oidc"])


def test_the_wanted_page_is_one_of_ours(client, provider, go):
    member = make_member("Ada", address="ada@gsa.gov")
    identity(member, provider.issuer)
    provider.person("s-1", "ada@gsa.gov")
    assert go("s-1", next="https://evil.example/").url == "/"


def test_a_known_address_is_linked_after_signing_in_the_old_way(client, provider, go, leave):
    member = make_member("Ada", address="ada@gsa.gov")
    provider.person("s-1", "ada@gsa.gov")
    response = go("s-1")
    assert response.status_code == 403
    assert "There is an account with ada@gsa.gov already." in response.text
    assert "/accounts/login/?next=/settings/security/" in response.text
    client.post("/accounts/login/", {"login": "ada@gsa.gov", "password": PASSWORD})
    assert "Link Login.gov" in client.get("/settings/security/").text
    assert "ada@gsa.gov" in client.get("/accounts/oidc/link/").text
    response = client.get(leave("s-1", "/accounts/oidc/link/"))
    assert response.url == "/settings/security/"
    assert Identity.objects.get().member == member
    assert "Unlink it" in client.get("/settings/security/").text
    assert AuditEntry.objects.filter(action="identity.link", actor_id=member.pk).count() == 1
    assert Mail.objects.get(kind="account.identity").to == "ada@gsa.gov"
    client.logout()
    assert go("s-1").url == "/"
    assert client.get("/members/").status_code == 200


def test_unlinking_asks_first_and_ends_that_way_in(client, provider, go):
    member = make_member("Ada", address="ada@gsa.gov")
    identity(member, provider.issuer)
    client.post("/accounts/login/", {"login": "ada@gsa.gov", "password": PASSWORD})
    assert client.get("/accounts/oidc/unlink/").status_code == 200
    assert Identity.objects.exists()
    assert client.post("/accounts/oidc/unlink/").url == "/settings/security/"
    assert not Identity.objects.exists()
    assert AuditEntry.objects.filter(action="identity.unlink").count() == 1
    client.logout()
    provider.person("s-1", "ada@gsa.gov")
    assert go("s-1").status_code == 403


@pytest.mark.parametrize("page", ["/accounts/oidc/link/", "/accounts/oidc/unlink/"])
def test_linking_and_unlinking_want_a_fresh_sign_in(client, provider, page):
    member = make_member("Ada", address="ada@gsa.gov")
    identity(member, provider.issuer)
    client.force_login(member)
    assert client.get(page).url.startswith("/accounts/reauthenticate/")
    assert client.post(page).url.startswith("/accounts/reauthenticate/")
    assert Identity.objects.exists()


def refused(response, sentence: str, reason: str) -> None:
    assert response.status_code == 403
    assert sentence in response.context["sentence"]
    assert AuditEntry.objects.get(action="signin.refused").facts["reason"] == reason


def link(client, leave, subject: str = "s-1"):
    client.post("/accounts/login/", {"login": "ada@gsa.gov", "password": PASSWORD})
    return client.get(leave(subject, "/accounts/oidc/link/"))


def test_an_identity_of_somebody_else_is_not_linked(client, provider, leave):
    make_member("Ada", address="ada@gsa.gov")
    identity(make_member("Bob", address="bob@gsa.gov"), provider.issuer)
    provider.person("s-1", "ada@gsa.gov")
    refused(link(client, leave), "linked to another account", "taken")


def test_an_identity_that_does_not_know_the_address_is_not_linked(client, provider, leave):
    make_member("Ada", address="ada@gsa.gov")
    provider.person("s-1", "bob@gsa.gov")
    refused(link(client, leave), "does not know ada@gsa.gov", "other_address")
    assert not Identity.objects.exists()


def test_a_second_identity_is_not_linked_beside_the_first(client, provider, leave):
    identity(make_member("Ada", address="ada@gsa.gov"), provider.issuer, "s-0")
    provider.person("s-1", "ada@gsa.gov")
    refused(link(client, leave), "Unlink that one first", "second")


def test_a_link_that_was_asked_for_by_who_is_signed_out_by_now_is_not_made(client, provider, leave):
    make_member("Ada", address="ada@gsa.gov")
    provider.person("s-1", "ada@gsa.gov")
    client.post("/accounts/login/", {"login": "ada@gsa.gov", "password": PASSWORD})
    back = leave("s-1", "/accounts/oidc/link/")
    kept = client.session["oidc_away"]
    client.logout()
    session = client.session
    session["oidc_away"] = kept
    session.save()
    refused(client.get(back), "You signed out meanwhile.", "signed_out")


@pytest.fixture
def old_session(client, provider) -> Member:
    """Somebody without a password, who signed in an hour ago."""
    member = make_member("Ada", address="ada@gsa.gov")
    member.set_unusable_password()
    member.save()
    identity(member, provider.issuer)
    provider.person("s-1", "ada@gsa.gov")
    client.force_login(member)
    return member


def test_who_has_no_password_confirms_at_the_provider_and_the_deed_goes_on(
    client, provider, leave, old_session
):
    response = client.post("/accounts/oidc/link/")
    assert response.url == "/accounts/oidc/confirm/?next=%2Faccounts%2Foidc%2Flink%2F"
    page = client.get(response.url)
    assert 'name="next" value="/accounts/oidc/link/"' in page.text
    back = leave("s-1", "/accounts/oidc/confirm/", next="/accounts/oidc/link/")
    response = client.get(back)
    assert response.status_code == 200  # the POST that was held up has been done
    assert response["Refresh"].startswith(f"0; url={provider.issuer}authorize?")
    assert client.get("/accounts/oidc/unlink/").status_code == 200


def test_somebody_else_at_the_provider_confirms_nothing(client, provider, leave, old_session):
    provider.person("s-2", "bob@gsa.gov")
    back = leave("s-2", "/accounts/oidc/confirm/", next="/settings/security/")
    refused(client.get(back), "you are signed in as somebody else", "somebody_else")
    assert client.get("/accounts/oidc/unlink/").url.startswith("/accounts/oidc/confirm/")


@pytest.mark.parametrize("minutes, is_fresh", [(1, True), (20, False)])
def test_confirming_wants_a_fresh_sign_in_where_the_provider_tells(
    client, provider, leave, old_session, minutes, is_fresh
):
    provider.claims = {"auth_time": int(timezone.now().timestamp()) - 60 * minutes}
    back = leave("s-1", "/accounts/oidc/confirm/", next="/settings/security/")
    response = client.get(back)
    if is_fresh:
        assert response.url == "/settings/security/"
    else:
        refused(response, "You signed in at Login.gov a while ago.", "stale")


def test_a_provider_that_is_down_is_told_of(client, provider):
    provider.ill = True
    response = client.post("/accounts/oidc/login/")
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert "Login.gov does not answer as it should" in response.text


def test_a_provider_that_calls_itself_otherwise_is_not_believed(client, provider, monkeypatch):
    told = provider.description() | {"issuer": "https://evil.example/"}
    monkeypatch.setattr(provider, "description", lambda: told)
    assert client.post("/accounts/oidc/login/").status_code == 503


def test_a_new_key_is_looked_up_once_and_then_believed(client, provider, go):
    identity(make_member("Ada", address="ada@gsa.gov"), provider.issuer)
    provider.person("s-1", "ada@gsa.gov")
    go("s-1")
    client.logout()
    provider.rotate("second")
    assert go("s-1").url == "/"
    assert provider.asked.count("/keys") == 2


def test_stopping_at_the_provider_changes_nothing(client, provider, leave):
    back = leave("s-1")
    state = urlsplit(back).query.split("state=")[1]
    response = client.get(f"/accounts/oidc/callback/?error=access_denied&state={state}")
    refused(response, "You were not signed in at Login.gov", "denied")


def test_what_is_asked_for_is_said_to_the_provider(client, provider, settings):
    settings.COMMONS_OIDC = settings.COMMONS_OIDC | {"acr_values": f"{IAL1} {AAL2}"}
    url = client.post("/accounts/oidc/login/").context["url"]
    assert "acr_values=http%3A%2F%2Fidmanagement.gov%2Fns%2Fassurance%2Fial%2F1+http" in url
    assert "scope=openid+email+all_emails" in url


def test_trying_again_and_again_is_slowed_down(client, provider):
    answers = [client.post("/accounts/oidc/login/") for _attempt in range(61)]
    assert [answers[0].status_code, answers[-1].status_code] == [200, 429]
    assert answers[-1]["Retry-After"]
