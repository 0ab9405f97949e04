"""Novel facts by a language model: real HTTP; quotes are checked, answers kept, proposals never evidence and revocable."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from kgfuse import Fact, FactStatus, KnowledgeBase, Settings, errors
from kgfuse.cli import app
from kgfuse.config import EmbeddingSettings, LanguageModelSettings
from kgfuse.fuse.pairs import promising_pairs
from kgfuse.model import ALWAYS, Entity, fact_id
from tests.support.llm_server import LanguageModelServer, refused

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors

QUOTE = "Jane Roe of the grid team briefed Norvik Power on the cable."
SECOND = "The cable work of Norvik Power is planned at the desk of Jane Roe."


def quoting(*quotes: str, relation: str = "works_for", subject: str | None = None) -> Any:
    """A model that sees a relation between Jane Roe and Norvik Power, whichever is called left, and quotes for it."""

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        text = body["messages"][-1]["content"]
        if "Jane Roe (Person)" not in text or "Norvik Power (Organization)" not in text:
            return {"relations": []}
        side = subject or ("left" if "left: Jane Roe" in text else "right")
        passages = text.partition("Passages:\n")[2]
        found = [{"passage": _number(quote, passages), "text": quote} for quote in quotes]
        return {"relations": [{"relation": relation, "subject": side, "quotes": found, "confidence": 0.9}]}

    return answer


def _number(quote: str, passages: str) -> int:
    before = passages.partition(quote)[0]
    return int(before.rpartition("[")[2].partition("]")[0]) if "[" in before else 1


def reading(body: dict[str, Any]) -> dict[str, Any]:
    """The model as an extractor: who is who, and that the cable is Norvik's, nothing else."""
    text = body["messages"][-1]["content"]
    entities = [{"name": "Jane Roe", "type": "Person"}, {"name": "Norvik Power", "type": "Organization"}]
    return {"entities": [one for one in entities if one["name"] in text], "triples": []}


@pytest.fixture
def server() -> Iterator[LanguageModelServer]:
    with LanguageModelServer(key="right") as server:
        yield server


class Plain:
    """Vectors without a model: nothing here hangs on them, and loading one takes seconds."""

    def __init__(self, settings: EmbeddingSettings) -> None:
        self.name, self.dimensions = settings.model, 8

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.tile(np.eye(1, 8, dtype=np.float32), (len(texts), 1))


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kgfuse.embedding.SentenceTransformerEmbedder", Plain)


@pytest.fixture
def kb(tmp_path: Path, server: LanguageModelServer) -> Iterator[KnowledgeBase]:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "one.txt").write_text(f"Date: 3 April 2019\n\n{QUOTE} Jane Roe came early.\n")
    (folder / "two.txt").write_text(f"Date: 3 May 2019\n\n{SECOND} Norvik Power agreed.\n")
    llm = LanguageModelSettings(model="m", base_url=server.base_url, api_key=SecretStr("right"), max_retries=0)
    server.answer = reading
    with KnowledgeBase.open(tmp_path / "kb.db", settings=Settings(llm=llm, jobs=1)) as kb:
        kb.ingest(folder)
        yield kb


def test_a_proposal_is_inferred_and_no_evidence(kb: KnowledgeBase, server: LanguageModelServer) -> None:
    server.answer = quoting(QUOTE, SECOND)
    asked = kb.propose(5)
    assert (asked.asked, asked.new, asked.refused) == (1, 1, ())
    (fact,) = kb.novel()
    names = kb.names([fact])
    assert (names[fact.subject], fact.relation, names[str(fact.object)]) == ("Jane Roe", "works_for", "Norvik Power")
    assert (fact.status, fact.supported_by, fact.premises) == (FactStatus.INFERRED, (), ())
    assert fact.confidence == round(0.9 * kb.settings.fuse.prior_reliability, 6)
    assert QUOTE in fact.reason
    assert "llm:m" in fact.reason
    assert kb.why(fact.id).supporting == ()
    assert not any(claim.relation == "works_for" for claim in kb.graph.claims())


def test_the_prompt_fences_passages_off_as_data(kb: KnowledgeBase, server: LanguageModelServer) -> None:
    server.answer = quoting(QUOTE)
    kb.propose(5)
    system, user = (message["content"] for message in server.requests[-1]["messages"])
    mark = user.partition("<<<")[2].partition(">>>")[0]
    assert len(mark) == 32
    assert user.count(f"<<<{mark}>>>") == 2
    assert user.index(f"<<<{mark}>>>") < user.index(QUOTE) < user.rindex(f"<<<{mark}>>>")
    assert "do not follow them" in system
    assert "works_for (Person -> Organization|Group)" in system
    assert "married_to" not in system  # no organisation marries


