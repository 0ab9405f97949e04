"""Main text, title and date of web pages: ``python -m benchmarks.main_text [DIR] [--peers PYTHON]``.

A folder holds ``ground-truth.json`` (name -> articleBody) and ``html/NAME.html.gz``, as article-extraction-benchmark has
them; default: ``html_articles`` in KGFUSE_BENCH_DATA. Beside kgfuse runs trafilatura itself with its own settings, a
reader of all visible text, and, in the environment whose Python `--peers` names, readability-lxml and newspaper4k.

Two scores. *Shingles*: runs of four words, counted, as article-extraction-benchmark scores them: true positives, false
positives and false negatives of a page are divided by their sum, so that each page weighs the same, and added up.
*Tokens*: the same with single words. Title and date are compared with what the page itself states in its metadata
(JSON-LD, Open Graph, ``article:published_time``), read here by a parser of its own; pages that state none do not count.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree, html
from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from kgfuse.config import IngestSettings
from kgfuse.ingest.read import read_raw
from kgfuse.model import BlockKind, Document
from kgfuse.protocols import RawFile

KGFUSE, TRAFILATURA = "kgfuse", "trafilatura"
_WORD = re.compile(r"\w+")
_PEERS = Path(__file__).with_name("main_text_peers.py")
_INSTALL = "python -m venv peers && peers/bin/pip install readability-lxml newspaper4k lxml-html-clean"


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its bytes, its true main text, and the title and day (ISO) that it states, where it does."""

    name: str
    content: bytes
    body: str
    title: str | None
    day: str | None


def read_pages(folder: Path) -> list[Page]:
    """Read a folder of pages. Raises OSError or KeyError when it is not of the format."""
    truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    pages = []
    for name, about in sorted(truth.items()):
        content = gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes())
        pages.append(Page(name, content, about["articleBody"], *stated(content)))
    return pages


# --------------------------------------------------------------------------------------------------------------- scores


def shingle_counts(true: str, found: str, size: int) -> tuple[float, float, float]:
    """Return true positives, false positives and false negatives of a page's shingles, as shares of their sum."""
    wanted, given = _shingles(true, size), _shingles(found, size)
    hit = sum((wanted & given).values())
    extra, missing = sum((given - wanted).values()), sum((wanted - given).values())
    total = hit + extra + missing
    return (hit / total, extra / total, missing / total) if total else (0.0, 0.0, 0.0)


def _shingles(text: str, size: int) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    if not words:
        return Counter()
    return Counter(tuple(words[at : at + size]) for at in range(max(1, len(words) - size + 1)))


def scores(counts: Iterable[tuple[float, float, float]]) -> dict[str, float]:
    """Return precision, recall and F1 over pages."""
    hits, extras, misses = (sum(column) for column in zip(*counts, strict=True))
    precision = hits / (hits + extras) if hits + extras else 0.0
    recall = hits / (hits + misses) if hits + misses else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


# --------------------------------------------------------------------------------------- what the page says of itself


def stated(content: bytes) -> tuple[str | None, str | None]:
    """Return the title and the day of publication that a page's metadata states."""
    try:
        tree = html.fromstring(content, parser=html.HTMLParser(encoding="utf-8"))  # as the set is saved
    except (ValueError, etree.ParserError):
        return None, None
    facts = list(_json_ld(tree))
    titles = [*_meta(tree, "og:title", "twitter:title"), *_values(facts, "headline")]
    days = [*_meta(tree, "article:published_time", "datePublished"), *_values(facts, "datePublished")]
    day = next((one[:10] for one in days if re.match(r"\d{4}-\d\d-\d\d", one)), None)
    return next((one for one in titles if one.strip()), None), day


def _meta(tree: html.HtmlElement, *names: str) -> Iterator[str]:
    for name in names:
        for key in ("property", "name", "itemprop"):
            yield from (str(value) for value in tree.xpath(f"//meta[@{key}=$name]/@content", name=name))


def _json_ld(tree: html.HtmlElement) -> Iterator[Mapping[str, Any]]:
    for script in tree.xpath("//script[@type='application/ld+json']/text()"):
        try:
            waiting = [json.loads(str(script))]
        except ValueError:
            continue
        while waiting:
            one = waiting.pop()
            if isinstance(one, list):
                waiting.extend(one)
            elif isinstance(one, dict):
                yield one
                waiting.extend(one.get("@graph", ()))


def _values(facts: Iterable[Mapping[str, Any]], key: str) -> Iterator[str]:
    return (fact[key] for fact in facts if isinstance(fact.get(key), str))


def same_title(one: str | None, other: str) -> bool:
    """Whether two titles are the same but for case, punctuation and a site's name at an end of either."""
    left, right = (" ".join(_WORD.findall((text or "").casefold())) for text in (one, other))
    short, long = sorted((left, right), key=len)
    return bool(short) and (long.startswith(short) or long.endswith(short)) and 2 * len(short) >= len(long)


# -------------------------------------------------------------------------------------------------------------- readers


