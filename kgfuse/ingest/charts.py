"""Drawings of office files that hold words: a chart is a table of what it shows, a diagram (SmartArt) a list.

Both are parts of their own, which the text only refers to (ECMA-376 part 1, 21.2 and 21.4). A chart carries the values that
were last drawn, so that the workbook behind it need not be opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from kgfuse.errors import IngestError
from kgfuse.ingest.layout import Piece, fold
from kgfuse.ingest.ooxml import Package
from kgfuse.ingest.sheets import display
from kgfuse.model import BlockKind

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_D = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_NAME, _PLACES, _VALUES = (f"{_C}tx",), (f"{_C}cat", f"{_C}xVal"), (f"{_C}val", f"{_C}yVal")
_MOST_POINTS = 10_000  # of a series
_UNNAMED = "Value"


@dataclass(frozen=True, slots=True)
class _Series:
    name: str
    places: Mapping[int, str]
    values: Mapping[int, str]


def drawn(element: etree._Element, package: Package, parts: Mapping[str, str]) -> Iterator[Piece]:
    """Yield what the charts and diagrams within an element say.

    `parts` maps the ids by which the element's part refers to others to their names. A drawing that cannot be read is passed
    over: the text around it is whole.
    """
    for reference in element.iter(f"{_C}chart", f"{_D}relIds"):
        is_chart = reference.tag == f"{_C}chart"
        name = parts.get(reference.get(f"{_R}id" if is_chart else f"{_R}dm") or "", "")
        try:
            root = package.tree(name)
        except IngestError:
            continue
        if root is not None:
            yield from _chart(root) if is_chart else _diagram(root)


def _diagram(root: etree._Element) -> Iterator[Piece]:
    texts = [fold(" ".join(_words(point))) for point in root.iter(f"{_D}pt")]
    yield Piece(BlockKind.LIST, "\n".join(text for text in texts if text))


def _chart(root: etree._Element) -> Iterator[Piece]:
    """Yield the title of a chart and its values: a row a place on the axis, the series named in each."""
    title = _title(root.find(f"{_C}chart"))
    series = [_series(one, title) for one in root.iter(f"{_C}ser")]
    axes = (f"{_C}catAx", f"{_C}dateAx")
    axis = next((name for one in root.iter(*axes) if (name := _title(one))), "")
    tables = [table for group in _alike(series) if (table := "\n".join(_lines(group, axis)))]
    if tables and title:
        yield Piece(BlockKind.CAPTION, title)
    yield from (Piece(BlockKind.TABLE, table) for table in tables)


def _lines(group: list[_Series], axis: str) -> Iterator[str]:
    for place in sorted({place for one in group for place in one.values}):
        called = next((one.places[place] for one in group if place in one.places), str(place + 1))
        said = [f"{one.name}: {one.values[place]}" for one in group if place in one.values]
        yield " | ".join([f"{axis}: {called}" if axis else called, *said])


def _title(element: etree._Element | None) -> str:
    title = element.find(f"{_C}title") if element is not None else None
    return fold(" ".join(_words(title))) if title is not None else ""


def _words(element: etree._Element) -> Iterator[str]:
    """Yield the paragraphs of an element, or what is kept of the cells that they are taken from."""
    for paragraph in element.iter(f"{_A}p"):
        yield "".join(run.text or "" for run in paragraph.iter(f"{_A}t"))
    for point in element.iter(f"{_C}pt"):
        yield point.findtext(f"{_C}v") or ""


def _series(element: etree._Element, title: str) -> _Series:
    name = next(
        (fold(" ".join([*_words(one), one.findtext(f"{_C}v") or ""])) for one in element.iterchildren(*_NAME)), ""
    )
    places, values = (
        next((_points(one) for one in element.iterchildren(*tags)), dict[int, str]()) for tags in (_PLACES, _VALUES)
    )
    return _Series(name or title or _UNNAMED, places, values)


def _points(element: etree._Element) -> dict[int, str]:
    """Return the points of a series by their number; of names on several levels the outer ones hold until the next."""
    levels = list(element.iter(f"{_C}lvl")) or [element]
    found: dict[int, str] = {}
    for number, level in enumerate(levels):  # the inner ones first
        own = {
            at: text
            for point in level.iter(f"{_C}pt")
            if (at := _number(point)) is not None and (text := _shown(point))
        }
        if number == 0:
            found = own
            continue
        outer = ""
        for at in sorted(found):
            outer = own.get(at, outer)
            found[at] = f"{outer} {found[at]}".strip()
    return found


def _number(point: etree._Element) -> int | None:
    number = point.get("idx") or ""
    return int(number) if number.isdecimal() and len(number) < 9 and int(number) < _MOST_POINTS else None


def _shown(point: etree._Element) -> str:
    """Return a point's value as it is shown: numbers and dates by their format, anything else as it stands."""
    from openpyxl.styles.numbers import is_date_format
    from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

    text = fold(point.findtext(f"{_C}v") or "")
    cache = point.getparent()
    if cache is None or cache.tag not in (f"{_C}numCache", f"{_C}numLit"):
        return text
    form = point.get("formatCode") or cache.findtext(f"{_C}formatCode") or "General"
    try:
        value = float(text)
        if is_date_format(form):
            old = point.getroottree().getroot().find(f"{_C}date1904")
            counted_from_1904 = old is not None and old.get("val", "1") in ("1", "true")
            shown: float | datetime = from_excel(
                value, CALENDAR_MAC_1904 if counted_from_1904 else CALENDAR_WINDOWS_1900
            )
        else:
            shown = value
    except (ValueError, OverflowError):
        return text
    return display(shown, form)


def _alike(series: list[_Series]) -> Iterator[list[_Series]]:
    """Yield runs of series over the same places; one that names none has those before it."""
    group: list[_Series] = []
    for one in series:
        if group and one.places and one.places != group[0].places:
            yield group
            group = []
        group.append(one)
    if group:
        yield group
