"""What documents say of the bearers of a name, and the buckets that hold namesakes divided accordingly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import timedelta

from kgfuse.fuse.contexts import Span, Traits, fields_of, tell_apart
from kgfuse.fuse.mentions import Statement
from kgfuse.fuse.records import Bucket, Evidence, few_documents
from kgfuse.model import DateSource, Document, Literal, Moment
from kgfuse.ontology import Cardinality, normalise_phrase

_OFFICES = frozenset({"works_for", "head_of", "director_of", "minister_of"})
"""Relations of a person to an employer that the ontology does not limit to one at a time."""

_OCCUPATION = "occupation"
_ORGANISATIONS = frozenset({"Organization", "Group"})


def divide(
    buckets: Sequence[Bucket],
    evidence: Evidence,
    thing_of: Mapping[str, str],
    documents: Iterable[Document],
    threshold: float,
    described: Container[str] = (),
) -> list[Bucket]:
    """Divide the buckets that hold several things; `thing_of` says, for now, what the mention groups beside them are.

    Records that are `described` have been told apart by what is stated of them, and are not divided again.
    """
    spoken = {document.id: document for document in documents}
    traits = _read_traits(evidence, thing_of, spoken)
    decided = _decided(evidence)
    near = _rare_names(evidence, thing_of)
    parts: list[Bucket] = []
    for bucket in buckets:
        inside = [pair for id in bucket.groups for pair in decided.get(id, ())]
        by_document = _by_document(bucket, evidence, inside)
        person = bucket.kind == "Person"
        records = sum(id in described for id in bucket.groups)
        if len(by_document) > 1 and records < 2 and (inside or _may_differ(bucket, traits, person)):
            parts.extend(_divide_one(bucket, by_document, evidence, (traits, near, thing_of), threshold))
        else:
            parts.append(bucket)
    return parts


def _by_document(bucket: Bucket, evidence: Evidence, different: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Keep together what one document calls by the name, save what a decision parts even there."""
    document_of = {id: evidence.groups[id].document_id for id in bucket.groups}
    parted = {
        id
        for left, right in different
        if document_of.get(left, left) == document_of.get(right, right)
        for id in (left, right)
    }
    held: defaultdict[str, list[str]] = defaultdict(list)
    for id, document in document_of.items():
        held[f"{document}\x1f{id}" if id in parted else document].append(id)
    return dict(held)


def _decided(evidence: Evidence) -> dict[str, list[tuple[str, str]]]:
    pairs: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for pair in sorted(evidence.verdicts.different):
        pairs[pair[0]].append(pair)
    return pairs


def _may_differ(bucket: Bucket, traits: Mapping[str, Traits], person: bool) -> bool:
    """Whether anything in the bucket could contradict; for what is no person, two stated values at least."""
    telling = [traits[id] for id in bucket.groups if id in traits and traits[id].telling]
    return len(telling) > 1 and (person or any(len(trait.values) > 1 for trait in telling))


