"""Runs in an environment that has the peers: page sources (name -> HTML) on stdin, what each peer finds on stdout.

The answer is ``{peer: {"version", "seconds", "pages": {name: [text, title, day]}}}``. Their own defaults are used.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from typing import Any


def _readability(source: str) -> list[str | None]:
    from lxml import html
    from readability import Document

    found = Document(source)
    return [html.fromstring(found.summary()).text_content(), found.title(), None]


def _newspaper(source: str) -> list[str | None]:
    import newspaper

    article = newspaper.Article("https://example.org/", fetch_images=False)
    article.download(input_html=source)
    article.parse()
    return [article.text, article.title, article.publish_date.date().isoformat() if article.publish_date else None]


PEERS = {"readability-lxml": _readability, "newspaper4k": _newspaper}


def _safely(reader: Any, source: str) -> list[str | None]:
    try:
        return reader(source)
    except Exception:  # noqa: BLE001  (a page that a peer cannot read counts as empty)
        return ["", None, None]


def main() -> None:
    """Read the job, run every peer over it."""
    pages: dict[str, str] = json.load(sys.stdin)
    answer: dict[str, Any] = {}
    for name, reader in PEERS.items():
        _safely(reader, next(iter(pages.values())))
        started = time.perf_counter()
        found = {page: _safely(reader, source) for page, source in pages.items()}
        answer[name] = {"version": version(name), "seconds": time.perf_counter() - started, "pages": found}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
