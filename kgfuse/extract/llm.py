"""Triples from a language model: one request per chunk, nothing believed that does not stand in the text."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from pydantic import ValidationError

from kgfuse.config import LanguageModelSettings
from kgfuse.errors import ReplyUnusable
from kgfuse.extract.grounding import Place, find_all, find_quote
from kgfuse.extract.llm_arguments import IN_CHUNK, Argument, clean_name, ground_name
from kgfuse.extract.llm_reply import REPLY_SCHEMA, ExtractionReply, SaidTriple
from kgfuse.extract.llm_values import read_literal, read_moment, read_validity
from kgfuse.extract.versions import llm_version
from kgfuse.model import Chunk, Document, Evidence, Literal, Mention, Qualifiers, Triple, triple_id
from kgfuse.ontology import Ontology, Relation
from kgfuse.prompts import load_prompt
from kgfuse.protocols import Extraction, LanguageModel

MODALITY = {"asserted": 1.0, "reported": 0.9, "planned": 0.85, "hedged": 0.33, "hypothetical": 0.12}
"""Factors on the extraction confidence: a rumour stays below 0.35 however sure the model is that it was told."""

_NEGATED, _QUOTED, _SURMISE = 0.95, 0.8, 0.6
_LOWEST, _HIGHEST = 0.05, 0.95
_SURMISE_WORDS = re.compile(
    r"\b(?:reportedly|allegedly|rumou?r\w*|unconfirmed|purportedly|supposedly)\b", re.IGNORECASE
)
_LONGEST_PREDICATE = 80
_LONGEST_FIELD = 300
_OCCURRENCES = 50
"""Mentions of one name counted per chunk."""

Reason = str


@dataclass(frozen=True, slots=True)
class _Read:
    """What one chunk gave."""

    triples: tuple[Triple, ...] = ()
    mentions: tuple[Mention, ...] = ()
    quarantined: tuple[Reason, ...] = ()


class LanguageModelExtractor:
    """An `Extractor` that asks a language model. Thread-safe if the model is; the result depends on the replies alone."""

    def __init__(self, model: LanguageModel, ontology: Ontology, settings: LanguageModelSettings) -> None:
        self._model = model
        self._ontology = ontology
        self._concurrency = settings.concurrency
        self._version = llm_version(model.name, settings, ontology)
        self._system = system_prompt(ontology)

    @property
    def version(self) -> str:
        """Everything that determines the output besides the text."""
        return self._version

    def extract(self, document: Document, chunks: Sequence[Chunk]) -> Extraction:
        """Read the chunks, several at once, and return what is grounded in the text, in the text's order.

        A chunk whose reply is unusable counts as quarantined; every other LanguageModelError is raised.
        """
        chunks = [chunk for chunk in chunks if re.search(r"\w", chunk.text)]
        if len(chunks) > 1 and self._concurrency > 1:
            with ThreadPoolExecutor(min(self._concurrency, len(chunks)), "extract-chunk") as pool:
                futures = [pool.submit(self._read, document, chunk) for chunk in chunks]
                try:
                    read = [future.result() for future in futures]
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
        else:
            read = [self._read(document, chunk) for chunk in chunks]
        return _gather(read)

    def _read(self, document: Document, chunk: Chunk) -> _Read:
        try:
            text = self._model.complete(self._system, user_prompt(document, chunk), REPLY_SCHEMA)
            reply = ExtractionReply.model_validate(json.loads(text))
        except (ReplyUnusable, ValidationError, json.JSONDecodeError):
            return _Read(quarantined=("reply unusable",))
        found = [_ground(said, document, chunk, self._ontology, self._version) for said in reply.triples]
        triples = tuple(one for one in found if isinstance(one, Triple))
        named = [(entity.name, _type(entity.type, self._ontology)) for entity in reply.entities]
        return _Read(triples, _mentions(named, triples, chunk), tuple(one for one in found if isinstance(one, str)))


# ------------------------------------------------------------------------------------------------------------- prompts


def system_prompt(ontology: Ontology) -> str:
    """Return the system prompt: what to do, the ontology's types, and its relations with their direction."""
    relations = "\n".join(_described(relation) for relation in ontology.relations.values())
    types = ", ".join(ontology.types) or "(none)"
    return load_prompt("extract_system").render(types=types, relations=relations or "(none)")


def _described(relation: Relation) -> str:
    subject = " or ".join(relation.domain) or "anything"
    object = relation.literal or " or ".join(relation.range) or "anything"
    return f"- {relation.name} ({subject} -> {object}): {relation.description}"