def _divide_one(
    bucket: Bucket,
    by_document: Mapping[str, list[str]],
    evidence: Evidence,
    known: tuple[Mapping[str, Traits], Mapping[str, frozenset[str]], Mapping[str, str]],
    threshold: float,
) -> list[Bucket]:
    traits, near, thing_of = known
    said: dict[str, Traits] = {}
    for document, ids in by_document.items():
        names = near.get(evidence.groups[ids[0]].document_id, frozenset())
        said[document] = Traits(near=set(names) - {thing_of[id] for id in ids})
        for id in ids:
            if id in traits:
                said[document].add(traits[id])
    document_of = {id: document for document, ids in by_document.items() for id in ids}

    def within(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        held = [pair for pair in pairs if pair[0] in document_of and pair[1] in document_of]
        lifted = [(document_of[left], document_of[right]) for left, right in held]
        return [(left, right) for left, right in lifted if left != right]

    home = evidence.groups[min(bucket.groups, key=lambda group: (group in evidence.homes, group))]
    divided = tell_apart(
        said,
        within(evidence.verdicts.same),
        within(evidence.verdicts.different),
        threshold,
        bucket.kind == "Person",
        len(home.name.tokens) == 1,
    )
    return [
        Bucket(bucket.name, bucket.kind, tuple(sorted(id for document in part for id in by_document[document])))
        for part in divided
    ]


def _rare_names(evidence: Evidence, thing_of: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return the things that each document names and few others do."""
    documents: defaultdict[str, set[str]] = defaultdict(set)
    for id, group in evidence.groups.items():
        if group.name.proper and not group.name.anaphoric:
            documents[thing_of[id]].add(group.document_id)
    few = few_documents(evidence)
    named: defaultdict[str, set[str]] = defaultdict(set)
    for thing, where in documents.items():
        if 1 < len(where) <= few:
            for document in where:
                named[document].add(thing)
    return {document: frozenset(things) for document, things in named.items()}


# ----------------------------------------------------------------------------------------------------------------- traits


def _read_traits(
    evidence: Evidence, thing_of: Mapping[str, str], documents: Mapping[str, Document]
) -> dict[str, Traits]:
    named: defaultdict[str, set[str]] = defaultdict(set)
    for id, group in evidence.groups.items():
        named[thing_of[id]].add(group.document_id)
    few = few_documents(evidence)
    traits: defaultdict[str, Traits] = defaultdict(Traits)
    for statement in evidence.statements:
        if statement.triple.negated or statement.triple.confidence < 0.5:
            continue
        _read_subject(traits[statement.subject], statement, evidence, thing_of, documents)
        if isinstance(statement.object, str):
            for one, other in ((statement.subject, statement.object), (statement.object, statement.subject)):
                name = evidence.groups[other].name
                place = evidence.kinds[other] == "Place"
                if name.proper and not name.anaphoric and not place and len(named[thing_of[other]]) <= few:
                    traits[one].ties.add(thing_of[other])
    return dict(traits)


def _read_subject(
    traits: Traits,
    statement: Statement,
    evidence: Evidence,
    thing_of: Mapping[str, str],
    documents: Mapping[str, Document],
) -> None:
    relation, object = statement.relation, statement.object
    value = object.value if isinstance(object, Literal) else thing_of[object]
    if relation.cardinality is Cardinality.ONE and relation.per == "subject":
        traits.values.setdefault(relation.name, set()).add(value)
    if evidence.kinds[statement.subject] != "Person":
        return
    words = set(normalise_phrase(statement.phrase).split())
    if relation.name == _OCCUPATION or not words - {"be", "become", "work", "as"}:
        words |= set(_object_words(statement, evidence))
    fields = fields_of(words)
    traits.fields |= fields
    if isinstance(object, Literal) or evidence.groups[object].name.anaphoric:
        return
    single = relation.cardinality is Cardinality.ONE_AT_A_TIME and relation.per == "object"
    employed = evidence.kinds[object] in _ORGANISATIONS and bool(fields) and not statement.known
    if single or relation.name in _OFFICES or employed:
        traits.offices.setdefault(value, []).extend(_span(statement, documents))
        if single:
            traits.exclusive.add(value)


def _object_words(statement: Statement, evidence: Evidence) -> Sequence[str]:
    if isinstance(statement.object, Literal):
        return normalise_phrase(statement.object.value).split()
    return evidence.groups[statement.object].name.tokens


def _span(statement: Statement, documents: Mapping[str, Document]) -> list[Span]:
    """Return when an office was held, as far as the source says: the stated period and the day it spoke."""
    validity = statement.triple.validity
    document = documents.get(statement.triple.evidence.document_id)
    observed: Moment | None = None
    if document is not None and document.date_source is not DateSource.FILE_TIME and validity.valid_to is None:
        observed = document.published_at
    moments = [moment.at for moment in (validity.valid_from, validity.valid_to, observed) if moment is not None]
    return [(min(moments), max(moments) + timedelta(days=1))] if moments else []
