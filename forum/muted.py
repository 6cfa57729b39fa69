"""Posts by people whom a reader has muted: folded, for that reader alone. Whoever mutes nobody pays nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.html import escape
from django.utils.translation import gettext as _

from accounts.models import Mute

if TYPE_CHECKING:  # which loads this module
    from forum.page import Piece


def fold(reader: int, pieces: list[Piece]) -> list[Piece]:
    """One query. The text of a post is the same for every reader, so its fold is cut in here."""
    authors = {piece.author for piece in pieces}
    muted = set(Mute.objects.filter(member=reader, muted__in=authors).values_list("muted", flat=True))
    return [_folded(piece) if piece.author in muted and not piece.is_removed else piece for piece in pieces]


def _folded(piece: Piece) -> Piece:
    head, middle, tail = piece.parts
    opening, inside = middle.split(b">\n", 1)  # the article's own tag: its attributes are escaped
    summary = f"<summary>{escape(_('A post by somebody you muted'))}</summary>".encode()
    middle = b"".join((opening, b'>\n<details class="post-muted">', summary, b"<div>", inside))
    return piece._replace(parts=(head, middle, b"</div></details>" + tail))
