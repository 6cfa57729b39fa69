import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.test import Client

from outbox.models import Mail
from tests.accounts.identity_provider import CLIENT_ID, IdentityProvider, make_key, pem

NEWCOMER = {
    "email": "rosa@energy.gov",
    "name": "Rosa Parks",
    "occupation": "data_scientist",
    "employment": "employee",
    "leadership_role": "",
    "password1": "violet-harbor-teapot-9",
}


@pytest.fixture
def newcomer() -> dict[str, str]:
    return dict(NEWCOMER)


@pytest.fixture
def newest_code() -> Callable[[str], str]:
    """The code in the newest mail to an address."""

    def find(address: str) -> str:
        text = Mail.objects.filter(to=address).latest("id").text
        found = re.search(r"^\s+([A-Z]{4}-[A-Z]{4})\s*$", text, re.MULTILINE)
        assert found, text
        return found[1]

    return find


@pytest.fixture
def sign_up(client: Client, newcomer: dict[str, str], newest_code) -> Callable[..., Any]:
    """The whole way in: form, code, home."""

    def run(**changes: str) -> Any:
        data = newcomer | changes
        response = client.post("/accounts/signup/", data)
        assert response.status_code == 302, response.context["form"].errors
        return client.post("/accounts/confirm-email/", {"code": newest_code(data["email"])})

    return run


@pytest.fixture
def no_throttle() -> Callable[[], None]:
    """Forget every throttle, as if an hour had passed."""
    return cache.clear


@pytest.fixture(scope="session")
def client_key():
    return make_key()


@pytest.fixture
def provider(settings, client_key):
    """An identity provider, configured as Login.gov."""
    running = IdentityProvider(client_key)
    settings.COMMONS_OIDC = {
        "issuer": running.issuer,
        "name": "Login.gov",
        "client_id": CLIENT_ID,
        "private_key": pem(client_key),
        "key_id": "",
        "scopes": "openid email all_emails",
        "acr_values": "",
    }
    yield running
    running.close()


@pytest.fixture
def leave(client: Client, provider) -> Callable[..., str]:
    """From our button to the provider, and there to the address that it sends the browser back to."""

    def run(subject: str, start: str = "/accounts/oidc/login/", **data: str) -> str:
        url = client.post(start, data).context["url"]
        back = urlsplit(provider.authorize(url, subject))
        return f"{back.path}?{back.query}"

    return run


@pytest.fixture
def go(client: Client, leave) -> Callable[..., Any]:
    """There and back."""
    return lambda subject, **data: client.get(leave(subject, **data))
