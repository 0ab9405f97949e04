"""Answers that rest on evidence, or none.

Without an LLM an answer is extractive: sentences made of facts first, else a sentence of a passage, word for word, else the
statement that the documents do not say. A disputed fact is never the answer; a notable one is mentioned beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from kgfuse.model import Answer, Chunk, Citation, Entity, Fact, Hit, Validity
from kgfuse.ontology import Ontology
from kgfuse.protocols import Embedder, FactFilter, GraphReader, LanguageModel, Retriever
from kgfuse.retrieve.asked_event import Clause, Event, asked_period, event_clause, find_events, is_understood
from kgfuse.retrieve.asked_time import AskedTime
from kgfuse.retrieve.described import select_described
from kgfuse.retrieve.hearsay import hearsay
from kgfuse.retrieve.linking import Link, link
from kgfuse.retrieve.parts import EVERYTHING
from kgfuse.retrieve.passages import best_sentence
from kgfuse.retrieve.question import Question, read_question
from kgfuse.retrieve.selection import Outcome, Selection, asked_interval
from kgfuse.retrieve.sentences import fact_sentence, is_event
from kgfuse.retrieve.themes import asks_for_themes, themes_answer
from kgfuse.retrieve.words import content_stems

Cite = Callable[[Fact | Chunk], Sequence[Citation]]

_NOT_SAID = "The documents do not say."
_STALE = 0.7
_QUOTED = 0.5
"""The most that an answer is believed that is a sentence found by its words alone."""

_NAMED = 0.8
"""How far an alias is believed: merges are judgements of fusion that carry no confidence of their own."""

_MOST_SENTENCES = 10

_DEPTH = 5
"""Facts crowd the first hits; a sentence is looked for this many times deeper."""

_SHOWN = 10


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
) -> Answer:
    """Answer a question from the graph and its passages.

    `limit` is the number of hits looked at, `cite` gives the places that carry a fact or a chunk, `filter` narrows the
    facts; its `as_of` overrides a date in the question. With a `model` the answer is written by it from the hits, and
    sentences without valid citations are dropped. `embedder` helps to recognise the asked relation when no word of the
    question names it. Raises leaves of LanguageModelError (with a model) and ModelError.
    """
    if asks_for_themes(question) and not link(question, store):
        return themes_answer(store, ontology, cite, filter, model)
    clause = event_clause(question) if filter.as_of is None and filter.valid_during is None else None
    about = _about(clause, store, ontology, filter) if clause else None
    asking = about.rest if about and about.event else question
    links = _things(asking, link(asking, store), ontology)
    read = _read(asking, ontology, links)
    if about and about.event:
        read = replace(read, time=AskedTime(about.period))
    if embedder is not None and not read.relations and links:
        from kgfuse.retrieve.likeness import with_likely_relation

        read = with_likely_relation(read, links, store, ontology, filter, embedder)
    selection = None if about and not about.event else select_described(read, links, store, ontology, filter)
    if model is not None:
        from kgfuse.retrieve.written import write_answer

        evidence = _evidence(selection, retriever.retrieve(question, limit, filter))
        if about and about.event:
            evidence = (Hit(about.event.fact, 1.0, (("event", 1.0),), (about.event.fact,)), *evidence)
        written = write_answer(question, asked_interval(read, filter), evidence, store, model, cite)
        return _with_conflicts(written, selection, store, ontology, cite)
    if selection is not None and (selection.facts or selection.against):
        found = _from_facts(selection, store, ontology, cite)
        return _with_event(found, about, store, ontology, cite) if about else found
    if any(ontology.relation(asked.relation).identity for asked in read.relations[:1]):
        named = _from_names(links, store, cite, filter)
        if named is not None:
            return named
    hits = retriever.retrieve(question, _DEPTH * limit, filter)
    found = _from_passages(read, links, hits, cite, filter)
    return _with_event(found, about, store, ontology, cite) if about else found


# -------------------------------------------------------------------------------------------------------------- events


@dataclass(frozen=True, slots=True)
class _About:
    """A question with a time named by an event: what is left of it, what may be meant, and the time if that is certain."""

    clause: Clause
    rest: str
    events: tuple[Event, ...] = ()
    period: Validity | None = None

    @property
    def event(self) -> Event | None:
        """The event, when there is one only."""
        return self.events[0] if self.period is not None else None


def _about(clause: Clause, store: GraphReader, ontology: Ontology, filter: FactFilter) -> _About | None:
    """Resolve a clause; `None` when it is no event at all ('after hours')."""
    inside = _things(clause.event, link(clause.event, store), ontology)
    outside = _things(clause.rest, link(clause.rest, store), ontology)
    rest = clause.rest
    if not outside and len(inside) == 1 and all(entity.type != "Person" for entity in inside[0].entities):
        rest = f"{rest} of {clause.event[inside[0].start : inside[0].end]}"
    asked = _read(rest, ontology, outside).relations
    names = frozenset(one.relation for one in asked[:1])
    events = find_events(clause, inside, outside, names, store, ontology, filter)
    if len(events) != 1:
        return _About(clause, rest, events) if events or is_understood(clause, inside, ontology) else None
    lasting = not any(is_event(ontology.relation(name)) for name in names)
    return _About(clause, rest, events, asked_period(clause.how, events[0].period, lasting=lasting))


def _sentences(events: Sequence[Event], store: GraphReader, ontology: Ontology) -> list[str]:
    names = _names([one.fact for one in events], store)
    return [fact_sentence(one.fact, ontology.relation(one.fact.relation), names) for one in events]


_THAT = {"before": "Before that", "prior to": "Before that", "until": "Until then", "till": "Until then"}
_THAT |= {"after": "After that", "following": "After that", "since": "Since then"}


def _with_event(found: Answer, about: _About, store: GraphReader, ontology: Ontology, cite: Cite) -> Answer:
    """An answer with the event that gives its time told before it, or told to be unknown."""
    if about.event is None:
        when = f"{about.clause.how} {about.clause.event}"
        if not found.abstained:
            return found
        if about.events:
            told = " ".join(_sentences(about.events, store, ontology))
            text = f"“{when}” may mean several times, so none is assumed: {told}"
            return replace(found, text=text, citations=_citations([one.fact for one in about.events], cite))
        return replace(found, text=f"{_NOT_SAID[:-1]} when that was: “{when}”.")
    fact = about.event.fact
    (told,) = _sentences([about.event], store, ontology)
    then = _THAT.get(about.clause.how, "At that time")
    citations = tuple(dict.fromkeys((*found.citations, *_citations([fact], cite))))
    confidence = min(found.confidence, fact.confidence)
    text = found.text[:1].lower() + found.text[1:] if found.abstained else found.text
    return replace(found, text=f"{told} {then}: {text}", citations=citations, confidence=confidence)


def _things(question: str, links: Sequence[Link], ontology: Ontology) -> tuple[Link, ...]:
    """Leave out what the graph knows by the same words but the question does not mean: its relation and its time."""
    times = read_question(question, ontology).time.spans
    named = any(not _is_common(question[one.start : one.end], one) for one in links)
    return tuple(
        one
        for one in links
        if not _is_relation(question[one.start : one.end], one, ontology)
        and not (named and _words_a_relation(question[one.start : one.end], one, ontology))
        and not any(start < one.end and one.start < end for start, end in times)
    )


def _is_relation(words: str, found: Link, ontology: Ontology) -> bool:
    """Whether a common noun or an office's abbreviation that the graph knows as a thing asks for a relation here."""
    if words.isupper() and ontology.lookup(words):
        return True
    common = all(entity.type is None and entity.name[:1].islower() for entity in found.entities) or words.islower()
    return common and bool(ontology.lookup(words) or ontology.lookup(f"{words} of"))


