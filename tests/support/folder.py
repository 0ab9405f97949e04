"""A small folder of documents that tell of one change of office, one rumour and one correction."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "note-2019.txt": "A note on Acme\n\nDate: 3 April 2019\n\nJane Roe is the chief executive of Acme Energy AS. "
    "Acme Energy AS is based in Oslo.\n",
    "note-2021.txt": "New chief executive\n\nDate: 2 July 2021\n\nTom Poe became chief executive of Acme Energy AS "
    "on 1 July 2021. He succeeded Jane Roe.\n",
    "blog.md": "---\ndate: 2020-05-05\nauthor: Max Moe\n---\n# Rumours\n\nAda Loe may reportedly become chief executive of "
    "Acme Energy AS.\n",
    "sub/deal.html": "<html><head><title>Deal</title><meta name='date' content='2020-02-01'></head><body><article>"
    "<h1>Acme buys Beta</h1><p>Acme Energy AS acquired Beta Cells AS in January 2020. Beta Cells AS was founded in 2011 "
    "by Kim Doe. The price was not disclosed by the two companies, and neither of them wanted to comment on it.</p>"
    "</article></body></html>",
}


def write_folder(folder: Path) -> Path:
    """Write the documents below `folder` and return it."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
