"""Markdown to safe HTML, for everything members write.

`render` is the one way in. Its limits (limits.py) are there because one hostile post must not slow down the
others: over a limit it raises MarkupError, a ValidationError whose sentence names the limit. A text that is
short and has no code to highlight is rendered here in a millisecond or two; any other in a child process that
is killed when it takes too long (pool.py). In both, raw HTML is text, and what leaves has passed two sanitisers
(sanitizer.py).
"""

import logging
import re

from django.conf import settings

from core.markup.engine import RENDERER_VERSION, Rendered, render_here
from core.markup.limits import DEFAULT_LENGTH, MarkupError
from core.markup.pool import children
from core.markup.sanitizer import sanitize
from core.markup.text import excerpt, plain_text

__all__ = ["RENDERER_VERSION", "MarkupError", "Rendered", "excerpt", "plain_text", "render", "sanitize"]

LIGHT = 4_000  # characters that never take longer than some tenths of a second, whatever they are
HIGHLIGHTED = re.compile(r"(?:```|~~~) *+[A-Za-z.{]")
ANCHOR = re.compile(r"[a-z0-9]{0,40}\Z")

logger = logging.getLogger(__name__)


def render(source: str, *, anchor: str = "") -> Rendered:
    """Render a text, or raise MarkupError; any input is answered within 2.5 seconds.

    `anchor` (lower-case letters and digits) begins the ids of footnotes, so that several texts can stand on
    one page; without it a digest of the source does.
    """
    if not ANCHOR.match(anchor):
        raise ValueError(f"Not an anchor: {anchor!r}")
    limit = settings.COMMONS_MARKDOWN_MAX if settings.configured else DEFAULT_LENGTH
    if len(source) > limit:
        raise MarkupError("too_long", count=len(source), limit=limit)
    try:
        if len(source) <= LIGHT and not HIGHLIGHTED.search(source):
            return render_here(source, anchor)
        return children.render(source, anchor)
    except MarkupError:
        raise
    except Exception as error:  # a fault of ours must not cost the author the page, nor us its traces
        logger.exception("The renderer failed on a text of %s characters.", len(source))
        raise MarkupError("failed") from error
