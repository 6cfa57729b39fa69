"""The tokens of a line: one pass from left to right, with stacks for what comes in pairs."""

import html as entities
import re
from bisect import bisect_right
from xml.etree.ElementTree import Element

from core.markup.document import ODD, Document, normal_label
from core.markup.emoji import EMOJI
from core.markup.limits import URL_LENGTH
from core.markup.tokens import Bracket, Run, Token, pair
from core.markup.urls import REL, is_own, safe_href

SPECIAL = re.compile(r"[\\`*_~\]<&\n@#:]|!?\[|https?://|www\.", re.IGNORECASE)
TICKS = re.compile(r"`++")
RUN = re.compile(r"\*++|_++|~++")
ESCAPED = re.compile(r"""\\([!-/:-@\[-`{-~])""")
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
ANGLE_URL = re.compile(rf"<(https?://[^\s<>]{{1,{URL_LENGTH}}}+|mailto:[^\s<>]{{1,320}}+)>", re.IGNORECASE)
ANGLE_MAIL = re.compile(r"<([\w.+-]{1,64}+@[A-Za-z0-9.-]{1,255}+)>")
BARE_URL = re.compile(rf"(?:https?://|www\.)[^\s<>\[\]\"`]{{1,{URL_LENGTH}}}+", re.IGNORECASE)
TARGET = re.compile(
    r"""\(\s*+(?:<([^<>\n]*+)>|((?:[^\s()<\\]++|\\.|\([^\s()<\\]*+\)|\\)*+))"""  # the address, one pair of () in it
    r"""(?:\s++("(?:[^"\\]++|\\.)*+"|'(?:[^'\\]++|\\.)*+'))?+\s*+\)""",  # a title
    re.DOTALL,
)
LABEL = re.compile(r"\[([^\[\]]{0,200}+)\]")
FOOTNOTE = re.compile(r"\[\^([^\[\]]{1,64}+)\]")
SHORT_NAME = re.compile(r":([a-z0-9_+-]{1,30}+):")
MENTION = re.compile(r"@([A-Za-z0-9][A-Za-z0-9._-]*+)(/[A-Za-z0-9][A-Za-z0-9_-]*+)?+")
TOPIC = re.compile(r"#([1-9][0-9]{0,8}+)(?![\w-])")
HANDLE_LENGTH = 30
SLUG_LENGTH = 60


