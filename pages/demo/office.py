"""Small but valid office files, the same bytes each time: workbooks, documents and PDF pages of plain text."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

Rows = Sequence[Sequence[str | int | float]]
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "application/vnd.openxmlformats-officedocument"
LINES_A_PAGE = 46


def workbook(sheets: dict[str, Rows]) -> bytes:
    """An .xlsx file: each sheet's first row is its heading."""
    names = list(sheets)
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{RELATIONS}"><sheets>'
        + "".join(
            f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, 1)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(
            (f"{RELATIONS}/worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(names) + 1)
        ),
    }
    for n, rows in enumerate(sheets.values(), 1):
        parts[f"xl/worksheets/sheet{n}.xml"] = _sheet(rows)
    kinds = {f"/xl/worksheets/sheet{n}.xml": "spreadsheetml.worksheet" for n in range(1, len(names) + 1)}
    return _package(parts, "xl/workbook.xml", {"/xl/workbook.xml": "spreadsheetml.sheet.main", **kinds})


def _sheet(rows: Rows) -> str:
    lines = []
    for row in rows:
        cells = [
            f"<c><v>{cell}</v></c>"
            if isinstance(cell, int | float)
            else f'<c t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
            for cell in row
        ]
        lines.append(f"<row>{''.join(cells)}</row>")
    return f'<worksheet xmlns="{SHEET}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def document(text: str) -> bytes:
    """A .docx file: a paragraph for each line, headings where a line begins with `# `."""
    paragraphs = []
    for line in text.strip().splitlines():
        heading = line.startswith("# ")
        style = '<w:rPr><w:b/><w:sz w:val="32"/></w:rPr>' if heading else ""
        words = escape(line.removeprefix("# "))
        paragraphs.append(f'<w:p><w:r>{style}<w:t xml:space="preserve">{words}</w:t></w:r></w:p>')
    body = f'<w:document xmlns:w="{WORDS}"><w:body>{"".join(paragraphs)}<w:sectPr/></w:body></w:document>'
    return _package(
        {"word/document.xml": body},
        "word/document.xml",
        {"/word/document.xml": "wordprocessingml.document.main"},
    )


def _package(parts: dict[str, str], main: str, kinds: dict[str, str]) -> bytes:
    overrides = "".join(
        f'<Override PartName="{path}" ContentType="{OFFICE}.{kind}+xml"/>' for path, kind in kinds.items()
    )
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
        "_rels/.rels": _relations([(f"{RELATIONS}/officeDocument", main)]),
        **parts,
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            # ZipInfo's date is 1980 unless told otherwise: the same file has the same hash.
            archive.writestr(zipfile.ZipInfo(name), HEAD + text, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _relations(targets: Iterable[tuple[str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{n}" Type="{kind}" Target="{path}"/>'
        for n, (kind, path) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


def pdf(text: str) -> bytes:
    """A PDF file in Helvetica; lines that begin with `# ` are larger. Letters beyond Latin-1 are not for here."""
    lines = text.strip().splitlines()
    pages = [lines[start : start + LINES_A_PAGE] for start in range(0, len(lines), LINES_A_PAGE)]
    first = 5  # 1 catalog, 2 pages, 3 and 4 fonts; then two objects for each page
    kids = " ".join(f"{first + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en) >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    for n, page in enumerate(pages):
        stream = b"BT 72 730 Td 14 TL\n" + b"".join(_pdf_line(line) for line in page) + b"ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {first + 2 * n + 1} 0 R "
            "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for n, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def _pdf_line(line: str) -> bytes:
    font, words = (b"/F2 15", line[2:]) if line.startswith("# ") else (b"/F1 11", line)
    safe = words.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    return b"%s Tf (%s) Tj T*\n" % (font, safe)
