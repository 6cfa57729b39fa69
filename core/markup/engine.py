"""From a source to safe HTML, here and now, without a limit on time: see pool.py for that."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from core.markup.blocks import Blocks
from core.markup.document import ODD, Document
from core.markup.inline import Inline
from core.markup.limits import MarkupError, output_limit
from core.markup.sanitizer import sanitize
from core.markup.text import plain_text

RENDERER_VERSION = 1  # raise it when the same source gives other HTML, and old rows are rendered again
ON_OWN_LINES = {"p", "ul", "ol", "li", "blockquote", "pre", "hr", "h3", "h4", "h5", "h6", "div"}
ON_OWN_LINES |= {"table", "thead", "tbody", "tr"}

Highlighter = Callable[[str, str], list[tuple[str, str]] | None]


@dataclass(frozen=True)
class Rendered:
    """What a row stores of a text beside its source."""

    html: str
    text: str  # its words alone, for search and excerpts
    mentions: tuple[str, ...]  # handles, in order of appearance
    group_mentions: tuple[str, ...]  # slugs
    topic_refs: tuple[int, ...]
    version: int = RENDERER_VERSION


class Engine(Markdown):
    """Python-Markdown with our processors in the place of those that hostile texts can blow up."""

    document: Document

    def __init__(self) -> None:
        super().__init__(output_format="html", tab_length=4)
        self.parser = Blocks(self)
        self.preprocessors.deregister("html_block")  # raw HTML is text
        self.postprocessors.deregister("raw_html")
        self.postprocessors.deregister("amp_substitute")
        for name in ("inline", "prettify", "unescape"):
            self.treeprocessors.deregister(name)
        self.treeprocessors.register(Inline(self), "inline", 20)
        self.treeprocessors.register(Finish(self), "finish", 10)
        self.serializer = lambda root: tostring(root, encoding="unicode", method="html")


class Finish(Treeprocessor):
    """Footnotes at the end, tight lists without paragraphs, boxes before tasks, a line for each block."""

    def run(self, root: Element) -> None:
        document: Document = self.md.document
        self.add_footnotes(document, root)
        for siblings, item in document.items:
            if siblings not in document.loose:
                unwrap_paragraphs(item)
            if item in document.tasks:
                add_box(item, done=document.tasks[item])
        for element in root.iter():
            if element.tag in ON_OWN_LINES and not (element.tail or "").strip():
                element.tail = "\n"

    def add_footnotes(self, document: Document, root: Element) -> None:
        if not document.footnotes:
            return
        inline = self.md.treeprocessors["inline"]
        region = Element("div", {"class": "footnotes", "role": "group", "aria-label": "Footnotes"})
        notes = SubElement(region, "ol")
        done: set[str] = set()
        # A note may cite others, so the list of the cited grows while it is worked off; the uncited come last.
        while waiting := [label for label in (*document.cited, *document.footnotes) if label not in done]:
            label = waiting[0]
            done.add(label)
            note = document.footnotes[label]
            inline.run(note)
            notes.append(note)
        for label, times in document.cited.items():
            number = document.numbers[label]
            note = document.footnotes[label]
            note.set("id", document.footnote_id(number))
            last = note[-1] if len(note) and note[-1].tag == "p" else SubElement(note, "p")
            for time in range(1, times + 1):
                href = f"#{document.citation_id(number, time)}"
                back = SubElement(last, "a", {"class": "footnote-backref", "href": href})
                back.set("aria-label", "Back to the text")
                back.text = "↩"
        root.append(region)


def unwrap_paragraphs(item: Element) -> None:
    """Items of a tight list hold their words directly."""
    children, previous = list(item), None
    for child in children:
        item.remove(child)
    for child in children:
        if child.tag != "p":
            item.append(child)
            previous = child
            continue
        words = child.text or ""
        if previous is None:
            item.text = (item.text or "") + words
        else:
            previous.tail = (previous.tail or "") + words
        for inner in child:
            item.append(inner)
            previous = inner


def add_box(item: Element, *, done: bool) -> None:
    item.set("class", "task task--done" if done else "task")
    box = Element("input", {"type": "checkbox", "class": "task-box", "disabled": "disabled"})
    box.set("aria-label", "Done" if done else "To do")
    if done:
        box.set("checked", "checked")
    place = item[0] if len(item) and item[0].tag == "p" and not item.text else item
    box.tail = f" {place.text or ''}"
    place.text = None
    place.insert(0, box)


class _Local(threading.local):
    def __init__(self) -> None:
        self.engine: Engine | None = None


_local = _Local()


def tidy(source: str) -> str:
    """One kind of line end, and no characters that no text needs."""
    return ODD.sub("\ufffd", source.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", ""))


def render_here(source: str, anchor: str = "", highlight: Highlighter | None = None) -> Rendered:
    """Render in this process. Time is linear in the length, apart from what `highlight` takes."""
    engine = _local.engine or Engine()
    _local.engine = None  # kept only when it comes out of this whole
    engine.reset()
    engine.document = document = Document(anchor or digest(source), highlight)
    html = engine.convert(tidy(source))
    engine.document = Document("")
    _local.engine = engine
    limit = output_limit(len(source))
    if len(html) > limit:
        raise MarkupError("too_large", limit=limit)
    html = sanitize(html).strip()
    return Rendered(
        html=html,
        text=plain_text(html),
        mentions=tuple(document.mentions),
        group_mentions=tuple(document.group_mentions),
        topic_refs=tuple(document.topic_refs),
    )


def digest(source: str) -> str:
    """A prefix that keeps the footnotes of several texts on one page apart."""
    return hashlib.blake2s(source.encode("utf-8", "replace"), digest_size=4).hexdigest()
