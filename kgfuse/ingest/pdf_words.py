"""The words of a PDF page with their places, by PDFium's character interface.

Coordinates are points from the top left corner of the page as it is shown (x to the right, y down). Text that is printed
sideways on the page is measured in its own frame, so that its lines are horizontal for everything that follows.
"""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Box = tuple[float, float, float, float]

_BOLD = re.compile(rb"bold|black|heavy|demi", re.IGNORECASE)
_LINE_HYPHEN = 0x02  # PDFium's mark for a hyphen that divides a word at a line end
_QUARTERS = 4


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
    """Return the words of a pypdfium2 page in the order of its content, and the frame they are measured in."""
    from pypdfium2 import raw

    textpage = page.get_textpage()
    try:
        groups = [(group, _turns(raw, textpage, group[0].index)) for group in _groups(raw, textpage)]
        turns = Counter[int]()
        for group, quarter in groups:
            turns[quarter] += len(group)
        # What is printed sideways beside level text (a stamp in the margin) is left out.
        most = turns.most_common(1)[0][0] if turns else page.get_rotation() // 90
        frame = frame_of(page, most)
        kept = [group for group, quarter in groups if quarter == most]
        words = [word for group in kept if (word := _word(raw, textpage, group, frame)) is not None]
        return _once(words), frame
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
