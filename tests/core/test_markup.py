"""What Markdown becomes. Safety and hostile texts are in the files beside this one."""

import pytest

from core.markup import RENDERER_VERSION, MarkupError, excerpt, plain_text, render
from core.markup.emoji import EMOJI
from tests.core.html_check import faults

pytestmark = pytest.mark.alone
REL = 'rel="nofollow ugc noopener"'


def html(source: str) -> str:
    result = render(source, anchor="p1").html
    assert faults(result) == []
    return result.replace("\n", "")


@pytest.mark.parametrize(
    "source, expected",
    [
        ("one *two* **three** ***four*** ~~five~~", "<p>one <em>two</em> <strong>three</strong> "
         "<em><strong>four</strong></em> <del>five</del></p>"),
        ("snake_case_name and __dunder__ and 2*3*4", "<p>snake_case_name and <strong>dunder</strong> and 2<em>3</em>4</p>"),
        ("*a **b** c* **d*", "<p><em>a <strong>b</strong> c</em> *<em>d</em></p>"),
        ("**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"),
        ("a ~ b ~10 ~~~x", "<p>a ~ b ~10 ~~~x</p>"),
        ("`a<b` ``x ` y`` `open", "<p><code>a&lt;b</code> <code>x ` y</code> `open</p>"),
        (r"\*no\* \[no\](x) \<b\> C:\dir", "<p>*no* [no](x) &lt;b&gt; C:\\dir</p>"),
        ("&copy; &amp;lt; &lt;b&gt; &nosuch; &#x41;", "<p>© &amp;lt; &lt;b&gt; &amp;nosuch; A</p>"),
        ("<b>raw</b> <!-- no --> 1 < 2", "<p>&lt;b&gt;raw&lt;/b&gt; &lt;!-- no --&gt; 1 &lt; 2</p>"),
        ("one  \ntwo\\\nthree\nfour", "<p>one<br>two<br>threefour</p>"),
        ("one\r\n\r\ntwo", "<p>one</p><p>two</p>"),
        ("  \n \n", ""),
        ("***\n\n- - -", "<hr><hr>"),
    ],
)  # fmt: skip
def test_words_are_marked_up(source: str, expected: str) -> None:
    assert html(source) == expected


@pytest.mark.parametrize(
    "source, expected",
    [
        ("# One\n## Two ##\n###### Six", "<h3>One</h3><h4>Two</h4><h6>Six</h6>"),
        ("One\n===\nTwo\n---", "<h3>One</h3><h4>Two</h4>"),
        ("#hashtag and #", "<p>#hashtag and #</p>"),
        ("# C#", "<h3>C#</h3>"),
        ("####### seven", "<p>####### seven</p>"),
    ],
)
def test_headings_leave_the_first_two_levels_to_the_page(source: str, expected: str) -> None:
    assert html(source) == expected


