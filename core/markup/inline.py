"""What stands within a block: emphasis, code, links, mentions.

Python-Markdown runs some twenty patterns one after the other over each paragraph, several of which look
through the whole rest of it from every bracket. This processor takes their place: line.py reads a paragraph
once from left to right and pairs brackets and emphasis by CommonMark's rules, in time linear in its length;
here its tokens become elements.
"""

from xml.etree.ElementTree import Element, SubElement

from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from core.markup.document import Document
from core.markup.limits import INLINE_NESTING
from core.markup.line import Line, anchor
from core.markup.tokens import Token
from core.markup.urls import is_own_image, safe_href

HOSTS = {"p", "h3", "h4", "h5", "h6", "td", "th"}  # the elements of blocks.py whose text is Markdown


class Inline(Treeprocessor):
    """Registered with Python-Markdown in the place of its own inline processor."""

    def run(self, root: Element) -> None:
        self.document: Document = self.md.document
        for element in list(root.iter()):
            if element.tag in HOSTS and element.text and not isinstance(element.text, AtomicString):
                text, element.text = element.text.strip(), None
                Builder(self.document, element).build(Line(self.document, self.md.references, text).tokens)


class Builder:
    """Turns tokens into elements below a parent."""

    def __init__(self, document: Document, parent: Element) -> None:
        self.document = document
        self.stack = [parent]
        self.words: list[str] = []
        self.in_link = 0
        self.ends: list[tuple[str, Token, Element]] = []

    def build(self, tokens: list[Token]) -> None:
        for token in tokens:
            for _ in range(token.closes):
                self.flush()
                self.stack.pop()
            if token.text:
                self.text_or_link(token)
            for tag in reversed(token.opens):
                self.enter(tag)
            if token.element is not None:
                self.add(token.element)
            if token.target:
                self.begin_link(token)
            elif token.ends_link:
                self.end_link()
        self.flush()

    def text_or_link(self, token: Token) -> None:
        if self.in_link or (token.link is None and not token.note):
            self.words.append(token.text)
            return
        self.document.count_link()
        if token.note:
            self.add(self.citation(token.note))
        elif token.link is not None:
            self.record(token.link)
            self.add(token.link)

    def record(self, link: Element) -> None:
        name = (link.get("href") or "").split("/")
        match link.get("class"):
            case "mention":
                self.document.mentions[name[2]] = None
            case "mention mention--group":
                self.document.group_mentions[name[2]] = None
            case "topic-ref":
                self.document.topic_refs[int(name[3])] = None

    def citation(self, label: str) -> Element:
        number, time = self.document.cite(label)
        sup = Element("sup", {"id": self.document.citation_id(number, time)})
        href = f"#{self.document.footnote_id(number)}"
        link = SubElement(sup, "a", {"class": "footnote-ref", "href": href})
        link.text = str(number)
        return sup

    # --- links and pictures ----------------------------------------------------------------------------
    def begin_link(self, token: Token) -> None:
        self.flush()
        address, title = token.target or ("", "")
        href = safe_href(address)
        kind = "nothing"
        element = Element("span")
        if token.is_image:
            kind = "image" if href and is_own_image(href) else "outside_image" if href else "nothing"
        elif href:
            kind = "link"
        if self.in_link and kind in {"link", "outside_image"}:
            kind = "nothing"
        if href and kind in {"link", "outside_image"}:
            element = anchor(href, kind="image-link" if kind == "outside_image" else "")
        elif href and kind == "image":
            element = Element("img", {"src": href, "alt": "", "loading": "lazy"})
        if title and kind != "nothing":
            element.set("title", title)
        if kind != "nothing":
            self.document.count_link()
        self.ends.append((kind, token, element))
        self.in_link += kind != "nothing"
        # A picture gathers its description in a place of its own; no link at all leaves its text where it is.
        holder = {"nothing": self.stack[-1], "image": Element("span")}.get(kind, element)
        if holder is element:
            self.stack[-1].append(element)
        self.stack.append(holder)

    def end_link(self) -> None:
        self.flush()
        kind, token, element = self.ends.pop()
        holder = self.stack.pop()
        if kind == "nothing":
            return
        self.in_link -= 1
        if kind == "image":
            element.set("alt", "".join(holder.itertext()))
            self.stack[-1].append(element)
        elif not element.text and not len(element):
            element.text = (token.target or ("",))[0]

    # --- the tree ----------------------------------------------------------------------------------------
    def enter(self, tag: str) -> None:
        self.flush()
        parent = self.stack[-1]
        self.stack.append(SubElement(parent, tag) if len(self.stack) < INLINE_NESTING else parent)

    def add(self, element: Element) -> None:
        self.flush()
        self.stack[-1].append(element)

    def flush(self) -> None:
        """Put the words gathered so far behind what the innermost element holds already."""
        if not self.words:
            return
        words, self.words = "".join(self.words), []
        parent = self.stack[-1]
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + words
        else:
            parent.text = (parent.text or "") + words
