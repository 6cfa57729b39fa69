"""What a text may contain, and the error that names the limit it broke."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

DEFAULT_LENGTH = 20_000  # characters, unless settings.COMMONS_MARKDOWN_MAX says otherwise
NESTING = 10  # lists and quotes within each other
INLINE_NESTING = 16  # emphasis and links within each other; deeper marks are left out, their text stays
BLOCKS = 2_000  # paragraphs, list items, quotes, headings, code blocks
LINKS = 300  # links, images, mentions, topic and footnote references together
CELLS = 2_000  # of all tables together
FOOTNOTES = 100
URL_LENGTH = 2_000  # a longer address stays plain text

SENTENCES: Mapping[str, Any] = {
    "too_long": _("This text has %(count)s characters; the limit is %(limit)s."),
    "too_deep": _("Lists and quotes are nested too deeply in this text; the limit is %(limit)s levels."),
    "too_many_blocks": _("This text has too many paragraphs, list items and quotes; the limit is %(limit)s."),
    "too_many_links": _("This text has too many links and mentions; the limit is %(limit)s."),
    "too_many_cells": _("The tables in this text have too many cells; the limit is %(limit)s."),
    "too_many_footnotes": _("This text has too many footnotes; the limit is %(limit)s."),
    "too_large": _("This text grows too large when it is formatted; the limit is %(limit)s characters."),
    "too_slow": _("This text takes too long to format; please shorten or simplify it."),
    "busy": _("This text could not be formatted just now; please try again in a moment."),
    "failed": _("This text could not be formatted; please simplify it."),
}


class MarkupError(ValidationError):
    """A text that is refused. `code` is a key of SENTENCES; `sentence` says it to the author."""

    def __init__(self, code: str, **figures: int) -> None:
        super().__init__(SENTENCES[code], code=code, params={name: f"{n:,}" for name, n in figures.items()})
        self.figures = figures

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.code, self.figures)

    @property
    def sentence(self) -> str:
        return str(self.messages[0])


def _restore(code: str, figures: dict[str, int]) -> MarkupError:
    return MarkupError(code, **figures)


def output_limit(length: int) -> int:
    """Characters of HTML that a text of this length may become."""
    return 10 * length + 20 * 1024