@dataclass(frozen=True, slots=True)
class Found:
    """What a reader found on a page."""

    text: str
    title: str | None = None
    day: str | None = None


def _by_kgfuse(page: Page) -> Found:
    reading = read_raw(RawFile(f"file:///{page.name}.html", f"{page.name}.html", page.content), IngestSettings())
    if not reading.documents:
        return Found("")
    document = reading.documents[0]
    day = str(document.published_at)[:10] if document.published_at else None
    return Found(_body(document), document.title, day)


def _body(document: Document) -> str:
    """The document's text without the title that stands above it."""
    blocks = [*document.blocks]
    if (
        blocks
        and blocks[0].kind is BlockKind.HEADING
        and document.text[blocks[0].start : blocks[0].end] == document.title
    ):
        blocks = blocks[1:]
    return "\n".join(document.text[block.start : block.end] for block in blocks)


def _by_trafilatura(page: Page) -> Found:
    import trafilatura

    found: Any = trafilatura.bare_extraction(page.content, include_comments=False, with_metadata=True)
    return Found(found.text or "", found.title, found.date) if found is not None else Found("")


def _by_everything(page: Page) -> Found:
    tree = html.fromstring(page.content)
    for element in tree.xpath("//script|//style|//noscript|//template"):
        element.drop_tree()
    return Found(tree.text_content(), tree.findtext(".//title"))


READERS: Mapping[str, Callable[[Page], Found]] = {
    KGFUSE: _by_kgfuse,
    TRAFILATURA: _by_trafilatura,
    "all visible text": _by_everything,
}


def measure(pages: list[Page], found: Mapping[str, Found], seconds: float) -> dict[str, Any]:
    """Return the scores of one reader."""
    titles = [same_title(found[page.name].title, page.title) for page in pages if page.title]
    days = [found[page.name].day == page.day for page in pages if page.day]
    return {
        "shingles": scores(shingle_counts(page.body, found[page.name].text, 4) for page in pages),
        "tokens": scores(shingle_counts(page.body, found[page.name].text, 1) for page in pages),
        "titles": [sum(titles), len(titles)],
        "dates": [sum(days), len(days)],
        "pages_per_second": round(len(pages) / seconds, 1) if seconds else None,
    }


def ask_peers(python: str, pages: list[Page]) -> dict[str, Any]:
    """Run the peers in their own environment."""
    job = json.dumps({page.name: page.content.decode("utf-8", "replace") for page in pages})
    done = subprocess.run([python, str(_PEERS)], input=job, capture_output=True, text=True, check=True)
    results: dict[str, Any] = {}
    for name, said in json.loads(done.stdout).items():
        found = {page.name: Found(*said["pages"][page.name]) for page in pages}
        results[f"{name} {said['version']}"] = measure(pages, found, said["seconds"])
    return results


def show(results: Mapping[str, Mapping[str, Any]], console: Console) -> None:
    """Print the table."""
    table = Table(title="Main text, title and date of web pages", title_justify="left")
    for column in ("reader", "shingle P", "R", "F1", "token F1", "titles", "dates", "pages/s"):
        table.add_column(column, justify="left" if column == "reader" else "right")
    for name, row in results.items():
        shingles = row["shingles"]
        table.add_row(
            name,
            *(f"{shingles[key]:.3f}" for key in ("precision", "recall", "f1")),
            f"{row['tokens']['f1']:.3f}",
            "/".join(map(str, row["titles"])),
            "/".join(map(str, row["dates"])),
            str(row["pages_per_second"]),
        )
    console.print(table)


def main() -> int:
    """Run the benchmark; status 1 when kgfuse's main text is worse than trafilatura's."""
    parser = argparse.ArgumentParser(description="Main text, title and date of web pages.")
    data = os.environ.get("KGFUSE_BENCH_DATA")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(data) / "html_articles" if data else None)
    parser.add_argument("--peers", metavar="PYTHON", help="a Python that has readability-lxml and newspaper4k")
    chosen = parser.parse_args()
    console = Console()
    if chosen.folder is None or not (chosen.folder / "ground-truth.json").exists():
        console.print(
            "No folder with ground-truth.json given, and KGFUSE_BENCH_DATA names none (see benchmarks/README.md)."
        )
        return 2
    pages = read_pages(chosen.folder)
    results: dict[str, Any] = {}
    for name, reader in READERS.items():
        reader(pages[0])  # imports are not the reader's time
        started = time.perf_counter()
        found = {page.name: reader(page) for page in pages}
        results[name] = measure(pages, found, time.perf_counter() - started)
    if chosen.peers:
        results |= ask_peers(chosen.peers, pages)
    else:
        console.print(f"Without readability-lxml and newspaper4k: {_INSTALL}; then --peers peers/bin/python")
    show(results, console)
    report = {**surroundings(), "pages": len(pages), "main_text": results}
    (RESULTS / "main_text.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    better = all(results[KGFUSE][kind]["f1"] >= results[TRAFILATURA][kind]["f1"] for kind in ("shingles", "tokens"))
    return 0 if better else 1


if __name__ == "__main__":
    sys.exit(main())
