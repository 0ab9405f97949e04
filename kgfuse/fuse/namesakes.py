"""What documents say of the bearers of a name, and the buckets that hold namesakes divided accordingly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from kgfuse.fuse.contexts import Span, Traits, fields_of, tell_apart
from kgfuse.fuse.mentions import MentionGroup, Statement
from kgfuse.fuse.records import Bucket, Evidence, count_documents
from kgfuse.model import DateSource, Document, Literal, Moment
from kgfuse.ontology import Cardinality, normalise_phrase

_OFFICES = frozenset({"works_for", "head_of", "director_of", "minister_of"})
"""Relations of a person to an employer that the ontology does not limit to one at a time."""

_OCCUPATION = "occupation"
_PLAIN = frozenset({"be", "become", "work", "as"})
_SURE = 0.5
_ORGANISATIONS = frozenset({"Organization", "Group"})


def divide(
    buckets: Sequence[Bucket],
    evidence: Evidence,
    thing_of: Mapping[str, str],
    documents: Iterable[Document],
    threshold: float,
    described: Container[str] = (),
    spread: Spread | None = None,
) -> list[Bucket]:
    """Divide the buckets that hold several things; `thing_of` says, for now, what the mention groups beside them are.

    Records that are `described` have been told apart by what is stated of them, and are not divided again. `spread` says
    in how many documents things are named; by default that is counted.
    """
    spoken = {document.id: document for document in documents}
    decided = _decided(evidence)
    traits = read_traits(evidence, thing_of, spoken)
    doubtful: dict[int, dict[str, list[str]]] = {}
    for place, bucket in enumerate(buckets):
        inside = [pair for id in bucket.groups for pair in decided.get(id, ())] if decided else []
        if (inside or _may_differ(bucket, traits)) and sum(id in described for id in bucket.groups) < 2:
            by_document = _by_document(bucket, evidence, inside)
            if len(by_document) > 1:
                doubtful[place] = by_document
    if not doubtful:
        return list(buckets)
    asked = {id for place in doubtful for id in buckets[place].groups}
    spread = spread or CountedSpread(evidence, thing_of)
    _add_ties(traits, asked, evidence, thing_of, spread)
    near = _rare_names({evidence.groups[id].document_id for id in asked}, evidence, thing_of, spread)
    parts: list[Bucket] = []
    for place, bucket in enumerate(buckets):
        if place in doubtful:
            parts.extend(_divide_one(bucket, doubtful[place], evidence, (traits, near, thing_of), threshold))
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


def _may_differ(bucket: Bucket, traits: Mapping[str, Traits]) -> bool:
    """Whether anything in the bucket could contradict; for what is no person, two stated values at least."""
    telling = [traits[id] for id in bucket.groups if id in traits and traits[id].telling]
    return len(telling) > 1 and (bucket.kind == "Person" or any(len(trait.values) > 1 for trait in telling))


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


class Spread(Protocol):
    """In how many documents a thing is named; with `properly`, by a name that does not hang on the document."""

    def __call__(self, thing: str, properly: bool) -> int: ...


class CountedSpread:
    """Counts documents over all mention groups."""

    def __init__(self, evidence: Evidence, thing_of: Mapping[str, str]) -> None:
        named = [(thing_of[id], group) for id, group in evidence.groups.items()]
        self._all = count_documents((thing, group.document_id) for thing, group in named)
        self._proper = count_documents((thing, group.document_id) for thing, group in named if is_proper(group))

    def __call__(self, thing: str, properly: bool) -> int:
        """Return the number of documents."""
        return (self._proper if properly else self._all).get(thing, 0)


def is_proper(group: MentionGroup) -> bool:
    """Whether a mention group is called by a name that means the same in every document."""
    return group.name.proper and not group.name.anaphoric


def _rare_names(
    documents: Container[str], evidence: Evidence, thing_of: Mapping[str, str], spread: Spread
) -> dict[str, frozenset[str]]:
    """Return the things that each of these documents names and few others do."""
    rare: defaultdict[str, set[str]] = defaultdict(set)
    for id, group in evidence.groups.items():
        if group.document_id in documents and is_proper(group) and 1 < spread(thing_of[id], True) <= evidence.few:
            rare[group.document_id].add(thing_of[id])
    return {document: frozenset(things) for document, things in rare.items()}


# ----------------------------------------------------------------------------------------------------------------- traits


def read_traits(
    evidence: Evidence, thing_of: Mapping[str, str], documents: Mapping[str, Document]
) -> dict[str, Traits]:
    """Return what can contradict, of the mention groups of which anything of the kind is said."""
    traits: defaultdict[str, Traits] = defaultdict(Traits)
    words: dict[str, frozenset[str]] = {}
    for statement in evidence.statements:
        if statement.triple.negated or statement.triple.confidence < _SURE:
            continue
        subject, relation, object = statement.subject, statement.relation, statement.object
        if relation.cardinality is Cardinality.ONE and relation.per == "subject":
            value = object.value if isinstance(object, Literal) else thing_of[object]
            traits[subject].values.setdefault(relation.name, set()).add(value)
        if evidence.kinds[subject] == "Person":
            phrase = statement.phrase
            if phrase not in words:
                words[phrase] = frozenset(normalise_phrase(phrase).split())
            _read_office(traits, statement, words[phrase], evidence, thing_of, documents)
    return dict(traits)


def _read_office(
    traits: defaultdict[str, Traits],
    statement: Statement,
    words: frozenset[str],
    evidence: Evidence,
    thing_of: Mapping[str, str],
    documents: Mapping[str, Document],
) -> None:
    """Read what a person does, and for whom."""
    subject, relation, object = statement.subject, statement.relation, statement.object
    if relation.name == _OCCUPATION or not words - _PLAIN:
        words = words.union(_object_words(statement, evidence))
    fields = fields_of(words)
    if fields:
        traits[subject].fields |= fields
    if isinstance(object, Literal) or evidence.groups[object].name.anaphoric:
        return
    single = relation.cardinality is Cardinality.ONE_AT_A_TIME and relation.per == "object"
    employed = evidence.kinds[object] in _ORGANISATIONS and bool(fields) and not statement.known
    if single or relation.name in _OFFICES or employed:
        traits[subject].offices.setdefault(thing_of[object], []).extend(_span(statement, documents))
        if single:
            traits[subject].exclusive.add(thing_of[object])


def _add_ties(
    traits: dict[str, Traits], asked: Container[str], evidence: Evidence, thing_of: Mapping[str, str], spread: Spread
) -> None:
    """Add to the traits of the mention groups `asked` for the rare things that they are linked with."""
    for statement in evidence.statements:
        subject, object = statement.subject, statement.object
        if isinstance(object, Literal) or statement.triple.negated or statement.triple.confidence < _SURE:
            continue
        for one, other in ((subject, object), (object, subject)):
            if one not in asked or evidence.kinds[other] == "Place" or not is_proper(evidence.groups[other]):
                continue
            if spread(thing_of[other], False) <= evidence.few:
                traits.setdefault(one, Traits()).ties.add(thing_of[other])


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