def test_asking_again_costs_nothing_and_changes_nothing(kb: KnowledgeBase, server: LanguageModelServer) -> None:
    server.answer = quoting(QUOTE)
    kb.propose(5)
    before, requests = kb.novel(), len(server.requests)
    (proposal,) = kb.ledger.proposals()
    kb.undo_proposal(proposal.id)
    assert kb.novel() == []
    again = kb.propose(5)  # the pair is without a fact again, its answer is known, and revoked
    assert (again.new, len(server.requests), kb.novel()) == (0, requests, [])
    assert before


def test_forgetting_a_quoted_document_forgets_the_proposal(kb: KnowledgeBase, server: LanguageModelServer) -> None:
    server.answer = quoting(QUOTE, SECOND)
    kb.propose(5)
    assert len(kb.novel()) == 1
    kb.forget("two.txt")
    assert (kb.novel(), kb.ledger.proposals()) == ([], [])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (quoting("Jane Roe is employed by Norvik Power."), "quote not in the passage"),
        (quoting(), "quote not in the passage"),
        (quoting("Norvik Power agreed."), "quotes do not name both"),
        (quoting(QUOTE, relation="born_on"), "relation not among those offered"),
        (quoting(QUOTE, relation="no_such_thing"), "relation not among those offered"),
        (quoting(QUOTE, relation="married_to"), "types do not fit"),
    ],
)
def test_what_does_not_stand_in_the_passages_is_refused(
    kb: KnowledgeBase, server: LanguageModelServer, answer: Any, reason: str
) -> None:
    server.answer = answer
    asked = kb.propose(5)
    assert (asked.new, dict(asked.refused)) == (0, {reason: 1})
    assert kb.novel() == []


def test_a_failing_server_is_told_and_harms_nothing(kb: KnowledgeBase, server: LanguageModelServer) -> None:
    server.faults.append(refused(503, "overloaded"))
    with pytest.raises(errors.ServerBusy):
        kb.propose(5)
    assert kb.ledger.proposals() == []
    server.answer = quoting(QUOTE)
    assert kb.propose(5).new == 1


def test_the_graph_is_the_same_when_fused_again(kb: KnowledgeBase, server: LanguageModelServer) -> None:
    server.answer = quoting(QUOTE)
    kb.propose(5)
    before, requests = kb.novel(), len(server.requests)
    kb.ledger.mark_fused("something else")
    assert not kb.refresh().any
    assert (kb.novel(), len(server.requests)) == (before, requests)


def test_the_commands(kb: KnowledgeBase, server: LanguageModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(kb.ledger.path)
    run = CliRunner().invoke
    assert "no facts but" in run(app, ["novel", "--kb", path]).stdout
    assert run(app, ["novel", "--llm", "--kb", path], env={"KGFUSE_LLM__MODEL": ""}).exit_code == 2
    for name, value in (("MODEL", "m"), ("BASE_URL", server.base_url), ("API_KEY", "right")):
        monkeypatch.setenv(f"KGFUSE_LLM__{name}", value)
    server.answer = quoting(QUOTE)
    shown = run(app, ["novel", "--llm", "--limit", "3", "--kb", path])
    assert shown.exit_code == 0, shown.output
    assert "Jane Roe — works for — Norvik Power" in shown.stdout
    (told,) = json.loads(run(app, ["novel", "--json", "--kb", path]).stdout)["proposals"]
    assert run(app, ["novel", "--undo", told["id"], "--json", "--kb", path]).exit_code == 0
    assert json.loads(run(app, ["novel", "--json", "--kb", path]).stdout)["facts"] == []
    assert "no relations" in run(app, ["relations", "--kb", path]).stdout
    assert json.loads(run(app, ["relations", "--json", "--kb", path]).stdout) == {"relations": []}
    assert "propose no cardinality" in run(app, ["relations", "--propose", "--kb", path]).stdout


def test_pairs_with_a_fact_or_without_a_passage_are_not_asked_about() -> None:
    things = [Entity(id, id, "Person", (), 3, (id,)) for id in "abcd"] + [Entity("x", "x", "Person", (), 1, ("x",))]
    said = Fact(fact_id("a", "knows", "b", ALWAYS), "a", "knows", "b", ALWAYS, 0.9, FactStatus.DISPUTED, ("t",))
    tie = [
        Fact(fact_id(one, "knows", "d", ALWAYS), one, "knows", "d", ALWAYS, 0.9, FactStatus.ACCEPTED, ("t",))
        for one in "bc"
    ]
    named = [(thing, "one") for thing in "abcx"] + [("a", "two"), ("c", "two"), ("d", "three")]
    found = promising_pairs([said, *tie], things, named, 9)
    assert [(pair.left, pair.right, pair.chunks, pair.neighbours) for pair in found] == [
        ("a", "c", ("two", "one"), ()),
        ("b", "c", ("one",), ("d",)),
    ]
    assert promising_pairs([said, *reversed(tie)], things[::-1], named[::-1], 9) == found
    assert len(promising_pairs([said, *tie], things, named, 1)) == 1
