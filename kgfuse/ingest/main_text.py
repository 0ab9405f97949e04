"""The main text of a page with the headings, lists and tables that stand within it.

What finds the main text looks for running prose: of a short page it may leave out a list of office holders, or every
heading, or give a list or a table in pieces. What stands between two blocks of the main text, and is no list of links,
belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kgfuse.ingest.layout import Piece
from kgfuse.model import BlockKind

_WITHIN = frozenset({BlockKind.HEADING, BlockKind.LIST, BlockKind.TABLE})
_LISTED = frozenset({BlockKind.LIST, BlockKind.TABLE})
_SAME, _AHEAD = 0.8, 50
"""The share of the words of a list or a table by which it is known again, and how many blocks further it is looked for."""

_PROSE = frozenset({BlockKind.PARAGRAPH, BlockKind.QUOTE})


def with_structure(main: Sequence[Piece], placed: Sequence[tuple[Piece, object]]) -> list[Piece]:
    """Return the blocks of the main text with those headings, lists and tables between them that it lacks.

    `placed` are all blocks of the page in order (`markup.placed`): what stands between two paragraphs of the main text, and
    right beside one in the page's tree, belongs to it; what stands apart shares, subscribes or relates. A heading comes with
    what follows it. What the page has as a list, a table or a heading is one, and stands once, in whatever pieces the main
    text has it.
    """
    at_of = list(_places(main, [piece for piece, _ in placed]))
    beside = {id(placed[at][1]) for piece, at in zip(main, at_of, strict=True) if at >= 0 and piece.kind in _PROSE}
    found: list[Piece] = []
    given: set[int] = set()  # the places of the lists and tables that stand in `found`
    last = -1  # the place of the last block of the main text that is found among all
    for piece, at in zip(main, at_of, strict=True):
        if at > last:
            if last >= 0:
                found.extend(
                    _left_out([(one, id(place) in beside) for one, place in placed[last + 1 : at]], goes_on=True)
                )
            last = at
        if at < 0 or placed[at][0].kind not in _WITHIN:
            found.append(piece)
        elif at not in given:
            given |= {at} if placed[at][0].kind in _LISTED else set()
            found.append(placed[at][0])
    found.extend(_left_out([(one, id(place) in beside) for one, place in placed[last + 1 :]], goes_on=False))
    return found


def _places(main: Sequence[Piece], blocks: Sequence[Piece]) -> Iterator[int]:
    """Yield where each block of the main text stands among all, -1 where it does not.

    A list or a table may lack words, and a line or a cell of one may stand alone.
    """
    listed = [block.kind in _LISTED for block in blocks]
    words = [{*block.text.split()} if is_one else set() for block, is_one in zip(blocks, listed, strict=True)]
    lines = [_lines(block.text) if is_one else set() for block, is_one in zip(blocks, listed, strict=True)]
    exact: dict[str, int] = {}
    for at, block in enumerate(blocks):
        exact.setdefault(_key(block.text), at)
    last = -1
    for piece in main:
        key = _key(piece.text)
        at = exact.get(key, -1)
        end = min(last + 1 + _AHEAD, len(blocks))
        if at < 0 and piece.kind in _LISTED:
            own, near = {*piece.text.split()}, range(last + 1, end)
            same = (n for n in near if blocks[n].kind is piece.kind and len(own & words[n]) >= _SAME * len(own))
            at = next(same, -1)
        elif at < 0:
            at = next((n for n in range(max(last, 0), end) if key in lines[n]), -1)
        last = max(last, at)
        yield at


def _left_out(left_out: Sequence[tuple[Piece, bool]], *, goes_on: bool) -> Iterator[Piece]:
    """Yield what belongs to the main text of the blocks behind one of its own; a heading of nothing does not."""
    kept = [*(beside and piece.kind in _WITHIN for piece, beside in left_out), goes_on]
    for at, (piece, _) in enumerate(left_out):
        if kept[at] and (piece.kind is not BlockKind.HEADING or kept[at + 1]):
            yield piece


def _lines(text: str) -> set[str]:
    """The keys of the lines and cells of a list or a table."""
    parts = (part for line in text.split("\n") for part in (line, *line.split(" | ")))
    return {_key(part) for part in parts} - {""}


def _key(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())