def _is_common(words: str, found: Link) -> bool:
    return words.islower() and all(entity.type is None for entity in found.entities)


def _words_a_relation(words: str, found: Link, ontology: Ontology) -> bool:
    """Whether a common noun beside a name is part of how relations are called: 'chaired the board of Acme'."""
    return _is_common(words, found) and set(content_stems(words)) <= _relation_stems(ontology)


def _relation_stems(ontology: Ontology) -> frozenset[str]:
    phrases = (p for relation in ontology.relations.values() for p in (*relation.aliases, *relation.inverse_aliases))
    return frozenset(stem for phrase in phrases for stem in content_stems(phrase))


def _read(question: str, ontology: Ontology, links: Sequence[Link]) -> Question:
    """Read the question with the names that the graph knows and the capitalised ones that it does not."""
    guessed = read_question(question, ontology).names
    known = [(one.start, one.end) for one in links]
    unknown = [(a, b) for a, b in guessed if not any(start < b and a < end for start, end in known)]
    return read_question(question, ontology, sorted([*known, *unknown])) if links else read_question(question, ontology)


def _evidence(selection: Selection | None, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits with the facts that answer at the front."""
    chosen = (*selection.facts, *selection.against) if selection else ()
    ids = {fact.id for fact in chosen}
    first = [Hit(fact, 1.0, (("question", 1.0),), (fact,)) for fact in chosen]
    return (*first, *(hit for hit in hits if hit.item.id not in ids))


# ----------------------------------------------------------------------------------------------------------- from facts


def _from_facts(selection: Selection, store: GraphReader, ontology: Ontology, cite: Cite) -> Answer:
    facts = selection.facts[-_MOST_SENTENCES:]
    names = _names((*facts, *selection.against), store)
    sentences = [fact_sentence(fact, ontology.relation(fact.relation), names) for fact in facts]
    against = [fact_sentence(fact, ontology.relation(fact.relation), names) for fact in selection.against]
    hits = _evidence(selection, ())
    if selection.outcome is Outcome.CONTESTED:
        text = f"The sources disagree, and none is clearly right: {' '.join(against)}"
        return Answer(text, _citations(selection.against, cite), 0.0, True, hits)
    if selection.outcome is Outcome.ELSEWHEN:
        text = f"The documents do not say for that time. {' '.join(sentences)}"
        return Answer(text, _citations(facts, cite), 0.0, True, hits)
    confidence = min(fact.confidence for fact in facts) * selection.trust
    text = " ".join(sentences)
    if selection.outcome is Outcome.STALE:
        text = f"The documents name none for today. Last known: {text}"
        confidence *= _STALE
    if selection.outcome is Outcome.ENDED:
        text = f"No longer, according to the documents: {text}"
    if selection.outcome is Outcome.REFUTED:
        text = f"Not according to the documents: {text}"
    for fact, sentence in zip(selection.against, against, strict=True):
        who = "One source disagrees" if len(fact.supported_by) <= 1 else "Some sources disagree"
        text += f" {who}: {sentence}"
    return Answer(text, _citations((*facts, *selection.against), cite), confidence, False, hits)


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
    names = _names(silent, store)
    told = " ".join(fact_sentence(fact, ontology.relation(fact.relation), names) for fact in silent)
    citations = tuple(dict.fromkeys((*written.citations, *_citations(silent, cite))))
    return replace(written, text=f"{written.text} The sources disagree: {told}", citations=citations)


def _from_names(links: Sequence[Link], store: GraphReader, cite: Cite, filter: FactFilter) -> Answer | None:
    """The other names of the only entity named: fusion turned 'also known as' into aliases, so no fact says it any more.

    A passage that holds one of them carries it. What it was called earlier is not kept: with `known_at` nothing is said.
    """
    if len(links) != 1 or len(links[0].entities) != 1 or filter.known_at is not None:
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
    return Answer(text, _citations(dict.fromkeys(carrying.values()), cite), _NAMED * links[0].score)


def _names(facts: Iterable[Fact], store: GraphReader) -> dict[str, str]:
    ids: set[str] = set()
    for fact in facts:
        ids.add(fact.subject)
        if isinstance(fact.object, str):
            ids.add(fact.object)
    found: Iterable[Entity] = store.entities(sorted(ids))
    return {entity.id: entity.name for entity in found}


def _citations(items: Iterable[Fact | Chunk], cite: Cite) -> tuple[Citation, ...]:
    return tuple(dict.fromkeys(citation for item in items for citation in cite(item)))


# -------------------------------------------------------------------------------------------------------- from passages


def _from_passages(
    question: Question, links: Sequence[Link], hits: Sequence[Hit], cite: Cite, filter: FactFilter
) -> Answer:
    if question.wh == "truth":  # a sentence with the same words may well deny it, or only wonder
        heard = hearsay(question, links, hits)
        if heard is not None:
            places = [_narrowed(citation, heard.chunk, heard.start, heard.end) for citation in cite(heard.chunk)]
            text = f"Not according to the documents, which tell of it as unconfirmed, planned or denied: “{heard.text}”"
            return Answer(text, tuple(places), _QUOTED, False, tuple(hits))
        return Answer(_NOT_SAID, (), 0.0, True, tuple(hits[:_SHOWN]))
    interval = asked_interval(question, filter)
    quote = best_sentence(question, hits, interval[0].year if interval and interval[0].year > 1 else None)
    if quote is None:
        return Answer(_NOT_SAID, (), 0.0, True, tuple(hits[:_SHOWN]))
    places = [_narrowed(citation, quote.chunk, quote.start, quote.end) for citation in cite(quote.chunk)]
    return Answer(quote.text, tuple(places), _QUOTED * quote.covered, False, tuple(hits))


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
