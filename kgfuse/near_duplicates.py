"""The wiring of near duplicates: which documents of several sources are copies of one another, so that they count once.

A press release that twelve papers print is one voice. The same page saved twice is not looked at here: a source counts once
whatever it repeats, and what it says at a later time it says anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from kgfuse.ingest.copies import SIGNATURE, copies, families
from kgfuse.ledger import Ledger
from kgfuse.model import Document
from kgfuse.protocols import LedgerContent


def families_of(ledger: Ledger) -> dict[str, str]:
    """Return for each document with a near duplicate of another source the first (in order of id) of its family.

    Reads every signature: linear in the documents.
    """
    signatures = {document: one.value for document, one in ledger.properties(SIGNATURE)}
    first = families(copies(signatures))
    if not first:
        return {}
    sources: defaultdict[str, set[str]] = defaultdict(set)
    for document in ledger.documents_by_id(first).values():
        sources[first[document.id]].add(document.source)
    return {document: family for document, family in first.items() if len(sources[family]) > 1}


def with_families(content: LedgerContent, found: Mapping[str, str]) -> LedgerContent:
    """Return what fusion sees, its documents told apart by family."""
    return replace(content, documents=tuple(_told(content.documents, found))) if found else content


def _told(documents: Iterable[Document], found: Mapping[str, str]) -> Iterable[Document]:
    return (
        replace(document, family=found[document.id]) if document.id in found else document for document in documents
    )
