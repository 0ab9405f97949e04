"""The words of a PDF page with their places, by PDFium's character interface.

Coordinates are points from the top left corner of the page as it is shown (x to the right, y down). Text that is printed
sideways on the page is measured in its own frame, so that its lines are horizontal for everything that follows.
"""

from __future__ import annotations

import ctypes
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from kgfuse.ingest.bidi import is_right_to_left, spoken

Box = tuple[float, float, float, float]

_BOLD = re.compile(rb"bold|black|heavy|demi", re.IGNORECASE)
_LINE_HYPHEN = 0x02  # PDFium's mark for a hyphen that divides a word at a line end
_QUARTERS = 4
_SAME_LINE = 0.4
_SPACE = 0.12
"""More room between two characters than this share of their height divides words; the boxes of a word's letters touch."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word: its box, the height of its font (points), whether that is bold, and its name."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    bold: bool
    font: str = ""

    @property
    def middle(self) -> float:
        """The height of its centre line."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Frame:
    """How page coordinates become shown ones: the crop box and the number of clockwise quarter turns."""

    left: float
    bottom: float
    right: float
    top: float
    turns: int

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the page is shown."""
        match self.turns % _QUARTERS:
            case 1:
                return y - self.bottom, x - self.left
            case 2:
                return self.right - x, y - self.bottom
            case 3:
                return self.top - y, self.right - x
            case _:
                return x - self.left, self.top - y

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Return where a box of the page is shown: left, top, right, bottom."""
        (x0, y0), (x1, y1) = self.point(left, bottom), self.point(right, top)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


@dataclass(slots=True)
class _Character:
    text: str
    left: float
    bottom: float
    right: float
    top: float
    index: int


def frame_of(page: Any, turns: int) -> Frame:
    """Return the frame in which a pypdfium2 page is shown when it is turned so many quarters clockwise."""
    left, bottom, right, top = page.get_cropbox()
    return Frame(left, bottom, right, top, turns)


def words_of(page: Any) -> tuple[list[Word], Frame]:
    """Return the words of a pypdfium2 page in the order of its content, and the frame they are measured in.

    What is printed sideways beside level text (a stamp in the margin) is left out.
    """
    words, turns = _level_words(page, frame_of(page, 0))
    if turns:
        with _levelled(page, turns) as level:
            words, _ = _level_words(page, level)
    return words, frame_of(page, turns)


@contextmanager
def _levelled(page: Any, turns: int) -> Iterator[Frame]:
    """Turn what a page holds by so many quarters clockwise, for PDFium breaks words that are not level: at ligatures, say.

    Gives the frame in which the turned page is shown.
    """
    from pypdfium2 import PdfMatrix

    def turn(quarters: int) -> Any:
        matrix = PdfMatrix(*map(round, PdfMatrix().rotate(90 * quarters).get()))
        for item in page.get_objects(max_depth=1):
            item.transform(matrix)
        return matrix

    matrix = turn(turns)
    try:
        left, bottom, right, top = matrix.on_rect(*page.get_cropbox())
        yield Frame(left, bottom, right, top, 0)
    finally:
        turn(-turns)


def _level_words(page: Any, frame: Frame) -> tuple[list[Word], int]:
    """Return the words that are printed level, and by how many quarters clockwise most words would have to be turned."""
    from pypdfium2 import raw

    textpage = page.get_textpage()
    try:
        groups = [(group, _turns(raw, textpage, group[0].index)) for group in _groups(raw, textpage)]
        turns = Counter[int]()
        for group, quarter in groups:
            turns[quarter] += len(group)
        most = turns.most_common(1)[0][0] if turns else page.get_rotation() // 90
        kept = [group for group, quarter in groups if quarter == 0]
        if any(is_right_to_left(item.text) for group in kept for item in group):
            kept = _by_place(raw, textpage, kept)
        words = [word for group in kept if (word := _word(raw, textpage, group, frame)) is not None]
        return _once(words), most
    finally:
        textpage.close()


def _turns(raw: Any, textpage: Any, index: int) -> int:
    """Return how many quarters clockwise the page must be turned to level a character."""
    angle = raw.FPDFText_GetCharAngle(textpage, index)
    return round(-angle / 1.5707963) % _QUARTERS if angle >= 0 else 0


def _groups(raw: Any, textpage: Any) -> Iterator[list[_Character]]:
    """Yield the characters of each word, divided at white space and at jumps."""
    group: list[_Character] = []
    for character in _characters(raw, textpage):
        if character is None:
            if group:
                yield group
            group = []
        else:
            if group and _apart(group[-1], character):
                yield group
                group = []
            group.append(character)
    if group:
        yield group


def _apart(before: _Character, after: _Character) -> bool:
    """Whether two characters that follow each other in the content stand in different places."""
    size = max(before.top - before.bottom, before.right - before.left, 1.0)
    across = max(after.left - before.right, before.left - after.right)
    along = max(after.bottom - before.top, before.bottom - after.top)
    return across > 0.6 * size or along > 0.25 * size


