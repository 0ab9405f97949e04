"""The offline extractor: spaCy's parse, read by rules over clauses, roles, attributes, names and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kgfuse.config import ExtractSettings
from kgfuse.extract.arguments import TYPES, Argument, name
from kgfuse.extract.attributes import attribute_statements
from kgfuse.extract.clauses import clauses
from kgfuse.extract.confidence import Signals, confidence
from kgfuse.extract.coreference import Antecedents, NamedMention, Names, survey
from kgfuse.extract.dates import find_times
from kgfuse.extract.modality import Mode, is_refuted
from kgfuse.extract.naming import naming_statements
from kgfuse.extract.offices import office_statements
from kgfuse.extract.quantities import find_quantities
from kgfuse.extract.relations import relation_statements
from kgfuse.extract.roles import appositions, word_order
from kgfuse.extract.sentences import Passage, passages
from kgfuse.extract.spacy_model import load_model
from kgfuse.extract.statement import Sentence, Statement
from kgfuse.extract.tables import row_statements
from kgfuse.extract.timing import ended_by
from kgfuse.model import BlockKind, Chunk, Document, Evidence, Literal, Mention, Triple, triple_id
from kgfuse.protocols import Extraction

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

RULES_VERSION = "1"
_BATCH = 64


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence of a chunk, parsed."""

    number: int
    chunk: Chunk
    passage: Passage
    doc: Doc


class SpacyExtractor:
    """Open information extraction without a server: deterministic, about 100 sentences a second on one core."""

    def __init__(self, settings: ExtractSettings) -> None:
        self._settings = settings

    @property
    def version(self) -> str:
        """The rules, the model and the settings that determine the output."""
        return f"spacy/{RULES_VERSION}/{self._settings.spacy_model}/{self._settings.max_sentence_words}"

    def extract(self, document: Document, chunks: Sequence[Chunk]) -> Extraction:
        """Return the triples and names of a document's chunks, in reading order. Raises ModelError."""
        nlp = load_model(self._settings.spacy_model)
        reads = list(self._parsed(nlp, document, chunks))
        names = _survey(reads)
        antecedents = Antecedents(names, _topic(document, names), document.author)
        triples: dict[str, Triple] = {}
        mentions: dict[tuple[str, int], Mention] = {}
        section: str | None = None
        for read in reads:
            if read.chunk.id != section:
                antecedents.new_section()
                section = read.chunk.id
            sentence = _sentence(read, document, names)
            for mention in _mentions(read, sentence):
                antecedents.read(mention)
                start = read.passage.start + mention.start
                surface = names.full.get(mention.name, mention.name)
                mentions[(surface, start)] = Mention(surface, start, start + len(mention.name), mention.type)
            for statement in _statements(sentence, read):
                triple = self._triple(statement, read, document, antecedents)
                if triple is not None:
                    best = triples.get(triple.id)
                    triples[triple.id] = triple if best is None or best.confidence < triple.confidence else best
        for triple in triples.values():
            for argument in (triple.subject, triple.object):
                if isinstance(argument, Mention) and argument.entity_type is not None:
                    mentions.setdefault((argument.surface, argument.start), argument)
        ordered = sorted(mentions.values(), key=lambda m: (m.start, m.end, m.surface))
        return Extraction(tuple(triples.values()), tuple(ordered))

    def _parsed(self, nlp: Language, document: Document, chunks: Sequence[Chunk]) -> Iterator[_Read]:
        """Parse the sentences of all chunks in batches; each is one sentence, whatever the parser thinks."""
        places = [(chunk, passage) for chunk in chunks for passage in passages(document, chunk)]
        places = [
            (chunk, passage) for chunk, passage in places
            if len(document.text[passage.start : passage.end].split()) <= self._settings.max_sentence_words
        ]  # fmt: skip
        docs = []
        for _, passage in places:
            doc = nlp.make_doc(document.text[passage.start : passage.end].replace("\n", " ").replace("\t", " "))
            for token in doc:
                token.is_sent_start = token.i == 0
            docs.append(doc)
        for number, ((chunk, passage), doc) in enumerate(zip(places, nlp.pipe(docs, batch_size=_BATCH), strict=True)):
            yield _Read(number, chunk, passage, doc)

    def _triple(self, statement: Statement, read: _Read, document: Document, antecedents: Antecedents) -> Triple | None:
        subject = antecedents.resolve(statement.subject, read.number)
        if subject is None:
            return None
        said: tuple[Argument | Literal, bool] | None
        said = (
            (statement.object, False)
            if isinstance(statement.object, Literal)
            else antecedents.resolve(statement.object, read.number)
        )
        if said is None or (isinstance(said[0], Argument) and said[0].text.lower() == subject[0].text.lower()):
            return None
        place = read.passage
        quote = document.text[place.start : place.end]
        evidence = Evidence(document.id, read.chunk.id, place.start, place.end, quote, read.chunk.page)
        left = _mention(subject[0], place.start)
        right = said[0] if isinstance(said[0], Literal) else _mention(said[0], place.start)
        modality = statement.modality
        if is_refuted(quote):
            modality = replace(modality, mode=Mode.RUMOURED)
        validity = statement.validity
        if modality.ended:
            validity = ended_by(validity, document.published_at)
        score = confidence(_signals(statement, (subject, said), read))
        id = triple_id(left, statement.predicate, right, evidence, modality.negated, validity, self.version)
        return Triple(
            id, left, statement.predicate, right, evidence, score, self.version, tuple(sorted(statement.qualifiers)),
            modality.negated, validity,
        )  # fmt: skip


