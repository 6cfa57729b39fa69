"""The way of one sign-in: what is kept in the session while somebody is away, and what is believed when they return."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hmac import compare_digest
from typing import Any

import jwt
from django.http import HttpRequest

from accounts.oidc.assurance import suffices
from accounts.oidc.errors import SignInRefused
from accounts.oidc.provider import Provider

SIGN_IN, LINK, CONFIRM = "sign_in", "link", "confirm"
FRESH = 10 * 60  # seconds since somebody showed the provider who they are, where that matters
AWAY = "oidc_away"
AWAY_SECONDS = 15 * 60
NEWCOMER = "oidc_newcomer"
NEWCOMER_SECONDS = 30 * 60
ALGORITHMS = ["RS256", "PS256", "ES256"]
FAULTS: dict[type[jwt.PyJWTError], str] = {
    jwt.ExpiredSignatureError: "expired",
    jwt.InvalidAudienceError: "audience",
    jwt.InvalidIssuerError: "issuer",
    jwt.InvalidSignatureError: "signature",
}
REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]
LEEWAY = 30  # seconds that the two clocks may differ
ADDRESSES = 20  # of one person that are looked at


@dataclass(frozen=True)
class Away:
    """Somebody whom we have sent to the identity provider: to sign in, to link an identity, or to show that it's
    still them."""

    purpose: str
    state: str
    nonce: str
    verifier: str
    at: float
    following: str  # the page they wanted
    member: int | None  # who was signed in


@dataclass(frozen=True)
class Person:
    """Whom the identity provider says this is."""

    issuer: str
    subject: str
    addresses: tuple[str, ...]  # that it has verified
    name: str


def leave(request: HttpRequest, provider: Provider, *, purpose: str, following: str) -> str:
    """The address to send somebody to. One sign-in a browser: a later one takes the place of an earlier."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _each in range(3))
    url = provider.authorization_url(
        state=state, nonce=nonce, verifier=verifier, max_age=FRESH if purpose == CONFIRM else None
    )
    away = Away(purpose, state, nonce, verifier, time.time(), following, request.user.pk)
    request.session[AWAY] = asdict(away)
    return url


def returned(request: HttpRequest) -> Away:
    """Who has come back. Each state is good once, in the browser that left with it."""
    kept = request.session.pop(AWAY, None)
    state = request.GET.get("state", "")
    if not kept or not compare_digest(kept["state"].encode(), state.encode()):
        raise SignInRefused("state")
    if time.time() - kept["at"] > AWAY_SECONDS:
        raise SignInRefused("late")
    return Away(**kept)


def identify(provider: Provider, away: Away, answer: Mapping[str, str]) -> Person:
    """Trade the code for who it is. Everything that is believed was signed for us, for this sign-in, just now."""
    if answer.get("iss", provider.issuer) != provider.issuer:
        raise SignInRefused("issuer", name=provider.name)
    if "error" in answer or not answer.get("code"):
        reason = "denied" if answer.get("error") == "access_denied" else "provider"
        raise SignInRefused(reason, name=provider.name)
    id_token, access_token = provider.tokens(code=answer["code"], verifier=away.verifier)
    claims = read_id_token(provider, id_token, away.nonce)
    if away.purpose == CONFIRM and _is_long_ago(claims.get("auth_time")):
        raise SignInRefused("stale", name=provider.name)
    told = provider.userinfo(access_token)
    if told.get("sub") != claims["sub"]:
        raise SignInRefused("userinfo", name=provider.name)
    levels = [each.get(claim) for each in (claims, told) for claim in ("acr", "ial", "aal")]
    if not suffices(provider.acr_values.split(), [level for level in levels if isinstance(level, str)]):
        raise SignInRefused("assurance", name=provider.name)
    name = told.get("name") or claims.get("name")
    return Person(
        issuer=provider.issuer,
        subject=claims["sub"],
        addresses=verified_addresses(claims | told),
        name=name if isinstance(name, str) else "",
    )


def _is_long_ago(auth_time: Any) -> bool:
    """Not every provider says when somebody last typed a secret there. Login.gov does not."""
    return isinstance(auth_time, int | float) and time.time() - auth_time > FRESH + LEEWAY


def read_id_token(provider: Provider, token: str, nonce: str) -> dict[str, Any]:
    """The claims of an ID token that was signed by the provider, for us, for this sign-in, and is still good."""
    try:
        claims = jwt.decode(
            token,
            _key_of(provider, token),
            algorithms=ALGORITHMS,
            audience=provider.client_id,
            issuer=provider.issuer,
            leeway=LEEWAY,
            options={"require": REQUIRED},
        )
    except jwt.PyJWTError as fault:
        raise SignInRefused(FAULTS.get(type(fault), "token"), name=provider.name) from None
    if isinstance(claims["aud"], list) and claims["aud"] != [provider.client_id]:
        raise SignInRefused("audience", name=provider.name)
    if not compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise SignInRefused("nonce")
    if not 0 < len(claims["sub"]) <= 255:
        raise SignInRefused("token", name=provider.name)
    return claims


def _key_of(provider: Provider, token: str) -> jwt.PyJWK:
    header = jwt.get_unverified_header(token)
    if header.get("alg") not in ALGORITHMS:
        raise SignInRefused("algorithm", name=provider.name)
    key = provider.signing_key(header.get("kid"))
    if key is None:
        raise SignInRefused("key", name=provider.name)
    return key


def verified_addresses(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """The addresses a provider vouches for, the one signed in with first. `all_emails` holds verified ones alone."""
    if claims.get("email_verified") is not True:
        return ()
    every = claims.get("all_emails")
    told = [claims.get("email"), *(every if isinstance(every, list) else [])]
    return tuple(dict.fromkeys(each for each in told if isinstance(each, str)))[:ADDRESSES]


def keep_newcomer(request: HttpRequest, person: Person, address: str, following: str) -> None:
    """Until they have told the rest. In our session, so nobody can change what the provider said."""
    request.session[NEWCOMER] = {
        "issuer": person.issuer,
        "subject": person.subject,
        "name": person.name[:100],
        "address": address,
        "following": following,
        "at": time.time(),
    }


def newcomer(request: HttpRequest) -> dict[str, Any] | None:
    kept = request.session.get(NEWCOMER)
    return kept if kept and time.time() - kept["at"] < NEWCOMER_SECONDS else None