@pytest.mark.parametrize(
    "source, expected",
    [
        ("text\n- a\n- b", "<p>text</p><ul><li>a</li><li>b</li></ul>"),
        ("text\n1. a\n2. b", "<p>text</p><ol><li>a</li><li>b</li></ol>"),
        ("in\n1999. it was", "<p>in1999. it was</p>"),
        ("7. a\n8. b", '<ol start="7"><li>a</li><li>b</li></ol>'),
        ("- a\n  - b\n    - c\n- d", "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li><li>d</li></ul>"),
        ("- a\n    - b\n        - c\n- d", "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li><li>d</li></ul>"),
        ("1. a\n  - b\n2. c", "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>"),
        ("1. a\n   - b\n2. c", "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>"),
        ("- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
        ("- a\n\n  b\n- c", "<ul><li><p>a</p><p>b</p></li><li><p>c</p></li></ul>"),
        ("- a\n  - b\n\n  - c", "<ul><li>a<ul><li><p>b</p></li><li><p>c</p></li></ul></li></ul>"),
        ("- a\nlazy", "<ul><li>alazy</li></ul>"),
        ("- a\n1. b", "<ul><li>a</li></ul><ol><li>b</li></ol>"),
        ("- a\n* b", "<ul><li>a</li></ul><ul><li>b</li></ul>"),
        ("* a\n\nb", "<ul><li>a</li></ul><p>b</p>"),
        ("-a\n+1", "<p>-a+1</p>"),
        ("> a\nb\n> > c\n\nd", "<blockquote><p>ab</p><blockquote><p>c</p></blockquote></blockquote><p>d</p>"),
        ("- > a\n  > b", "<ul><li><blockquote><p>ab</p></blockquote></li></ul>"),
        ("> - a\n> - b", "<blockquote><ul><li>a</li><li>b</li></ul></blockquote>"),
        ("> a\n- b", "<blockquote><p>a</p></blockquote><ul><li>b</li></ul>"),
    ],
)  # fmt: skip
def test_lists_and_quotes_are_as_in_commonmark(source: str, expected: str) -> None:
    assert html(source) == expected


def test_tasks_have_boxes_that_cannot_be_ticked() -> None:
    result = html("- [x] done\n- [ ] open\n- [y] neither")
    assert '<li class="task task--done"><input type="checkbox"' in result
    assert result.count(" disabled") == 2
    assert result.count(" checked") == 1
    assert "<li>[y] neither</li>" in result


@pytest.mark.parametrize(
    "source, code",
    [
        ("```\na < b\n\n  c\n```\nafter", "a &lt; b\n\n  c\n"),
        ("~~~\n```\n~~~", "```\n"),
        ("````\n```\n````", "```\n"),
        ("```\nnever closed", "never closed\n"),
        ("text\n\n    indented *x*\n\n    more", "indented *x*\n\nmore\n"),
        ("text\n```\nx\n```", "x\n"),
        ("> ```\n> x\n> ```", "x\n"),
        ("- a\n\n      x", "x\n"),
    ],
)
def test_code_is_left_alone(source: str, code: str) -> None:
    assert f'<pre class="highlight" tabindex="0"><code>{code}</code></pre>' in render(source).html


def test_code_within_a_list_stays_within_its_item() -> None:
    assert html("1. a\n   ```\n   x\n   ```\n2. b") == (
        '<ol><li>a<pre class="highlight" tabindex="0"><code>x</code></pre></li><li>b</li></ol>'
    )


def test_code_is_highlighted_by_classes_alone() -> None:
    result = render('```python\ndef f(x):\n    return "<b>"\n```').html
    assert faults(result) == []
    assert '<code class="language-python"><span class="k">def</span>' in result
    assert "&lt;b&gt;" in result
    assert "style" not in result


def test_code_in_an_unknown_language_is_plain() -> None:
    assert '<code class="language-klingon">a b\n</code>' in render("```klingon\na b\n```").html


def test_tables_scroll_by_keyboard_and_align_by_class() -> None:
    result = html("Text:\n| a | b |\n|:--|--:|\n| `x|y` | 2 |\n| only |\n\nafter")
    assert result.startswith(
        '<p>Text:</p><div class="table-scroll" tabindex="0" role="group" aria-label="Table">'
    )
    assert '<th class="align-left" scope="col">a</th><th class="align-right" scope="col">b</th>' in result
    assert '<td class="align-left"><code>x|y</code></td><td class="align-right">2</td>' in result
    assert '<td class="align-left">only</td><td class="align-right"></td>' in result
    assert result.endswith("</table></div><p>after</p>")


@pytest.mark.parametrize("source", ["a | b", "a | b\nc | d", "a\n---|---", "| a | b |\n|---|"])
def test_pipes_alone_make_no_table(source: str) -> None:
    assert "<table" not in render(source).html


def test_footnotes_are_collected_and_linked_both_ways() -> None:
    result = html(
        "One[^a], two[^b], one again[^A].\n\n[^b]: Second\n[^a]: First\n    goes *on*.\n\n    And on.\n\nEnd"
    )
    assert '<sup id="p1-fnref-1"><a class="footnote-ref" href="#p1-fn-1">1</a></sup>' in result
    assert '<sup id="p1-fnref-1-2">' in result
    assert result.index("<p>End</p>") < result.index('<div class="footnotes"')
    assert '<li id="p1-fn-1"><p>Firstgoes <em>on</em>.</p><p>And on.<a class="footnote-backref"' in result
    assert result.index("And on.") < result.index("Second")
    assert result.count('href="#p1-fnref-1') == 2


def test_a_note_without_a_citation_is_kept_and_a_citation_without_a_note_is_text() -> None:
    result = html("a[^no]\n\n[^yes]: kept")
    assert "<p>a[^no]</p>" in result
    assert "<li><p>kept</p></li>" in result


def test_footnotes_of_two_texts_do_not_meet() -> None:
    first, second = render("a[^1]\n\n[^1]: x").html, render("b[^1]\n\n[^1]: x").html
    assert faults(first + second) == []
    with pytest.raises(ValueError, match="anchor"):
        render("a", anchor='"><b>')


@pytest.mark.parametrize(
    "source, expected",
    [
        ('[a *b*](https://x.gov/y "T")', f'<a href="https://x.gov/y" {REL} title="T">a <em>b</em></a>'),
        ("[a](</x y/>) [b](/z)", '<a href="/x%20y/">a</a> <a href="/z">b</a>'),
        ("[a][R] [r][] [R]", " ".join(f'<a href="https://x.gov" {REL}>{t}</a>' for t in "arR")),
        ("<https://x.gov/?a=1&b=2>", f'<a href="https://x.gov/?a=1&amp;b=2" {REL}>https://x.gov/?a=1&amp;b=2</a>'),
        ("<me@x.gov>", f'<a href="mailto:me@x.gov" {REL}>me@x.gov</a>'),
        ("see https://x.gov/a_b_(c), ok", f'see <a href="https://x.gov/a_b_(c)" {REL}>https://x.gov/a_b_(c)</a>, ok'),
        ("(https://x.gov).", f'(<a href="https://x.gov" {REL}>https://x.gov</a>).'),
        ("**https://x.gov**", f'<strong><a href="https://x.gov" {REL}>https://x.gov</a></strong>'),
        ("www.x.gov/y", f'<a href="https://www.x.gov/y" {REL}>www.x.gov/y</a>'),
        ("[https://x.gov](/a)", '<a href="/a">https://x.gov</a>'),
        ("[a [b](/b) c](/c)", '[a <a href="/b">b</a> c](/c)'),
        ("[](/a)", '<a href="/a">/a</a>'),
        ("[a](/x(y)) [b] (no)", '<a href="/x(y)">a</a> [b] (no)'),
        ("[top](#p1-fn-1)", '<a href="#p1-fn-1">top</a>'),
    ],
)  # fmt: skip
def test_links(source: str, expected: str) -> None:
    assert html(f"{source}\n\n[r]: https://x.gov") == f"<p>{expected}</p>"


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "//x.gov", r"/\x.gov", "data:text/html,x", "page.html", "ftp://x.gov", "http://", "mailto:",
     "https://gsa.gov@evil.example/", "vbscript:x", "java&#10;script:alert(1)", "https://[x"],
)  # fmt: skip
def test_an_address_that_may_not_be_linked_leaves_its_words(address: str) -> None:
    result = html(f"[words]({address})")
    assert "words" in result
    assert "<a" not in result or "%5C" in result


