"""What file properties say about people: who wrote it, unless a program filled the field."""

from __future__ import annotations

import re

from kgfuse.ingest.layout import fold

_NOBODY = re.compile(
    r"(?:unknown|un-?named|anonymous|admin(?:istrator)?|user|owner|default|author|root|test|none|n/?a|untitled|windows user|"
    r"microsoft office user|microsoft|openpyxl|python-docx|xlsxwriter|apache poi|libreoffice|\W*|\d+)",
    re.IGNORECASE,
)


def person(name: str | None) -> str | None:
    """Return a metadata author, folded, or `None` when the field names a program, a role or nobody."""
    folded = fold(name or "").strip(" ;,")
    return None if _NOBODY.fullmatch(folded) or "://" in folded or len(folded) > 200 else folded
