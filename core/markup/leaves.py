"""The blocks that hold no others, as processors of Python-Markdown's: each of them takes linear time."""

import re
from xml.etree.ElementTree import Element, SubElement

from markdown.blockparser import BlockParser
from markdown.blockprocessors import BlockProcessor
from markdown.extensions.tables import TableProcessor

from core.markup.document import normal_label
from core.markup.limits import CELLS, URL_LENGTH, MarkupError

RULE = re.compile(r" {0,3}(?:(?:- *+){3,}+|(?:_ *+){3,}+|(?:\* *+){3,}+)\Z")
HEADING = re.compile(r" {0,3}(#{1,6}+)(?: ++(.*))?\Z")
UNDERLINE = re.compile(r" {0,3}(?:=++|-++) *+\Z")
REFERENCE = re.compile(
    rf""" {{0,3}}\[(?!\^)([^\[\]]{{1,200}})\]: *+<?([^\s<>]{{1,{URL_LENGTH}}}+)>?(?: ++("[^"]*+"|'[^']*+'))? *+\Z"""
)
HEADINGS = ("h3", "h4", "h5", "h6", "h6", "h6")  # h1 and h2 belong to the page


class Heading(BlockProcessor):
    def test(self, parent: Element, block: str) -> bool:
        return bool(HEADING.match(block))

    def run(self, parent: Element, blocks: list[str]) -> None:
        found = HEADING.match(blocks.pop(0))
        if found:
            text = (found[2] or "").strip()
            bare = text.rstrip("#")
            SubElement(parent, HEADINGS[len(found[1]) - 1]).text = (
                bare.rstrip() if not bare or bare.endswith(" ") else text
            )


class Rule(BlockProcessor):
    def test(self, parent: Element, block: str) -> bool:
        return bool(RULE.match(block))

    def run(self, parent: Element, blocks: list[str]) -> None:
        blocks.pop(0)
        SubElement(parent, "hr")


class Underlined(BlockProcessor):
    """A heading by a line of = or - below it."""

    def test(self, parent: Element, block: str) -> bool:
        head, _, last = block.rpartition("\n")
        return bool(head and UNDERLINE.match(last))

    def run(self, parent: Element, blocks: list[str]) -> None:
        head, _, last = blocks.pop(0).rpartition("\n")
        SubElement(parent, HEADINGS[0 if "=" in last else 1]).text = head.strip()


class References(BlockProcessor):
    """Definitions of link addresses at the head of a paragraph: [label]: address "title"."""

    def test(self, parent: Element, block: str) -> bool:
        return block.startswith("[")

    def run(self, parent: Element, blocks: list[str]) -> bool:
        lines = blocks[0].split("\n")
        count = 0
        for line in lines:
            found = REFERENCE.match(line)
            if not found:
                break
            self.parser.md.references.setdefault(normal_label(found[1]), (found[2], (found[3] or "")[1:-1]))
            count += 1
        if not count:
            return False
        blocks[:1] = ["\n".join(lines[count:])] if count < len(lines) else []
        return True


class Table(TableProcessor):
    """Tables that can be scrolled by keyboard, aligned by classes."""

    def __init__(self, parser: BlockParser) -> None:
        super().__init__(parser, {"use_align_attribute": True})

    def test(self, parent: Element, block: str) -> bool:
        lines = block.split("\n", 2)
        if len(lines) < 2 or not is_separator(lines[1]):
            return False
        count_cells(lines[0].count("|"))
        return bool(super().test(parent, block))

    def run(self, parent: Element, blocks: list[str]) -> None:
        document = self.parser.md.document
        # Short rows are filled up, and long ones cost time though they are cut.
        document.cells += sum(max(len(self.separator), row.count("|")) for row in blocks[0].split("\n"))
        count_cells(document.cells)
        region = SubElement(
            parent, "div", {"class": "table-scroll", "tabindex": "0", "role": "group", "aria-label": "Table"}
        )
        has_rows = blocks[0].count("\n") > 1
        super().run(region, blocks)
        if not has_rows:
            region[0].remove(region[0][1])
        for cell in region.iter():
            if align := cell.attrib.pop("align", ""):
                cell.set("class", f"align-{align}")
            if cell.tag == "th":
                cell.set("scope", "col")


def is_separator(line: str) -> bool:
    """Whether a line may be the one below a table's header."""
    if "|" not in line or "-" not in line or not set(line) <= set("|:- "):
        return False
    count_cells(line.count("|"))
    return True


def count_cells(cells: int) -> None:
    if cells > CELLS:
        raise MarkupError("too_many_cells", limit=CELLS)
