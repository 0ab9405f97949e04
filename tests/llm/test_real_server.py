"""A real small model behind a real llama.cpp server: HTTP, schemas, sampling and log-probabilities; not the model's wits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgfuse import KnowledgeBase
from kgfuse.config import LanguageModelSettings, Settings
from kgfuse.errors import LanguageModelError
from kgfuse.extract.llm import LanguageModelExtractor
from kgfuse.ledger import Ledger
from kgfuse.llm.client import OpenAIModel
from kgfuse.ontology import parse_ontology
from tests.extract.llm_passages import chunk_of, document_of
from tests.support.llama_server import PYTHON, llama_server

pytestmark = [
    pytest.mark.skipif(not PYTHON, reason="no real model: `make test-llm` runs these (KGFUSE_TEST_LLM_PYTHON)"),
    pytest.mark.timeout(600),
]

SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"enum": ["Bergen", "Oslo", "Turku", "Umea"]},
        "month": {"enum": ["April", "June", "May"]},
        "size": {"type": "integer"},
        "coastal": {"type": "boolean"},
    },
    "required": ["city", "month", "size", "coastal"],
}
TURNS = (("system", "You answer in JSON."), ("user", "Name a city."))


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with llama_server() as url:
        yield url


def settings(base_url: str, **more: object) -> LanguageModelSettings:
    given = {
        "model": "small",
        "base_url": base_url,
        "max_reply_tokens": 80,
        "timeout_seconds": 300.0,
        "max_retries": 1,
    }
    return LanguageModelSettings.model_validate({**given, **more})


def test_a_schema_is_kept_to_and_the_reply_is_paid_for_once(base_url: str, tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "kb.db") as ledger, OpenAIModel(settings(base_url), ledger.reply_cache()) as model:
        first = json.loads(model.complete("You answer in JSON.", "Name a city.", SCHEMA))
        types = {name: type(value) for name, value in first.items()}
        assert types == {"city": str, "month": str, "size": int, "coastal": bool}
        assert json.loads(model.complete("You answer in JSON.", "Name a city.", SCHEMA)) == first
        used = model.usage()
        assert (used.requests, used.cached) == (1, 1)
        assert used.prompt_tokens > 0
        assert used.completion_tokens > 0


def test_samples_come_with_log_probabilities_of_their_tokens(base_url: str) -> None:
    # At this temperature one reply in ten does not fit, for it fills its bound with white space: enough are asked for.
    how = settings(base_url, sampling_temperature=1.5, sample_separately=True, max_reply_tokens=300)
    with OpenAIModel(how) as model:
        samples = model.submit(TURNS, SCHEMA, 8).result()
        assert 2 <= len(samples) <= 8
        assert len({sample.text for sample in samples}) > 1
        for sample in samples:
            assert set(json.loads(sample.text)) == set(SCHEMA["properties"])
            assert all(value <= 0 for _, value in sample.tokens)
        as_they_came = [
            sample for sample in samples if sample.tokens
        ]  # one cut off at its limit is mended, without tokens
        assert as_they_came
        for sample in as_they_came:
            assert "".join(token for token, _ in sample.tokens) == sample.text
        assert any(value < 0 for sample in samples for _, value in sample.tokens)


def test_text_without_a_schema(base_url: str) -> None:
    with OpenAIModel(settings(base_url, max_reply_tokens=20)) as model:
        assert model.complete("You are brief.", "Say hello.").strip()


def test_an_unknown_way_is_told(base_url: str) -> None:
    lost = settings(base_url.removesuffix("/v1") + "/nowhere")
    with OpenAIModel(lost) as model, pytest.raises(LanguageModelError):
        model.complete("You are brief.", "Say hello.")


def test_an_extraction_ends_in_a_record_whatever_the_model_says(base_url: str) -> None:
    document = document_of("Jane Roe founded Acme Energy in Oslo in 1999. The firm has 450 employees.")
    ontology = parse_ontology("types: {Person: null, Organization: null}\nrelations: {founded_by: {}}")
    how = settings(base_url, max_reply_tokens=40)
    with OpenAIModel(how) as model:
        found = LanguageModelExtractor(model, ontology, how).extract(document, [chunk_of(document)])
        assert model.usage().requests >= 1
    for triple in found.triples:
        assert document.text[triple.evidence.start : triple.evidence.end] == triple.evidence.quote
        assert 0.05 <= triple.confidence <= 0.95
    assert found.triples or found.quarantined or found.mentions or model.usage().requests


def test_a_folder_is_ingested_with_nothing_set_but_the_server_and_the_model(base_url: str, tmp_path: Path) -> None:
    """As somebody with a local server would: the built-in ontology, no bound on replies; it ends, and is paid for once."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "note.txt").write_text("Date: 2 July 2021\n\nTom Poe became chief executive of Acme on 1 July 2021.")
    (docs / "deal.md").write_text(
        "# Deal\n\nAcme acquired Beta Cells in January 2020. Kim Doe founded Beta Cells in 2011."
    )
    llm = LanguageModelSettings.model_validate({"model": "small", "base_url": base_url, "timeout_seconds": 300.0})
    with KnowledgeBase.open(tmp_path / "kb.db", settings=Settings(extractor="llm", llm=llm)) as kb:
        first = kb.ingest(docs)
        assert (first.read, first.documents) == (2, 2)
        assert first.usage.requests >= 2
        assert {type(failure.error).__name__ for failure in first.failures} <= {"ReplyUnusable", "Damaged"}
    with KnowledgeBase.open(tmp_path / "kb.db", settings=Settings(extractor="llm", llm=llm)) as kb:
        second = kb.ingest(docs)
        assert (second.read, second.unchanged, second.usage.requests) == (0, 2, 0)
