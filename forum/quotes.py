"""How a text quotes a post: who said it, linked to the post, and the words below."""

import re

from forum.models import Post

QUOTES_MAX = 20
LINES_MAX = 40
# Of rendered text, so that it counts where it is shown as a quote.
QUOTED = re.compile(r'<blockquote>\s*<p><a href="/p/([0-9]{1,12})/">')
SPECIAL = re.compile(r"([\\\[\]])")


def quoted_in(html: str) -> list[int]:
    """The ids of the posts that a rendered text quotes."""
    return list(dict.fromkeys(map(int, QUOTED.findall(html))))[:QUOTES_MAX]


def quote_of(post: Post) -> str:
    """The Markdown that quotes a whole post, without what it quotes itself."""
    name = SPECIAL.sub(r"\\\1", " ".join(post.author.name.split()))
    lines = [line for line in post.body.strip().splitlines() if not line.lstrip().startswith(">")]
    shown = [*lines[:LINES_MAX], *(["…"] if len(lines) > LINES_MAX else [])]
    words = "\n".join(f"> {line}".rstrip() for line in "\n".join(shown).strip().splitlines())
    return f"> [{name}](/p/{post.pk}/):\n>\n{words}\n\n"
