"""Passages, questions and recorded triples in the formats of MuSiQue and HotpotQA, and a knowledge base made of them.

A corpus is a list of ``{"title", "text"}`` (MuSiQue) or a map from title to sentences (HotpotQA). A question names its
supporting passages in ``paragraphs`` (``is_supporting``) or in ``supporting_facts`` (titles). Recorded triples are
``{"docs": [{"title", "text", "extracted_entities", "extracted_triples"}]}``, as HippoRAG keeps what an LLM extracted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgfuse.config import EmbeddingSettings, Settings
from kgfuse.embedding import SentenceTransformerEmbedder
from kgfuse.extract import make_extractor
from kgfuse.knowledge_base import KnowledgeBase
from kgfuse.model import ALWAYS, Chunk, Document, Evidence, Mention, Triple, triple_id
from kgfuse.ontology import load_ontology
from kgfuse.pipeline import Models, ingest
from kgfuse.protocols import Extraction, Extractor, Usage

Vectors = NDArray[np.float32]

_NUMBER = re.compile(r"(\d+)\.md$")
_CONFIDENCE = 0.9
"""Recorded triples carry no confidence of their own."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage of a corpus."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the numbers of the passages that support its answer."""

    text: str
    gold: frozenset[int]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a model extracted from one passage."""

    triples: tuple[tuple[str, str, str], ...]
    entities: tuple[str, ...]


def read_corpus(path: Path) -> tuple[Passage, ...]:
    """Read a corpus, in its order."""
    content: Any = json.loads(path.read_text("utf-8"))
    if isinstance(content, dict):
        return tuple(Passage(title, "".join(sentences)) for title, sentences in content.items())
    return tuple(Passage(one["title"], one["text"]) for one in content)


def read_questions(path: Path, corpus: Sequence[Passage]) -> tuple[Asked, ...]:
    """Read questions with their supporting passages; one that names none of the corpus is left out."""
    by_text: dict[tuple[str, str], list[int]] = {}
    by_title: dict[str, list[int]] = {}
    for number, passage in enumerate(corpus):
        by_text.setdefault((passage.title, passage.text), []).append(number)
        by_title.setdefault(passage.title, []).append(number)
    asked = []
    for row in json.loads(path.read_text("utf-8")):
        if "paragraphs" in row:
            named = [(p["title"], p["paragraph_text"]) for p in row["paragraphs"] if p["is_supporting"]]
            gold = {number for key in named for number in by_text.get(key, ())}
        else:
            gold = {number for title, _ in row["supporting_facts"] for number in by_title.get(title, ())}
        if gold:
            asked.append(Asked(row["question"], frozenset(gold)))
    return tuple(asked)


def read_triples(path: Path, corpus: Sequence[Passage]) -> dict[int, Recorded]:
    """Read recorded triples by the number of their passage; what is no triple of texts is left out."""
    numbers = {(passage.title, passage.text): number for number, passage in enumerate(corpus)}
    found = {}
    for row in json.loads(path.read_text("utf-8"))["docs"]:
        number = numbers.get((row["title"], row["text"]))
        if number is None:
            continue
        triples = [tuple(map(str, said)) for said in row["extracted_triples"] if len(said) == 3 and all(said)]
        entities = [str(name) for name in row["extracted_entities"] if str(name).strip()]
        found[number] = Recorded(tuple((s, p, o) for s, p, o in triples), tuple(entities))
    return found


