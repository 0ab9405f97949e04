"""Open information extraction with spaCy: no key, no server, no training; dependency rules over whole documents.

The rules stand in modules of their own (offices, roles, attributes, naming, relations, tables); this one runs them, resolves
who is meant, and gives every triple its place and its confidence. In the tradition of ReVerb (Fader et al. 2011) and ClausIE
(Del Corro and Gemulla 2013), with time, modality and coreference, which those leave out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from kgfuse.config import ExtractSettings
from kgfuse.extract.announced import with_announced_starts
from kgfuse.extract.arguments import Argument
from kgfuse.extract.attributes import attribute_statements, is_flow
from kgfuse.extract.clauses import clauses
from kgfuse.extract.confidence import Signals, confidence
from kgfuse.extract.coreference import is_sure, resolve, resolve_object, with_anaphors
from kgfuse.extract.dates import find_times
from kgfuse.extract.defined_terms import defined_terms
from kgfuse.extract.dimensions import dimension_statements
from kgfuse.extract.discourse import Frame, Named, Resolved, frame, speaking_for
from kgfuse.extract.held_offices import office_meant
from kgfuse.extract.lexicon import ORGANISATION_NOUNS
from kgfuse.extract.listings import attendance_statements, list_statements
from kgfuse.extract.lives import Life, life_statements, lives, outside, says_inside
from kgfuse.extract.modality import Modality, Mode, is_refuted
from kgfuse.extract.names import document_types, firms_in, mark_names, names_of, with_names_only
from kgfuse.extract.naming import PREDICATE as ALSO_KNOWN_AS
from kgfuse.extract.naming import authored_statements, based_statements, naming_statements, renaming_statements
from kgfuse.extract.offices import changes_office, named_holders, succeeding, taking_up
from kgfuse.extract.passages import Passage, passages, tables
from kgfuse.extract.place_names import place_statements, with_whole_place_names
from kgfuse.extract.relations import relation_statements
from kgfuse.extract.role_rules import acting, role_statements_of
from kgfuse.extract.rows import RowStatement, about, triple_of
from kgfuse.extract.signatures import signature_statements
from kgfuse.extract.statement import Sentence, Statement
from kgfuse.extract.subjects import anaphors, main_subjects
from kgfuse.extract.tables import table_statements
from kgfuse.extract.timing import ended_by
from kgfuse.extract.titled import titled_statements, titled_types
from kgfuse.extract.versions import spacy_version
from kgfuse.extract.vitae import vita_statements
from kgfuse.extract.written import headlines_of, quantities, quotes_earlier, reference
from kgfuse.model import (
    Chunk,
    Document,
    Evidence,
    Literal,
    Mention,
    Moment,
    Precision,
    Triple,
    Validity,
    triple_id,
)
from kgfuse.protocols import Extraction

if TYPE_CHECKING:
    from spacy.language import Language

_LONGEST_PHRASE = 8
_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class _Read:
    """A parsed sentence and where it stands in the document."""

    chunk: Chunk
    start: int
    sentence: Sentence
    lives: tuple[Life, ...] = ()


class SpacyExtractor:
    """An `Extractor` by grammar. Deterministic; some hundred sentences a second and core. Raises ModelError when made."""

    def __init__(self, settings: ExtractSettings) -> None:
        from kgfuse.extract.spacy_model import load_model

        self._settings = settings
        self._nlp: Language = load_model(settings.spacy_model)
        self._version = spacy_version(settings)  # asks the disk for the packages' versions

    @property
    def version(self) -> str:
        """Everything that determines the output besides the text."""
        return self._version

    def extract(self, document: Document, chunks: Sequence[Chunk]) -> Extraction:
        """Read a document's sentences and tables; sentences over `max_sentence_words` are passed over."""
        texts = list(passages(document, chunks))
        read = list(self._sentences(texts, document))
        headlines = headlines_of(document)
        mark_names([item.sentence.doc for item in read], headlines)
        titled = list(titled_statements(read[0].sentence, headlines)) if read else []
        defined = defined_terms(document.text)
        types = document_types([item.sentence for item in read]) | titled_types(titled)
        types |= firms_in(headlines) | dict.fromkeys(defined, "Organization")
        read = [replace(item, sentence=replace(item.sentence, types=types)) for item in read]
        names = [tuple(names_of(item.sentence)) for item in read]
        subjects = main_subjects(item.sentence for item in read)
        taken_up = anaphors(item.sentence for item in read)
        around = frame(names, headlines, document.author, subjects, document.text, defined)
        signed = list(signature_statements(texts, document.author))
        around = with_anaphors(speaking_for(around, next((str(one.object) for one in signed), None)), taken_up)
        found: list[Triple] = []
        for number in sorted(range(len(read)), key=lambda one: not quotes_earlier(document, read[one].chunk)):
            item = read[number]
            plain = (statement for statement in _statements(item.sentence) if not says_inside(item.lives, statement))
            said = chain(life_statements(item.lives), plain, titled if number == 0 else ())
            voice = _voice(around, item)
            own = tuple(self._triples(document, number, item, said, voice))
            taken = tuple(self._taken_up(document, number, item, voice, (found, own)))
            found.extend((*own, *taken))
        thing = around.about if around.topic is None else None
        lines = [
            *about(list_statements(texts, around.theme, document.published_at), thing),
            *attendance_statements(texts, around.topic),
            *vita_statements(texts, headlines, document.published_at),
            *signed,
        ]
        tabled = chain.from_iterable(
            table_statements(table, around.theme, document.published_at) for table in tables(document, chunks)
        )
        rows = about(tabled, thing)
        found = _outside(found, lines)
        found.extend(triple_of(row, document, self.version) for row in (*rows, *lines))
        triples: dict[str, Triple] = {}
        for triple in with_announced_starts(found, document.published_at):
            known = triples.get(triple.id)
            if known is None or triple.confidence > known.confidence:
                triples[triple.id] = triple
        mentions = {
            _mention(named, item.start, around) for item, group in zip(read, names, strict=True) for named in group
        }
        mentions |= {
            part for triple in triples.values() for part in (triple.subject, triple.object) if isinstance(part, Mention)
        }
        kept = sorted(mentions, key=lambda m: (m.start, m.end, m.surface, m.entity_type or ""))
        return Extraction(tuple(triples.values()), tuple(kept))

    def _sentences(self, texts: Iterable[Passage], document: Document) -> Iterator[_Read]:
        pairs = ((passage.text.replace("\n", " ").replace("\t", " "), passage) for passage in texts)
        for parsed, passage in self._nlp.pipe(pairs, as_tuples=True, batch_size=_AT_ONCE):
            counted_from = reference(document, passage)
            earlier: Moment | None = None
            for span in parsed.sents:
                before, earlier = earlier, None
                if (
                    3 <= len(span) <= 2 * self._settings.max_sentence_words
                    and len(span.text.split()) <= self._settings.max_sentence_words
                ):
                    doc = with_whole_place_names(with_names_only(span.as_doc()))
                    told = lives(doc, document.published_at)
                    times = outside(told, find_times(doc.text, counted_from))
                    counted = outside(told, quantities(doc.text, counted_from, document))
                    sentence = Sentence(doc, times, counted, earlier=before)
                    earlier = times[0].past.first if len(times) == 1 else None
                    yield _Read(passage.chunk, passage.start + span.start_char, sentence, told)

    def _triples(
        self,
        document: Document,
        number: int,
        item: _Read,
        statements: Iterable[Statement],
        around: Frame,
    ) -> Iterator[Triple]:
        text = item.sentence.doc.text
        evidence = _evidence(document, item)
        seen = _seen_in(item)
        said: dict[tuple[str, str, str, bool], Triple] = {}
        for statement in statements:
            subject = resolve(statement.subject, number, text, around)
            if subject is None:
                continue
            object = statement.object
            what = object if isinstance(object, Literal) else resolve_object(object, subject, number, text, around)
            if what is None or not _telling(statement, subject, what):
                continue
            if statement.predicate == ALSO_KNOWN_AS and not is_sure(statement.subject, subject, around):
                continue
            triple = self._triple(document, item, statement, (subject, what), (evidence, seen), around)
            value = str(triple.object.key) if isinstance(triple.object, Literal) else triple.object.surface
            key = (triple.subject.surface, triple.predicate, value, triple.negated)
            known = said.get(key)
            if known is None or (known.validity.unbounded and not triple.validity.unbounded):
                said[key] = triple
        yield from said.values()

    def _taken_up(
        self,
        document: Document,
        number: int,
        item: _Read,
        around: Frame,
        told: tuple[Sequence[Triple], Sequence[Triple]],
    ) -> Iterator[Triple]:
        """Yield the dated beginning or end of an office that an earlier sentence gave the person.

        What ends may be named in the sentence itself ('Director Jane Roe will step down'), and what begins then. `told` is what is
        said before it, and in it.
        """
        text = item.sentence.doc.text
        taking = ((*taking_up(c, item.sentence), *succeeding(c, item.sentence)) for c in clauses(item.sentence.doc))
        for taken in chain.from_iterable(taking):
            ends = taken.validity.valid_to is not None
            before = (*told[0], *(one for one in told[1] if ends or one.validity == taken.validity))
            person = resolve(taken.person, number, text, around)
            place = resolve(taken.place, number, text, around) if taken.place else None
            office = office_meant(taken, person.name, place.name if place else None, before) if person else None
            if person is None or office is None:
                continue
            evidence = _evidence(document, item)
            who = _argument_mention(taken.person, person, item.start, evidence.start)
            seen = Signals(
                frozenset({"named_subject", "named_object", "resolved"}), taken.modality.mode, item.chunk.quoted
            )
            id = triple_id(who, office.predicate, office.object, evidence, False, taken.validity, self.version)
            yield replace(
                office, id=id, subject=who, evidence=evidence, confidence=confidence(seen), validity=taken.validity
            )

    def _triple(
        self,
        document: Document,
        item: _Read,
        statement: Statement,
        parts: tuple[Resolved, Resolved | Literal],
        place: tuple[Evidence, Signals],
        around: Frame,
    ) -> Triple:
        (subject, what), (evidence, around_it) = parts, place
        modality = statement.modality
        if is_refuted(item.sentence.doc.text):
            modality = modality.weaker(Mode.DOUBTED)
        when = ended_by(statement.validity, document.published_at) if modality.ended else statement.validity
        if when.unbounded and around.period is not None and isinstance(what, Literal) and is_flow(statement.predicate):
            when = around.period
        if _is_plan(statement, modality, when):
            modality = modality.weaker(Mode.PLANNED)
        signals = set(statement.signals) | around_it.names | _seen(statement, subject, what)
        if modality.future and when.valid_from is None:
            signals.add("undated_future")
        if modality.negated:
            signals.add("negated")
        who = _argument_mention(statement.subject, subject, item.start, evidence.start)
        target = (
            what
            if isinstance(what, Literal) or isinstance(statement.object, Literal)
            else _argument_mention(statement.object, what, item.start, evidence.start)
        )
        assert isinstance(target, Mention | Literal)
        return Triple(
            id=triple_id(who, statement.predicate, target, evidence, modality.negated, when, self.version),
            subject=who,
            predicate=statement.predicate,
            object=target,
            evidence=evidence,
            confidence=confidence(replace(around_it, names=frozenset(signals), mode=modality.mode)),
            extractor=self.version,
            qualifiers=statement.qualifiers,
            negated=modality.negated,
            validity=when,
        )


