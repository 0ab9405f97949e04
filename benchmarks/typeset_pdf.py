"""PDFs set from known text: columns, headings, paragraphs, lists, tables, captions, footnotes, running heads.

A small typesetter over reportlab's canvas, so that what stands where, and in which order it is to be read, is known
exactly. Everything follows from a seed.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

_WORDS = """harbour tide vessel current anchor engine signal weather pressure station record reading measure season winter
market price factory contract delivery worker union council budget report account balance interest payment library museum
school teacher lesson student language grammar history village mountain forest river valley bridge railway carriage window
garden orchard kitchen dinner winter morning evening afternoon yesterday general particular ordinary extraordinary
development environment understanding government administration responsibility communication transportation
investigation observation consideration independent international professional experience temperature increasing
decreasing remaining following considerable approximately immediately especially generally""".split()
_SMALL = "the of and to in a is that for on with as by at from which was are it this not had have were but".split()

WIDTH, HEIGHT, MARGIN, GAP = 595.0, 842.0, 60.0, 22.0


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the n-th table of a document; row 0 is the header."""

    table: int
    row: int
    column: int
    text: str


@dataclass(slots=True)
class Truth:
    """What a reader should find: the running text in order, headings, cells, footnotes; and what it should leave out."""

    text: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    footnotes: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Style:
    """How a document is set: columns, size of the type in points, one of reportlab's standard faces, ruled tables or not."""

    columns: int
    size: float
    face: str
    ruled: bool
    numbered: bool
    hyphens: bool
    heads: bool


def style_of(random: Random) -> Style:
    """Draw a style."""
    return Style(
        columns=random.choice((1, 1, 2, 2, 3)),
        size=random.choice((9.0, 10.0, 11.0)),
        face=random.choice(("Times", "Helvetica")),
        ruled=random.random() < 0.5,
        numbered=random.random() < 0.5,
        hyphens=random.random() < 0.7,
        heads=random.random() < 0.7,
    )


def typeset(seed: int) -> tuple[bytes, Truth, Style]:
    """Return the PDF of a seed, what it says, and how it was set."""
    random = Random(seed)
    style = style_of(random)
    page = _Setter(style, random)
    page.title(_phrase(random, 4, 7).capitalize())
    for section in range(1, random.randint(3, 5)):
        page.heading(f"{section} " if style.numbered else "", _phrase(random, 2, 4).capitalize(), 1)
        for part in range(random.randint(2, 4)):
            if part == 1 and random.random() < 0.5:
                page.heading(f"{section}.1 " if style.numbered else "", _phrase(random, 2, 4).capitalize(), 2)
            page.paragraph(_sentences(random, random.randint(3, 7)))
        if random.random() < 0.4:
            page.points([_phrase(random, 5, 14).capitalize() for _ in range(random.randint(3, 5))])
        if style.columns < 3 and random.random() < 0.6:
            page.table(_table(random, page.fits))
        if random.random() < 0.3:
            page.footnote(_sentences(random, 1))
            page.paragraph(_sentences(random, 3))
    return page.finish(), page.truth, style


def _phrase(random: Random, least: int, most: int) -> str:
    return " ".join(random.choice(_WORDS) for _ in range(random.randint(least, most)))


def _sentences(random: Random, count: int) -> str:
    sentences = []
    for _ in range(count):
        words = [random.choice(_WORDS if random.random() < 0.6 else _SMALL) for _ in range(random.randint(7, 22))]
        if random.random() < 0.3:
            words.insert(random.randrange(len(words)), str(random.randint(2, 9999)))
        sentences.append(" ".join(words).capitalize() + ".")
    return " ".join(sentences)


def _table(random: Random, fits: Callable[[str, int], bool]) -> list[list[str]]:
    """Draw a table; `fits` says whether a word has room in one of so many columns."""
    columns, rows = random.randint(3, 4), random.randint(3, 7)
    short = [word.capitalize() for word in _WORDS if fits(word.capitalize(), columns)]
    head = [random.choice(short) for _ in range(columns)]
    body = [
        [random.choice(short), *(f"{random.randint(1, 99999) / 10:.1f}" for _ in range(columns - 1))]
        for _ in range(rows)
    ]
    return [head, *body]


