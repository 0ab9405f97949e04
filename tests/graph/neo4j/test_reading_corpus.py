"""Over Neo4j alone one gets the answers that the ledger's file gives: the corpus, asked both ways."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from typer.testing import CliRunner

from kgfuse import FactFilter, FactStatus, KnowledgeBase, KnowledgeView
from kgfuse.cli import app
from kgfuse.errors import CredentialsRejected, NotFound
from kgfuse.graph.neo4j import reader, transactions
from kgfuse.model import Fact
from tests.graph.neo4j.conftest import Pushed
from tests.support.corpus_gold import load_gold

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # the first test waits for the corpus to be read

QUESTIONS = [question.question for question in load_gold().questions]


def dump(kb: KnowledgeView) -> list[str]:
    out = io.StringIO()
    kb.export("jsonl", out)
    return out.getvalue().splitlines()


def test_the_canonical_dump_is_the_same(file: KnowledgeBase, view: KnowledgeView) -> None:
    lines = dump(view)
    assert len(lines) > 500
    assert lines == dump(file)


def test_pages_of_any_size_give_the_same_dump(view: KnowledgeView, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = dump(view)
    monkeypatch.setattr(transactions, "_PAGE", 97)
    monkeypatch.setattr(reader, "_AT_ONCE", 31)
    assert dump(view) == whole
    everything = FactFilter(statuses=tuple(FactStatus))
    assert len(list(view.graph.facts(everything))) > view.graph.counts().total


def test_every_question_of_the_gold_gets_the_same_answer(file: KnowledgeBase, view: KnowledgeView) -> None:
    def answers(kb: KnowledgeView) -> list[tuple[Any, ...]]:
        found = [(question, kb.ask(question)) for question in QUESTIONS]
        return [(question, a.text, a.citations, a.confidence, a.abstained) for question, a in found]

    said = answers(view)
    assert sum(not abstained for *_, abstained in said) > len(said) // 2
    assert said == answers(file)


@pytest.mark.parametrize("mode", ["vector", "graph"])
def test_the_same_is_found(file: KnowledgeBase, view: KnowledgeView, mode: str) -> None:
    for question in QUESTIONS:
        mine, theirs = view.search(question, mode=mode), file.search(question, mode=mode)
        assert [hit.item for hit in mine] == [hit.item for hit in theirs], question
        assert [hit.score for hit in mine] == pytest.approx([hit.score for hit in theirs], abs=1e-5)


def test_words_find_much_the_same(file: KnowledgeBase, view: KnowledgeView) -> None:
    """Lucene and SQLite cut words and weigh them somewhat differently."""
    shared = total = 0
    for question in QUESTIONS:
        mine, theirs = ({hit.item.id for hit in kb.search(question, mode="full_text")} for kb in (view, file))
        shared += len(mine & theirs)
        total += len(theirs)
    assert shared / total > 0.7


def test_every_fact_is_explained_alike(file: KnowledgeBase, view: KnowledgeView) -> None:
    facts = list(file.graph.facts())
    for fact in facts[::7]:
        assert view.why(fact.id) == file.why(fact.id)
        assert view.cite(fact) == file.cite(fact)


def test_entities_timelines_and_conflicts_are_alike(file: KnowledgeBase, view: KnowledgeView) -> None:
    for name in ("Vardholm", "Marianne Lund", "Sunnfall Kraft", "Fjellbatteri AS"):
        assert view.entity(name) == file.entity(name)
        assert view.describe(view.entity(name)) == file.describe(file.entity(name))
        for options in ({}, {"history": True}, {"as_of": "2019-06"}):
            assert view.facts(name, **options) == file.facts(name, **options)
    assert view.conflicts() == file.conflicts()
    assert view.graph.counts() == file.graph.counts()


def test_what_was_believed_earlier_can_be_asked(pushed: Pushed, file: KnowledgeBase, view: KnowledgeView) -> None:
    question = "Who is the chief executive of Sunnfall Kraft?"
    then, now = view.ask(question, known_at=pushed.corpus.since), view.ask(question)
    assert "Astrid Fosse" not in then.text
    assert "Astrid Fosse" in now.text
    assert then.text == file.ask(question, known_at=pushed.corpus.since).text
    earlier = FactFilter(known_at=pushed.corpus.since)
    believed = list(view.graph.facts(earlier))
    assert believed == list(file.graph.facts(earlier))
    assert len(believed) < view.graph.counts().total


# -------------------------------------------------------------------------------------------------------- command line


@pytest.fixture
def run(pushed: Pushed, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("KGFUSE_NEO4J_USER", pushed.access.user)
    monkeypatch.setenv("KGFUSE_NEO4J_PASSWORD", pushed.access.password)

    def run(*arguments: str, code: int = 0) -> Any:
        result = CliRunner().invoke(app, [*arguments, "--json"])
        assert result.exit_code == code, result.output
        assert pushed.access.password not in result.output
        return json.loads(result.stdout or result.stderr)

    return run


def test_the_command_line_reads_from_neo4j(pushed: Pushed, file: KnowledgeBase, run: Any) -> None:
    place = ("--kb", f"{pushed.access.uri}/corpus")
    path = ("--kb", str(pushed.corpus.path))
    fact = file.facts("Sunnfall Kraft", relation="chief_executive_of")[0].id
    for arguments in (
        ("ask", "Who ran Vardholm in June 2019?"),
        ("facts", "Sunnfall Kraft", "--history"),
        ("why", fact),
        ("conflicts",),
        ("search", "battery", "--mode", "graph"),
    ):
        here, there = run(*arguments, *place), run(*arguments, *path)
        if arguments[0] == "why":
            assert all(said["reliability"] is not None for said in (*there["supporting"], *there["opposing"]))
        assert here == there, arguments


def test_without_a_ledger_what_is_configured_is_read(
    pushed: Pushed, run: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KGFUSE_NEO4J_URI", pushed.access.uri)
    monkeypatch.setenv("KGFUSE_NEO4J__KB", "corpus")
    assert "Marianne Lund" in run("ask", "Who ran Vardholm in June 2019?")["text"]
    assert list(tmp_path.iterdir()) == []


def test_wrong_places_are_told(pushed: Pushed, run: Any) -> None:
    assert "holds no knowledge base called 'other'" in str(
        run("ask", "Who?", "--kb", f"{pushed.access.uri}/other", code=2)
    )
    assert "ledger's file" in str(run("status", "--kb", pushed.access.uri, code=2))
    secret = run("ask", "Who?", "--kb", "neo4j://ann:hush@localhost:7687", code=2)
    assert "KGFUSE_NEO4J_PASSWORD" in str(secret)
    assert "hush" not in str(secret)


def test_wrong_passwords_are_told(pushed: Pushed) -> None:
    wrong = pushed.settings.neo4j.model_copy(update={"password": None, "user": "nobody"})
    with pytest.raises((CredentialsRejected, NotFound)):
        KnowledgeView.connect(settings=pushed.settings.model_copy(update={"neo4j": wrong}))


@pytest.mark.parametrize("mode", ["hybrid", "auto", "full_text", "vector", "graph", "pagerank"])
def test_sources_and_types_narrow_what_is_found(file: KnowledgeBase, view: KnowledgeView, mode: str) -> None:
    for kb in (file, view):
        hits = kb.search("Who is chief executive of Vardholm?", mode=mode, sources=["annual-report", "AUTHOR:erik"])
        assert hits
        for hit in hits:
            places = kb.cite(hit.item)
            known = kb.provenance.documents_by_id(place.document_id for place in places)
            assert any("annual-report" in one.uri or "author:Erik" in one.source for one in known.values()), hit
        about = kb.search("Who is chief executive of Vardholm?", mode=mode, types=["Place"])
        assert about
        for hit in about:
            named = [hit.item.subject, hit.item.object] if isinstance(hit.item, Fact) else ids_in(kb, hit.item.id)
            types = [kb.graph.entity(one) for one in named if isinstance(one, str)]
            assert any(kb.ontology.is_a(one.type, "Place") and one.type for one in types if one), hit
        assert kb.search("Who is chief executive of Vardholm?", mode=mode, sources=["no such source"]) == []
        with pytest.raises(NotFound, match="no type 'Wizard'"):
            kb.search("x", types=["Wizard"])


def ids_in(kb: KnowledgeView, chunk: str) -> list[str]:
    return [entity for _, entity in kb.graph.entities_in([chunk])]
