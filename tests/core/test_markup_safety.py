"""Nothing that a member writes becomes anything but the few harmless elements of sanitizer.py."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.markup import MarkupError, render, sanitize
from core.markup.document import ODD
from core.markup.engine import render_here
from core.markup.sanitizer import _local, _nh3
from tests.core.html_check import faults
from tests.texts import texts

pytestmark = pytest.mark.alone
VECTORS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//x.example/x.js></sCrIpT>",
    "<script/x>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img/src/onerror=alert(1)>",
    "<img src=`x` onerror=alert(1)>",
    '<img src="x" alt="`" onerror=alert(1)`">',
    '<img src="javascript:alert(1)">',
    '<img src="https://x.example/pixel.gif">',
    '<img srcset="https://x.example/1 1x" src=/media/a.png>',
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    '<svg><a xlink:href="javascript:alert(1)"><text y=20>x</text></a></svg>',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<math href="javascript:alert(1)">x</math>',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<iframe src=javascript:alert(1)></iframe>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x></applet>",
    "<base href=https://x.example/>",
    '<meta http-equiv=refresh content="0;url=https://x.example/">',
    "<link rel=stylesheet href=https://x.example/x.css>",
    "<style>@import 'https://x.example/x.css';</style>",
    "<style><!--</style><script>alert(1)//--></script>",
    '<p style="background:url(javascript:alert(1))">x</p>',
    '<div style="position:fixed;inset:0">x</div>',
    '<body onload=alert(1) background="javascript:alert(1)">',
    "<input autofocus onfocus=alert(1)>",
    '<input type=image src=x formaction="javascript:alert(1)">',
    "<button formaction=javascript:alert(1)>x</button>",
    '<form action="https://x.example/"><input name=password></form>',
    "<textarea></textarea><script>alert(1)</script>",
    "<title></title><script>alert(1)</script>",
    "<details open ontoggle=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<table background=javascript:alert(1)><td>x",
    "<a href=javascript:alert(1)>x</a>",
    '<a href=" \x01javascript:alert(1)">x</a>',
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href="&#106;avascript&colon;alert(1)">x</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    '<a href="//x.example/">x</a>',
    '<a href="\\\\x.example/">x</a>',
    '<a href="/\\x.example/">x</a>',
    '<a href="https://gsa.gov@x.example/">x</a>',
    '<a href="/x" onclick=alert(1) target=_blank>x</a>',
    '<a href="/x" id="location" name="cookie">x</a>',
    '<a href="/a"><a href="/b">x</a></a>',
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><?php echo 1 ?>",
    "<!DOCTYPE html [<!ENTITY x 'y'>]>&x;",
    "</p></div></main><h1>out of the post</h1>",
    "</td></tr></table><p>out",
    "<template><script>alert(1)</script></template>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<plaintext>x",
    "<x-element is=x contenteditable>x</x-element>",
    '<span class="usa-overlay is-visible">x</span>',
    '<li id="main">x</li>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](java&#x0A;script:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x]( &#1;javascript:alert(1))",
    '[x](/a "\\" onmouseover=alert(1) x=\\"")',
    '[x](/a"onmouseover="alert(1))',
    "[x](/a'onmouseover='alert(1))",
    "[x][y]\n\n[y]: javascript:alert(1)",
    '[x][y]\n\n[y]: /a "t" onclick="alert(1)"',
    "<javascript:alert(1)>",
    '<https://x.example/"onclick=alert(1)>',
    'https://x.example/"onclick=alert(1)//',
    "https://x.example/'><script>alert(1)</script>",
    "www.x.example/<svg/onload=alert(1)>",
    '![x" onerror="alert(1)](/media/x.png)',
    '![x](/media/x.png"onerror="alert(1))',
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "![![x](/media/a)](javascript:alert(1))",
    '```"><script>alert(1)</script>\nx\n```',
    '```x" onclick="alert(1)\nx\n```',
    "``` {.x onclick=alert(1)}\nx\n```",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "| <script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    '[^"><script>]\n\n[^"><script>]: <script>alert(1)</script>',
    '@ada"onclick="alert(1)',
    "@group/x/../../admin/ @../admin",
    '# x {#main onclick="alert(1)"}',
    "- [x] <input onfocus=alert(1)>",
    "\x02wzxhzdk:0\x03 \x02klzzwxh:0000\x03 \x02amp\x03lt;script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\ud800<script>\udc00</script>\ufffe\x00",
    "‮<script>‬alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
]


@pytest.mark.parametrize("vector", VECTORS)
def test_an_attack_stays_text(vector: str) -> None:
    for source in (vector, f"*{vector}*", f"> - {vector}", f"[{vector}](/x)"):
        assert faults(render(source).html) == []


@pytest.mark.parametrize("vector", VECTORS)
def test_the_sanitisers_alone_hold_as_well(vector: str) -> None:
    once = sanitize(vector)
    assert faults(once) == []
    assert sanitize(once) == once


def test_each_sanitiser_holds_without_the_other() -> None:
    for vector in VECTORS:
        text = ODD.sub("", vector)
        for html in (_local.bleach.clean(text), _nh3.clean(text)):
            assert not [
                fault
                for fault in faults(html)
                if fault.startswith(("tag", "attribute", "comment", "href 'j"))
            ]


PIECES = [
    "a",
    "b",
    "é",
    "\u202e",
    "😀",
    "\\",
    "`",
    "``",
    "```",
    "~~~",
    "~~",
    "*",
    "**",
    "***",
    "_",
    "__",
    "[",
    "]",
    "![",
    "(",
    ")",
    "](",
    "[^",
    "[^1]",
    "[^1]:",
    "[a]:",
    "<",
    ">",
    "<a",
    "</",
    "<!--",
    "-->",
    "&",
    "&amp;",
    "&#60;",
    "&lt;",
    "#",
    "##",
    "|",
    "|-|-|",
    "-",
    "+",
    "1.",
    "2)",
    ">",
    "===",
    "---",
    ":",
    ":tada:",
    "@",
    "@ada",
    "@group/x",
    "#1",
    "https://",
    "https://x.gov/",
    "www.",
    "javascript:",
    '"',
    "'",
    "=",
    "{",
    "}",
    "[x]",
    "[",
    "]",
    "/media/x.png",
    "<script>",
    "onerror=",
    "\x00",
    "\x02",
    "\x03",
    "�",
    "python",
] + [" ", "  ", "    ", "\n", "\n\n", "  \n", "\t", "\r\n", "\u2028", "\xa0"]

soup = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


@settings(max_examples=250)
@given(st.one_of(soup, texts(300)))
def test_any_text_becomes_safe_html_or_is_refused(source: str) -> None:
    try:
        rendered = render_here(source, "p1")
    except MarkupError:
        return
    assert faults(rendered.html) == []
    assert sanitize(rendered.html) == rendered.html
    assert "\x02" not in rendered.text


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            [
                "<a",
                'href="/x">',
                "</a>",
                "<p>",
                "</p>",
                "<table>",
                "<td>",
                "</table>",
                "<svg>",
                "<math>",
                "<style>",
                "</style>",
                "<script>",
                "</script>",
                "<li>",
                "<ul>",
                "<em>",
                "</em>",
                "<strong>",
                "<img",
                'src="/media/x">',
                "<div",
                'class="x">',
                "<!--",
                "-->",
                "<br/>",
                "&lt;",
                "&#0;",
                "x",
                '"',
                "'",
                "<noscript>",
                "<select>",
                "<option>",
                "<form>",
                "<h1>",
                "<template>",
                "<mglyph>",
                "<mtext>",
                "</math>",
                "<foreignObject>",
                "<title>",
                "<textarea>",
            ]
        ),
        max_size=25,
    ).map("".join)
)
@example("<li><table><p><li>")
def test_any_html_is_sanitised_for_good(html: str) -> None:
    once = sanitize(html)
    assert not [
        fault for fault in faults(once) if not fault.startswith(("a link", "unbalanced", "left open"))
    ]
    assert sanitize(once) == once
