"""Answers that rest on evidence, or none.

Without an LLM an answer is extractive: sentences made of facts first, else a sentence of a passage, word for word, else the
statement that the documents do not say. A disputed fact is never the answer; a notable one is mentioned beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from kgfuse.model import Answer, Chunk, Citation, Fact, FactStatus, Hit
from kgfuse.ontology import Cardinality, Ontology
from kgfuse.protocols import Embedder, FactFilter, GraphReader, LanguageModel, Retriever
from kgfuse.retrieve.asked_kind import asked_of, asks_measure
from kgfuse.retrieve.asked_time import AskedTime
from kgfuse.retrieve.chained import select_chained
from kgfuse.retrieve.described import select_described
from kgfuse.retrieve.event_time import event_time, with_event
from kgfuse.retrieve.hearsay import asks_possible, foretold, hearsay, is_unconfirmed
from kgfuse.retrieve.holding import dated_in
from kgfuse.retrieve.linking import LONGEST_QUESTION, Link, link
from kgfuse.retrieve.nearest import nearest_sentences
from kgfuse.retrieve.open_relation import with_open_relations
from kgfuse.retrieve.parts import EVERYTHING, Cite, admits_passages, citations_of
from kgfuse.retrieve.passages import best_sentence, plain_sentence
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.reach import date_of
from kgfuse.retrieve.relative_time import with_dates
from kgfuse.retrieve.rows import asked_row
from kgfuse.retrieve.selected import Interval
from kgfuse.retrieve.selection import Outcome, Selection, as_far_as_foreseen, asked_interval
from kgfuse.retrieve.sentences import fact_sentence, names_of
from kgfuse.retrieve.telling import entities_of, told
from kgfuse.retrieve.themes import asks_for_themes, themes_answer
from kgfuse.retrieve.understanding import read_with, things_named
from kgfuse.retrieve.words import content_stems, read_as_english
from kgfuse.wording import relation_words

if TYPE_CHECKING:
    from kgfuse.retrieve.written import Room

_GONE = "What said so has changed since, and there is no place to cite any more."

_ENGLISH = "Without a language model, only questions in English are understood."

_NOT_SAID = "The documents do not say."
_STALE = 0.7
_QUOTED = 0.5
"""The most that an answer is believed that is a sentence found by its words alone."""

_NAMED = 0.8
"""How far an alias is believed: merges are judgements of fusion that carry no confidence of their own."""

_MOST_SENTENCES = 30

_DEPTH = 5
"""Facts crowd the first hits; a sentence is looked for this many times deeper."""

_SHOWN = 10

_AFTER_ARTICLE = re.compile(r"\b(?:the|an?|its|his|her|their)\s+$", re.IGNORECASE)

_LOOKED_AT, _ABOUT = 1000, 50
"""Facts of a thing that are looked at for what is asked, and those whose places tell which sentences are about it."""


def answer(  # noqa: PLR0913  (the seam that KnowledgeBase calls)
    question: str,
    store: GraphReader,
    ontology: Ontology,
    retriever: Retriever,
    *,
    limit: int,
    cite: Cite,
    filter: FactFilter = EVERYTHING,
    model: LanguageModel | None = None,
    embedder: Callable[[], Embedder] | None = None,
    room: Room | None = None,
    now: datetime | None = None,
) -> Answer:
    """Answer a question from the graph and its passages.

    `limit` is the number of hits looked at, `cite` gives the places that carry a fact or a chunk, `filter` narrows the
    facts; its `as_of` overrides a date in the question. With a `model` the answer is written by it from the hits that
    `room` is for, sentences without valid citations are dropped, and what the graph knows is told where it is left out.
    `embedder` helps to recognise the asked relation when no word of the question names it. 'Last year' and the like are
    told from `now` (by default the clock's). Raises leaves of
    LanguageModelError (with a model) and ModelError.
    """
    question = question[:LONGEST_QUESTION]
    if asks_for_themes(question) and not link(question, store):
        return themes_answer(store, ontology, cite, filter, model)
    named_by_hand = filter.as_of is not None or filter.valid_during is not None
    now = now or datetime.now(UTC)
    dated = with_dates(question, now.date())
    time = None if named_by_hand else event_time(dated, store, ontology, filter)
    asking = (time.asking if time else None) or dated
    links = things_named(asking, store, ontology, filter)
    read = read_with(asking, ontology, links, store, filter)
    if time and time.period:
        read = replace(read, time=AskedTime(time.period))
    if embedder is not None and not read.relations and links:
        from kgfuse.retrieve.likeness import with_likely_relation

        read = with_likely_relation(read, links, store, ontology, filter, embedder)
    unknown = time is not None and time.asking is None
    selection = None if unknown else _selected(read, links, store, ontology, filter)
    interval = asked_interval(read, filter)
    if selection is not None and interval is not None and not named_by_hand:
        selection = as_far_as_foreseen(selection, interval, now)
    during = filter if named_by_hand or interval is None else replace(filter, valid_during=interval)
    if selection is not None and read.datatype is None and asks_measure(asking) and not _measures(selection):
        selection = None
    if model is not None:
        from kgfuse.retrieve.written import write_answer

        evidence = _evidence(selection, retriever.retrieve(question, limit, during))
        if time and time.event:
            evidence = (Hit(time.event.fact, 1.0, (("event", 1.0),), (time.event.fact,)), *evidence)
        written = write_answer(question, interval, evidence, store, model, cite, room)
        if selection is not None and read.relations and _leaves_out(written, selection, links, store):
            known = _from_facts(selection, asking, store, ontology, cite)
            written = _after_graph(written, known) if known else written
        found = _with_conflicts(written, selection, store, ontology, cite)
        found = _with_nearest(found, read, links, embedder, cite)
        return replace(found, period=None if named_by_hand else read.time.period)
    if selection is not None and selection.outcome is Outcome.CONTESTED and asks_possible(asking):
        selection = None  # what may be is told by a sentence, not by the fact that it would be
    known = _from_facts(selection, asking, store, ontology, cite) if selection is not None else None
    found = (
        known
        or _from_names(read, links, store, ontology, cite, filter)
        or _from_passages(read, links, retriever.retrieve(dated, _DEPTH * limit, during), store, cite, filter)
    )
    found = with_event(found, time, store, ontology, cite) if time else found
    if found.abstained and not read_as_english(asking, [(one.start, one.end) for one in links]):
        found = replace(found, text=f"{found.text} {_ENGLISH}")
    found = _with_nearest(found, read, links, embedder, cite)
    shown = found.hits[:_SHOWN] if found.abstained else found.hits
    return replace(found, hits=shown, period=None if named_by_hand else read.time.period)


def _selected(
    read: Question, links: Sequence[Link], store: GraphReader, ontology: Ontology, filter: FactFilter
) -> Selection | None:
    """The facts that answer: by what the ontology knows, over a step between, else by the words of open relations."""
    found = select_described(read, links, store, ontology, filter) or select_chained(
        read, links, store, ontology, filter
    )
    reread = with_open_relations(read, links, store, ontology, filter) if found is None and links else None
    if reread is None:
        if found is None or not found.facts or any(fact.relation in ontology.relations for fact in found.facts):
            return found
        return _dated(found, asked_interval(read, filter))
    found = select_described(reread, links, store, ontology, filter)
    return _dated(found, asked_interval(reread, filter)) if found else None


def _dated(selection: Selection, interval: Interval | None) -> Selection | None:
    """A selection of open relations, of which nobody knows how long they last: for a time that is asked for, dated facts."""
    if interval is None:
        return selection
    dated = (
        fact
        for fact in selection.facts
        if not fact.validity.unbounded or (date_of(fact) is not None and dated_in(fact, interval))
    )
    facts = tuple(dated)
    return replace(selection, facts=facts) if facts else None


def _evidence(selection: Selection | None, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits with the facts that answer at the front."""
    chosen = (*selection.facts, *selection.against) if selection else ()
    ids = {fact.id for fact in chosen}
    first = [Hit(fact, 1.0, (("question", 1.0),), (fact,)) for fact in chosen]
    return (*first, *(hit for hit in hits if hit.item.id not in ids))


# ----------------------------------------------------------------------------------------------------------- from facts


def _from_facts(
    selection: Selection, question: str, store: GraphReader, ontology: Ontology, cite: Cite
) -> Answer | None:
    """The answer of facts, or `None` where none of them can be told."""
    entities = entities_of((*selection.facts, *selection.against), store)
    names = {id: entity.name for id, entity in entities.items()}
    said = [(fact, told(fact, ontology, entities, cite)) for fact in selection.facts[-_MOST_SENTENCES:]]
    facts = [fact for fact, sentence in said if sentence]
    if not facts and selection.outcome is not Outcome.CONTESTED:
        return None
    sentences = list(dict.fromkeys(sentence for _, sentence in said if sentence))
    against = [fact_sentence(fact, ontology.relation(fact.relation), names) for fact in selection.against]
    hits = _evidence(selection, ())
    if selection.outcome is Outcome.CONTESTED:
        text = f"The sources disagree, and none is clearly right: {' '.join(against)}"
        if not _compete(selection.against, ontology):
            text = _unsure(selection.against, cite)
        return Answer(text, citations_of(selection.against, cite), 0.0, True, hits)
    if selection.outcome is Outcome.ELSEWHEN:
        text = f"The documents do not say for that time. {' '.join(sentences)}"
        return Answer(text, citations_of(facts, cite), 0.0, True, hits)
    confidence = min(fact.confidence for fact in facts) * selection.trust
    text = " ".join(sentences)
    if selection.outcome is Outcome.STALE:
        text = f"The documents name none for today. Last known: {text}"
        confidence *= _STALE
    if selection.outcome is Outcome.ENDED:
        text = f"No longer, according to the documents: {text}"
    if selection.outcome is Outcome.REFUTED:
        text = f"Not according to the documents: {text}"
    if selection.shared is not None:
        start, end = selection.shared
        text = f"More than one thing is called {question[start:end]}. {text}"
    for fact, sentence in zip(selection.against, against, strict=True):
        who = "One source disagrees" if len(fact.supported_by) <= 1 else "Some sources disagree"
        text += f" {who}: {sentence}"
    if not all(citations_of([fact], cite) for fact in facts):
        text += f" {_GONE}"
    return Answer(text, citations_of((*facts, *selection.against), cite), confidence, False, hits)


def _compete(facts: Sequence[Fact], ontology: Ontology) -> bool:
    """Whether anybody speaks against these facts, or they against each other."""
    single = ontology.relation(facts[0].relation).cardinality is not Cardinality.MANY
    return any(fact.opposed_by for fact in facts) or (single and len(facts) > 1)


def _unsure(facts: Sequence[Fact], cite: Cite) -> str:
    """What is told of facts that nobody speaks against, and that nobody says surely enough to be believed."""
    quotes = dict.fromkeys(" ".join(place.quote.split()) for fact in facts for place in cite(fact))
    return f"The documents are not sure: {' '.join(f'“{quote}”' for quote in quotes)}"


def _measures(selection: Selection) -> bool:
    """Whether a number is the value of a fact that answers."""
    values = [fact.object for fact in selection.facts if not isinstance(fact.object, str)]
    return any(letter.isdigit() for value in values for letter in value.value)


def _leaves_out(written: Answer, selection: Selection, links: Sequence[Link], store: GraphReader) -> bool:
    """Whether an answer of a model names nothing of what the graph firmly answers."""
    from kgfuse.retrieve.agreeing import names_a_value

    firm = selection.outcome is Outcome.FOUND and not written.abstained
    return firm and not names_a_value(written.text, selection.facts, links, store)


def _after_graph(written: Answer, known: Answer) -> Answer:
    """What the graph says, and then, as the model's, what the model wrote."""
    text = f"{known.text} The language model answers otherwise: “{written.text}”"
    citations = tuple(dict.fromkeys((*known.citations, *written.citations)))
    return replace(written, text=text, citations=citations, confidence=known.confidence)


def _with_conflicts(
    written: Answer, selection: Selection | None, store: GraphReader, ontology: Ontology, cite: Cite
) -> Answer:
    """An answer of a model that is silent about what speaks against it, with that told and cited."""
    if written.abstained or selection is None:
        return written
    cited = {(one.document_id, one.start, one.end) for one in written.citations}
    silent = [
        fact for fact in selection.against if not any((c.document_id, c.start, c.end) in cited for c in cite(fact))
    ]
    if not silent:
        return written
    names = names_of(silent, store)
    against = " ".join(fact_sentence(fact, ontology.relation(fact.relation), names) for fact in silent)
    citations = tuple(dict.fromkeys((*written.citations, *citations_of(silent, cite))))
    return replace(written, text=f"{written.text} The sources disagree: {against}", citations=citations)


def _from_names(
    question: Question, links: Sequence[Link], store: GraphReader, ontology: Ontology, cite: Cite, filter: FactFilter
) -> Answer | None:
    """The other names of the only entity named, if they are asked for.

    Fusion turned 'also known as' into aliases, so no fact says it any more. A passage that holds one of them carries it.
    What it was called earlier is not kept, and a name has no status: where passages are not admitted, nothing is said.
    """
    asked = any(ontology.relation(one.relation).identity for one in question.relations[:1])
    if not asked or len(links) != 1 or len(links[0].entities) != 1 or not admits_passages(filter):
        return None
    entity = links[0].entities[0]
    others = [name for name in entity.aliases if name != entity.name]
    chunks = store.chunks([chunk for _, chunk in store.chunks_of([entity.id])])
    carrying = {
        name: chunk
        for name in others
        for chunk in sorted(chunks.values(), key=lambda chunk: chunk.id, reverse=True)
        if name in chunk.text
    }
    if not carrying:
        return None
    names = [name for name in others if name in carrying]
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    text = f"{entity.name} is also known as {listed}."
    return Answer(text, citations_of(dict.fromkeys(carrying.values()), cite), _NAMED * links[0].score)


# -------------------------------------------------------------------------------------------------------- from passages


def _from_passages(
    question: Question, links: Sequence[Link], hits: Sequence[Hit], store: GraphReader, cite: Cite, filter: FactFilter
) -> Answer:
    question = _with_names_alone(question, links)
    interval = asked_interval(question, filter)
    year = interval[0].year if interval and interval[0].year > 1 else None
    told_of = _told_of(question, links, store, cite, filter) if admits_passages(filter) else {}
    if question.wh == "truth":
        disputed = partial(_is_disputed, question, links, store, filter)
        return _whether_told(question, links, hits, year, told_of, cite, disputed)
    if (answering := asked_row(question, hits, year)) is not None:
        lines = [line for line in (answering.row, answering.heads) if line is not None]
        cited = [_narrowed(citation, one.chunk, one.start, one.end) for one in lines for citation in cite(one.chunk)]
        return Answer(answering.text, tuple(cited), _QUOTED, False, tuple(hits))
    quote = best_sentence(question, hits, year, told_of)
    if quote is None:
        return Answer(_NOT_SAID, (), 0.0, True, tuple(hits))
    places = [_narrowed(citation, quote.chunk, quote.start, quote.end) for citation in cite(quote.chunk)]
    return Answer(quote.text, tuple(places), _QUOTED * quote.covered, False, tuple(hits))


def _with_nearest(
    found: Answer, question: Question, links: Sequence[Link], embedder: Callable[[], Embedder] | None, cite: Cite
) -> Answer:
    """An answer that says nothing, with the sentences of its passages that come nearest to the question."""
    if not found.abstained or found.citations:
        return found
    quotes = nearest_sentences(_with_names_alone(question, links), found.hits, embedder)
    near = [_narrowed(place, quote.chunk, quote.start, quote.end) for quote in quotes for place in cite(quote.chunk)]
    return replace(found, nearest=tuple(near))


def _with_names_alone(question: Question, links: Sequence[Link]) -> Question:
    """The question with the common nouns that the graph knows as things ('the pilot') read as words, beside its names."""
    nouns = {
        (one.start, one.end)
        for one in links
        if question.text[one.start : one.end].islower()
        and all(entity.type is None for entity in one.entities)
        and _AFTER_ARTICLE.search(question.text[: one.start])
    }
    names = tuple(place for place in question.names if place not in nouns)
    return (
        replace(question, names=names)
        if any(question.text[a:b] != question.text[a:b].lower() for a, b in names)
        else question
    )


def _whether_told(
    question: Question,
    links: Sequence[Link],
    hits: Sequence[Hit],
    year: int | None,
    told_of: Mapping[tuple[int, int], Sequence[Citation]],
    cite: Cite,
    disputed: Callable[[], bool],
) -> Answer:
    """Yes or no by a sentence with the same words, which may tell of a plan or a rumour, deny it, or say so."""
    possible = foretold(question, links, hits)
    heard = possible or hearsay(question, links, hits)
    plain = None if heard or asks_possible(question.text) else plain_sentence(question, hits, year, told_of)
    quote, said = plain or (heard, possible is not None)
    if quote is None:
        return Answer(_NOT_SAID, (), 0.0, True, tuple(hits))
    if plain and said and (is_unconfirmed(question, quote.text) or disputed()):
        plain, said = None, False
    places = [_narrowed(citation, quote.chunk, quote.start, quote.end) for citation in cite(quote.chunk)]
    how = "" if plain else ", which tell of it as unconfirmed, planned or denied"
    text = quote.text if said else f"Not according to the documents{how}: “{quote.text}”"
    return Answer(text, tuple(places), _QUOTED, False, tuple(hits))


def _is_disputed(question: Question, links: Sequence[Link], store: GraphReader, filter: FactFilter) -> bool:
    """Whether what the graph holds between the things that a question names, in its words, is disputed and nothing else."""
    if len(links) < 2:
        return False
    places: dict[str, set[int]] = {}
    for at, one in enumerate(links):
        for entity in one.entities:
            places.setdefault(entity.id, set()).add(at)
    asked, wide = asked_of(question), replace(filter, as_of=None, valid_during=None)
    between = [
        edge.id
        for edge in store.edges_of(sorted(places), _LOOKED_AT, wide)
        if len(places.get(edge.subject, set()) | places.get(edge.object, set())) > 1
        and edge.object in places
        and edge.subject in places
        and asked & {*content_stems(relation_words(edge.relation))}
    ]
    facts = list(store.facts(wide, between)) if between else []
    return bool(facts) and all(fact.status is FactStatus.DISPUTED for fact in facts)


def _told_of(
    question: Question, links: Sequence[Link], store: GraphReader, cite: Cite, filter: FactFilter
) -> dict[tuple[int, int], list[Citation]]:
    """Where something of what is asked was read about each thing that is named: 'she' and 'the firm' are known there."""
    asked, wide = asked_of(question), replace(filter, as_of=None, valid_during=None)
    places: dict[tuple[int, int], list[Citation]] = {}
    for one in links:
        edges = store.edges_of([entity.id for entity in one.entities], _LOOKED_AT, wide)
        about = [edge for edge in edges if asked & set(content_stems(relation_words(edge.relation)))]
        surest = [edge.id for edge in sorted(about, key=lambda edge: (-edge.confidence, edge.id))[:_ABOUT]]
        facts = store.facts(wide, surest) if surest else ()
        places[one.start, one.end] = [place for fact in facts for place in cite(fact)]
    return places


def _narrowed(citation: Citation, chunk: Chunk, start: int, end: int) -> Citation:
    """The citation of a chunk, cut to one sentence of it."""
    return Citation(
        citation.document_id,
        citation.uri,
        citation.title,
        chunk.start + start,
        chunk.start + end,
        chunk.text[start:end],
        citation.page,
    )
