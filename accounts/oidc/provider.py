"""The identity provider on the wire: its addresses, its keys, and the two requests that we make of it.

A client of our own, since neither allauth's nor any other we looked at has private_key_jwt, nonce and the check of
assurance together; the cryptography is PyJWT's.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from ssl import SSLContext
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from accounts.oidc.errors import SignInRefused, Unavailable

logger = logging.getLogger(__name__)
CALLBACK = "/accounts/oidc/callback/"
SECONDS = 5  # for an answer
MOST = 512 * 1024  # bytes of an answer
KEPT = 3600  # seconds that addresses and keys are believed
PAUSE = 60  # seconds between two looks for a key that is not there
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


@dataclass(frozen=True)
class Provider:
    """One identity provider, as settings describe it."""

    issuer: str
    name: str
    client_id: str
    private_key: str  # PEM
    key_id: str
    scopes: str
    acr_values: str

    @property
    def callback(self) -> str:
        """Where people come back to, as it was registered with the provider."""
        return f"{settings.SITE_URL}{CALLBACK}"

    def metadata(self) -> dict[str, Any]:
        """The addresses, from the provider's own description."""
        return self._kept("metadata", self._fetch_metadata)

    def authorization_url(self, *, state: str, nonce: str, verifier: str, max_age: int | None = None) -> str:
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": self.callback,
            "scope": self.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "prompt": "select_account",
        }
        if self.acr_values:
            query["acr_values"] = self.acr_values
        if max_age is not None:
            query["max_age"] = str(max_age)
        endpoint = self.metadata()["authorization_endpoint"]
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"

    def tokens(self, *, code: str, verifier: str) -> tuple[str, str]:
        """The ID token, still unread, and the access token for a code."""
        endpoint = self.metadata()["token_endpoint"]
        answer = self._ask(
            "POST",
            endpoint,
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.callback,
                "client_id": self.client_id,
                "code_verifier": verifier,
                "client_assertion_type": ASSERTION,
                "client_assertion": self._assertion(endpoint),
            },
        )
        if answer.get("error") == "invalid_grant":
            raise SignInRefused("code", name=self.name)
        match answer:
            case {"id_token": str() as id_token, "access_token": str() as access_token}:
                return id_token, access_token
        raise self._unavailable(f"token endpoint: {answer.get('error', 'no tokens')}")

    def userinfo(self, access_token: str) -> dict[str, Any]:
        endpoint = self.metadata()["userinfo_endpoint"]
        answer = self._ask("GET", endpoint, headers={"Authorization": f"Bearer {access_token}"})
        if "error" in answer:
            raise self._unavailable(f"userinfo endpoint: {answer['error']}")
        return answer

    def signing_key(self, key_id: str | None) -> jwt.PyJWK | None:
        """The provider's key of a name. Looked for once more when it is new, at most once a minute."""
        found = self._key_among(self._kept("keys", self._fetch_keys), key_id)
        if found is None and cache.add(self._cache_key("looked"), True, PAUSE):
            cache.delete(self._cache_key("keys"))
            found = self._key_among(self._kept("keys", self._fetch_keys), key_id)
        return found

    def _kept(self, what: str, fetch: Callable[[], Any]) -> Any:
        return cache.get_or_set(self._cache_key(what), fetch, KEPT)

    def _cache_key(self, what: str) -> str:
        return f"oidc:{what}:{sha256(self.issuer.encode()).hexdigest()[:32]}"

    def _assertion(self, audience: str) -> str:
        """Who we are, signed with our key (RFC 7523): good once, for two minutes."""
        now = int(time.time())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": audience,
            "jti": secrets.token_urlsafe(24),
            "iat": now,
            "exp": now + 120,
        }
        key = _load(self.private_key)
        algorithm = "RS256" if isinstance(key, RSAPrivateKey) else "ES256"
        headers = {"kid": self.key_id} if self.key_id else None
        return jwt.encode(claims, key, algorithm=algorithm, headers=headers)

    def _fetch_metadata(self) -> dict[str, Any]:
        found = self._ask("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise self._unavailable(f"calls itself {found.get('issuer')!r}")
        scheme = urlsplit(self.issuer).scheme  # https, unless this is a trial on one machine
        for endpoint in ENDPOINTS:
            if urlsplit(str(found.get(endpoint, ""))).scheme not in {"https", scheme}:
                raise self._unavailable(f"has no usable {endpoint}")
        return {endpoint: found[endpoint] for endpoint in ENDPOINTS}

    def _fetch_keys(self) -> list[dict[str, Any]]:
        keys = self._ask("GET", self.metadata()["jwks_uri"]).get("keys")
        if not isinstance(keys, list):
            raise self._unavailable("has no keys")
        return [key for key in keys if isinstance(key, dict) and key.get("use", "sig") == "sig"]

    def _key_among(self, keys: list[dict[str, Any]], key_id: str | None) -> jwt.PyJWK | None:
        fitting = [key for key in keys if key.get("kid") == key_id or key_id is None]
        if len(fitting) != 1:
            return None
        try:
            return jwt.PyJWK(fitting[0])
        except jwt.PyJWTError:
            return None

    def _ask(self, method: str, url: str, **arguments: Any) -> dict[str, Any]:
        """A JSON object, also where it is an error's. Redirects are not followed: they'd carry secrets elsewhere."""
        try:
            with (
                httpx.Client(verify=_trusted(), timeout=SECONDS, follow_redirects=False) as client,
                client.stream(method, url, **arguments) as response,
            ):
                body = b""
                for piece in response.iter_bytes():
                    body += piece
                    if len(body) > MOST:
                        raise self._unavailable(f"sent too much from {url}")
            answer = json.loads(body)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise self._unavailable(f"{url}: {type(error).__name__}") from error
        if not isinstance(answer, dict):
            raise self._unavailable(f"{url}: no JSON object")
        if response.status_code >= 500 or not (response.is_success or "error" in answer):
            raise self._unavailable(f"{url}: status {response.status_code}")
        return answer

    def _unavailable(self, why: str) -> Unavailable:
        logger.warning("Identity provider %s %s", self.issuer, why)
        sentence = _("%(name)s does not answer as it should. Please try again in a minute.")
        return Unavailable(sentence % {"name": self.name})


@lru_cache(maxsize=1)
def _load(pem: str) -> Any:
    """Our key. Reading it checks its primes, which takes longer than the whole rest of a sign-in."""
    return load_pem_private_key(pem.encode(), None)


@lru_cache(maxsize=1)
def _trusted() -> SSLContext:
    """Whom we believe to be who they are: over a hundred certificates, read once."""
    return httpx.create_ssl_context()


def configured() -> Provider | None:
    """The provider that members may sign in with, if settings name one."""
    described: Mapping[str, str] = settings.COMMONS_OIDC
    return Provider(**described) if described["issuer"] else None