def _sentence(read: _Read, document: Document, names: Names) -> Sentence:
    text = read.doc.text
    return Sentence(read.doc, find_times(text, document.published_at), find_quantities(text), names.types)


def _statements(sentence: Sentence, read: _Read) -> Iterator[Statement]:
    """Yield what a sentence says: a row of a table cell by cell, prose by its grammar."""
    if read.passage.kind is BlockKind.HEADING:
        yield from naming_statements(sentence)
        return
    rows = tuple(row_statements(sentence))
    if rows or read.passage.kind is BlockKind.TABLE:
        yield from rows
        return
    yield from naming_statements(sentence)
    yield from appositions(sentence)
    yield from word_order(sentence)
    yield from attribute_statements(sentence)
    for clause in clauses(sentence.doc):
        yield from office_statements(clause, sentence)
        yield from relation_statements(clause, sentence)


def _survey(reads: Sequence[_Read]) -> Names:
    def named() -> Iterator[tuple[str, str | None, str]]:
        for read in reads:
            for entity in read.doc.ents:
                if entity.label_ in TYPES and (found := name(entity.root)) is not None:
                    yield found.text, found.type, read.doc[entity.start - 1].text if entity.start else ""

    return survey(named())


def _mentions(read: _Read, sentence: Sentence) -> Iterator[NamedMention]:
    """Yield the names of a sentence in order, with whether each is a subject."""
    seen: set[tuple[str, int]] = set()
    for token in read.doc:
        entity = token.ent_type_ in TYPES and token.ent_iob_ == "B"
        if not (entity or (token.dep_ in {"nsubj", "nsubjpass"} and token.pos_ == "PROPN")):
            continue
        root = token
        if entity:
            root = next(e for e in read.doc.ents if e.start <= token.i < e.end).root
        found = name(root, sentence.types)
        if found is None or (found.text, found.start) in seen or sentence.in_time(root):
            continue
        seen.add((found.text, found.start))
        subject = root.dep_ in {"nsubj", "nsubjpass"} or (
            root.dep_ == "appos" and root.head.dep_ in {"nsubj", "nsubjpass"}
        )
        yield NamedMention(found.text, found.type, read.number, found.start, subject)


def _topic(document: Document, names: Names) -> str | None:
    """Return the organisation that the document's title names, when it names exactly one."""
    title = document.title.lower()
    found = {name for name, kind in names.types.items() if kind == "Organization" and name.lower() in title}
    longest = [n for n in found if not any(n != other and n in other for other in found)]
    return longest[0] if len(longest) == 1 else None


def _mention(argument: Argument, offset: int) -> Mention:
    return Mention(argument.text, offset + argument.start, offset + argument.end, argument.type)


def _signals(
    statement: Statement, arguments: tuple[tuple[Argument, bool], tuple[Argument | Literal, bool]], read: _Read
) -> Signals:
    (subject, inferred), (said, also) = arguments
    names = set(statement.signals)
    if subject.kind == "name":
        names.add("named_subject")
    if isinstance(said, Literal):
        names.add("literal_object")
    elif said.kind == "name":
        names.add("named_object")
        if said.type and subject.type:
            names.add("typed_arguments")
    implied = statement.subject.kind == "implied" or (
        isinstance(statement.object, Argument) and statement.object.kind == "implied"
    )
    if implied:
        names.add("implied")
    elif inferred or also:
        names.add("resolved")
    if statement.modality.negated:
        names.add("negated")
    if len(read.doc) > 35:
        names.add("long_sentence")
    if not any(t.dep_ == "ROOT" and t.pos_ in {"VERB", "AUX", "NOUN", "PROPN", "ADJ"} for t in read.doc):
        names.add("broken_parse")
    if statement.modality.future and statement.validity.unbounded:
        names.add("undated_future")
    return Signals(frozenset(names), statement.modality.mode, read.chunk.quoted)
