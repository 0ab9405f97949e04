"""The retrievers of the neo4j-graphrag package answer over our schema, as it stands after `kgfuse push`."""

from __future__ import annotations

from collections.abc import Iterator

import neo4j
import pytest
from neo4j_graphrag.embeddings import Embedder
from neo4j_graphrag.retrievers import HybridRetriever, VectorCypherRetriever

from kgfuse.config import EmbeddingSettings
from kgfuse.embedding import SentenceTransformerEmbedder
from kgfuse.graph.neo4j import schema
from tests.graph.neo4j.conftest import Pushed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),  # the first test waits for the corpus to be read
    pytest.mark.filterwarnings("ignore:The default returned 'id' field:DeprecationWarning"),  # their own
]

_WITH_EVIDENCE = """
WITH node AS fact, score WHERE fact.kb = $kb
MATCH (fact)-[:SUPPORTED_BY]->(claim:Claim)-[:READ_IN]->(chunk:Chunk)
MATCH (document:Document {kb: $kb, id: chunk.document_id})
RETURN fact.name AS fact, fact.status AS status, score,
    collect(DISTINCT {quote: claim.quote, document: document.name, page: claim.page}) AS evidence
ORDER BY score DESC
"""


class Bundled(Embedder):
    """Our embedding model, as neo4j-graphrag asks for one."""

    def __init__(self) -> None:
        super().__init__()
        self._model = SentenceTransformerEmbedder(EmbeddingSettings())

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a text."""
        return [float(number) for number in self._model.embed([text])[0]]


@pytest.fixture(scope="module")
def embedder() -> Bundled:
    return Bundled()


@pytest.fixture
def driver(pushed: Pushed) -> Iterator[neo4j.Driver]:
    with neo4j.GraphDatabase.driver(
        pushed.access.uri, auth=pushed.access.auth, notifications_min_severity="OFF"
    ) as driver:
        yield driver


def test_facts_by_meaning_with_their_evidence(driver: neo4j.Driver, embedder: Bundled) -> None:
    retriever = VectorCypherRetriever(driver, schema.FACT_EMBEDDING, _WITH_EVIDENCE, embedder)
    found = retriever.get_search_results(
        query_text="Who became chief executive of Sunnfall Kraft?", top_k=5, query_params={"kb": "corpus"}
    ).records
    best = {record["fact"]: record for record in found}
    fosse = next(record for fact, record in best.items() if fact.startswith("Astrid Fosse chief executive of Sunnfall"))
    assert fosse["status"] == "accepted"
    assert any("1 January 2022" in item["quote"] for item in fosse["evidence"])
    assert any("Fosse to lead Sunnfall" in item["document"] for item in fosse["evidence"])


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("Who is going to lead Sunnfall Kraft?", "Astrid Fosse"),
        ("Why were the accounts for 2020 corrected?", "booked as income in the wrong year"),
        ("Where is the Kalvneset battery?", "Kalvneset"),
    ],
)
def test_passages_by_words_and_meaning(driver: neo4j.Driver, embedder: Bundled, question: str, says: str) -> None:
    retriever = HybridRetriever(
        driver, schema.CHUNK_EMBEDDING, schema.CHUNK_TEXT, embedder, return_properties=["text", "document_id"]
    )
    items = retriever.search(query_text=question, top_k=5).items
    assert len(items) == 5
    assert any(says in item.content for item in items)
