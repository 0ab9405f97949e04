"""Drawings of office files that hold words: a chart is a table of what it shows, a diagram (SmartArt) a list.

Both are parts of their own, which the text only refers to (ECMA-376 part 1, 21.2 and 21.4). A chart carries the values that
were last drawn, so that the workbook behind it need not be opened.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from kgfuse.errors import IngestError
from kgfuse.ingest.cell_values import display, valued
from kgfuse.ingest.layout import Piece, fold
from kgfuse.ingest.ooxml import Package
from kgfuse.model import BlockKind

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_D = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CHART, _DIAGRAM = f"{_C}chart", f"{_D}relIds"
REFERENCES = (_CHART, _DIAGRAM)
"""The elements that refer to a drawing."""

_NAME, _PLACES, _VALUES = (f"{_C}tx",), (f"{_C}cat", f"{_C}xVal"), (f"{_C}val", f"{_C}yVal")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?")
_UNNAMED = "Value"
_MOST_POINTS, _MOST_SERIES, _MOST_LEVELS = 10_000, 255, 10  # of a series, of a chart (as in Excel), of a name
_LONGEST_NAME, _LONGEST_CHART = 300, 1_000_000  # characters


@dataclass(frozen=True, slots=True)
class _Series:
    name: str
    places: Mapping[int, str]
    values: Mapping[int, str]


class Drawings:
    """What one part of a package refers to, each drawing told once.

    A drawing that cannot be read is passed over: the text around it is whole.
    """

    def __init__(self, package: Package, part: str) -> None:
        self._package = package
        self._parts = package.related(part)
        self._told: set[str] = set()

    def pieces(self, references: Iterable[etree._Element]) -> Iterator[Piece]:
        """Yield what the drawings say that elements (`REFERENCES`) refer to."""
        for reference in references:
            is_chart = reference.tag == _CHART
            name = self._parts.get(reference.get(f"{_R}id" if is_chart else f"{_R}dm") or "", "")
            if name in self._told:
                continue
            self._told.add(name)
            try:
                root = self._package.tree(name)
            except IngestError:
                continue
            if root is not None:
                yield from _chart(root) if is_chart else _diagram(root)


# --------------------------------------------------------------------------------------------------------------- diagrams


def _diagram(root: etree._Element) -> Iterator[Piece]:
    """Yield the texts of a diagram, what belongs to a point behind it."""
    points = {point.get("modelId") or f"#{number}": point for number, point in enumerate(root.iter(f"{_D}pt"))}
    below: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for link in root.iter(f"{_D}cxn"):
        order = link.get("srcOrd") or ""
        if link.get("type", "parOf") == "parOf":
            below[link.get("srcId") or ""].append((int(order) if order.isdecimal() else 0, link.get("destId") or ""))
    ahead = [id for id, point in points.items() if point.get("type") == "doc"]
    ordered: dict[str, etree._Element] = {}
    while ahead:
        id = ahead.pop()
        if id in points and id not in ordered:
            ordered[id] = points[id]
            ahead += [inner for _, inner in sorted(below[id], reverse=True)]
    texts = [fold(" ".join(_words(point))) for point in (ordered | points).values()]
    yield Piece(BlockKind.LIST, "\n".join(text for text in texts if text))


# ----------------------------------------------------------------------------------------------------------------- charts


def _chart(root: etree._Element) -> Iterator[Piece]:
    """Yield the title of a chart, with what its values are measured in, and its values: a row a place on the axis."""
    title = _title(root.find(_CHART))
    drawn = list(root.iter(f"{_C}ser"))[:_MOST_SERIES]
    from_1904 = _is_on(root.find(f"{_C}date1904"))
    series = [_series(one, title, from_1904) for one in drawn]
    across = [_title(one) for one in root.iter(f"{_C}catAx", f"{_C}dateAx", f"{_C}serAx")]
    measured = [_title(one) for one in root.iter(f"{_C}valAx")]
    axes = across[:1] + measured if across else measured
    axis, unit = (*axes, "", "")[:2]
    called = f"{title} ({unit})" if title and unit and unit not in title else title or unit
    yield Piece(BlockKind.CAPTION, called)
    left = _LONGEST_CHART
    for group in _alike(series):
        lines: list[str] = []
        for line in _lines(group, axis):
            left -= len(line)
            if left < 0:
                break
            lines.append(line)
        yield Piece(BlockKind.TABLE, "\n".join(lines))


def _lines(group: list[_Series], axis: str) -> Iterator[str]:
    for place in sorted({place for one in group for place in one.values}):
        called = next((one.places[place] for one in group if place in one.places), str(place + 1))
        said = [f"{one.name}: {one.values[place]}" for one in group if place in one.values]
        yield " | ".join(text.replace("|", "/") for text in (f"{axis}: {called}" if axis else called, *said))


def _title(element: etree._Element | None) -> str:
    title = element.find(f"{_C}title") if element is not None else None
    return fold(" ".join(_words(title)))[:_LONGEST_NAME] if title is not None else ""


def _words(element: etree._Element) -> Iterator[str]:
    """Yield the paragraphs of an element, or what is kept of the cells that they are taken from."""
    for paragraph in element.iter(f"{_A}p"):
        runs = paragraph.iter(f"{_A}t", f"{_A}br", f"{_A}tab")
        yield "".join((run.text or "") if run.tag == f"{_A}t" else " " for run in runs)
    for point in element.iter(f"{_C}pt"):
        yield point.findtext(f"{_C}v") or ""


def _is_on(flag: etree._Element | None) -> bool:
    return flag is not None and flag.get("val", "1") in ("1", "true")


def _series(element: etree._Element, title: str, from_1904: bool) -> _Series:
    name = next(
        (fold(" ".join([*_words(one), one.findtext(f"{_C}v") or ""])) for one in element.iterchildren(*_NAME)), ""
    )
    places, values = (
        next((_points(one, from_1904) for one in element.iterchildren(*tags)), dict[int, str]())
        for tags in (_PLACES, _VALUES)
    )
    return _Series(name[:_LONGEST_NAME] or title or _UNNAMED, places, values)


def _points(element: etree._Element, from_1904: bool) -> dict[int, str]:
    """Return the points of a series by their number; of names on several levels the outer ones hold until the next."""
    found: dict[int, str] = {}
    for number, level in enumerate(
        (list(element.iter(f"{_C}lvl")) or [element])[:_MOST_LEVELS]
    ):  # the inner ones first
        own: dict[int, str] = {}
        for point in level.iter(f"{_C}pt"):
            at = point.get("idx") or ""
            if at.isdecimal() and len(at) < 9 and int(at) < _MOST_POINTS and (text := _shown(point, from_1904)):
                own[int(at)] = text[:_LONGEST_NAME]
        if number == 0:
            found = own
            continue
        outer = ""
        for place in sorted({*found, *own}):
            outer = own.get(place, outer)
            found[place] = f"{outer} {found.get(place, '')}".strip()[:_LONGEST_NAME]
    return found


def _shown(point: etree._Element, from_1904: bool) -> str:
    """Return a point's value as it is shown: numbers and dates by their format, anything else as it stands."""
    text = fold(point.findtext(f"{_C}v") or "")
    cache = point.getparent()
    if cache is None or cache.tag not in (f"{_C}numCache", f"{_C}numLit") or not _NUMBER.fullmatch(text):
        return display(text)
    form = point.get("formatCode") or cache.findtext(f"{_C}formatCode") or "General"
    return display(valued(float(text), form, from_1904=from_1904), form)


def _alike(series: list[_Series]) -> Iterator[list[_Series]]:
    """Yield runs of series over places that do not contradict each other."""
    group: list[_Series] = []
    places: dict[int, str] = {}
    for one in series:
        if any(places.get(at, name) != name for at, name in one.places.items()):
            yield group
            group, places = [], {}
        group.append(one)
        places.update(one.places)
    if group:
        yield group
