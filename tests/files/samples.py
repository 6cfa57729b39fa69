"""Small files of each kind, and some that lie."""

import io
import zipfile

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff"
CSV = "agency,use case\nNASA,“triage”\n".encode()


def zipped(**files: bytes) -> bytes:
    """A zip with these entries; `__` in a name stands for the slash."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def office(folder: str, **more: bytes) -> bytes:
    """The outline of a .docx (`word`), .xlsx (`xl`) or .pptx (`ppt`)."""
    return zipped(**{"[Content_Types].xml": b"<Types/>", f"{folder}__document.xml": b"<x/>", **more})


DOCX, XLSX, PPTX = office("word"), office("xl"), office("ppt")
MACRO_DOCX = office("word", word__vbaProject__bin=b"").replace(b"vbaProject/bin", b"vbaProject.bin")
ODT = zipped(mimetype=b"application/vnd.oasis.opendocument.text", **{"content.xml": b"<x/>"})
