"""Ways to cheat at an identity provider's door: each ends at one sentence on a page and one row of the audit log."""

import time
from datetime import timedelta

import jwt
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import DomainRule, Member
from accounts.oidc.models import Identity
from audit.models import AuditEntry
from tests.accounts.identity_provider import AAL2, CLIENT_ID, IAL1, make_key, pem
from tests.factories import make_member

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]
OTHER = make_key()
PUBLIC = "an HMAC with the text of a public key, which anybody may know"


@pytest.fixture
def ada(provider) -> Member:
    member = make_member("Ada", address="ada@gsa.gov")
    Identity.objects.create(member=member, issuer=provider.issuer, subject="s-1")
    provider.person("s-1", "ada@gsa.gov")
    return member


def refused(client, response, reason: str, sentence: str) -> None:
    assert response.status_code == 403
    assert response.context["sentence"].startswith(sentence)
    assert response.text.count(response.context["sentence"]) == 1
    assert "_auth_user_id" not in client.session
    entry = AuditEntry.objects.get(action="signin.refused")
    assert (entry.outcome, entry.facts["reason"]) == ("refused", reason)
    assert "@" not in str(entry.facts)
    assert Member.objects.count() == 1
    assert Member.objects.get().proofs.count() == 1


LONG_AGO = {"iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600}
CLAIMS = {
    "wrong nonce": ({"nonce": "n" * 43}, "nonce", "This answer belongs to another sign-in."),
    "no nonce": ({"nonce": None}, "token", "The answer of Login.gov can’t be read."),
    "another audience": (
        {"aud": "another"},
        "audience",
        "The answer of Login.gov was meant for another site.",
    ),
    "one audience more": (
        {"aud": [CLIENT_ID, "another"]},
        "audience",
        "The answer of Login.gov was meant for another site.",
    ),
    "another issuer": (
        {"iss": "https://evil.example/"},
        "issuer",
        "This answer does not come from Login.gov.",
    ),
    "expired": (LONG_AGO, "expired", "The answer of Login.gov is too old."),
    "no expiry": ({"exp": None}, "token", "The answer of Login.gov can’t be read."),
    "from the future": ({"iat": int(time.time()) + 7200}, "token", "The answer of Login.gov can’t be read."),
    "no subject": ({"sub": None}, "token", "The answer of Login.gov can’t be read."),
    "another subject in userinfo": (
        {"sub": "s-2"},
        "userinfo",
        "Login.gov told us of two different people at once.",
    ),
}


@pytest.mark.parametrize("cheat", CLAIMS)
def test_an_id_token_that_is_not_for_this_sign_in(client, provider, go, ada, cheat):
    claims, reason, sentence = CLAIMS[cheat]
    provider.claims = claims
    refused(client, go("s-1"), reason, sentence)


SIGNING = {
    "not signed": ({"algorithm": "none", "key": None}, "algorithm", "The answer of Login.gov is not signed"),
    "signed with a secret": (
        {"algorithm": "HS256", "key": PUBLIC},
        "algorithm",
        "The answer of Login.gov is not signed",
    ),
    "wrong key under a known name": ({"key": OTHER}, "signature", "The signature is not Login.gov’s."),
    "wrong key under a new name": (
        {"key": OTHER, "headers": {"kid": "evil"}},
        "key",
        "The answer is signed with a key that is not Login.gov’s.",
    ),
    "a key that brings itself": (
        {
            "key": OTHER,
            "headers": {
                "kid": "first",
                "jwk": jwt.algorithms.RSAAlgorithm.to_jwk(OTHER.public_key(), as_dict=True),
            },
        },
        "signature",
        "The signature is not Login.gov’s.",
    ),
}


@pytest.mark.parametrize("cheat", SIGNING)
def test_an_id_token_that_the_provider_did_not_sign(client, provider, go, ada, cheat):
    signing, reason, sentence = SIGNING[cheat]
    provider.signing = signing
    refused(client, go("s-1"), reason, sentence)


@pytest.mark.parametrize(
    "claims, told",
    [
        ({}, {"aal": "urn:gov:gsa:ac:classes:sp:PasswordProtectedTransport:duo"}),
        ({}, {"aal": AAL2}),
        ({}, {"aal": None}),
        ({"aal": AAL2}, {}),
        ({}, {"ial": "http://idmanagement.gov/ns/assurance/ial/0", "aal": "strong"}),
    ],
)
def test_a_weaker_way_than_was_asked_for(client, provider, go, ada, settings, claims, told):
    resistant = f"{IAL1} {AAL2}?phishing_resistant=true"
    settings.COMMONS_OIDC = settings.COMMONS_OIDC | {"acr_values": resistant}
    provider.claims, provider.told = claims, told
    refused(client, go("s-1"), "assurance", "Login.gov signed you in in a weaker way")


def test_as_strong_or_stronger_is_let_in(client, provider, go, ada, settings):
    settings.COMMONS_OIDC = settings.COMMONS_OIDC | {"acr_values": f"{IAL1} {AAL2}"}
    provider.claims = {"acr": "urn:acr.login.gov:verified"}
    assert go("s-1").url == "/"


def test_a_state_that_was_used(client, provider, leave, ada):
    back = leave("s-1")
    assert client.get(back).url == "/"
    client.logout()
    AuditEntry.objects.filter(action="signin.refused")
    response = client.get(back)
    assert response.status_code == 403
    assert response.context["sentence"].startswith("This sign-in was not started in this browser")
    assert AuditEntry.objects.get(action="signin.refused").facts["reason"] == "state"


def test_a_state_of_another_browser(client, provider, leave, ada):
    """Else a stranger could sign somebody in as the stranger."""
    back = leave("s-1")
    another = Client()
    refused(another, another.get(back), "state", "This sign-in was not started in this browser")


def test_a_state_from_a_quarter_of_an_hour_ago(client, provider, leave, ada):
    back = leave("s-1")
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        refused(client, client.get(back), "late", "This sign-in took too long.")


def test_a_code_that_was_used(client, provider, leave, ada):
    """A stolen address, opened in a browser that has just left for a sign-in of its own."""
    first = leave("s-1")
    client.get(first)
    client.logout()
    code = first.split("code=")[1].split("&")[0]
    second = leave("s-1")
    state = second.split("state=")[1]
    response = client.get(f"/accounts/oidc/callback/?code={code}&state={state}")
    assert response.status_code == 403
    assert response.context["sentence"].startswith("Login.gov did not accept this sign-in")
    assert "_auth_user_id" not in client.session
    assert AuditEntry.objects.get(action="signin.refused").facts["reason"] == "code"


def test_the_code_of_another_sign_in(client, provider, leave, ada):
    """PKCE: whoever catches a code can't use it in a sign-in of their own."""
    caught = leave("s-1").split("code=")[1].split("&")[0]
    thief = Client()
    url = thief.post("/accounts/oidc/login/").context["url"]
    state = url.split("state=")[1].split("&")[0]
    response = thief.get(f"/accounts/oidc/callback/?code={caught}&state={state}")
    refused(thief, response, "code", "Login.gov did not accept this sign-in")


def test_an_answer_in_the_name_of_another_issuer(client, provider, leave, ada):
    back = f"{leave('s-1')}&iss=https%3A%2F%2Fevil.example%2F"
    refused(client, client.get(back), "issuer", "This answer does not come from Login.gov.")


def test_another_person_with_the_same_address(client, provider, go, ada):
    provider.person("s-2", "ada@gsa.gov")
    refused(client, go("s-2"), "known_address", "There is an account with ada@gsa.gov already.")
    assert Identity.objects.count() == 1


def test_the_same_subject_at_another_issuer(client, provider, go, ada):
    Identity.objects.update(issuer="https://another.example/")
    refused(client, go("s-1"), "known_address", "There is an account with ada@gsa.gov already.")


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_was_not_verified(client, provider, go, ada, verified):
    provider.person("s-2", "new@energy.gov", email_verified=verified)
    refused(client, go("s-2"), "unverified", "Your identity provider has not verified your address.")


@pytest.mark.parametrize("addresses", [["eve@gmail.com"], ["eve@gsa.gov.evil.com", "eve@gov", '"e"@gsa.gov']])
def test_addresses_that_the_gate_does_not_admit(client, provider, go, ada, addresses, settings):
    provider.person("s-2", *addresses)
    response = go("s-2")
    assert settings.COMMONS_CONTACT in response.context["sentence"]
    refused(client, response, "ineligible", "")


def test_a_member_whose_address_the_gate_does_not_admit_any_more(client, provider, go, ada):
    DomainRule.objects.create(suffix="gsa.gov", effect="deny")
    refused(client, go("s-1"), "ineligible", "")


def test_a_member_for_whom_nothing_eligible_is_vouched_any_more(client, provider, go, ada):
    provider.person("s-1", "ada@home.example")
    refused(client, go("s-1"), "ineligible", "")


def test_a_site_with_another_key_is_not_served(client, provider, go, ada, settings):
    """The provider really checks our signature: else the tests above would prove little."""
    settings.COMMONS_OIDC = settings.COMMONS_OIDC | {"private_key": pem(OTHER)}
    assert go("s-1").status_code == 503