class Line:
    """The tokens of one paragraph, heading or cell."""

    def __init__(self, document: Document, references: dict[str, tuple[str, str]], text: str) -> None:
        self.document = document
        self.references = references
        self.text = text
        self.tokens: list[Token] = []
        self.runs: list[Run] = []
        self.brackets: list[Bracket] = []
        self.dead = 0  # brackets below this can no longer begin a link: there is one within them
        self.ticks: dict[int, list[int]] | None = None
        position = 0
        while found := SPECIAL.search(text, position):
            if found.start() > position:
                self.tokens.append(Token(text[position : found.start()]))
            position = self.special(found[0].lower(), found.start())
        if position < len(text):
            self.tokens.append(Token(text[position:]))
        pair(self.runs)

    def special(self, mark: str, at: int) -> int:
        """Add what begins here; returns where it ends."""
        end = KINDS.get(mark, Line.bare_url)(self, at)
        if end is None:
            end = at + len(mark)
            self.tokens.append(Token(self.text[at:end]))
        return end

    def before(self, at: int) -> str:
        return self.text[at - 1] if at else " "

    # --- simple things -------------------------------------------------------------------------------
    def escape(self, at: int) -> int | None:
        if self.text.startswith("\\\n", at):
            self.tokens.append(Token(element=Element("br")))
            return at + 2
        found = ESCAPED.match(self.text, at)
        if not found:
            return None
        self.tokens.append(Token(found[1]))
        return found.end()

    def newline(self, at: int) -> int | None:
        last = self.tokens[-1] if self.tokens else None
        if last is None or not last.text.endswith("  ") or last.target:
            return None
        last.text = last.text.rstrip(" ")
        self.tokens.append(Token(element=Element("br")))
        return at + 1

    def entity(self, at: int) -> int | None:
        found = ENTITY.match(self.text, at)
        if not found:
            return None
        char = entities.unescape(found[0])
        self.tokens.append(Token(ODD.sub("\ufffd", char)))
        return found.end()

    def code(self, at: int) -> int | None:
        """A code span ends at the next run of as many backticks."""
        if self.ticks is None:
            self.ticks = {}
            for run in TICKS.finditer(self.text):
                self.ticks.setdefault(len(run[0]), []).append(run.start())
        found = TICKS.match(self.text, at)
        length = len(found[0]) if found else 1
        places = self.ticks.get(length, [])
        place = bisect_right(places, at)
        if place == len(places):
            self.tokens.append(Token("`" * length))
            return at + length
        inner = self.text[at + length : places[place]].replace("\n", " ")
        if inner[:1] == inner[-1:] == " " and inner.strip():
            inner = inner[1:-1]
        element = Element("code")
        element.text = inner
        self.tokens.append(Token(element=element))
        return places[place] + length

    def emphasis(self, at: int) -> int | None:
        found = RUN.match(self.text, at)
        length = len(found[0]) if found else 1
        char = self.text[at]
        previous, following = self.before(at), self.text[at + length : at + length + 1] or " "
        token = Token(char * length)
        self.tokens.append(token)
        if char == "~" and length != 2:
            return at + length
        space_before, space_after = previous.isspace(), following.isspace()
        mark_before = not space_before and not previous.isalnum()
        mark_after = not space_after and not following.isalnum()
        opens = not space_after and (not mark_after or space_before or mark_before)
        closes = not space_before and (not mark_before or space_after or mark_after)
        if char == "_":
            opens, closes = opens and (not closes or mark_before), closes and (not opens or mark_after)
        self.runs.append(Run(token, char, length, length, opens, closes))
        return at + length

    def emoji(self, at: int) -> int | None:
        found = SHORT_NAME.match(self.text, at)
        if not found or found[1] not in EMOJI or self.before(at).isalnum():
            return None
        self.tokens.append(Token(EMOJI[found[1]]))
        return found.end()

    # --- links that need no brackets -----------------------------------------------------------------
    def angle(self, at: int) -> int | None:
        found = ANGLE_URL.match(self.text, at) or ANGLE_MAIL.match(self.text, at)
        if not found:
            return None
        address = found[1] if ":" in found[1] else f"mailto:{found[1]}"
        href = safe_href(address)
        if href is None:
            return None
        self.tokens.append(Token(found[1], link=anchor(href, found[1])))
        return found.end()

    def bare_url(self, at: int) -> int | None:
        found = BARE_URL.match(self.text, at)
        if not found or self.before(at).isalnum() or self.before(at) in "/@_":
            return None
        address = found[0].rstrip("?!.,:;*_~'|")
        surplus = address.count(")") - address.count("(")
        while surplus > 0 and address.endswith(")"):
            address = address[:-1].rstrip("?!.,:;*_~'|")
            surplus = address.count(")") - address.count("(")
        href = safe_href(address)
        if href is None or address.lower() in {"http://", "https://", "www"}:
            return None
        self.tokens.append(Token(address, link=anchor(href, address)))
        return at + len(address)

    def mention(self, at: int) -> int | None:
        before = self.before(at)
        found = MENTION.match(self.text, at)
        if not found or before.isalnum() or before in "_.+-/@&=%":
            return None
        name, path = found[1].lower(), (found[2] or "").rstrip("_-")
        if name == "group" and path:
            if len(path) > SLUG_LENGTH + 1:
                return None
            end = found.start(2) + len(path)
            slug = path[1:].lower()
            element = anchor(f"/groups/{slug}/", self.text[at:end], "mention mention--group")
        else:
            name = name.rstrip("._-")
            end = at + 1 + len(name)
            if path or not 2 <= len(name) <= HANDLE_LENGTH or self.text[end : end + 1] == "@":
                return None
            element = anchor(f"/members/{name}/", self.text[at:end], "mention")
        self.tokens.append(Token(self.text[at:end], link=element))
        return end

    def topic(self, at: int) -> int | None:
        before = self.before(at)
        found = TOPIC.match(self.text, at)
        if not found or before.isalnum() or before in "_/#&=@-":
            return None
        self.tokens.append(Token(found[0], link=anchor(f"/forum/t/{found[1]}/-/", found[0], "topic-ref")))
        return found.end()

    # --- brackets --------------------------------------------------------------------------------------
    def opening(self, at: int) -> int | None:
        note = FOOTNOTE.match(self.text, at)
        if note and normal_label(note[1]) in self.document.footnotes:
            self.tokens.append(Token(note[0], note=normal_label(note[1])))
            return note.end()
        is_image = self.text[at] == "!"
        token = Token("![" if is_image else "[")
        self.tokens.append(token)
        self.brackets.append(Bracket(token, at + len(token.text), is_image, len(self.runs)))
        return at + len(token.text)

    def closing(self, at: int) -> int | None:
        if not self.brackets:
            return None
        bracket = self.brackets.pop()
        dead = len(self.brackets) < self.dead
        self.dead = min(self.dead, len(self.brackets))
        if dead and not bracket.is_image:
            return None
        found = self.find_target(bracket, at)
        if found is None:
            return None
        end, address, title = found
        pair(self.runs[bracket.runs :])
        del self.runs[bracket.runs :]
        if not bracket.is_image:
            self.dead = len(self.brackets)
        bracket.token.text = ""
        bracket.token.is_image = bracket.is_image
        bracket.token.target = (address, title)
        self.tokens.append(Token(ends_link=True))
        return end

    def find_target(self, bracket: Bracket, at: int) -> tuple[int, str, str] | None:
        """(address) or (address "title") after the bracket, or the label of a definition."""
        if found := TARGET.match(self.text, at + 1):
            address = found[1] if found[1] is not None else found[2]
            return found.end(), plain(address), plain((found[3] or "")[1:-1])
        label = LABEL.match(self.text, at + 1)
        end = label.end() if label else at + 1
        words = label[1] if label and label[1].strip() else self.text[bracket.start : at]
        target = self.references.get(normal_label(words)) if self.references and len(words) <= 200 else None
        return (end, plain(target[0]), plain(target[1])) if target else None


KINDS = {
    "\\": Line.escape,
    "\n": Line.newline,
    "`": Line.code,
    "*": Line.emphasis,
    "_": Line.emphasis,
    "~": Line.emphasis,
    "&": Line.entity,
    ":": Line.emoji,
    "<": Line.angle,
    "@": Line.mention,
    "#": Line.topic,
    "[": Line.opening,
    "![": Line.opening,
    "]": Line.closing,
}


def plain(text: str) -> str:
    """An address or a title with its escapes and entities resolved."""
    return ENTITY.sub(lambda found: entities.unescape(found[0]), ESCAPED.sub(r"\1", text)) if text else ""


def anchor(href: str, text: str = "", kind: str = "") -> Element:
    element = Element("a", {"class": kind, "href": href} if kind else {"href": href})
    if not is_own(href):
        element.set("rel", REL)
    element.text = text or None
    return element
