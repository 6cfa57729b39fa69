import io
import json
import struct

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given

from files.checking import DIRECTORY_MAX, NAME_MAX, check, clean_name
from tests.files import samples
from tests.texts import texts


def look(name: str, content: bytes):
    return check(name=name, size=len(content), content=io.BytesIO(content))


@pytest.mark.parametrize(
    "name, content, media_type",
    [
        ("a.pdf", samples.PDF, "application/pdf"),
        ("A.PNG", samples.PNG, "image/png"),
        ("a.gif", samples.GIF, "image/gif"),
        ("a.csv", samples.CSV, "text/csv"),
        ("utf16.csv", "agency,use\nNASA,Ä\n".encode("utf-16"), "text/csv"),
        ("old.csv", "agency,use\nNASA,Ä\n".encode("cp1252"), "text/csv"),
        ("a.txt", b"Plain words.", "text/plain"),
        ("long.txt", ("ä" * 70_000).encode(), "text/plain"),
        ("a.md", b"# Title\n\nUse `<script>` with care.", "text/markdown"),
        ("a.json", json.dumps({"a": [1, 2]}).encode(), "application/json"),
        ("a.docx", samples.DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.xlsx", samples.XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.pptx", samples.PPTX, "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        ("a.odt", samples.ODT, "application/vnd.oasis.opendocument.text"),
        ("a.zip", samples.zipped(a=b"1"), "application/zip"),
    ],
)
def test_a_file_that_is_what_it_says_passes(name, content, media_type):
    assert look(name, content).media_type == media_type


@pytest.mark.parametrize(
    "name, content",
    [
        ("a.pdf", samples.PNG),
        ("a.pdf", b"words"),
        ("a.png", samples.PDF),
        ("a.jpg", samples.PNG),
        ("a.png", samples.SVG),
        ("a.txt", samples.HTML),
        ("a.txt", samples.EXE),
        ("a.txt", samples.PDF),
        ("a.txt", b"\xef\xbb\xbf \n<svg onload=x>"),
        ("a.txt", b"words \x07\xff bell"),
        ("a.csv", b"a,b\n<script>alert(1)</script>,2"),
        ("a.md", b"<html>"),
        ("a.json", b"{nothing}"),
        ("a.json", b"[" * 100_000),
        ("a.docx", samples.zipped(a=b"1")),
        ("a.docx", samples.XLSX),
        ("a.docx", samples.MACRO_DOCX),
        ("a.docx", b"PK\x03\x04 and nothing more"),
        ("a.odt", samples.DOCX),
        ("a.zip", b"PK\x05\x06" + b"\0" * 4),
        ("a.zip", samples.PDF),
    ],
)
def test_a_file_that_lies_is_refused_by_name(name, content):
    with pytest.raises(ValidationError, match=rf"“{name}” is not what its ending"):
        look(name, content)


@pytest.mark.parametrize("name", ["a.svg", "a.html", "a.exe", "a.js", "a", "a.pdf.exe", ".htaccess", "a.xml"])
def test_what_is_not_on_the_list_is_refused_with_the_list(name):
    with pytest.raises(ValidationError, match=r"cannot be shared here. Allowed are: .*docx.*pdf"):
        look(name, samples.PDF)


@pytest.mark.parametrize("name, better", [("a.doc", ".docx"), ("a.xlsm", ".xlsx"), ("a.PPT", ".pptx")])
def test_formats_with_macros_are_refused_with_the_better_one(name, better):
    with pytest.raises(ValidationError, match=f"Save it as {better}"):
        look(name, samples.PDF)


def test_an_empty_and_an_oversize_file_are_refused(settings):
    with pytest.raises(ValidationError, match="is empty"):
        look("a.txt", b"")
    settings.COMMONS_FILE_MAX = 10
    with pytest.raises(ValidationError, match=r"“a\.txt” is larger than 10"):
        look("a.txt", b"eleven char")


def test_a_zip_whose_table_of_contents_would_fill_the_memory_is_not_opened():
    content = bytearray(samples.zipped(a=b"1"))
    struct.pack_into("<I", content, content.rfind(b"PK\x05\x06") + 12, DIRECTORY_MAX + 1)
    with pytest.raises(ValidationError):
        look("a.zip", bytes(content))


@pytest.mark.parametrize(
    "hostile, clean",
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\rosa\\Plan.PDF", "Plan.pdf"),
        ("report\u202efdp.txt", "reportfdp.txt"),
        ("a\u200b\u2066b\u2069.txt", "ab.txt"),
        ("a\r\nSet-Cookie: x.txt", "a Set-Cookie_ x.txt"),
        ("e\u0301tude.pdf", "étude.pdf"),
        ("  spaced   out .pdf ", "spaced out.pdf"),
        ('<b>"q"?.txt', "_b__q__.txt"),
        ("con.txt", "_con.txt"),
        ("...", "file"),
        ("", "file"),
        (".pdf", "pdf"),
        ("a." + "b" * 400, "a." + "b" * (NAME_MAX - 3)),
        ("x" * 500 + ".pdf", "x" * (NAME_MAX - 4) + ".pdf"),
    ],
)
def test_names_are_made_safe(hostile, clean):
    assert clean_name(hostile) == clean


@given(texts(300))
def test_no_name_keeps_a_path_a_control_or_a_direction_mark(name):
    clean = clean_name(name)
    assert 0 < len(clean) <= NAME_MAX + 1
    assert not set(clean) & set('/\\<>:"|?*\0\n\r\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f')
    assert not clean.startswith(".")
    assert clean_name(clean) == clean
