"""Where a deed came from: the request that is being answered in this thread, if there is one."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

SESSION_HASH_LENGTH = 32


@dataclass(frozen=True)
class Origin:
    request: HttpRequest
    request_id: str

    @property
    def address(self) -> str | None:
        """The client's, by the rule that sign-in throttles by: so many proxies in front append to X-Forwarded-For."""
        proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
        passed = self.request.headers.get("X-Forwarded-For", "").split(",")
        told = passed[-proxies] if 0 < proxies <= len(passed) else ""
        return _plain(told) or _plain(self.request.META.get("REMOTE_ADDR", ""))

    @property
    def session(self) -> str:
        """Tells one session's deeds together, and opens nothing."""
        session = getattr(self.request, "session", None)
        key = session.session_key if session is not None else None
        if not key:
            return ""
        return salted_hmac("audit.session", key, algorithm="sha256").hexdigest()[:SESSION_HASH_LENGTH]


current: ContextVar[Origin | None] = ContextVar("origin", default=None)


def _plain(told: str) -> str | None:
    told = told.strip()
    if told.startswith("["):
        told = told[1:].partition("]")[0]
    elif told.count(":") == 1:
        told = told.partition(":")[0]
    try:
        address = ip_address(told.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
