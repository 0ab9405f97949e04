"""The whole way with a language model: real HTTP, recorded replies, a server that fails; nothing is paid for twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from kgfuse import Fact, FactStatus, KnowledgeBase, Settings, errors
from kgfuse.cli import app
from kgfuse.config import LanguageModelSettings
from tests.support.llm_server import LanguageModelServer, refused

_OFFICE = re.compile(r"(?P<who>[A-Z]\w+ [A-Z]\w+) leads (?P<what>[A-Z]\w+)\.")


def leads(body: dict[str, Any]) -> dict[str, Any]:
    """A model that understands one sentence only."""
    triples = [
        {
            "subject": found["who"],
            "subject_type": "Person",
            "predicate": "chief_executive_of",
            "object": found["what"],
            "object_type": "Organization",
            "confidence": 0.9,
            "quote": found[0],
        }
        for found in _OFFICE.finditer(body["messages"][-1]["content"])
    ]
    made_up = {**triples[0], "quote": "Nobody ever wrote this sentence down."} if triples else None
    return {"entities": [], "triples": [*triples, *([made_up] if made_up else [])]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    for year, who in ((2019, "Jane Roe"), (2021, "Tom Poe")):
        (folder / f"{year}.txt").write_text(f"Date: 3 April {year}\n\n{who} leads Acme.\n")
    return folder


@pytest.fixture
def server() -> Iterator[LanguageModelServer]:
    with LanguageModelServer(leads, key="right") as server:
        yield server


def believed(kb: KnowledgeBase) -> list[Fact]:
    """What is believed now of Acme, at any time; not what was believed before."""
    return [fact for fact in kb.facts("Acme", history=True) if fact.status is not FactStatus.RETRACTED]


def settings(server: LanguageModelServer | None, key: str = "right", **more: Any) -> Settings:
    url = server.base_url if server else "http://127.0.0.1:9/v1"
    llm = LanguageModelSettings(model="m", base_url=url, api_key=SecretStr(key), max_retries=0, **more)
    return Settings(llm=llm)


def test_documents_become_a_graph_and_a_second_run_pays_nothing(
    folder: Path, tmp_path: Path, server: LanguageModelServer
) -> None:
    with KnowledgeBase.open(tmp_path / "kb.db", settings=settings(server)) as kb:
        summary = kb.ingest(folder)
        assert (summary.usage.requests, summary.triples) == (2, 2)
        assert dict(summary.quarantined) == {"quote not in text": 2}
        offices = believed(kb)
        names = kb.names(offices)
        assert [names[fact.subject] for fact in offices] == ["Jane Roe", "Tom Poe"]
        assert str(offices[0].validity) == "2019-04-03 – 2021-04-03"
        kb.forget("2021.txt")
        again = kb.ingest(folder)
        assert (again.read, again.usage.requests, again.usage.cached) == (1, 2, 1)
        assert believed(kb) == offices
    assert len(server.requests) == 2


def test_another_model_reads_again(folder: Path, tmp_path: Path, server: LanguageModelServer) -> None:
    with KnowledgeBase.open(tmp_path / "kb.db", settings=settings(server)) as kb:
        kb.ingest(folder)
    other = settings(server)
    other = other.model_copy(update={"llm": other.llm.model_copy(update={"model": "n"})})
    with KnowledgeBase.open(tmp_path / "kb.db", settings=other) as kb:
        assert (kb.ingest(folder).read, len(server.requests)) == (2, 4)


def test_a_wrong_key_is_told_without_showing_it(folder: Path, tmp_path: Path, server: LanguageModelServer) -> None:
    with KnowledgeBase.open(tmp_path / "kb.db", settings=settings(server, "sk-secret")) as kb:
        with pytest.raises(errors.KeyRejected) as caught:
            kb.ingest(folder)
        assert "sk-secret" not in str(caught.value) + caught.value.hint
        assert kb.status().ledger.documents == 0


def test_no_key_for_openai_is_told_before_any_request(folder: Path, tmp_path: Path) -> None:
    keyless = Settings(llm=LanguageModelSettings(model="m"))
    with KnowledgeBase.open(tmp_path / "kb.db", settings=keyless) as kb, pytest.raises(errors.KeyRejected):
        kb.ingest(folder)


def test_an_unreachable_server_leaves_the_ledger_as_it_was(folder: Path, tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path / "kb.db", settings=settings(None)) as kb:
        with pytest.raises(errors.ServerUnreachable) as caught:
            kb.ingest(folder)
        assert caught.value.hint
        assert kb.status().ledger.documents == 0


def test_what_was_read_before_the_server_failed_is_kept_and_fused(
    folder: Path, tmp_path: Path, server: LanguageModelServer
) -> None:
    with KnowledgeBase.open(tmp_path / "kb.db", settings=settings(server, concurrency=1)) as kb:
        server.faults.extend([None, refused(503, "overloaded")])
        with pytest.raises(errors.ServerBusy):
            kb.ingest(folder)
        assert (kb.status().ledger.documents, kb.status().graph.total) == (1, 1)
        done = kb.ingest(folder)
        assert (done.read, done.unchanged) == (1, 1)
        assert len(believed(kb)) == 2


def test_a_budget_ends_an_ingest_cleanly_and_the_next_goes_on(
    folder: Path, tmp_path: Path, server: LanguageModelServer
) -> None:
    with KnowledgeBase.open(tmp_path / "kb.db", settings=settings(server, concurrency=1, token_budget=3900)) as kb:
        summary = kb.ingest(folder)
        assert (summary.read, summary.usage.requests, kb.status().graph.total) == (1, 1, 1)
        assert "budget of 3900 tokens" in summary.stopped
        assert "goes on from here" in summary.stopped
    with KnowledgeBase.open(tmp_path / "kb.db", settings=settings(server)) as kb:
        summary = kb.ingest(folder)
        assert (summary.read, summary.unchanged, summary.stopped) == (1, 1, "")
        assert len(believed(kb)) == 2
    assert len(server.requests) == 2


def test_a_batch_asks_everything_and_an_ingest_finds_it_answered(
    folder: Path, tmp_path: Path, server: LanguageModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.board.polls = 1
    monkeypatch.setenv("KGFUSE_LLM__MODEL", "m")
    monkeypatch.setenv("KGFUSE_LLM__BASE_URL", server.base_url)
    monkeypatch.setenv("KGFUSE_LLM__API_KEY", "right")
    command = ["ingest", str(folder), "--batch", "--kb", str(tmp_path / "kb.db")]
    runs = [CliRunner().invoke(app, command) for _ in range(3)]
    assert [run.exit_code for run in runs] == [0, 0, 0], [run.output for run in runs]
    assert "submitted 2 requests" in runs[0].output
    assert "Run the same command again" in runs[1].output
    assert "2 replies collected" in runs[2].output
    assert "0 requests (0 + 0 tokens), 2 from cache" in runs[2].output
    assert server.board.answered == len(server.requests) == 2
    with KnowledgeBase.open(tmp_path / "kb.db") as kb:
        assert len(believed(kb)) == 2


def test_batches_need_a_model(folder: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["ingest", str(folder), "--batch", "--kb", str(tmp_path / "kb.db")])
    assert run.exit_code == 2
    assert "--batch asks a language model" in run.output
