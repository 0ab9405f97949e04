"""RTF files: the text by striprtf, the title, the author and the date by the file's own information group."""

from __future__ import annotations

import re
from collections.abc import Callable

from kgfuse.errors import Damaged, NoText
from kgfuse.ingest.dates import dated, read_moment
from kgfuse.ingest.layout import About, Layout, clean, document_of
from kgfuse.ingest.metadata import person
from kgfuse.ingest.sniff import RTF
from kgfuse.ingest.text import add_text
from kgfuse.model import Moment
from kgfuse.protocols import RawFile, Reading

_FIELD = r"{{\\{name}\s?([^{{}}]*)}}"
_TIME = re.compile(r"\\(yr|mo|dy|hr|min)(\d+)")
_PLAIN_FIELD = re.compile(r"\{\\\*\\generator[^{}]*\}")
_LONGEST = 50_000_000  # characters


def read(file: RawFile) -> Reading:
    """Read an RTF file. Raises Damaged or NoText."""
    source = file.content[:_LONGEST].decode("latin-1")
    text = rtf_text(source)
    layout = Layout()
    add_text(layout, clean(text).replace("\n", "\n\n"))  # a line end of striprtf is the end of a paragraph
    if not layout.blocks:
        raise NoText("the file holds nothing but white space")
    saved = _saved(source, "revtim") or _saved(source, "creatim")
    when, how = dated(saved, layout.text[:20_000])
    about = About(_named(source, "title"), person(_named(source, "author")), when, how)
    return Reading((document_of(file, RTF, layout, about),))


def rtf_text(source: str) -> str:
    """Return the text of RTF (one character a byte), a line a paragraph, cells divided by ``|``. Raises Damaged."""
    from striprtf.striprtf import rtf_to_text

    convert: Callable[..., str] = rtf_to_text
    try:
        return str(convert(_PLAIN_FIELD.sub("", source), encoding="cp1252", errors="replace"))
    except (ValueError, LookupError, IndexError, RecursionError, OverflowError) as error:
        raise Damaged(f"malformed RTF: {type(error).__name__}") from error


def _named(source: str, name: str) -> str | None:
    match = re.search(_FIELD.format(name=name), source[:200_000])
    return rtf_text("{\\rtf1 " + match[1] + "}").strip() or None if match else None


def _saved(source: str, name: str) -> Moment | None:
    match = re.search(_FIELD.format(name=name), source[:200_000])
    parts = {key: int(value) for key, value in _TIME.findall("\\" + match[1].lstrip("\\"))} if match else {}
    if not {"yr", "mo", "dy"} <= parts.keys():
        return None
    return read_moment(f"{parts['yr']:04d}-{parts['mo']:02d}-{parts['dy']:02d}")
