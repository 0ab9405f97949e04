"""How an ontology fits what is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kgfuse.console.screen import out
from kgfuse.errors import UsageError

if TYPE_CHECKING:
    from kgfuse.drafting import Coverage
    from kgfuse.ontology import Ontology

_SHOWN = 10


def show_ontology(
    ontology: Ontology, ambiguous: Sequence[tuple[str, tuple[str, ...]]], fit: Coverage | None, verbose: int
) -> None:
    """Say what an ontology holds, which of its phrases say two things, and how it fits a graph."""
    console = out()
    console.print(f"{ontology.name}: {len(ontology.types)} types, {len(ontology.relations)} relations", style="bold")
    for phrase, names in ambiguous:
        console.print(
            f"  “{phrase}” may be {' or '.join(names)}: give them different types or another phrase", style="yellow"
        )
    if fit is None:
        return
    share = 1 - fit.open_facts / fit.facts if fit.facts else 0.0
    console.print(f"{fit.facts} facts, {share:.0%} of them with a relation of this ontology")
    most = None if verbose else _SHOWN
    if fit.open:
        console.print("without: " + ", ".join(f"{phrase} ({count})" for phrase, count in fit.open[:most]))
    if fit.misfits:
        console.print("types do not fit: " + ", ".join(f"{name} ({count})" for name, count in fit.misfits[:most]))
    if fit.unused:
        console.print(f"never used: {len(fit.unused)} relations" + (": " + ", ".join(fit.unused) if verbose else ""))


def write_file(path: Path, text: str) -> None:
    """Write a text file. Raises UsageError."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
