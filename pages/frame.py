"""The frame around every page: header, rail, footer.

A member opens many pages while it stays the same, so it is rendered once for what it shows. What it shows is `Shown`
and nothing else: equal facts give an equal frame, and no fact of one member can end up in the frame of another.
"""

from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace
from typing import NamedTuple, Self

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from core.kept import CSRF, NONCE, fill

FRAMES_KEPT = 1_000  # by each process, about 20 KB each
SESSION = "\x1esession\x1e"  # in kept text: seconds until the session ends
CUT = "\x1ecut\x1e"


class Place(NamedTuple):
    """A group or a practice area in the rail."""

    name: str
    slug: str
    color: int
    unread: int = 0


class Shell(NamedTuple):
    """What the frame tells a member."""

    groups: tuple[Place, ...]
    areas: tuple[Place, ...]
    unread_topics: int
    unread_notices: int
    latest_notice: int | None
    toasts: bool
    active: str  # the section of the page


class Person(NamedTuple):
    pk: int
    name: str
    email: str
    handle: str
    is_staff: bool
    is_moderator: bool  # or administrator: sees the pages of the staff
    is_auditor: bool
    avatar_version: int
    time_zone: str
    is_authenticated: bool = True


class Shown(NamedTuple):
    language: str
    theme: str
    host: str
    path: str  # of the page, if an entry of the rail leads there or above it
    person: Person | None
    shell: Shell | None


class Frame(NamedTuple):
    """The parts of document.html, in their order there."""

    language: str
    root: str
    session: str
    links: str
    script: str
    header: str
    rail: str
    footer: str
    phonebar: str


class Around(NamedTuple):
    """document.html, cut where base.html has its blocks: what stands before each of them, and the end."""

    title: str
    main_class: str
    main_attrs: str
    content: str
    aside: str
    end: str


class Filled[Parts: Frame | Around]:
    """Parts for one request, completed as its page uses them."""

    def __init__(self, find: Callable[[], Parts], request: HttpRequest) -> None:
        self._find, self._request = find, request
        self._parts: Parts | None = None

    def __call__(self) -> Self:
        """Templates call what they find before they look into it. An error in here is one of the page; in a lookup it
        would be an empty text."""
        if self._parts is None:
            self._parts = self._find()
        return self

    def __getitem__(self, part: str) -> SafeString:
        text = getattr(self._parts, part)
        if SESSION in text:
            text = text.replace(SESSION, str(self._request.session.get_expiry_age()))
        return fill(text, self._request)


@lru_cache(maxsize=0 if settings.DEBUG else FRAMES_KEPT)
def render_around(shown: Shown) -> Around:
    frame = render_frame(shown)
    context = {
        "site_name": settings.SITE_NAME,
        "official_site": settings.OFFICIAL_SITE,
        "frame": {name: mark_safe(text) for name, text in frame._asdict().items()},  # noqa: S308  (rendered)
        "CUT": CUT,
    }
    return Around(*render_to_string("_around.html", context).split(CUT))


@lru_cache(maxsize=0 if settings.DEBUG else FRAMES_KEPT)
def render_frame(shown: Shown) -> Frame:
    context = {
        "site_name": settings.SITE_NAME,
        "official_site": settings.OFFICIAL_SITE,
        "local_outbox": settings.LOCAL_OUTBOX,
        "request": SimpleNamespace(COOKIES={"theme": shown.theme}, path=shown.path, get_host=shown.host),
        "csrf_token": CSRF,
        "csp_nonce": NONCE,
        "user": shown.person or SimpleNamespace(is_authenticated=False),
        "shell": shown.shell,
    }
    return Frame(
        language=shown.language,
        root=render_to_string("_root.html", context),
        session=f' data-session="{SESSION}"' if shown.person else "",
        links=render_to_string("_links.html", context),
        script=render_to_string("_script.html", context),
        header=render_to_string("_header.html", context),
        rail=render_to_string("_rail.html", context) if shown.shell else "",
        footer=render_to_string("_footer.html", context),
        phonebar=render_to_string("_phonebar.html", context) if shown.shell else "",
    )
