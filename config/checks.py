"""What a site on a public address must not be started with.

A site whose SITE_URL names this machine (127.0.0.1, localhost) is a trial and may do as it likes.
"""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from config import env

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
LEAST_SECRET = 50  # characters
LEAST_DIFFERENT = 5  # different characters


def is_public() -> bool:
    return urlsplit(settings.SITE_URL).hostname not in LOOPBACK


def _weak(secret: str) -> bool:
    return (
        len(secret) < LEAST_SECRET
        or len(set(secret)) < LEAST_DIFFERENT
        or secret.startswith("django-insecure-")
    )


def unsafe_settings() -> list[tuple[str, Error]]:
    """(environment variable, error) for each unsafe setting of a public site."""
    if not is_public():
        return []
    found: list[tuple[str, Error]] = []

    def add(variable: str, number: int, problem: str, hint: str) -> None:
        found.append((variable, Error(problem, hint=hint, id=f"commons.E{number:03}")))

    if settings.DEBUG:
        add("DEBUG", 1, "shows settings and code to visitors.", "Unset DEBUG.")
    if _weak(settings.SECRET_KEY):
        add(
            "SECRET_KEY",
            2,
            "is too easy to guess.",
            f"Set {LEAST_SECRET} random characters or more, for instance from `openssl rand -base64 48`.",
        )
    if "*" in settings.ALLOWED_HOSTS:
        add(
            "ALLOWED_HOSTS",
            3,
            "lets anyone forge links with a false Host header.",
            "Name the hosts, or unset it.",
        )
    if not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        add("SITE_URL", 4, "sends the session cookie unencrypted.", "Use https:// and a proxy that ends TLS.")
    if settings.MAILERS["default"]["BACKEND"] == "core.mail.LocalOutbox":
        add(
            "EMAIL_URL",
            5,
            "only writes mail to a folder.",
            "Name a mail server: smtp://user:password@host:587?tls=1.",
        )
    return found


def refuse_unsafe() -> None:
    """Stop the process with one line at the first unsafe setting of a public site."""
    for variable, error in unsafe_settings():
        env.refuse(variable, f"{error.msg} {error.hint}")


@register(Tags.security)
def public_site_is_safe(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(f"{variable} {error.msg}", hint=error.hint, id=error.id)
        for variable, error in unsafe_settings()
    ]


@register(Tags.security, deploy=True)
def several_processes_hear_each_other(**kwargs: Any) -> list[CheckMessage]:
    if settings.EMBEDDED or settings.REDIS_URL:
        return []
    return [
        Warning(
            "Without REDIS_URL each process has its own cache and live events stay in the process that sent them.",
            hint="Set REDIS_URL, or run the embedded default in one process.",
            id="commons.W001",
        )
    ]