def user_prompt(document: Document, chunk: Chunk) -> str:
    """Return the user prompt for one chunk; everything from the document stands between its boundary lines."""
    return load_prompt("extract_user").render(
        title=_field(document.title) or "(none)",
        date=str(document.published_at) if document.published_at else "(not known)",
        author=_field(document.author or "") or "(not known)",
        headings=_field(" > ".join(chunk.heading_path)) or "(none)",
        passage=chunk.text,
    )


def _field(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_FIELD]


# ----------------------------------------------------------------------------------------------------------- grounding


def _ground(said: SaidTriple, document: Document, chunk: Chunk, ontology: Ontology, extractor: str) -> Triple | Reason:
    """Turn what a model said into a triple, or say why it cannot be."""
    predicate = _predicate(said.predicate)
    if not predicate:
        return "no predicate"
    places = [Place(chunk.start + p.start, chunk.start + p.end, p.grade) for p in find_quote(said.quote, chunk.text)]
    if not places:
        return "quote not in text"
    read = [_ground_at(said, predicate, place, document, chunk, ontology, extractor) for place in places[:_OCCURRENCES]]
    triples = [one for one in read if isinstance(one, Triple)]
    return max(triples, key=lambda triple: triple.confidence) if triples else read[0]


def _ground_at(
    said: SaidTriple,
    predicate: str,
    place: Place,
    document: Document,
    chunk: Chunk,
    ontology: Ontology,
    extractor: str,
) -> Triple | Reason:
    type = _type(said.subject_type, ontology)
    subject = ground_name(said.subject, place, document, chunk, _person(type, ontology))
    if subject is None:
        return "subject not in text"
    object = _ground_object(said, predicate, place, document, chunk, ontology)
    if isinstance(object, str):
        return object
    what, object_factor, object_named = object
    if not subject.named and not object_named:
        return "quote names no argument"
    who = _mention(subject, type)
    if isinstance(what, Mention) and what.surface.casefold() == who.surface.casefold():
        return "subject is object"
    quote = document.text[place.start : place.end]
    evidence = Evidence(document.id, chunk.id, place.start, place.end, quote, chunk.page)
    near = (chunk.text, *chunk.heading_path, document.title)
    validity = read_validity(said.valid_from, said.valid_to, near, document.published_at)
    confidence = _confidence(said, quote, place.grade.value * subject.factor * object_factor, chunk)
    id = triple_id(who, predicate, what, evidence, said.negated, validity, extractor)
    qualifiers = _qualifiers(said, chunk)
    return Triple(id, who, predicate, what, evidence, confidence, extractor, qualifiers, said.negated, validity)


def _ground_object(
    said: SaidTriple, predicate: str, place: Place, document: Document, chunk: Chunk, ontology: Ontology
) -> tuple[Mention | Literal, float, bool] | Reason:
    """Return the object, the factor on the confidence, and whether the quote holds it."""
    kind = _object_kind(said, predicate, ontology)
    if kind == "entity":
        type = _type(said.object_type, ontology)
        found = ground_name(said.object, place, document, chunk, _person(type, ontology))
        return (_mention(found, type), found.factor, found.named) if found else "object not in text"
    quote = document.text[place.start : place.end]
    inside = find_all(said.object, quote, whole_words=True)
    if not inside and not find_all(said.object, chunk.text, whole_words=True):
        return "object not in text"
    literal = read_literal(kind, said.object, said.value, said.unit)
    if literal is None:
        return "value unreadable"
    return literal, inside[0].grade.value if inside else IN_CHUNK, bool(inside)


def _object_kind(said: SaidTriple, predicate: str, ontology: Ontology) -> str:
    """What the object is, corrected by a relation that is sure of it: models confuse a year with a number."""
    known = {name for name, _ in ontology.lookup(predicate)}
    literals = {ontology.relation(name).literal for name in known}
    if literals == {"date"} and read_moment(said.value or said.object):
        return "date"
    if known and literals == {None} and said.object_kind == "string":
        return "entity"
    return said.object_kind


def _confidence(said: SaidTriple, quote: str, grounding: float, chunk: Chunk) -> float:
    own = said.confidence / 100 if 1 < said.confidence <= 100 else said.confidence
    own = min(1.0, max(0.0, own)) if own == own else 0.5  # noqa: PLR0124 - NaN is no number to rely on
    factor = grounding * MODALITY[said.modality]
    if said.modality in ("asserted", "reported") and _SURMISE_WORDS.search(quote):
        factor *= _SURMISE
    factor *= (_NEGATED if said.negated else 1.0) * (_QUOTED if chunk.quoted else 1.0)
    return round(min(_HIGHEST, max(_LOWEST, own * factor)), 4)


