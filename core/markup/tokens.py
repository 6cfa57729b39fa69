"""The pieces a line falls into, and how runs of * and _ and ~ find their partners."""

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element


@dataclass(slots=True)
class Token:
    """A piece of the line. Which fields count depends on what it is."""

    text: str = ""  # as it reads when it turns out to be nothing else
    element: Element | None = None  # complete: a line break, code, a picture
    link: Element | None = None  # a link that stays text within another link
    note: str = ""  # a footnote's label
    opens: list[str] = field(default_factory=list)  # tags that begin here, innermost first
    closes: int = 0  # tags that end here, before the text
    target: tuple[str, str] | None = None  # a bracket that begins a link: its address and title
    is_image: bool = False
    ends_link: bool = False


@dataclass(slots=True)
class Run:
    """A run of * or _ or ~, which may begin or end emphasis."""

    token: Token
    char: str
    length: int
    left: int
    can_open: bool
    can_close: bool

    def pairs_with(self, closer: "Run") -> bool:
        if self.char != closer.char:
            return False
        if self.char == "~":
            return True
        either = self.can_close or closer.can_open
        return not either or (self.length + closer.length) % 3 != 0 or self.length % 3 == 0


@dataclass(slots=True)
class Bracket:
    token: Token
    start: int  # where its text begins in the line
    is_image: bool
    runs: int  # how many runs came before


def pair(runs: list[Run]) -> None:
    """Match the runs of emphasis: CommonMark's algorithm, each run looked at a bounded number of times."""
    stack: list[Run] = []
    floors: dict[tuple[str, bool, int], int] = {}  # below these, there is no partner for such a closer
    for run in runs:
        key = (run.char, run.can_open, run.length % 3)
        while run.can_close and run.left:
            place = len(stack) - 1
            while place >= floors.get(key, 0) and not stack[place].pairs_with(run):
                place -= 1
            if place < floors.get(key, 0):
                floors[key] = len(stack)
                break
            opener = stack[place]
            size = 2 if min(opener.left, run.left) >= 2 else 1
            opener.left -= size
            run.left -= size
            opener.token.opens.append("del" if run.char == "~" else "strong" if size == 2 else "em")
            run.token.closes += 1
            opener.token.text = opener.char * opener.left
            run.token.text = run.char * run.left
            del stack[place + (opener.left > 0) :]
            for other, floor in floors.items():
                floors[other] = min(floor, len(stack))
        if run.can_open and run.left:
            stack.append(run)
