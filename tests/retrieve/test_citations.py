"""Every citation of every answer to the corpus's questions leads to a document, a page and a span that carry the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kgfuse import KnowledgeBase, Settings
from kgfuse.model import Chunk, Citation, Datatype, Fact, Literal, Moment, Precision
from kgfuse.retrieve.sentences import Bound, end_of, moment_words, start_of, value_text
from kgfuse.retrieve.support import unsupported
from kgfuse.retrieve.words import content_stems
from tests.support.corpus_gold import DOCS, GoldQuestion, load_gold

MORE = (
    "Who is Erik Solvang?",
    "Who were Vardholm's chief executives?",
    "Is Marianne Lund chief executive of Vardholm?",
)

RECKONED = re.compile(r"\b(?:last|this|next|ago|yesterday|today|tomorrow|now)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    folder = Path(tmp_path_factory.mktemp("corpus"))
    with KnowledgeBase.open(folder / "kb.db", settings=Settings(jobs=1)) as base:
        base.ingest(DOCS)
        yield base


def resolve(base: KnowledgeBase, cited: Citation) -> str:
    """Return the passage around a citation, having checked its place and page."""
    document = base.ledger.document(cited.document_id)
    assert document.uri == cited.uri
    assert document.text[cited.start : cited.end] == cited.quote
    pages = {block.page for block in document.blocks if block.start < cited.end and cited.start < block.end}
    assert cited.page is None or cited.page in pages
    around = [c for c in base.ledger.chunks(document.id) if c.start <= cited.start and cited.end <= c.end]
    return "\n".join([document.title, *(text for c in around for text in (*c.heading_path, c.text))])


def names(base: KnowledgeBase, id: str) -> list[str]:
    (entity,) = base.graph.entities([id])
    return [entity.name, *entity.aliases]


def written(value: Literal) -> list[str]:
    """A value as texts have it; a source that tells a date less exactly supports it, too."""
    coarser = [value.value[:7], value.value[:4]] if value.datatype is Datatype.DATE else []
    moments = [moment_words(Moment.parse(date)) for date in coarser if date]
    return [value.lexical, value_text(value), *moments]


def holds(forms: list[str], text: str) -> bool:
    stems = set(content_stems(text))
    return any(not unsupported(f"It is {form}.", [text]) and set(content_stems(form)) & stems for form in forms)


def dates_hold(base: KnowledgeBase, fact: Fact, told: str) -> bool:
    """Whether the dates that an answer states for a fact stand in its sources, or are reckoned from theirs."""
    if any(RECKONED.search(cited.quote) for cited in base.cite(fact)):
        return True
    documents = [base.ledger.document(cited.document_id) for cited in base.cite(fact)]
    texts = [
        text for one in documents for text in (one.text, moment_words(one.published_at) if one.published_at else "")
    ]
    stated = [(fact.validity.valid_from, start_of(fact)), (fact.validity.valid_to, end_of(fact))]
    for moment, how in stated:
        if moment is None or how is not Bound.STATED or moment_words(moment) not in told:
            continue
        before = Moment(moment.at - timedelta(days=1), Precision.DAY)  # 'until the end of February': 1 March
        forms = [moment_words(moment), f"{moment_words(before)}", f"{before.at:%B} {before.at.year}"]
        if not any(not unsupported(f"It was in {form}.", texts) for form in forms):
            return False
    return True


@pytest.mark.slow
def test_every_citation_of_every_answer_carries_it(base: KnowledgeBase) -> None:
    asked = [*load_gold().questions, *(GoldQuestion(text, (), (), None, ()) for text in MORE)]
    checked = 0
    for question in asked:
        given = base.ask(question.question, as_of=question.as_of)
        if given.abstained:
            assert not given.citations
            continue
        assert given.citations
        facts = [hit.item for hit in given.hits if isinstance(hit.item, Fact)]
        places = {citation: fact for fact in facts for citation in base.cite(fact)}
        for cited in given.citations:
            passage = resolve(base, cited)
            checked += 1
            if cited not in places:  # a sentence of a passage, told word for word
                assert cited.quote in given.text
                assert any(isinstance(hit.item, Chunk) and cited.quote in hit.item.text for hit in given.hits)
                continue
            fact = places[cited]
            assert dates_hold(base, fact, given.text), (question.question, fact)
            value = fact.object
            said = names(base, value) if isinstance(value, str) else written(value)
            ends = (said, names(base, fact.subject))
            whole = base.ledger.document(cited.document_id).text
            assert any(holds(end, passage) for end in ends), (question.question, cited)
            assert all(holds(end, whole) for end in ends), (question.question, cited)  # 'we': whose report it is
    assert checked >= 60
