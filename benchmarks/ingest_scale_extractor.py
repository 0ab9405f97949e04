"""No extraction, so that reading alone is measured; a module of its own because the workers import it."""

from __future__ import annotations

from collections.abc import Sequence

from kgfuse.config import Settings
from kgfuse.model import Chunk, Document
from kgfuse.protocols import Extraction, Extractor


class NoExtractor:
    """Finds nothing."""

    @property
    def version(self) -> str:
        """Never stored."""
        return "none"

    def extract(self, document: Document, chunks: Sequence[Chunk]) -> Extraction:
        """Return no triples."""
        return Extraction(())


def no_extractor(_settings: Settings) -> Extractor:
    """Make the extractor of a worker."""
    return NoExtractor()