class RecordedExtractor:
    """An `Extractor` that gives what was recorded for a passage, told by the number in its file's name."""

    def __init__(self, recorded: dict[int, Recorded], version: str) -> None:
        self._recorded = recorded
        self.version = version

    def extract(self, document: Document, chunks: Sequence[Chunk]) -> Extraction:
        """Return the recorded triples of one document; an argument that the text lacks stands at its chunk's start."""
        match = _NUMBER.search(document.uri)
        recorded = self._recorded.get(int(match[1])) if match else None
        if recorded is None or not chunks:
            return Extraction(())
        triples = []
        for subject, predicate, object in recorded.triples:
            left, right = _mention(subject, document.text, chunks[0]), _mention(object, document.text, chunks[0])
            chunk = next((one for one in chunks if one.start <= left.start < one.end), chunks[0])
            evidence = Evidence(document.id, chunk.id, chunk.start, chunk.end, chunk.text, chunk.page)
            id = triple_id(left, predicate, right, evidence, False, ALWAYS, self.version)
            triples.append(Triple(id, left, predicate, right, evidence, _CONFIDENCE, self.version))
        unique = {triple.id: triple for triple in triples}
        mentions = tuple(dict.fromkeys(_mention(name, document.text, chunks[0]) for name in recorded.entities))
        return Extraction(tuple(unique.values()), mentions)


def _mention(surface: str, text: str, chunk: Chunk) -> Mention:
    at = text.lower().find(surface.lower())
    return Mention(surface, at, at + len(surface)) if at >= 0 else Mention(surface, chunk.start, chunk.start)


class KeptEmbedder:
    """The bundled model, its vectors kept in a file by the hash of the text: every method has the same ones."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._model = SentenceTransformerEmbedder(EmbeddingSettings())
        self._kept: dict[str, Vectors] = {}
        if path.is_file():
            with np.load(path) as stored:
                self._kept = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))
        self._fresh = 0

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return self._model.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text; those that are new are computed."""
        keys = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._kept}
        if missing:
            self._kept.update(zip(missing, self._model.embed(list(missing.values())), strict=True))
            self._fresh += len(missing)
        if self._fresh > 2000:
            self.keep()
        return np.stack([self._kept[key] for key in keys]) if keys else np.empty((0, self.dimensions), np.float32)

    def keep(self) -> None:
        """Write the vectors to the file."""
        if self._fresh:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(self._path, keys=np.array(list(self._kept)), vectors=np.stack(list(self._kept.values())))
            self._fresh = 0


def write_passages(corpus: Sequence[Passage], folder: Path) -> None:
    """Write each passage as a Markdown file with its title as the heading."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, passage in enumerate(corpus):
        path = folder / f"{number:06d}.md"
        content = f"# {' '.join(passage.title.split())}\n\n{passage.text}\n"
        if not path.is_file() or path.read_text("utf-8") != content:
            path.write_text(content, "utf-8")


def make_knowledge_base(
    corpus: Sequence[Passage], recorded: dict[int, Recorded] | None, folder: Path, embedder: KeptEmbedder
) -> KnowledgeBase:
    """Ingest the passages with recorded triples, or with kgfuse's own offline extractor; again only what changed."""
    digest = hashlib.sha256(repr((corpus, sorted((recorded or {}).items()))).encode()).hexdigest()[:16]
    write_passages(corpus, folder / "passages" / digest)
    # Other processes would make an extractor of their own, by the settings: what was recorded is given in this one.
    settings = Settings(kb=folder / f"{digest}.db", extractor="spacy", jobs=1 if recorded is not None else 0)
    ontology = load_ontology(None)
    base = KnowledgeBase.open(settings.kb, settings=settings)
    extractor: Extractor
    if recorded is None:
        extractor = make_extractor(settings, ontology, None)
    else:
        extractor = RecordedExtractor(recorded, f"recorded {digest}")
    models = Models(lambda: (extractor, False), extractor.version, lambda: embedder, Usage)
    ingest(base.ledger, base.graph, [folder / "passages" / digest], settings, ontology, models)
    embedder.keep()
    return base


def passage_numbers(base: KnowledgeBase) -> dict[str, int]:
    """Return the number of the passage by the id of its document."""
    numbers = {}
    for document in base.ledger.content().documents:
        match = _NUMBER.search(document.uri)
        if match:
            numbers[document.id] = int(match[1])
    return numbers
