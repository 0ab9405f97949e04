"""A made-up knowledge base of any size (seeded): documents, passages, entities, facts and vectors in a real file.

Subjects have about seven facts each; what facts lead to is as uneven as in real graphs (the k-th thing k times less often
than the first), so there are hubs with thousands of facts. Passages tell facts between words whose frequencies are those of
natural text (Zipf). The vector of a text is the sum of its words' random vectors: like texts share words, as with a model,
but a million cost seconds.
"""

from __future__ import annotations

import random
import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import accumulate, islice
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from benchmarks.made_ledger import name_of
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.ledger import DocumentRecord, FileState, Ledger
from kgfuse.model import (
    Block,
    BlockKind,
    Chunk,
    Document,
    Entity,
    Fact,
    FactStatus,
    FusedGraph,
    Mention,
    Moment,
    Validity,
    chunk_id,
    content_id,
    document_id,
    fact_id,
)
from kgfuse.protocols import Extraction
from kgfuse.wording import fact_words

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors

DIMENSIONS = 384
MODEL = "made"
_PLACES = 1 << 16
_KINDS = {"Person": 0.4, "Organization": 0.3, "Product": 0.2, "Place": 0.1}
_RELATIONS = {
    "Person": (("works_for", "Organization"), ("chief_executive_of", "Organization"), ("born_in", "Place"),
               ("lives_in", "Place"), ("member_of", "Organization"), ("knows", "Person")),
    "Organization": (("produces", "Product"), ("headquartered_in", "Place"), ("acquired", "Organization"),
                     ("subsidiary_of", "Organization"), ("competes_with", "Organization")),
    "Product": (("used_by", "Organization"), ("part_of", "Product")),
    "Place": (("located_in", "Place"), ("twinned_with", "Place")),
}  # fmt: skip
_ASKED = (
    ("Who works for {}?", "Organization"), ("Who was chief executive of {} in 2012?", "Organization"),
    ("Where is {} headquartered?", "Organization"), ("What does {} produce?", "Organization"),
    ("Which companies did {} acquire?", "Organization"), ("Where was {} born?", "Person"),
    ("Which company does {} work for?", "Person"), ("Who uses {}?", "Product"),
    ("Which companies are headquartered in {}?", "Place"), ("Is {} a subsidiary of {}?", "Organization"),
)  # fmt: skip
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    facts: int
    chunks: int
    seed: int = 7
    chunks_each: int = 10
    words_each: int = 80
    vocabulary: int = 60_000

    @cached_property
    def things(self) -> dict[str, list[Entity]]:
        """The entities, by kind."""
        made: dict[str, list[Entity]] = {}
        number = 0
        for kind, share in _KINDS.items():
            made[kind] = []
            for _ in range(max(20, round(self.facts * 0.15 * share))):
                id = content_id("entity", str(number))
                name = name_of("Drug" if kind in ("Product", "Place") else kind, number, False)
                made[kind].append(Entity(id, name, kind, (name,), 1, (id,)))
                number += 1
        return made

    def graph(self) -> FusedGraph:
        """The entities and the facts."""
        dice = random.Random(self.seed)
        uneven = {
            kind: list(accumulate(1 / (rank + 2) for rank in range(len(all)))) for kind, all in self.things.items()
        }
        subjects = [(kind, one) for kind in _KINDS for one in self.things[kind]]
        facts: dict[str, Fact] = {}
        while len(facts) < self.facts:
            kind, subject = dice.choice(subjects)
            relation, wanted = dice.choice(_RELATIONS[kind])
            object = self.things[wanted][bisect(uneven[wanted], dice.random() * uneven[wanted][-1])]
            year = dice.randrange(1990, 2024)
            end = Moment.parse(str(year + dice.randrange(1, 9))) if dice.random() < 0.5 else None
            when = Validity(Moment.parse(str(year)), end)
            status = FactStatus.DISPUTED if dice.random() < 0.05 else FactStatus.ACCEPTED
            id = fact_id(subject.id, relation, object.id, when)
            facts[id] = Fact(id, subject.id, relation, object.id, when, round(dice.uniform(0.3, 0.99), 3), status, ())
        entities = sorted((one for all in self.things.values() for one in all), key=lambda one: one.id)
        return FusedGraph(tuple(entities), tuple(facts[id] for id in sorted(facts)), ())

    def records(self, graph: FusedGraph) -> Iterator[tuple[FileState, list[DocumentRecord], list[tuple[str, str]]]]:
        """The documents with their passages, and which thing each mentions."""
        dice = random.Random(self.seed + 1)
        names = {one.id: one.name for one in graph.entities}
        common = list(accumulate(1 / (rank + 3) for rank in range(self.vocabulary)))
        words = [word_of(number) for number in range(self.vocabulary)]
        telling = iter(dice.sample(graph.facts, len(graph.facts)))
        for number in range(self.chunks // self.chunks_each):
            told = [list(islice(telling, 4)) or dice.sample(graph.facts, 4) for _ in range(self.chunks_each)]
            drawn = dice.choices(words, cum_weights=common, k=self.words_each * self.chunks_each)
            texts = []
            for at, facts in enumerate(told):
                filler = drawn[at * self.words_each : (at + 1) * self.words_each]
                step = self.words_each // 4
                parts = [
                    f"{fact_words(fact, names)}. {' '.join(filler[n * step : (n + 1) * step])}."
                    for n, fact in enumerate(facts)
                ]
                texts.append(" ".join(parts))
            yield _record(number, texts, told, names)

    def questions(self, count: int) -> list[str]:
        """Questions about things as uneven as the facts are, and plain words now and then."""
        dice = random.Random(self.seed + 2)
        asked = []
        for number in range(count):
            if number % 5 == 4:
                asked.append(" ".join(word_of(int(self.vocabulary ** dice.random())) for _ in range(6)))
                continue
            text, kind = dice.choice(_ASKED)
            things = self.things[kind]
            asked.append(text.format(*(things[int(len(things) ** dice.random()) - 1].name for _ in range(2))))
        return asked


def word_of(number: int) -> str:
    """The n-th commonest word."""
    return name_of("Place", number + 7_000_000, False).lower()


def make(path: Path, plan: Plan) -> None:
    """Write it all to a new file."""
    graph = plan.graph()
    groups: list[tuple[tuple[str, str, str], str]] = []
    with Ledger.open(path) as ledger:
        for state, records, mentioned in plan.records(graph):
            ledger.store(state, records)
            groups.extend(((record.document.id, surface, ""), id) for record in records for surface, id in mentioned)
    with EmbeddedGraphStore.open(path) as store:
        whole = FusedGraph(graph.entities, graph.facts, graph.claims, tuple(sorted(set(groups))))
        store.write(whole, datetime(2026, 1, 1, tzinfo=UTC))
        for kind in ("chunk", "fact", "entity"):
            missing = store.missing_vectors(kind, MODEL)
            for start in range(0, len(missing), 10_000):
                batch = missing[start : start + 10_000]
                vectors = Words().embed([text for _, text in batch])
                store.put_vectors(kind, MODEL, [(id, row) for (id, _), row in zip(batch, vectors, strict=True)])


class Words:
    """An embedder: the sum of the words' random vectors, at unit length."""

    name = MODEL
    dimensions = DIMENSIONS
    _table: Vectors | None = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, float32."""
        from scipy.sparse import csr_matrix

        if Words._table is None:
            Words._table = np.random.default_rng(3).standard_normal((_PLACES, DIMENSIONS), dtype=np.float32)
        places = [[crc32(word.lower().encode()) % _PLACES for word in _WORD.findall(text)] for text in texts]
        ends = list(accumulate((len(row) for row in places), initial=0))
        flat = [place for row in places for place in row]
        counted = csr_matrix((np.ones(len(flat), np.float32), flat, ends), shape=(len(texts), _PLACES))
        summed = np.asarray(counted @ Words._table, dtype=np.float32)
        length = np.linalg.norm(summed, axis=1, keepdims=True)
        vectors: Vectors = summed / np.where(length > 0, length, 1)
        return vectors


def _record(
    number: int, texts: list[str], told: list[list[Fact]], names: dict[str, str]
) -> tuple[FileState, list[DocumentRecord], list[tuple[str, str]]]:
    uri = f"file:///made/{number}.txt"
    text = "\n\n".join(texts)
    id = document_id(uri, text.encode())
    chunks, blocks, mentions, mentioned, start = [], [], [], [], 0
    for passage, facts in zip(texts, told, strict=True):
        end = start + len(passage)
        blocks.append(Block(BlockKind.PARAGRAPH, start, end))
        chunks.append(Chunk(chunk_id(id, start, end), id, start, end, passage))
        for fact in facts:
            for thing in (fact.subject, fact.object):
                assert isinstance(thing, str)
                at = start + passage.index(names[thing])
                mentions.append(Mention(names[thing], at, at + len(names[thing])))
                mentioned.append((names[thing], thing))
        start = end + 2
    document = Document(id, uri, "text/plain", f"Document {number}", text, tuple(blocks), f"source:{number % 500}")
    record = DocumentRecord(document, tuple(chunks), Extraction((), tuple(mentions)))
    return FileState(uri, len(text), number, id, "made"), [record], mentioned
