"""An identity provider that really signs: a small HTTP server in a thread, with keys of its own.

It keeps to OpenID Connect as strictly as Login.gov does: a code is good once, PKCE and our signed assertion are
checked. `claims`, `told` and `signing` change what it says, so that a test can see what our side believes.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "urn:gov:gsa:openidconnect.profiles:sp:sso:gsa:commons"
IAL1 = "http://idmanagement.gov/ns/assurance/ial/1"
AAL2 = "http://idmanagement.gov/ns/assurance/aal/2"
RESISTANT = f"{AAL2}?phishing_resistant=true"


def make_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def key_named(kid: str) -> rsa.RSAPrivateKey:
    """Making one costs a tenth of a second."""
    return make_key()


def pem(key: rsa.RSAPrivateKey) -> str:
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, plain).decode()


class IdentityProvider:
    def __init__(self, client_key: rsa.RSAPrivateKey) -> None:
        self.client_key = client_key.public_key()
        self.key, self.kid = key_named("first"), "first"
        self.published = {self.kid: self.key}
        self.people: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, dict[str, Any]] = {}  # code to what was asked
        self.grants: dict[str, str] = {}  # access token to subject
        self.claims: dict[str, Any] = {}  # laid over those of the ID token; None leaves one out
        self.told: dict[str, Any] = {}  # laid over those of userinfo
        self.signing: dict[str, Any] = {}  # laid over what the ID token is signed with
        self.ill = False
        self.asked: list[str] = []
        self.assertions: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"provider": self}))
        self.issuer = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()

    def rotate(self, kid: str) -> None:
        self.key, self.kid = key_named(kid), kid
        self.published[kid] = self.key

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def person(self, subject: str, *addresses: str, **claims: Any) -> str:
        self.people[subject] = {
            "email": addresses[0],
            "email_verified": True,
            "all_emails": list(addresses),
            "ial": IAL1,
            "aal": RESISTANT,
        } | claims
        return subject

    def authorize(self, url: str, subject: str) -> str:
        """What a person's browser does at the provider: the address that it is sent back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        assert len(query["nonce"]) >= 22
        assert len(query["state"]) >= 22
        code = secrets.token_urlsafe(16)
        self.codes[code] = query | {"sub": subject}
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def exchange(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        try:
            claims = jwt.decode(
                form["client_assertion"],
                self.client_key,
                algorithms=["RS256"],
                audience=f"{self.issuer}token",
                issuer=CLIENT_ID,
                options={"require": ["iss", "sub", "aud", "exp", "jti"]},
            )
        except jwt.PyJWTError:
            return 401, {"error": "invalid_client"}
        if claims["sub"] != CLIENT_ID or claims["jti"] in self.assertions:
            return 401, {"error": "invalid_client"}
        self.assertions.add(claims["jti"])
        asked = self.codes.pop(form["code"], None)
        proof = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if (
            asked is None
            or proof != asked["code_challenge"]
            or asked["code_challenge_method"] != "S256"
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(16)
        self.grants[access] = asked["sub"]
        return 200, {"access_token": access, "token_type": "Bearer", "id_token": self.id_token(asked)}

    def id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": asked["sub"],
            "aud": CLIENT_ID,
            "nonce": asked["nonce"],
            "acr": IAL1,
            "iat": now,
            "exp": now + 300,
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        signing = {"key": self.key, "algorithm": "RS256", "headers": {"kid": self.kid}} | self.signing
        return jwt.encode(claims, **signing)

    def userinfo(self, access: str) -> tuple[int, dict[str, Any]]:
        subject = self.grants.get(access)
        if subject is None:
            return 401, {"error": "invalid_token"}
        return 200, {"sub": subject, "iss": self.issuer} | self.people[subject] | self.told

    def keys(self) -> dict[str, Any]:
        algorithm = jwt.algorithms.RSAAlgorithm
        return {
            "keys": [
                algorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "use": "sig", "alg": "RS256"}
                for kid, key in self.published.items()
            ]
        }

    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}authorize",
            "token_endpoint": f"{self.issuer}token",
            "userinfo_endpoint": f"{self.issuer}userinfo",
            "jwks_uri": f"{self.issuer}keys",
        }


class Handler(BaseHTTPRequestHandler):
    provider: IdentityProvider

    def do_GET(self) -> None:
        provider = self.provider
        provider.asked.append(self.path)
        if provider.ill:
            self.answer(503, {"error": "ill"})
        elif self.path == "/.well-known/openid-configuration":
            self.answer(200, provider.description())
        elif self.path == "/keys":
            self.answer(200, provider.keys())
        elif self.path == "/userinfo":
            self.answer(*provider.userinfo(self.headers["Authorization"].removeprefix("Bearer ")))
        else:
            self.answer(404, {"error": "not_found"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.provider.asked.append(self.path)
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self.answer(*self.provider.exchange(form))

    def answer(self, status: int, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Quiet."""
