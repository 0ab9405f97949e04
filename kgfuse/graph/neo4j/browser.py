"""What makes the picture in Neo4j Browser readable at once: a style sheet (GraSS) and saved queries.

``kgfuse export -f browser -o FOLDER`` writes both, to be dropped onto the Browser's window with the mouse: the style sheet
(``browser.grass`` beside this module is that of the built-in ontology), and an archive that becomes a folder of favourites.

GraSS is read by a small parser in the Browser: no comments, no colon and no semicolon in a value; a rule applies to
every node that has all the labels of its selector, and later rules win.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

from kgfuse.graph.neo4j import schema
from kgfuse.ontology import Ontology

STYLE_FILE = "browser.grass"
QUERIES_FILE = "browser_queries.zip"
FOLDER = "kgfuse"
"""The folder of favourites."""

_NODE = {
    "diameter": "44px",
    "color": "#A5ABB6",
    "border-color": "#8B919C",
    "border-width": "2px",
    "text-color-internal": "#FFFFFF",
    "font-size": "8px",
    "caption": "'{name}'",
}
_RELATIONSHIP = {
    "color": "#8B919C",
    "shaft-width": "1px",
    "font-size": "6px",
    "padding": "2px",
    "text-color-external": "#333333",
    "text-color-internal": "#FFFFFF",
    "caption": "'{valid} {name}'",  # what does not fit is cut at the end, and the relation is the type as well
}
# One colour per family of types (fill, border); white text has a contrast of 4.5 or more on every one of them.
_FAMILIES: Mapping[str, tuple[str, str]] = {
    "Agent": ("#5B6B7B", "#465461"),
    "Person": ("#B4482E", "#8F3823"),
    "Organization": ("#2563A8", "#1C4C82"),
    "Place": ("#2E7D4F", "#225E3B"),
    "Event": ("#8A4BA3", "#6B387F"),
    "Product": ("#9A6200", "#774B00"),
    "Project": ("#0F7680", "#0A5A61"),
    "Work": ("#7A5C46", "#5D4534"),
    "Concept": ("#5D5FA8", "#464784"),
    "Substance": ("#A33E75", "#7F2F5A"),
    "Gene": ("#4C7A1E", "#395C16"),
    "Organism": ("#3F7460", "#2F584A"),
}
_UNKNOWN = ("#5B6B7B", "#465461")
# What a document is made of stands back: smaller and pale, with dark text.
_QUIET = {"text-color-internal": "#333333", "diameter": "50px"}
_LAYOUT: Mapping[str, Mapping[str, str]] = {
    schema.VALUE: {"color": "#F2E3B6", "border-color": "#C9B675", "text-color-internal": "#333333", "diameter": "60px"},
    schema.DOCUMENT: {
        "color": "#D5DBE3",
        "border-color": "#9AA5B4",
        "text-color-internal": "#333333",
        "diameter": "56px",
    },
    schema.SECTION: {"color": "#E3E7EC", "border-color": "#AEB7C3", **_QUIET},
    schema.PAGE: {"color": "#E9E4DA", "border-color": "#BDB29C", **_QUIET},
    schema.TABLE: {"color": "#E0E6E0", "border-color": "#A7B8A7", **_QUIET},
    schema.FIGURE: {"color": "#E6E0E6", "border-color": "#B8A7B8", **_QUIET},
    schema.CHUNK: {"color": "#EEF1F4", "border-color": "#BCC4CE", **_QUIET},
    schema.FACT: {"color": "#DCEBDD", "border-color": "#8DB494", "text-color-internal": "#333333", "diameter": "80px"},
    schema.PAST_FACT: {"color": "#E6E6E6", "border-color": "#BDBDBD", **_QUIET},
    schema.CLAIM: {"color": "#DDE9F5", "border-color": "#8FAFD0", "text-color-internal": "#333333", "diameter": "64px"},
    schema.KNOWLEDGE_BASE: {"color": "#333A45", "border-color": "#1D222A", "caption": "'{kb}'"},
}
_EVIDENCE: Mapping[str, Mapping[str, str]] = {
    schema.SUPPORTED_BY: {"color": "#2E7D4F", "text-color-external": "#2E7D4F"},
    schema.OPPOSED_BY: {"color": "#C0392B", "text-color-external": "#C0392B"},
}


def style_sheet(ontology: Ontology) -> str:
    """Return the style sheet: captions are names, colours are types, captions of facts begin with when they hold."""
    return "\n".join(_rule(selector, properties) for selector, properties in _rules(ontology))


def _rules(ontology: Ontology) -> Iterator[tuple[str, Mapping[str, str]]]:
    yield "node", _NODE
    yield "relationship", _RELATIONSHIP
    yield f"node.{schema.ENTITY}", _colours(_UNKNOWN)
    labels = schema.names_of(ontology).labels
    for name in ontology.types:
        yield f"node.{labels[name]}", _colours(_family(name, ontology))
    for label, properties in _LAYOUT.items():
        yield f"node.{label}", {"caption": "'{name}'", **properties}
    for type in schema.LAYOUT_TYPES:
        yield (
            f"relationship.{type}",
            {"caption": "'<type>'", "font-size": "8px", "color": "#B8BEC8", **_EVIDENCE.get(type, {})},
        )


def _colours(pair: tuple[str, str]) -> Mapping[str, str]:
    fill, border = pair
    return {"color": fill, "border-color": border, "text-color-internal": "#FFFFFF", "caption": "'{name}'"}


def _family(name: str, ontology: Ontology) -> tuple[str, str]:
    """The colours of the nearest ancestor that has some; a family that the table lacks takes one by its name."""
    current: str | None = name
    root = name
    while current is not None:
        if current in _FAMILIES:
            return _FAMILIES[current]
        root = current
        current = ontology.types.get(current)
    palette = list(_FAMILIES.values())
    return palette[sum(root.encode("utf-8")) % len(palette)]


def _rule(selector: str, properties: Mapping[str, str]) -> str:
    lines = "".join(f"  {name}: {value};\n" for name, value in properties.items())
    return f"{selector} {{\n{lines}}}\n"


def saved_queries() -> Mapping[str, str]:
    """Return the saved queries by file name; each begins with a comment, which the Browser shows as its title."""
    folder = files("kgfuse.graph.neo4j") / "browser_queries"
    found = {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".cypher")}
    return dict(sorted(found.items()))


def queries_archive() -> bytes:
    """Return the saved queries as the zip archive that the Browser imports as a folder; always the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in saved_queries().items():
            archive.writestr(zipfile.ZipInfo(f"{FOLDER}/{name}", (2020, 1, 1, 0, 0, 0)), text)
    return out.getvalue()


def write_files(folder: Path, ontology: Ontology) -> None:
    """Write the style sheet for `ontology` and the archive of saved queries into `folder`, making it when it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STYLE_FILE).write_text(style_sheet(ontology), "utf-8")
    (folder / QUERIES_FILE).write_bytes(queries_archive())