def _predicate(text: str) -> str:
    """Return a predicate as words: underscores and white space folded, lower case; empty when it is none."""
    words = " ".join(text.replace("_", " ").split()).lower().strip(".,;:'\"")
    return words if re.search(r"[^\W\d_]", words) and len(words) <= _LONGEST_PREDICATE else ""


def _qualifiers(said: SaidTriple, chunk: Chunk) -> Qualifiers:
    """Keep the qualifiers whose values stand in the text."""
    kept = {
        (_predicate(item.name), " ".join(item.value.split()))
        for item in said.qualifiers
        if _predicate(item.name) and find_all(item.value, chunk.text, whole_words=True)
    }
    return tuple(sorted(kept))


def _type(name: str | None, ontology: Ontology) -> str | None:
    """Return a type by the ontology's spelling of it; `None` for what it does not know."""
    if name is None or name in ontology.types:
        return name
    folded = re.sub(r"[\W_]", "", name).lower()
    return next((known for known in ontology.types if known.lower() == folded), None)


def _person(type: str | None, ontology: Ontology) -> bool | None:
    return None if type is None else ontology.is_a(type, "Person")


def _mention(argument: Argument, type: str | None) -> Mention:
    return Mention(argument.surface, argument.start, argument.end, type)


def _mentions(named: Sequence[tuple[str, str | None]], triples: Sequence[Triple], chunk: Chunk) -> tuple[Mention, ...]:
    """Return every place where a named entity stands, longest names first: 'Acme' within 'Acme Energy' is no mention."""
    arguments = [a for t in triples for a in (t.subject, t.object) if isinstance(a, Mention)]
    names = {clean_name(name): type for name, type in reversed(named)}
    taken: list[Mention] = []
    for name in sorted(names, key=lambda name: (-len(name), name)):
        for place in find_all(name, chunk.text, whole_words=True)[:_OCCURRENCES]:
            start, end = chunk.start + place.start, chunk.start + place.end
            if not any(start < other.end and other.start < end for other in taken):
                surface = " ".join(chunk.text[place.start : place.end].split())
                taken.append(Mention(surface, start, end, names[name]))
    covered = {(mention.surface, mention.start) for mention in taken}
    taken += [mention for mention in arguments if (mention.surface, mention.start) not in covered]
    return tuple(sorted(set(taken), key=_in_text))


def _in_text(mention: Mention) -> tuple[int, int, str, str]:
    return mention.start, mention.end, mention.surface, mention.entity_type or ""


# ----------------------------------------------------------------------------------------------------------- gathering


def _gather(read: Sequence[_Read]) -> Extraction:
    """Join what the chunks gave: equal triples once, each surface with the type that it has most often."""
    quarantined = Counter(reason for one in read for reason in one.quarantined)
    types = _majority_types(read)
    triples: dict[str, Triple] = {}
    for one in read:
        for triple in one.triples:
            known = triples.get(triple.id)
            if known is None or triple.confidence > known.confidence:
                triples[triple.id] = _typed_triple(triple, types)
    mentions = {(_in_text(typed)[:3]): typed for one in read for typed in (_typed(m, types) for m in one.mentions)}
    return Extraction(
        tuple(triples.values()), tuple(sorted(mentions.values(), key=_in_text)), tuple(sorted(quarantined.items()))
    )


def _majority_types(read: Sequence[_Read]) -> dict[str, str]:
    votes: dict[str, Counter[str]] = {}
    for one in read:
        arguments = [a for t in one.triples for a in (t.subject, t.object) if isinstance(a, Mention)]
        for mention in (*one.mentions, *arguments):
            if mention.entity_type:
                votes.setdefault(mention.surface, Counter())[mention.entity_type] += 1
    return {surface: min(counts, key=lambda name: (-counts[name], name)) for surface, counts in votes.items()}


def _typed(mention: Mention, types: dict[str, str]) -> Mention:
    return replace(mention, entity_type=types.get(mention.surface))


def _typed_triple(triple: Triple, types: dict[str, str]) -> Triple:
    what = _typed(triple.object, types) if isinstance(triple.object, Mention) else triple.object
    return replace(triple, subject=_typed(triple.subject, types), object=what)
