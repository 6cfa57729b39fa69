import pytest

from core.lines import one_line

pytestmark = pytest.mark.alone


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("  Two\t words\r\nand more ", "Two words and more"),
        ("Invoice \u202egnp.exe", "Invoice gnp.exe"),
        ("Respon\u00adsible\u200b AI\ufeff", "Responsible AI"),
        ("Responsible\u200d AI", "Responsible AI"),
        ("a\0b\x07c\ud800", "abc"),
        ("One\u2028two\u00a0three", "One two three"),
        ("\uf0b7 From a list", "From a list"),
        ("\U0001f469\u200d\U0001f4bb at work", "\U0001f469\u200d\U0001f4bb at work"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("\u200b\u2060", ""),
    ],
)
def test_a_line_keeps_what_can_be_seen(typed, kept):
    assert one_line(typed) == kept