def _statements(sentence: Sentence) -> Iterator[Statement]:
    """Run the rules, the most telling first."""
    yield from naming_statements(sentence)
    yield from based_statements(sentence)
    yield from authored_statements(sentence)
    yield from place_statements(sentence)
    yield from role_statements_of(sentence)
    yield from attribute_statements(sentence)
    yield from dimension_statements(sentence)
    for clause in clauses(sentence.doc):
        renamed = tuple(renaming_statements(clause, sentence))
        yield from renamed
        if not renamed and not changes_office(clause, sentence) and not any(named_holders(clause, sentence)):
            for statement in relation_statements(clause, sentence):
                yield acting(statement)


def _outside(triples: list[Triple], rows: Sequence[RowStatement]) -> list[Triple]:
    """Leave out what was read, as if it were a sentence, from rows that are understood."""
    spans = sorted({(one.row.start, one.row.end) for one in rows})
    starts = [start for start, _ in spans]

    def inside(place: int) -> bool:
        at = bisect_right(starts, place) - 1
        return at >= 0 and place < spans[at][1]

    return [triple for triple in triples if not inside(triple.evidence.start)]


def _voice(around: Frame, item: _Read) -> Frame:
    """Return what a document gives for a sentence of it: the author is no 'I' in what he or she quotes."""
    return replace(around, author=None, firm=None) if item.chunk.quoted else around


