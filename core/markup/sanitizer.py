"""The gate: whatever came before, only what is named here reaches a page.

Two sanitisers that share no code look at every text, so that a flaw in one of them is not enough.
"""

import html as entities
import re
import threading

import nh3
from bleach.sanitizer import Cleaner

from core.markup.document import ODD
from core.markup.urls import REL, is_own_image, safe_href

ANCHOR = re.compile(r"(?:[a-z0-9]{1,40}-)?fn(?:ref)?-[0-9]{1,3}(?:-[0-9]{1,3})?\Z")
CODE_CLASS = re.compile(r"[a-z][a-z0-9]{0,2}\Z")  # Pygments' short names
LANGUAGE = re.compile(r"language-[a-z0-9+#_.-]{1,30}\Z")
NUMBER = re.compile(r"[0-9]{1,9}\Z")

CLASSES = {
    "a": {"mention", "mention mention--group", "topic-ref", "footnote-ref", "footnote-backref", "image-link"},
    "div": {"table-scroll", "footnotes"},
    "input": {"task-box"},
    "li": {"task", "task task--done"},
    "pre": {"highlight"},
    "td": {"align-left", "align-center", "align-right"},
    "th": {"align-left", "align-center", "align-right"},
}
FIXED = {
    ("div", "tabindex"): {"0"},
    ("div", "role"): {"group"},
    ("div", "aria-label"): {"Table", "Footnotes"},
    ("pre", "tabindex"): {"0"},
    ("th", "scope"): {"col"},
    ("a", "rel"): {REL},
    ("a", "aria-label"): {"Back to the text"},
    ("img", "loading"): {"lazy"},
    ("input", "type"): {"checkbox"},
    ("input", "disabled"): {"", "disabled"},
    ("input", "checked"): {"", "checked"},
    ("input", "aria-label"): {"Done", "To do"},
}
ATTRIBUTES = {
    "a": {"href", "title", "rel", "class", "aria-label"},
    "code": {"class"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "img": {"src", "alt", "title", "loading"},
    "input": {"type", "class", "disabled", "checked", "aria-label"},
    "li": {"class", "id"},
    "ol": {"start"},
    "pre": {"class", "tabindex"},
    "span": {"class"},
    "sup": {"id"},
    "td": {"class"},
    "th": {"class", "scope"},
}
PLAIN_TAGS = {"p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "del", "blockquote", "ul"}
TAGS = set(ATTRIBUTES) | PLAIN_TAGS | {"table", "thead", "tbody", "tr"}
SCHEMES = {"http", "https", "mailto"}


def is_allowed(tag: str, name: str, value: str) -> bool:
    """Whether an element of our own making would carry this attribute with this value."""
    if name not in ATTRIBUTES.get(tag, ()):
        return False
    if (tag, name) in FIXED:
        return value in FIXED[tag, name]
    if name == "class":
        if tag == "span":
            return bool(CODE_CLASS.match(value))
        return bool(LANGUAGE.match(value)) if tag == "code" else value in CLASSES[tag]
    if name == "id":
        return bool(ANCHOR.match(value))
    if name == "href":
        return safe_href(entities.unescape(value)) == entities.unescape(value)
    if name == "src":
        return is_own_image(entities.unescape(value))
    if name == "start":
        return bool(NUMBER.match(value))
    return name in {"title", "alt"}


class _Local(threading.local):
    """bleach keeps its parser's state in the cleaner: one for each thread."""

    def __init__(self) -> None:
        self.bleach = Cleaner(tags=TAGS, attributes=is_allowed, protocols=SCHEMES, strip=False)


_local = _Local()
_nh3 = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags={"script", "style"},
    attributes=ATTRIBUTES,
    set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
    url_schemes=SCHEMES,
    link_rel=None,
    strip_comments=True,
)


def sanitize(html: str) -> str:
    """Safe HTML. Cleaning it again changes nothing."""
    html = _nh3.clean(_local.bleach.clean(ODD.sub("\ufffd", html)))
    html = _nh3.clean(html)  # parsing moves what stands where it may not; now it stands where it stays
    return ODD.sub("\ufffd", html)  # a reference to one of them was resolved on the way