def test_pictures_are_shown_from_here_and_linked_from_elsewhere() -> None:
    assert html('![a *b*](/media/1/x.png "T")') == (
        '<p><img src="/media/1/x.png" alt="a b" loading="lazy" title="T"></p>'
    )
    assert html("![logo](https://x.gov/l.png)") == (
        f'<p><a class="image-link" href="https://x.gov/l.png" {REL}>logo</a></p>'
    )
    assert html("[![b](/attachments/2/)](/c)") == (
        '<p><a href="/c"><img src="/attachments/2/" alt="b" loading="lazy"></a></p>'
    )
    assert "<img" not in html(
        "![x](/accounts/logout/) ![y](/media/../accounts/logout/) ![z](/media/%2e%2e/x)"
    )


@pytest.mark.parametrize(
    "source, handles",
    [
        ("@ada", ("ada",)),
        ("Hi @Ada.Lovelace, and (@grace_h)! @ada.lovelace again.", ("ada.lovelace", "grace_h")),
        ("**@ada**'s, @alan-t.", ("ada", "alan-t")),
        ("ada@gsa.gov @ada@gsa.gov <ada@gsa.gov>", ()),
        ("`@ada` [@ada](/x) \\@ada https://x.gov/@ada @angular/core", ()),
        ("```\n@ada\n```\n\n    @ada", ()),
        ("@a @" + "x" * 31, ()),
        ("@" + "x" * 30, ("x" * 30,)),
        ("> @quoted\n\n| a |\n|---|\n| @cell |", ("quoted", "cell")),
    ],
)
def test_members_are_mentioned(source: str, handles: tuple[str, ...]) -> None:
    assert render(source).mentions == handles
    assert faults(render(source).html) == []


