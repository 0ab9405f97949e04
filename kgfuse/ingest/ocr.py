"""Pages without a text layer, read by Tesseract where it is installed: a process a page, with a limit of time and memory."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kgfuse.config import IngestSettings
from kgfuse.errors import NoText
from kgfuse.ingest import prose
from kgfuse.ingest.layout import Piece
from kgfuse.ingest.pdf_extras import is_picture

_DPI = 300.0
_MOST_PIXELS = 40_000_000
_MEMORY = 4 << 30  # bytes of address space
_LANGUAGES = re.compile(r"[A-Za-z0-9_+-]+")


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was read from pages that are pictures: the pieces by page (from 1); and what was not, in an error."""

    pages: dict[int, list[Piece]]
    lost: NoText | None = None


def read_pages(book: Any, numbers: Sequence[int], settings: IngestSettings) -> Scanned:
    """Read those of the pages (from 0) that are pictures; what cannot be read comes back as an error."""
    pictures = []
    for number in numbers:
        page = book[number]
        try:
            if is_picture(page):
                pictures.append(number)
        finally:
            page.close()
    if not pictures:
        return Scanned({})
    if not settings.ocr or shutil.which("tesseract") is None:
        return Scanned({}, _lost(pictures, "install Tesseract, or run the file through OCR first"))
    found: dict[int, list[Piece]] = {}
    for number in pictures[: settings.ocr_pages]:
        text = _recognised(_image(book, number), settings)
        pieces = [piece for run in prose.runs(text.split("\n")) for piece in prose.pieces(run)]
        if pieces:
            found[number + 1] = pieces
    missed = [number for number in pictures if number + 1 not in found]
    return Scanned(found, _lost(missed, "raise ingest.ocr_pages or ingest.ocr_page_seconds") if missed else None)


def _lost(numbers: Sequence[int], hint: str) -> NoText:
    listed = ", ".join(str(number + 1) for number in numbers[:20]) + (", …" if len(numbers) > 20 else "")
    return NoText(
        f"{len(numbers)} pages without a text layer were not read: {listed}", hint=f"They look like scans: {hint}."
    )


def _image(book: Any, number: int) -> bytes:
    """Return a page as PNG, in shades of grey."""
    page = book[number]
    try:
        width, height = page.get_size()
        scale = min(_DPI / 72, (_MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
        out = io.BytesIO()
        page.render(scale=scale, grayscale=True).to_pil().save(out, "PNG", compress_level=1)
        return out.getvalue()
    finally:
        page.close()


def _recognised(image: bytes, settings: IngestSettings) -> str:
    """Return the text on an image; empty when Tesseract fails or takes too long."""
    languages = settings.ocr_languages if _LANGUAGES.fullmatch(settings.ocr_languages) else "eng"
    command = ["tesseract", "stdin", "stdout", "-l", languages, "--dpi", str(int(_DPI))]
    try:
        done = subprocess.run(
            command,
            input=image,
            capture_output=True,
            timeout=settings.ocr_page_seconds,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            preexec_fn=_limited if sys.platform != "win32" else None,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def _limited() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
