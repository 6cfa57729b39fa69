import io

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from files import pictures
from files.checking import check
from files.pictures import draw
from tests.files.pictures import bomb, moving, photograph, picture


def drawn(name: str, content: bytes) -> pictures.Drawn:
    return draw(check(name=name, size=len(content), content=io.BytesIO(content)))


@pytest.mark.parametrize(
    "name, content, kept, media_type",
    [
        ("a.png", picture("PNG"), "a.png", "image/png"),
        ("a.png", picture("PNG", mode="RGBA"), "a.png", "image/png"),
        ("a.png", picture("PNG", mode="P"), "a.png", "image/png"),
        ("a.png", picture("PNG", mode="L"), "a.png", "image/png"),
        ("a.jpg", picture("JPEG"), "a.jpg", "image/jpeg"),
        ("a.jpeg", picture("JPEG", mode="CMYK"), "a.jpeg", "image/jpeg"),
        ("a.webp", picture("WEBP", mode="RGBA"), "a.webp", "image/webp"),
        ("a.gif", moving(), "a.png", "image/png"),
    ],
)
def test_a_picture_is_drawn_anew_and_comes_with_a_small_copy(name, content, kept, media_type):
    whole, small, width, height = drawn(name, content)
    assert (whole.filename, whole.media_type) == (kept, media_type)
    again = Image.open(whole.content)
    assert Image.MIME[again.format] == media_type
    assert again.size == (width, height)
    assert getattr(again, "n_frames", 1) == 1
    assert (small.filename, Image.open(small.content).format) == ("a.webp", "WEBP")


def test_it_is_upright_and_says_nothing_of_place_and_camera():
    whole, small, width, height = drawn("photo.jpg", photograph())
    assert (width, height) == (40, 80)
    for file in (whole, small):
        content = file.content.read()
        assert b"Secret" not in content
        assert b"secret" not in content
        assert not Image.open(io.BytesIO(content)).getexif()


def test_what_hangs_on_a_picture_is_left_behind():
    for content in (picture("PNG") + b"<script>alert(1)</script>PK\x03\x04", picture("GIF") + b"<svg/>"):
        name = "a.png" if content.startswith(b"\x89") else "a.gif"
        assert b"<s" not in drawn(name, content).whole.content.read()


def test_a_large_picture_becomes_smaller(monkeypatch):
    monkeypatch.setattr(pictures, "LONGEST_SIDE", 100)
    whole, small, width, height = drawn("a.png", picture("PNG", (400, 200)))
    assert (width, height) == (100, 50)
    assert Image.open(whole.content).size == Image.open(small.content).size == (100, 50)


@pytest.mark.parametrize(
    "measures, shown",
    [((60, 40), (60, 40)), ((1440, 720), (720, 360)), ((1000, 3200), (300, 960)), ((3200, 1), (720, 1))],
)
def test_a_text_shows_it_no_larger_than_it_is_and_than_fits(measures, shown):
    assert pictures.shown_size(*measures) == shown


@pytest.mark.parametrize(
    "name, content, said",
    [
        ("a.png", bomb(), "“a.png”: This picture has too many pixels"),
        ("a.png", bomb(8_000, 8_000), "“a.png”: This picture has too many pixels"),
        ("a.png", bomb(2**31 - 1, 2**31 - 1), "“a.png”: This"),
        ("a.png", picture("PNG")[:60], "“a.png”: This is no picture we can read"),
        ("a.jpg", picture("JPEG")[:200], "“a.jpg”: This is no picture we can read"),
        ("a.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "“a.gif”: This is no picture we can read"),
        ("a.webp", picture("WEBP")[:40] + b"\0" * 40, "“a.webp”: This is no picture we can read"),
    ],
    ids=["bomb", "large", "absurd", "cut.png", "cut.jpg", "empty.gif", "broken.webp"],
)
def test_what_is_broken_or_made_to_break_is_refused_by_name(name, content, said):
    with pytest.raises(ValidationError, match=said):
        drawn(name, content)


def test_few_are_drawn_at_a_time(monkeypatch):
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 0)
    with pictures._slots, pictures._slots, pytest.raises(ValidationError, match="Try again in a moment"):
        drawn("a.png", picture())
    assert drawn("a.png", picture()).width == 60