def test_mentions_and_topics_are_links() -> None:
    result = render("@Ada, @group/Responsible-AI_ and #12, not a#1 #0 #x C#7 /#3 or `#4`; [#5](/x)")
    assert '<a class="mention" href="/members/ada/">@Ada</a>,' in result.html
    assert (
        '<a class="mention mention--group" href="/groups/responsible-ai/">@group/Responsible-AI</a>_'
        in result.html
    )
    assert '<a class="topic-ref" href="/forum/t/12/-/">#12</a>' in result.html
    assert (result.mentions, result.group_mentions, result.topic_refs) == (
        ("ada",),
        ("responsible-ai",),
        (12,),
    )
    assert result.version == RENDERER_VERSION


def test_short_names_become_emoji() -> None:
    assert len(EMOJI) >= 60
    assert html(":tada: :+1: :nosuch: 10:30:45 a:tada: `:tada:`") == (
        "<p>🎉 👍 :nosuch: 10:30:45 a:tada: <code>:tada:</code></p>"
    )


def test_the_words_alone_are_kept_for_search() -> None:
    result = render("# Head\n\nA *b* &amp; `c<d>`[^1] ![pic](/media/x.png)\n\n- one\n- two\n\n[^1]: Note")
    assert result.text == "Head\nA b & c<d> pic\none\ntwo\nNote"
    assert plain_text('<p title="a>b">x<br>y&nbsp;&lt;</p>') == "x\ny <"


def test_excerpts_end_between_words() -> None:
    assert excerpt("One\ntwo  three", 40) == "One two three"
    assert excerpt("One two three four", 12) == "One two…"
    assert excerpt("x" * 50, 10) == "x" * 9 + "…"
    assert all(len(excerpt("Some words, and more of them.", n)) <= n for n in range(40))


@pytest.mark.parametrize(
    "source, code, words",
    [
        ("x" * 20_001, "too_long", "20,001 characters; the limit is 20,000"),
        ("> " * 11 + "x", "too_deep", "10 levels"),
        ("- " * 11 + "x", "too_deep", "10 levels"),
        ("@ada " * 301, "too_many_links", "300"),
        ("|a" * 50 + "\n" + "|-" * 50 + "\n|x" * 50, "too_many_cells", "2,000"),
        ("\n".join(f"[^{n}]: x" for n in range(101)), "too_many_footnotes", "100"),
        ("- a\n" * 2_001, "too_many_blocks", "2,000"),
        (f"[a]: https://x.gov/{'y' * 1900}\n\n" + "[a]" * 299, "too_large", "characters"),
    ],
)
def test_what_is_over_a_limit_is_refused_by_name(source: str, code: str, words: str) -> None:
    with pytest.raises(MarkupError) as refusal:
        render(source)
    assert refusal.value.code == code
    assert words in refusal.value.sentence
    assert refusal.value.messages == [refusal.value.sentence]


def test_the_limit_on_length_is_a_setting(settings) -> None:
    settings.COMMONS_MARKDOWN_MAX = 30_000
    assert len(render("word " * 5_000).text) == 24_999
    with pytest.raises(MarkupError, match="30,000"):
        render("x" * 30_001)
