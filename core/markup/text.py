"""The words of a rendered text, for search, mail and excerpts."""

import html as entities
import re

CITATION = re.compile(
    r'<sup id="[^"<>]*+"><a [^<>]*+>[0-9]*+</a></sup>|<a class="footnote-backref"[^<>]*+>[^<>]*+</a>'
)
TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9]*+)((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>""")
ALT = re.compile(r"""\balt="([^"]*+)\"""")
SPACES = re.compile(r"[ \t\r\f\v\xa0]++")
GAPS = re.compile(r" ?\n[ \n]*+")
BLOCKS = {"p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "div", "ul", "ol", "li"}
BLOCKS |= {"table", "thead", "tbody", "tr", "th", "td"}


def plain_text(html: str) -> str:
    """The words of our own safe HTML: one line a block, entities resolved, pictures as their description."""

    def replace(tag: re.Match[str]) -> str:
        name = tag[2].lower()
        if name == "img":
            alt = ALT.search(tag[3])
            return alt[1] if alt else ""
        return "\n" if name in BLOCKS else ""

    text = entities.unescape(TAG.sub(replace, CITATION.sub("", html)))
    return GAPS.sub("\n", SPACES.sub(" ", text)).strip()


def excerpt(text: str, length: int) -> str:
    """At most `length` characters of a plain text on one line, cut between words, with an ellipsis if cut."""
    line = " ".join(text[: 4 * length + 200].split())
    if len(line) <= length:
        return line
    cut = line[: max(length - 1, 0)]
    if line[len(cut) : len(cut) + 1].strip() and " " in cut[length // 2 :]:
        cut = cut[: cut.rindex(" ")]
    return f"{cut.rstrip(' ,;:.')}…" if length > 0 else ""
