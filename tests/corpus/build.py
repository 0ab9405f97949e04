"""Builds tests/corpus/docs from tests/corpus/sources: ``python -m tests.corpus.build [FOLDER]``.

A source is a text file with front matter (``target``, ``title``, ``date`` …) and a body in light markup: ``#`` headings,
paragraphs, ``-`` lists, ``|`` tables, ``<<page>>`` for a page break. The ending of `target` chooses the format.
Sources without a `target` (text and Markdown files) are documents as they stand. The result is the same on every
machine: dates come from
the sources, and those that libraries write by themselves are replaced.
"""

from __future__ import annotations

import html
import io
import re
import sys
import zipfile
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from tests.corpus.sites import SITES, page

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
DOCS = HERE / "docs"

Block = tuple[str, list[str]]
"""A kind (``h1``, ``h2``, ``p``, ``ul``, ``table``, ``page``) and its lines; a table's lines are rows."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source file: its front matter and its body."""

    name: str
    fields: dict[str, str]
    body: str

    @property
    def date(self) -> datetime | None:
        """The date in the front matter, if there is one."""
        return datetime.fromisoformat(self.fields["date"]) if "date" in self.fields else None


def read_source(path: Path) -> Source:
    """Read a source file; one without a `target` is all body."""
    text = path.read_text("utf-8")
    head, separator, body = text.partition("\n---\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines() if re.match(r"^[a-z_]+: ", line))
    if not separator or "target" not in fields:
        return Source(path.name, {}, text)
    return Source(path.name, fields, body)


def blocks(body: str) -> list[Block]:
    """Split a body into blocks."""
    found: list[Block] = []
    for part in re.split(r"\n\s*\n", body.strip()):
        lines = part.splitlines()
        first = lines[0]
        if first == "<<page>>":
            found.append(("page", []))
        elif first.startswith("#"):
            marks, _, title = first.partition(" ")
            found.append((f"h{len(marks)}", [title]))
        elif first.startswith("|"):
            found.append(("table", lines))
        elif re.match(r"- ", first):
            found.append(("ul", [line[2:] for line in lines]))
        else:
            found.append(("p", lines))
    return found


def cells(row: str) -> list[str]:
    """Return the cells of a table's row."""
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _marked(text: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", html.escape(text, quote=False))


# ---------------------------------------------------------------------------------------------------------------- HTML


def build_html(source: Source) -> bytes:
    """Return a web page of the source's site, with all that stands around an article."""
    parts: list[str] = []
    for kind, lines in blocks(source.body):
        if kind == "ul":
            parts.append("<ul>" + "".join(f"<li>{_marked(line)}</li>" for line in lines) + "</ul>")
        elif kind == "table":
            rows = ["<tr>" + "".join(f"<td>{_marked(cell)}</td>" for cell in cells(row)) + "</tr>" for row in lines]
            parts.append("<table>\n" + "\n".join(rows) + "\n</table>")
        elif kind != "h1":  # the page's own template shows the title
            parts.append(f"<{kind}>{_marked(' '.join(lines))}</{kind}>")
    assert source.date is not None
    site = SITES[source.fields["site"]]
    name = source.fields["target"].removesuffix(".html")
    return page(site, name, source.fields["title"], source.fields["author"], source.date, "\n".join(parts)).encode()


# ----------------------------------------------------------------------------------------------------------------- PDF


def build_pdf(source: Source) -> bytes:
    """Return a PDF with running heads and page numbers; without a date in the source it carries none."""
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import ListFlowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

    styles = getSampleStyleSheet()
    typed = source.fields.get("style") == "typewriter"
    for name in ("BodyText", "Heading1", "Heading2"):
        styles[name].fontName = "Courier" if typed else styles[name].fontName
    grid = TableStyle([("LINEBELOW", (0, 0), (-1, 0), 0.7, colors.black), ("ALIGN", (1, 0), (-1, -1), "RIGHT")])
    story: list[object] = []
    for kind, lines in blocks(source.body):
        if kind == "page":
            story.append(PageBreak())
        elif kind == "table":
            story += [Spacer(1, 6), Table([cells(row) for row in lines], style=grid, hAlign="LEFT"), Spacer(1, 6)]
        elif kind == "ul":
            story.append(ListFlowable([Paragraph(_marked(line), styles["BodyText"]) for line in lines], "bullet"))
        else:
            style = {"h1": "Heading1", "h2": "Heading2"}.get(kind, "BodyText")
            story.append(Paragraph("<br/>".join(_marked(line) for line in lines), styles[style]))

    def running_head(canvas: Canvas, document: SimpleDocTemplate) -> None:
        if "running_head" in source.fields:
            canvas.setFont("Helvetica", 8)
            canvas.drawString(72, A4[1] - 40, source.fields["running_head"])
            canvas.drawCentredString(A4[0] / 2, 36, str(document.page))

    buffer = io.BytesIO()
    template = SimpleDocTemplate(
        buffer, pagesize=A4, invariant=1, title=source.fields["title"], author=source.fields.get("author", "")
    )
    template.build(story, onFirstPage=running_head, onLaterPages=running_head)
    return _redated_pdf(buffer.getvalue(), source.date)


def _redated_pdf(content: bytes, date: datetime | None) -> bytes:
    """Replace the dates that reportlab writes, byte for byte, so that the offsets in the file stay right."""

    def replaced(match: re.Match[bytes]) -> bytes:
        if date is None:
            return b" " * len(match[0])
        return match[1] + date.strftime("D:%Y%m%d090000").encode() + match[3]

    return re.sub(rb"(/(?:CreationDate|ModDate) \()(D:\d{14})([^)]*\))", replaced, content)


# -------------------------------------------------------------------------------------------------------------- office


def build_docx(source: Source) -> bytes:
    """Return a Word document."""
    import docx

    document = docx.Document()
    for kind, lines in blocks(source.body):
        if kind == "table":
            rows = [cells(row) for row in lines]
            table = document.add_table(len(rows), len(rows[0]))
            for row, values in zip(table.rows, rows, strict=True):
                for cell, value in zip(row.cells, values, strict=True):
                    cell.text = value
        elif kind == "ul":
            for line in lines:
                document.add_paragraph(line, style="List Bullet")
        elif kind.startswith("h"):
            document.add_heading(lines[0], int(kind[1]))
        else:
            document.add_paragraph(" ".join(lines))
    core = document.core_properties
    core.title, core.author, core.last_modified_by = source.fields["title"], source.fields["author"], ""
    assert source.date is not None
    core.created = core.modified = source.date.replace(hour=9)
    core.comments = ""
    buffer = io.BytesIO()
    document.save(buffer)
    return _redated_zip(buffer.getvalue(), source.date)


def build_xlsx(source: Source) -> bytes:
    """Return a workbook; each ``##`` heading begins a sheet, numbers and dates are stored as such."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.worksheets[0])
    for kind, lines in blocks(source.body):
        if kind == "h2":
            book.create_sheet(lines[0])
        for row in lines if kind == "table" else ():
            book.worksheets[-1].append([_typed(cell) for cell in cells(row)])
    for sheet in book.worksheets:
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for column in "ABCDE":
            sheet.column_dimensions[column].width = 28
    assert source.date is not None
    book.properties.title, book.properties.creator = source.fields["title"], source.fields["author"]
    book.properties.created = source.date
    buffer = io.BytesIO()
    book.save(buffer)
    return _redated_zip(buffer.getvalue(), source.date)


def _typed(cell: str) -> int | datetime | str | None:
    if re.fullmatch(r"\d+", cell):
        return int(cell)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
        return datetime.fromisoformat(cell)
    return cell or None


def _redated_zip(content: bytes, date: datetime) -> bytes:
    """Pack an Office file again with fixed times and its own date of change."""
    buffer = io.BytesIO()
    stamp = date.strftime("%Y-%m-%dT09:00:00Z").encode()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, data)
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, data)
    return buffer.getvalue()


# ---------------------------------------------------------------------------------------------------------------- mail


def build_mail(source: Source, built: dict[str, bytes]) -> bytes:
    """Return a mail with its attachments; `built` holds these by name."""
    fields = source.fields
    message = EmailMessage(policy=policy.default)
    for header in ("from", "to", "cc", "subject"):
        if header in fields:
            message[header.title()] = fields[header]
    assert source.date is not None
    message["Date"] = format_datetime(source.date)
    host = fields["from"].rpartition("@")[2].rstrip(">")
    message["Message-ID"] = f"<{fields['id']}@{host}>"
    if "reply_to" in fields:
        message["In-Reply-To"] = message["References"] = f"<{fields['reply_to']}@{host}>"
    message.set_content(source.body.strip() + "\n", cte="quoted-printable")
    types = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    for name in filter(None, fields.get("attach", "").split(", ")):
        ending = name.rpartition(".")[2]
        if ending == "txt":
            message.add_attachment(built[name].decode(), filename=name, cte="quoted-printable")
        else:
            main, _, sub = types[ending].partition("/")
            message.add_attachment(built[name], maintype=main, subtype=sub, filename=name)
    if message.is_multipart():
        message.set_boundary(f"=={fields['id']}==")
    return message.as_bytes()


# -------------------------------------------------------------------------------------------------------------- corpus

_BUILDERS = {"html": build_html, "pdf": build_pdf, "docx": build_docx, "xlsx": build_xlsx}


def build() -> dict[str, bytes]:
    """Return every document of the corpus by its path below `docs`."""
    sources = [read_source(path) for path in sorted(SOURCES.iterdir())]
    built: dict[str, bytes] = {}
    for source in sources:
        target = source.fields.get("target", source.name)
        ending = target.rpartition(".")[2]
        if not source.fields:
            built[target] = source.body.encode()
        elif ending in _BUILDERS:
            built[target] = _BUILDERS[ending](source)
    attached = {source.fields["target"] for source in sources if source.fields.get("attachment") == "yes"}
    for source in sources:
        if source.fields.get("target", "").endswith(".eml"):
            built[source.fields["target"]] = build_mail(source, built)
            attached.update(filter(None, source.fields.get("attach", "").split(", ")))
    return {name: content for name, content in sorted(built.items()) if name not in attached}


def main(folder: Path = DOCS) -> None:
    """Write the corpus to `folder`."""
    for name, content in build().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
