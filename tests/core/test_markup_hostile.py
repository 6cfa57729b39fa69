"""Texts that are made to blow a renderer up: every answer comes in time, and never as a crash."""

import os
import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.markup import LIGHT, MarkupError, child, render
from core.markup.engine import render_here
from core.markup.pool import RENDER_SECONDS, SIZE, children
from tests.core.html_check import faults

pytestmark = pytest.mark.thorough

HARD_LIMIT = 2.5  # seconds of the clock, for any text
CPU_LIMIT = 2.0  # seconds of the processor

# What is repeated up to the length; `@` stands for the number of the repetition.
UNITS = [
    "- ", "1. ", "> ", "- - - - ", "-\n", "> - 1. ", "  - a\n", "- a\n", "- a\n\n", "- [ ] a\n", "* a\n\n  b\n", "@. a\n",
    "> a\n", "> a\n\n", ">\n", "a\n> b\n\n",
    "[", "]", "![", "[[", "[^", "[](", "](", "[a](", "[a](b \"", "[a](b '", "[a](<", "[a](\\", "[a][", "![](", "!", "[]()",
    "[a](b) ", "[a][b] ", "[a] ", "[a]: /@\n", "[a@]: /@\n[a@] ", "[a]: /x\n[a]", "![a](/media/x) ", "[^1]", "[^@]: a\n",
    "[^1]: [^1]\n", "[^@]: [^1]\n\n",
    "*", "**", "_", "**a ", "*a_ ", "*a **b ", "_a*", "***a", "a*", "*a*", "**a**", "~~a ", "~~", "**_", "*_~~", "a*b_c~~",
    "[*a](b)*", "***a** b*", "a_b",
    "`", "`` ` ", "a`b``", "`a` ", "`\\", "``` ", "```\n", "~~~\n", "```python\n", "    a\n", "    a\n\n",
    "<", "<a ", "<!--", "<!", "</", "<?", "<http://", "<a@", "<a@b.c> ", "&", "&amp;", "&#", "&#x41;", "&lt;",
    "\\", "\\!", "\\\n", "  \n", "\n", "\n\n", " ", "\t", "\x00", "\x02", "\ud800", "\u202e", "😀",
    "# a\n", "#\n", "# # ", "a\n---\n", "===\n", "---\n", "* * ", "_ _ ",
    "|", "|a", "| ", "|a|b|\n|-|-|\n", "a|b\n", "-|", "`a`|", "\\|", "|`",
    "@ab ", "@", "@group/a ", "#1 ", ":", ":tada:", ":a", "https://a.b ", "https://", "www.", "http://a)))", "(", "a ", "a",
]  # fmt: skip
SHAPES = [
    ("a table with short rows", lambda n: "|a" * (n // 4) + "\n" + "|-" * (n // 4) + "\n|x" * (n // 16)),
    ("a row of code", lambda n: "x | y\n--|--\n" + "`a`|" * (n // 4)),
    ("a fence and spaces", lambda n: "```" + " " * n),
    ("a heading and spaces", lambda n: "# a" + " " * n + "b"),
    ("a rule that is none", lambda n: "- " * (n // 2) + "a"),
    ("spaces and a rule", lambda n: "-" + " " * n + "x"),
    ("one note cited often", lambda n: "[^a]" * (n // 4) + "\n\n[^a]: x"),
    ("emphasis within emphasis", lambda n: "*a " * (n // 6) + "a* " * (n // 6)),
    ("brackets within brackets", lambda n: "[" * (n // 2) + "]" * (n // 2)),
    ("links within links", lambda n: "[" * (n // 6) + "](a)" * (n // 6)),
    ("pictures within pictures", lambda n: "![" * (n // 20) + "a" + "](/media/x)" * (n // 20)),
    ("long address", lambda n: "https://a.b/" + "(" * (n // 2) + ")" * (n // 2)),
    ("address without end", lambda n: "[a](" + "x" * n),
    ("title without end", lambda n: '[a](b "' + "x" * n),
    ("backticks of all lengths", lambda n: " ".join("`" * k for k in range(int((2 * n) ** 0.5)))),
    ("quotes at growing depth", lambda n: "\n".join(">" * k + " x" for k in range(10)) * (n // 80)),
    ("steps inwards", lambda n: "\n".join(" " * (k % 40) + "- x" for k in range(n // 24))),
    ("one word", lambda n: "x" * n),
    ("regular expression bait", lambda n: "```perl\n" + "s{" * (n // 2)),
    ("nested comments in code", lambda n: "```haskell\n" + "{-" * (n // 2)),
]
TEXTS = [(repr(unit), lambda n, unit=unit: repeat(unit, n)) for unit in UNITS] + SHAPES


def repeat(unit: str, length: int) -> str:
    times = length // max(len(unit), 1) + 1
    if "@." in unit or "@]" in unit:
        return "".join(unit.replace("@", str(number)) for number in range(times))[:length]
    return (unit * times)[:length]


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """The first child takes a moment to start, which is not what is measured."""
    render("word " * 1_000)


@pytest.mark.parametrize("length", [1_000, 10_000, 20_000])
def test_the_work_for_any_text_grows_with_its_length_alone(length: int) -> None:
    """In this process, where nothing would stop it; only the highlighter is left out, which has its own limit."""
    slow: list[str] = []
    texts = (
        TEXTS if length == 1_000 else TEXTS[length // 10_000 - 1 :: 2]
    )  # at these lengths, half of them each
    for name, make in texts:
        started = time.process_time()
        try:
            result = render_here(make(length)[:length])
        except MarkupError:
            result = None
        if time.process_time() - started > CPU_LIMIT:
            slow.append(name)
        if result:
            assert len(result.html) <= 10 * length + 40_000, name
            assert length > 1_000 or faults(result.html) == [], name
    assert slow == []


@pytest.mark.parametrize("name, make", SHAPES)
def test_any_text_is_answered_in_time(name: str, make: Callable[[int], str]) -> None:
    started = time.monotonic()
    assert outcome(make(20_000)[:20_000]) not in {"failed", "busy"}
    assert time.monotonic() - started < HARD_LIMIT


def test_a_lexer_that_runs_wild_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "highlight", lambda code, language: re.match(r"(a|a)*$", "a" * 60 + "b"))
    before = signal.signal(signal.SIGVTALRM, child.out_of_time)
    try:
        highlighter = child.Highlighter()
        started = time.process_time()
        assert highlighter("x", "python") is None
        assert time.process_time() - started < 2 * child.HIGHLIGHT_SECONDS
        assert highlighter("x", "python") is None  # there is no time left for the next one
    finally:
        signal.signal(signal.SIGVTALRM, before)


LONG = "word " * (LIGHT // 4)


def test_a_child_that_hangs_is_killed_and_replaced() -> None:
    render(LONG)
    hung = children.idle[-1].process
    hung.send_signal(signal.SIGSTOP)
    started = time.monotonic()
    assert outcome(LONG) == "too_slow"
    assert time.monotonic() - started < HARD_LIMIT
    assert hung.poll() is not None
    assert render(LONG).text == LONG.strip()


def test_a_child_that_is_out_of_processor_time_says_so() -> None:
    render(LONG)
    busy = children.idle[-1].process
    busy.send_signal(signal.SIGSTOP)
    refusals: list[str] = []
    author = threading.Thread(target=lambda: refusals.append(outcome(LONG)))
    author.start()
    time.sleep(0.2)
    busy.send_signal(signal.SIGPROF)  # as the kernel's timer does
    busy.send_signal(signal.SIGCONT)
    author.join()
    assert refusals == ["too_slow"]


def test_an_idle_child_that_is_gone_is_not_missed() -> None:
    render(LONG)
    for idle in children.idle:
        idle.process.kill()
    assert render(LONG).text == LONG.strip()


def test_texts_beyond_the_pool_wait_a_moment_and_are_then_put_off() -> None:
    for _ in range(SIZE):
        assert children.slots.acquire(timeout=RENDER_SECONDS)
    try:
        started = time.monotonic()
        assert outcome(LONG) == "busy"
        assert time.monotonic() - started < 1
        assert render("short").html == "<p>short</p>"
    finally:
        for _ in range(SIZE):
            children.slots.release()


def test_threads_get_their_own_answers() -> None:
    answers: dict[int, str] = {}

    def author(number: int) -> None:
        for source in (f"**{number}**", f"**{number}** " + LONG):
            answers[number] = render(source).html[:40]

    threads = [threading.Thread(target=author, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(answers[number].startswith(f"<p><strong>{number}</strong> word") for number in range(6))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
def test_a_child_holds_no_secrets() -> None:
    render(LONG)
    environment = Path(f"/proc/{children.idle[-1].process.pid}/environ").read_bytes()
    assert b"PYTHONPATH=" in environment
    assert not [name for name in os.environ if "SECRET" in name and name.encode() in environment]


def outcome(source: str) -> str:
    """The code of the refusal, or "rendered"."""
    try:
        render(source)
    except MarkupError as refusal:
        return str(refusal.code)
    return "rendered"
