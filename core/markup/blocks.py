"""Blocks: what is a list, a quote, a fence, a table, a heading, a paragraph.

Python-Markdown parses containers by calling itself on ever smaller copies of the text, which a few hundred
characters can turn into a RecursionError or minutes of work, and it knows neither fences within lists nor
lists right after a paragraph. So containers and code are found here in one pass over the lines, as CommonMark
does it (and a little more tolerant of indentation); what is left between them goes to Python-Markdown's block
processors (leaves.py).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, ElementTree, SubElement

from markdown.blockparser import BlockParser
from markdown.blockprocessors import ParagraphProcessor
from markdown.util import AtomicString

from core.markup.document import Document, normal_label
from core.markup.leaves import (
    HEADING,
    RULE,
    UNDERLINE,
    Heading,
    References,
    Rule,
    Table,
    Underlined,
    is_separator,
)
from core.markup.limits import FOOTNOTES, NESTING, MarkupError

QUOTE = re.compile(r" {0,3}> ?")
FENCE = re.compile(r" {0,3}(`{3,}+|~{3,}+) *+([^`]*)\Z")
ITEM = re.compile(r" {0,3}(?:([-*+])|([0-9]{1,9}+)([.)]))(?= |\Z)( *+)(.*)\Z")
TASK = re.compile(r"\[([ xX])\] ++(?=\S)")
FOOTNOTE = re.compile(r" {0,3}\[\^([^\[\]]{1,64})\]:")
LANGUAGE = re.compile(r"[A-Za-z0-9+#_.-]{1,30}+")


def indent_of(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def may_interrupt(item: re.Match[str]) -> bool:
    """Whether an item may follow a line of text directly: one with words, and of numbers only the first."""
    return bool(item[5]) and item[2] in {None, "1"}


@dataclass(slots=True)
class Container:
    """A quote, a list item or a footnote that is open at this line."""

    element: Element
    need: int = 0  # columns a line must be indented by to stay in; 0 for a quote
    strip: int = 0  # columns that are taken off its lines at most
    list: Element | None = None


@dataclass(slots=True)
class Code:
    """Code that is being read: fenced, or (without a fence) indented by four columns."""

    depth: int
    fence: str = ""
    indent: int = 4
    language: str = ""
    lines: list[str] = field(default_factory=list)


class Blocks(BlockParser):
    """Builds the tree of blocks from lines."""

    def __init__(self, md: Any) -> None:
        super().__init__(md)
        leaves = (Heading, Rule, Table, Underlined, References, ParagraphProcessor)
        for place, processor in enumerate(leaves):
            self.blockprocessors.register(processor(self), processor.__name__.lower(), -place)

    def parseDocument(self, lines: Iterable[str]) -> ElementTree:
        self.root = Element(self.md.doc_tag)
        self.document: Document = self.md.document
        self.open: list[Container] = []
        self.run: list[str] = []  # the lines of the paragraph or table at hand
        self.code: Code | None = None
        self.was_blank = False
        self.joined = False  # whether this line's item continues a list after a blank line
        self.markers: dict[Element, str] = {}
        for line in lines:
            self.feed(line)
        self.close(0)
        return ElementTree(self.root)

    # --- one line -----------------------------------------------------------------------------------
    def feed(self, line: str) -> None:
        matched, rest = self.match_open(line)
        if self.code and self.feed_code(self.code, matched, rest):
            return
        if not rest.strip():
            self.close(matched)
            self.flush()
            self.was_blank = True
            return
        if matched < len(self.open):
            if self.run and not self.starts_block(rest):
                self.run.append(rest.lstrip(" "))  # a paragraph may go on without its marks
                return
            self.close(matched)
        inside = self.open[-1] if self.open and self.was_blank else None
        self.joined = False
        rest = self.open_containers(rest)
        if inside and inside.list is not None and len(inside.element) and not self.joined:
            self.document.loose.add(inside.list)
        self.was_blank = False
        if not self.code:
            self.feed_leaf(rest)

    def match_open(self, line: str) -> tuple[int, str]:
        """How many of the open containers the line stays in, and what is left of it within them."""
        matched = 0
        for container in self.open:
            if container.need == 0:
                found = QUOTE.match(line)
                if not found:
                    break
                line = line[found.end() :]
            elif line.strip():
                indent = indent_of(line)
                if indent < container.need:
                    break
                line = line[min(indent, container.strip) :]
            matched += 1
        return matched, line

    def feed_code(self, code: Code, matched: int, rest: str) -> bool:
        """Whether the line belonged to the code at hand."""
        if matched < code.depth:
            self.end_code()
            return False
        if code.fence:
            closing = rest.strip()
            if closing and closing == closing[0] * len(closing) and closing.startswith(code.fence):
                self.end_code()
            else:
                code.lines.append(rest[min(indent_of(rest), code.indent) :])
            return True
        if rest.strip() and indent_of(rest) < code.indent:
            self.end_code()
            return False
        code.lines.append(rest[code.indent :])
        return True

    def starts_block(self, line: str) -> bool:
        if indent_of(line) >= 4:
            return False
        if any(kind.match(line) for kind in (QUOTE, RULE, HEADING, FENCE, FOOTNOTE)):
            return True
        item = ITEM.match(line)
        return bool(item and item[5])

    def open_containers(self, rest: str) -> str:
        """Open what the line opens: quotes, items, a footnote, code. Returns what is left for a leaf."""
        while True:
            if indent_of(rest) >= 4:
                if not self.run and rest.strip():
                    self.code = Code(len(self.open), lines=[rest[4:]])
                return rest
            if quote := QUOTE.match(rest):
                self.flush()
                rest = rest[quote.end() :]
                self.push(Container(SubElement(self.parent, "blockquote")))
            elif RULE.match(rest) and not (self.run and UNDERLINE.match(rest)):
                return rest
            elif (item := ITEM.match(rest)) and (not self.run or may_interrupt(item)):
                rest = self.open_item(item)
            elif not self.open and (note := FOOTNOTE.match(rest)):
                rest = self.open_footnote(note, rest)
            elif fence := FENCE.match(rest):
                self.flush()
                language = LANGUAGE.match(fence[2].lstrip("{. "))
                self.code = Code(
                    len(self.open), fence[1], indent_of(rest), language[0].lower() if language else ""
                )
                return ""
            else:
                return rest

    def open_item(self, item: re.Match[str]) -> str:
        self.flush()
        marker = item[1] or item[3]
        siblings = self.parent[-1] if len(self.parent) else None
        if siblings is None or self.markers.get(siblings) != marker:
            siblings = SubElement(self.parent, "ul" if item[1] else "ol")
            self.markers[siblings] = marker
            if item[2] and int(item[2]) != 1:
                siblings.set("start", str(int(item[2])))
        elif self.was_blank:
            self.joined = True
            self.document.loose.add(siblings)
        element = SubElement(siblings, "li")
        self.document.items.append((siblings, element))
        column = item.start(1) if item[1] else item.start(2)
        spaces = len(item[4])
        content = item.start(4) + (spaces if 1 <= spaces <= 4 and item[5] else 1)
        rest = item.string[content:]
        if task := TASK.match(rest):
            self.document.tasks[element] = task[1] != " "
            rest = rest[task.end() :]
        self.push(Container(element, need=column + 2, strip=content, list=siblings))
        return rest

    def open_footnote(self, note: re.Match[str], rest: str) -> str:
        self.flush()
        if len(self.document.footnotes) == FOOTNOTES:
            raise MarkupError("too_many_footnotes", limit=FOOTNOTES)
        element = Element("li")
        self.document.footnotes.setdefault(normal_label(note[1]), element)
        self.push(Container(element, need=2, strip=4))
        return rest[note.end() :].lstrip(" ")

    def feed_leaf(self, line: str) -> None:
        if not line.strip():
            return
        if self.run and UNDERLINE.match(line):
            self.run.append(line)
            self.flush()
        elif RULE.match(line) or HEADING.match(line):
            self.flush()
            self.run.append(line)
            self.flush()
        else:
            if len(self.run) > 1 and "|" in self.run[-1] and is_separator(line):
                header = self.run.pop()  # a table right after a line of text
                self.flush()
                self.run.append(header)
            self.run.append(line.lstrip(" "))

    # --- the state ----------------------------------------------------------------------------------
    @property
    def parent(self) -> Element:
        return self.open[-1].element if self.open else self.root

    def push(self, container: Container) -> None:
        if len(self.open) == NESTING:
            raise MarkupError("too_deep", limit=NESTING)
        self.document.count_block()
        self.open.append(container)
        self.was_blank = False

    def flush(self) -> None:
        """Hand the run to the block processors."""
        if self.run:
            self.document.count_block()
            block, self.run = "\n".join(self.run), []
            self.parseBlocks(self.parent, [block])

    def close(self, depth: int) -> None:
        """Close all containers from this depth on, and what is open in them."""
        if depth < len(self.open) or depth == 0:
            self.flush()
            if self.code and (self.code.depth > depth or depth == 0):
                self.end_code()
        del self.open[depth:]

    def end_code(self) -> None:
        code, self.code = self.code, None
        if code is None:
            return
        self.document.count_block()
        while code.lines and not code.lines[-1].strip():
            code.lines.pop()
            self.was_blank = not code.fence
        parent = self.open[code.depth - 1].element if code.depth else self.root
        pre = SubElement(parent, "pre", {"class": "highlight", "tabindex": "0"})
        inner = SubElement(pre, "code")
        text = "".join(f"{line}\n" for line in code.lines)
        if code.language:
            inner.set("class", f"language-{code.language}")
        highlight = self.document.highlight
        pieces = highlight(text, code.language) if highlight and code.language else None
        for name, words in pieces or [("", text)]:
            if name:
                SubElement(inner, "span", {"class": name}).text = AtomicString(words)
            elif len(inner):
                inner[-1].tail = words
            else:
                inner.text = AtomicString(words)