def _seen_in(item: _Read) -> Signals:
    """Return the signals of the sentence itself: what its parse says about how far it can be trusted, and its length."""
    doc = item.sentence.doc
    roots = [token for token in doc if token.dep_ == "ROOT"]
    broken = len(roots) != 1 or roots[0].pos_ not in {"VERB", "AUX"}
    names = frozenset({"broken_parse"}) if broken else frozenset[str]()
    return Signals(names, quoted=item.chunk.quoted, words=sum(not token.is_punct for token in doc))


def _seen(statement: Statement, subject: Resolved, what: Resolved | Literal) -> set[str]:
    """Return the signals that the arguments give."""
    names = set()
    if _is_named(statement.subject, subject):
        names.add("named_subject")
    if isinstance(what, Literal):
        names.add("literal_object")
    elif isinstance(statement.object, Argument) and _is_named(statement.object, what):
        names.add("named_object")
    if subject.type and (isinstance(what, Literal) or what.type):
        names.add("typed_arguments")
    if "implied" in {part.kind for part in (statement.subject, statement.object) if isinstance(part, Argument)}:
        names.add("implied")
    elif not subject.direct or (isinstance(what, Resolved) and not what.direct):
        names.add("resolved")
    return names


def _is_named(argument: Argument, resolved: Resolved) -> bool:
    """Whether an argument is a name or stands for one."""
    return argument.kind != "noun" or not resolved.direct


