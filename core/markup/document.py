"""What one text collects while it is rendered."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from core.markup.limits import BLOCKS, LINKS, MarkupError

# Control characters, lone surrogates and non-characters, about which parsers disagree.
ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass
class Document:
    anchor: str  # what the ids of footnotes start with
    highlight: Callable[[str, str], list[tuple[str, str]] | None] | None = None
    mentions: dict[str, None] = field(default_factory=dict)
    group_mentions: dict[str, None] = field(default_factory=dict)
    topic_refs: dict[int, None] = field(default_factory=dict)
    footnotes: dict[str, Element] = field(default_factory=dict)  # by label, as defined
    cited: dict[str, int] = field(default_factory=dict)  # label: how often, in order of first citation
    numbers: dict[str, int] = field(default_factory=dict)  # label: the number that is shown
    items: list[tuple[Element, Element]] = field(default_factory=list)  # list, item
    loose: set[Element] = field(default_factory=set)  # lists whose items keep their paragraphs
    tasks: dict[Element, bool] = field(default_factory=dict)  # item: done?
    blocks: int = 0
    cells: int = 0
    links: int = 0

    def count_block(self) -> None:
        self.blocks += 1
        if self.blocks > BLOCKS:
            raise MarkupError("too_many_blocks", limit=BLOCKS)

    def count_link(self) -> None:
        self.links += 1
        if self.links > LINKS:
            raise MarkupError("too_many_links", limit=LINKS)

    def cite(self, label: str) -> tuple[int, int]:
        """The footnote's number, and how often it has been cited with this time."""
        self.cited[label] = self.cited.get(label, 0) + 1
        if self.cited[label] == 1:
            self.numbers[label] = len(self.cited)
        return self.numbers[label], self.cited[label]

    def footnote_id(self, number: int) -> str:
        return f"{self.anchor}-fn-{number}"

    def citation_id(self, number: int, time: int) -> str:
        return f"{self.anchor}-fnref-{number}" + (f"-{time}" if time > 1 else "")


def normal_label(label: str) -> str:
    """Labels are the same whatever their case and spacing."""
    return " ".join(label.split()).casefold()