def _by_place(raw: Any, textpage: Any, groups: list[list[_Character]]) -> list[list[_Character]]:
    """Return the words on every line with a right-to-left script, divided by where their characters stand.

    Their order in the content, and where PDFium divides them, cannot be relied on there. Lines are told by their baselines,
    for the boxes of Arabic letters are of any height; all characters of a line get the height of the tallest.
    """
    x, y = ctypes.c_double(), ctypes.c_double()

    def baseline(group: list[_Character]) -> float:
        raw.FPDFText_GetCharOrigin(textpage, group[0].index, ctypes.byref(x), ctypes.byref(y))
        return y.value

    placed = sorted((baseline(group), max(map(_height, group)), number) for number, group in enumerate(groups))
    lines: list[tuple[float, float]] = []  # baselines and heights of those with a right-to-left script
    for base, size, number in placed:
        if is_right_to_left("".join(item.text for item in groups[number])):
            if lines and base - lines[-1][0] < _SAME_LINE * max(size, lines[-1][1]):
                lines[-1] = lines[-1][0], max(size, lines[-1][1])
            else:
                lines.append((base, size))
    bases = [base for base, _ in lines]
    rows: dict[int, list[_Character]] = defaultdict(list)
    kept: list[list[_Character]] = []
    for base, _, number in placed:
        after = bisect_right(bases, base)
        near = min((n for n in (after - 1, after) if 0 <= n < len(bases)), key=lambda n: abs(bases[n] - base))
        on_it = abs(bases[near] - base) < _SAME_LINE * lines[near][1]
        (rows[near].extend if on_it else kept.append)(groups[number])
    for number in sorted(rows):
        kept.extend(_divided(rows[number]))
    return kept


def _height(item: _Character) -> float:
    return item.top - item.bottom


def _divided(row: list[_Character]) -> list[list[_Character]]:
    """Divide the characters of one line into words by the room between them."""
    tallest = max(row, key=_height)
    size = _height(tallest)
    words: list[list[_Character]] = []
    reached = float("-inf")
    for item in sorted(row, key=attrgetter("left")):
        last = words[-1][-1] if words else None
        if last and item.text == last.text and abs(item.left - last.left) < _SPACE * size / 2:
            continue  # printed twice, as some programs do for bold type
        if item.left - reached > _SPACE * size:
            words.append([])
        words[-1].append(replace(item, bottom=tallest.bottom, top=tallest.top))
        reached = max(reached, item.right)
    return words


def _characters(raw: Any, textpage: Any) -> Iterator[_Character | None]:
    """Yield the characters of a page; `None` stands for white space."""
    box = raw.FS_RECTF()
    reference = ctypes.byref(box)
    unicode_of: Callable[..., int] = raw.FPDFText_GetUnicode
    loose_box: Callable[..., int] = raw.FPDFText_GetLooseCharBox
    high = 0
    for index in range(textpage.count_chars()):
        code = unicode_of(textpage, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000 and high:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
        high = 0
        text = "\u00ad" if code == _LINE_HYPHEN else chr(code) if 0 < code < 0x110000 else ""
        if not text or text.isspace() or not loose_box(textpage, index, reference):
            yield None
        else:
            yield _Character(text, box.left, box.bottom, box.right, box.top, index)


def _word(raw: Any, textpage: Any, group: list[_Character], frame: Frame) -> Word | None:
    left, right = min(item.left for item in group), max(item.right for item in group)
    bottom, top = min(item.bottom for item in group), max(item.top for item in group)
    box = frame.box(left, bottom, right, top)
    text = "".join(item.text for item in group)
    if is_right_to_left(text):
        text = spoken([(item.text, item.left, item.right) for item in group])
    size = box[3] - box[1]
    if size <= 0 or not text.strip("\u00ad"):
        return None
    bold, font = _font(raw, textpage, group[0].index)
    return Word(text, *box, size, bold, font)


def _font(raw: Any, textpage: Any, index: int) -> tuple[bool, str]:
    """Return whether the font of a character is bold, and its name."""
    buffer = ctypes.create_string_buffer(128)
    length = raw.FPDFText_GetFontInfo(textpage, index, buffer, 128, ctypes.byref(ctypes.c_int()))
    name = buffer.value if 0 < length <= 128 else b""
    bold = _BOLD.search(name) is not None or raw.FPDFText_GetFontWeight(textpage, index) >= 600
    return bold, name.decode("utf-8", "replace")


def _once(words: list[Word]) -> list[Word]:
    """Leave out words printed again on top of themselves, as some programs do for bold type."""
    places: dict[tuple[str, int, int], Word] = {}
    kept: list[Word] = []
    for word in words:
        x, y = round(word.left / 4), round(word.top / 4)
        near = (places.get((word.text, x + i, y + j)) for i in (-1, 0, 1) for j in (-1, 0, 1))
        if any(
            other and abs(other.left - word.left) < 0.2 * word.size and abs(other.top - word.top) < 0.2 * word.size
            for other in near
        ):
            continue
        places[(word.text, x, y)] = word
        kept.append(word)
    return kept