class _Setter:
    """Sets one document, column after column, page after page."""

    def __init__(self, style: Style, random: Random) -> None:
        from reportlab.pdfgen.canvas import Canvas

        self._out = io.BytesIO()
        self._canvas: Any = Canvas(self._out, pagesize=(WIDTH, HEIGHT), invariant=True)
        self.style, self._random = style, random
        self.truth = Truth()
        self._running = _phrase(random, 3, 5).capitalize()
        self._column, self._y, self._top = 0, 0.0, HEIGHT - MARGIN
        self._notes: list[str] = []
        self._tables = 0
        self._open()

    @property
    def _width(self) -> float:
        count = self.style.columns
        return (WIDTH - 2 * MARGIN - GAP * (count - 1)) / count

    @property
    def _left(self) -> float:
        return MARGIN + self._column * (self._width + GAP)

    @property
    def _foot(self) -> float:
        return MARGIN + (10 + 10 * len(self._notes) if self._notes else 0)

    def _face(self, bold: bool = False, italic: bool = False) -> str:
        if self.style.face == "Helvetica":
            return "Helvetica-Bold" if bold else "Helvetica-Oblique" if italic else "Helvetica"
        return "Times-Bold" if bold else "Times-Italic" if italic else "Times-Roman"

    def _open(self) -> None:
        self.truth.pages += 1
        self._column, self._top = 0, HEIGHT - MARGIN
        self._y = self._top
        if self.style.heads:
            self._canvas.setFont(self._face(italic=True), 8)
            self._canvas.drawString(MARGIN, HEIGHT - 36, self._running)
            self._canvas.drawCentredString(WIDTH / 2, 30, str(self.truth.pages))
            self.truth.running.append(self._running)

    def _close(self) -> None:
        self._canvas.setFont(self._face(), 7.5)
        if self._notes:
            rule = MARGIN + 4 + 10 * len(self._notes)
            self._canvas.line(MARGIN, rule, MARGIN + 100, rule)
        for number, note in enumerate(self._notes):
            self._canvas.drawString(MARGIN, MARGIN - 6 + 10 * (len(self._notes) - 1 - number), note)
        self._notes = []
        self._canvas.showPage()

    def _next(self) -> None:
        if self._column + 1 < self.style.columns:
            self._column += 1
            self._y = self._top
        else:
            self._close()
            self._open()

    def _room(self, height: float) -> None:
        if self._y - height < self._foot:
            self._next()

    def _lines(self, text: str, face: str, size: float, width: float, hyphens: bool) -> list[str]:
        from reportlab.pdfbase.pdfmetrics import stringWidth

        lines, line = [], ""
        for word in text.split():
            tried = f"{line} {word}".strip()
            if stringWidth(tried, face, size) <= width:
                line = tried
                continue
            cut = self._cut(word, face, size, width - stringWidth(line + " ", face, size)) if hyphens and line else 0
            if cut:
                lines.append(f"{line} {word[:cut]}-")
                line = word[cut:]
            else:
                lines.append(line)
                line = word
        return [*lines, line]

    @staticmethod
    def _cut(word: str, face: str, size: float, width: float) -> int:
        """Where a long word of letters may be parted: before a consonant that a vowel follows."""
        from reportlab.pdfbase.pdfmetrics import stringWidth

        best = 0
        for at in range(3, len(word) - 3):
            fits = word.isalpha() and word[at] not in "aeiouy" and word[at + 1] in "aeiouy"
            if fits and stringWidth(word[:at] + "-", face, size) <= width:
                best = at
        return best

    # ------------------------------------------------------------------------------------------------------- elements

    def title(self, text: str) -> None:
        """Set the title over the whole width."""
        face, size = self._face(bold=True), 18.0
        for line in self._lines(text, face, size, WIDTH - 2 * MARGIN, hyphens=False):
            self._y -= 22
            self._canvas.setFont(face, size)
            self._canvas.drawString(MARGIN, self._y, line)
        self._top = self._y = self._y - 14
        self.truth.text.append(text)
        self.truth.headings.append(text)

    def heading(self, number: str, text: str, level: int) -> None:
        """Set a heading, with its number if it has one."""
        face, size = self._face(bold=True), self.style.size + (3.0 if level == 1 else 1.0)
        lines = self._lines(number + text, face, size, self._width, hyphens=False)
        self._room((len(lines) + 3) * (size + 3))
        if self._y < self._top:
            self._y -= 8
        for line in lines:
            self._y -= size + 3
            self._canvas.setFont(face, size)
            self._canvas.drawString(self._left, self._y, line)
        self._y -= 4
        self.truth.text.append(number + text)
        self.truth.headings.append(number + text)

    def paragraph(self, text: str) -> None:
        """Set a paragraph; it may go on in the next column or on the next page."""
        face, size = self._face(), self.style.size
        for line in self._lines(text, face, size, self._width, self.style.hyphens):
            self._room(size + 2.5)
            self._y -= size + 2.5
            self._canvas.setFont(face, size)
            self._canvas.drawString(self._left, self._y, line)
        self._y -= 7
        self.truth.text.append(text)

    def points(self, items: list[str]) -> None:
        """Set a list with bullets."""
        face, size = self._face(), self.style.size
        for item in items:
            for number, line in enumerate(self._lines(item, face, size, self._width - 14, hyphens=False)):
                self._room(size + 2.5)
                self._y -= size + 2.5
                self._canvas.setFont(face, size)
                if number == 0:
                    self._canvas.drawString(self._left, self._y, "•")
                self._canvas.drawString(self._left + 14, self._y, line)
            self.truth.text.append(item)
        self._y -= 7

    def fits(self, word: str, columns: int) -> bool:
        """Whether a word set bold has room in one of so many columns of a table, with a gap beside it."""
        from reportlab.pdfbase.pdfmetrics import stringWidth

        return bool(stringWidth(word, self._face(bold=True), self.style.size - 1) <= self._width / columns - 14)

    def table(self, rows: list[list[str]]) -> None:
        """Set a table with a caption above it; it is not broken."""
        size, row_height = self.style.size - 1, self.style.size + 6
        self._tables += 1
        caption = f"Table {self._tables}: {_phrase(self._random, 3, 4)}"
        self._room(row_height * (len(rows) + 2))
        self._y -= size + 4
        self._canvas.setFont(self._face(italic=True), size)
        self._canvas.drawString(self._left, self._y, caption)
        self._y -= 6
        width = self._width / len(rows[0])
        top = self._y
        for number, row in enumerate(rows):
            self._y -= row_height
            self._canvas.setFont(self._face(bold=number == 0), size)
            for column, text in enumerate(row):
                left = self._left + column * width
                if column and number:
                    self._canvas.drawRightString(left + width - 6, self._y + 4, text)
                else:
                    self._canvas.drawString(left + 3, self._y + 4, text)
        if self.style.ruled:
            self._canvas.grid(
                [self._left + n * width for n in range(len(rows[0]) + 1)],
                [top - n * row_height for n in range(len(rows) + 1)],
            )
        self._y -= 12
        self.truth.text.append(caption)
        for number, row in enumerate(rows):
            self.truth.text.append(" ".join(row))
            self.truth.cells += [Cell(self._tables - 1, number, at, text) for at, text in enumerate(row)]

    def footnote(self, text: str) -> None:
        """Put a note of one line at the foot of this page."""
        from reportlab.pdfbase.pdfmetrics import stringWidth

        number = len(self.truth.footnotes) + 1
        words = text.split()
        while stringWidth(f"{number} {' '.join(words)}", self._face(), 7.5) > WIDTH - 2 * MARGIN:
            words.pop()
        if self._y < self._foot + 40:
            self._next()
        note = f"{number} {' '.join(words)}"
        self._notes.append(note)
        self.truth.footnotes.append(note)

    def finish(self) -> bytes:
        """Close the last page and return the file."""
        self._close()
        self._canvas.save()
        return self._out.getvalue()
