"""No weaker than asked: what of an identity provider's answers about itself is good enough."""

import pytest

from accounts.oidc.assurance import suffices

IAL = "http://idmanagement.gov/ns/assurance/ial/"
AAL = "http://idmanagement.gov/ns/assurance/aal/"
ACR = "urn:acr.login.gov:"
REMEMBERED = "urn:gov:gsa:ac:classes:sp:PasswordProtectedTransport:duo"
RESISTANT, CARD = f"{AAL}2?phishing_resistant=true", f"{AAL}2?hspd12=true"


@pytest.mark.parametrize(
    "asked, returned",
    [
        ([], []),
        ([], ["anything"]),
        ([f"{IAL}1"], [f"{IAL}1"]),
        ([f"{IAL}1"], [f"{ACR}auth-only"]),
        ([f"{IAL}1"], [f"{ACR}verified"]),
        ([f"{IAL}1", f"{AAL}2"], [f"{IAL}1", RESISTANT]),
        ([f"{AAL}2"], [f"{AAL}2", CARD]),
        ([RESISTANT], [CARD]),
        ([RESISTANT], [f"{AAL}3"]),
        ([REMEMBERED], [f"{AAL}2"]),
        (["gold", "silver"], ["silver"]),
        (["gold", f"{AAL}2"], ["gold", f"{AAL}2"]),
    ],
)
def test_as_strong_as_asked_or_stronger(asked, returned):
    assert suffices(asked, returned)


@pytest.mark.parametrize(
    "asked, returned",
    [
        ([f"{IAL}1"], []),
        ([f"{IAL}1", f"{AAL}2"], [f"{IAL}1"]),
        ([f"{IAL}2"], [f"{IAL}1"]),
        ([f"{AAL}2"], [REMEMBERED]),
        ([f"{AAL}2"], [f"{AAL}1"]),
        ([RESISTANT], [f"{AAL}2"]),
        ([CARD], [RESISTANT]),
        ([RESISTANT], [RESISTANT, f"{AAL}2"]),
        ([RESISTANT], [f"{RESISTANT}&x"]),
        (["gold"], ["silver"]),
        (["gold"], [f"{AAL}3"]),
        (["gold", f"{AAL}2"], ["gold"]),
    ],
)
def test_weaker_or_silent(asked, returned):
    assert not suffices(asked, returned)
