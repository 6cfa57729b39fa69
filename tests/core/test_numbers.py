import pytest

from core.numbers import number_in


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("12", 12), ("007", 7), ("9" * 18, 10**18 - 1)],
)
def test_digits_are_a_number(text, number):
    assert number_in(text) == number


@pytest.mark.parametrize("text", ["", " 1", "-1", "1.5", "²", "٣", "1e3", "9" * 19, "9" * 5000, "a", "\0"])
def test_anything_else_is_none(text):
    assert number_in(text) is None
