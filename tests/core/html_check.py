"""An independent look at rendered HTML: what it may hold is written down here again, apart from the sanitisers."""

import re
from html.parser import HTMLParser

PLAIN = {"p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "del", "blockquote", "ul", "table", "thead"}
PLAIN |= {"tbody", "tr"}
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
VOID = {"br", "hr", "img", "input"}
HREF = re.compile(r"(https?://[^/\s@]+(/|\?|#|$)|mailto:[^\s@]+@[^\s@]+$|/(?![/\\])|#)", re.IGNORECASE)
SRC = re.compile(r"/(media|resources|attachments)/(?!.*\.\.)")
CLASS = re.compile(r"[a-z][a-z0-9+#_.-]*( [a-z-]+)?$")
ID = re.compile(r"([a-z0-9]+-)?fn(ref)?-[0-9]+(-[0-9]+)?$")


class Checker(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in PLAIN and tag not in ATTRIBUTES:
            self.faults.append(f"tag {tag}")
        if tag == "a" and "a" in self.open:
            self.faults.append("a link in a link")
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name not in ATTRIBUTES.get(tag, ()):
                self.faults.append(f"attribute {tag}.{name}")
            self.check_value(name, value or "")
        if tag == "input" and dict(attrs).get("type") != "checkbox":
            self.faults.append("an input that is not a box")

    def check_value(self, name: str, value: str) -> None:
        patterns = {"href": HREF, "src": SRC, "class": CLASS, "id": ID}
        if name in patterns and not patterns[name].match(value):
            self.faults.append(f"{name} {value!r}")
        if name == "id":
            self.ids.append(value)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"unbalanced {tag}")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"declaration {decl}")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"instruction {data}")


def faults(html: str) -> list[str]:
    """What is wrong with rendered HTML; an empty list when it is safe and well-formed."""
    checker = Checker()
    checker.feed(html)
    checker.close()
    found = checker.faults + [f"left open: {tag}" for tag in checker.open]
    return found + (["doubled id"] if len(set(checker.ids)) < len(checker.ids) else [])
