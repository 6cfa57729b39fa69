"""Text that is rendered once and kept for many requests, with holes where requests differ.

A hole is written with control characters, which no rendered text holds.
"""

from collections.abc import Callable
from os import urandom

from django.core.cache import caches
from django.http import HttpRequest
from django.middleware.csp import get_nonce
from django.middleware.csrf import CSRF_ALLOWED_CHARS as CHARACTERS
from django.middleware.csrf import get_token
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

KEEP_SECONDS = 60
CSRF, NONCE = "\x1ecsrf\x1e", "\x1enonce\x1e"  # what kept text has in place of the token and the nonce

_PLACES = {character: place for place, character in enumerate(CHARACTERS)}


def token_for(request: HttpRequest) -> str:
    """The request's CSRF token, which Django would mask anew each time it is asked.

    Nor is its cookie, which is good for a year, sent again with every page.
    """
    token = request.META.get("commons.csrf")
    if token is None:
        secret = request.META.get("CSRF_COOKIE")
        if secret is None or request.META.get("CSRF_COOKIE_NEEDS_UPDATE"):
            token = get_token(request)
        else:
            token = masked(secret)
        request.META["commons.csrf"] = token
    return token


def masked(secret: str) -> str:
    """The secret as Django masks it, but with one draw of random bits instead of one for each character."""
    places = [_PLACES[character] for character in secret]
    draw, mask = int.from_bytes(urandom(32)), []
    for _place in places:
        draw, place = divmod(draw, len(CHARACTERS))
        mask.append(place)
    sums = ((place + shift) % len(CHARACTERS) for place, shift in zip(places, mask, strict=True))
    return "".join([CHARACTERS[place] for place in (*mask, *sums)])


def fill(text: str, request: HttpRequest) -> SafeString:
    if CSRF in text:
        text = text.replace(CSRF, token_for(request))
    if NONCE in text:
        text = text.replace(NONCE, str(get_nonce(request)))
    return mark_safe(text)  # noqa: S308  (made of rendered templates only)


def kept_text(name: str, render: Callable[[], str]) -> SafeString:
    """A part of a page that is the same for everyone: rendered by this process once a minute in each language."""
    key = f"text:{name}:{get_language()}"
    text = caches["local"].get(key)
    if text is None:
        text = render()
        caches["local"].set(key, text, KEEP_SECONDS)
    return mark_safe(text)  # noqa: S308  (made of rendered templates only)
