"""From what a model said to triples that stand in the text, with what speaks for each of them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from kgfuse.extract.confidence import Calibration, scored
from kgfuse.extract.grounding import Place, find_all, find_quote
from kgfuse.extract.llm_arguments import IN_CHUNK, Argument, ground_name
from kgfuse.extract.llm_reply import SaidTriple
from kgfuse.extract.llm_values import read_literal, read_moment, read_validity
from kgfuse.model import Chunk, Document, Evidence, Literal, Mention, Qualifiers, Triple, triple_id
from kgfuse.ontology import Ontology

Reason = str
"""Why something that a model said is no triple."""

_SURMISE_WORDS = re.compile(
    r"\b(?:reportedly|allegedly|rumou?r\w*|unconfirmed|purportedly|supposedly)\b", re.IGNORECASE
)
_LONGEST_PREDICATE = 80
_OCCURRENCES = 50
"""Places of one quote looked at per chunk."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that statements are read by."""

    document: Document
    chunk: Chunk
    ontology: Ontology
    calibration: Calibration
    extractor: str


def ground(said: SaidTriple, reading: Reading, logprob: float | None = None) -> Triple | Reason:
    """Turn what a model said into a triple, or say why it cannot be; `logprob` is the mean over its tokens."""
    chunk = reading.chunk
    predicate = _predicate(said.predicate)
    if not predicate:
        return "no predicate"
    places = [Place(chunk.start + p.start, chunk.start + p.end, p.grade) for p in find_quote(said.quote, chunk.text)]
    if not places:
        return "quote not in text"
    read = [_ground_at(said, predicate, place, reading, logprob) for place in places[:_OCCURRENCES]]
    triples = [one for one in read if isinstance(one, Triple)]
    return max(triples, key=lambda triple: triple.confidence) if triples else read[0]


def _ground_at(
    said: SaidTriple, predicate: str, place: Place, reading: Reading, logprob: float | None
) -> Triple | Reason:
    document, chunk, ontology = reading.document, reading.chunk, reading.ontology
    type = known_type(said.subject_type, ontology)
    subject = ground_name(said.subject, place, document, chunk, _person(type, ontology))
    if subject is None:
        return "subject not in text"
    object = _ground_object(said, predicate, place, reading)
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
    features = _features(said, quote, place.grade.value * subject.factor * object_factor, chunk.quoted)
    if logprob is not None:
        features["logprob"] = logprob
    confidence = scored(features, reading.calibration)
    id = triple_id(who, predicate, what, evidence, said.negated, validity, reading.extractor)
    qualifiers = _qualifiers(said, chunk)
    return Triple(id, who, predicate, what, evidence, confidence, reading.extractor, qualifiers, said.negated, validity)


def _ground_object(
    said: SaidTriple, predicate: str, place: Place, reading: Reading
) -> tuple[Mention | Literal, float, bool] | Reason:
    """Return the object, how well it was found, and whether the quote holds it."""
    document, chunk, ontology = reading.document, reading.chunk, reading.ontology
    kind = _object_kind(said, predicate, ontology)
    if kind == "entity":
        type = known_type(said.object_type, ontology)
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


def _features(said: SaidTriple, quote: str, grounding: float, quoted: bool) -> dict[str, float]:
    """Return what speaks for and against a statement; the weights stand in `calibration.json`.

    own: the log-odds of the model's own number. grounding: the log of how well quote and arguments were found (0 at best).
    mode_...: how the model says that it is meant. surmise: the quote itself calls it a rumour. negated, quoted.
    """
    own = said.confidence / 100 if 1 < said.confidence <= 100 else said.confidence
    own = own if own == own else 0.5  # noqa: PLR0124 - NaN is no number to rely on
    own = min(0.95, max(0.05, own))
    features = {"own": math.log(own / (1 - own)), "grounding": math.log(grounding)}
    if said.modality != "asserted":
        features[f"mode_{said.modality}"] = 1.0
    if said.modality in ("asserted", "reported") and _SURMISE_WORDS.search(quote):
        features["surmise"] = 1.0
    if said.negated:
        features["negated"] = 1.0
    if quoted:
        features["quoted"] = 1.0
    return features


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


def known_type(name: str | None, ontology: Ontology) -> str | None:
    """Return a type by the ontology's spelling of it; `None` for what it does not know."""
    if name is None or name in ontology.types:
        return name
    folded = re.sub(r"[\W_]", "", name).lower()
    return next((known for known in ontology.types if known.lower() == folded), None)


def _person(type: str | None, ontology: Ontology) -> bool | None:
    return None if type is None else ontology.is_a(type, "Person")


def _mention(argument: Argument, type: str | None) -> Mention:
    return Mention(argument.surface, argument.start, argument.end, type)