def _telling(statement: Statement, subject: Resolved, what: Resolved | Literal) -> bool:
    """Whether a statement says something of something: two different arguments, both short enough to be one."""
    texts = [subject.name] if isinstance(what, Literal) else [subject.name, what.name]
    if len({text.casefold() for text in texts}) < len(texts):
        return False
    if statement.subject.kind == "noun" and subject.name.lower() in ORGANISATION_NOUNS:
        return False  # 'a company' that nobody names
    return bool(statement.predicate) and all(0 < len(text.split()) <= _LONGEST_PHRASE for text in texts)


def _is_plan(statement: Statement, modality: Modality, when: Validity) -> bool:
    """Whether something is to come that has no day or month: 'will open an office (next year)' does not say that it has one.

    Offices and seats are announced, and change on the date that is told, be it only a year.
    """
    start = when.valid_from
    vague = start is None or (start.precision is Precision.YEAR and "strong_pattern" not in statement.signals)
    return modality.future and not modality.negated and when.valid_to is None and vague


def _argument_mention(argument: Argument, resolved: Resolved, offset: int, fallback: int) -> Mention:
    if argument.kind == "implied":
        return Mention(resolved.name, fallback, fallback, resolved.type)
    return Mention(resolved.name, offset + argument.start, offset + argument.end, resolved.type)


def _mention(named: Named, offset: int, around: Frame) -> Mention:
    start = offset + named.start
    surface = around.full.get(named.text, named.text) if named.type in {None, "Person"} else named.text
    return Mention(surface, start, start + len(named.text), named.type)


def _evidence(document: Document, item: _Read) -> Evidence:
    start, end = _trimmed(document.text, item.start, item.start + len(item.sentence.doc.text))
    return Evidence(document.id, item.chunk.id, start, end, document.text[start:end], item.chunk.page)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
