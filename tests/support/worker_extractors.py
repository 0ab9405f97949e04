"""Extractors for processes, in a module that these can import."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

from kgfuse.config import Settings
from kgfuse.errors import ModelError
from kgfuse.model import Chunk, Document, Mention
from kgfuse.protocols import Extraction, Extractor


class LongAnswers:
    """Finds so much that a process can be ended while it sends what it found."""

    version = "long"

    def extract(self, document: Document, chunks: Sequence[Chunk]) -> Extraction:
        """Return one mention of a name of 50 million letters."""
        return Extraction((), (Mention("a" * 50_000_000, 0, 1, "Person"),))


class Deadly:
    """Does as the document says: dies of it, or has no model for it."""

    version = "deadly"

    def extract(self, document: Document, chunks: Sequence[Chunk]) -> Extraction:
        """Return nothing, if it returns."""
        if "deadly" in document.text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "no model" in document.text:
            raise ModelError("there is no model", hint="Install one.")
        return Extraction(())


def long_answers(_settings: Settings) -> Extractor:
    """Make the extractor of a worker."""
    return LongAnswers()


def deadly(_settings: Settings) -> Extractor:
    """Make the extractor of a worker."""
    return Deadly()
