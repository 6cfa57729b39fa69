"""How sure an identity provider is of somebody, and whether that is as sure as was asked.

`acr_values` names the least that will do: of Login.gov's two ladders one rung each, of any other provider's own names
one or several, each of which will do by itself.
"""

from __future__ import annotations

from collections.abc import Iterable

NS = "http://idmanagement.gov/ns/assurance/"
ACR = "urn:acr.login.gov:"
# Names of one rank mean the same. https://developers.login.gov/oidc/authorization/
IDENTITY = {
    f"{NS}loa/1": 1,
    f"{NS}ial/1": 1,
    f"{ACR}auth-only": 1,
    f"{NS}loa/3": 2,
    f"{NS}ial/2": 2,
    f"{ACR}verified": 2,
    f"{ACR}verified-facial-match-preferred": 2,
    f"{ACR}verified-facial-match-required": 3,
}
AUTHENTICATION = {
    f"{NS}aal/1": 1,
    "urn:gov:gsa:ac:classes:sp:PasswordProtectedTransport:duo": 2,  # a device may be remembered for 30 days
    f"{NS}aal/2": 3,
    f"{NS}aal/2?phishing_resistant=true": 4,
    f"{NS}aal/3": 4,
    f"{NS}aal/2?hspd12=true": 5,
    f"{NS}aal/3?hspd12=true": 5,
}
LADDERS = (IDENTITY, AUTHENTICATION)


def suffices(asked: Iterable[str], returned: Iterable[str]) -> bool:
    """Whether nothing that came back is weaker than what was asked, and nothing asked was passed over in silence."""
    asked, returned = set(asked), set(returned)
    for ladder in LADDERS:
        wanted = [ladder[name] for name in asked if name in ladder]
        got = [ladder[name] for name in returned if name in ladder]
        if wanted and (not got or min(got) < min(wanted)):
            return False
    others = asked.difference(*LADDERS)
    return not others or bool(others & returned)
