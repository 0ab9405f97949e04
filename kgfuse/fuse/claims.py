"""From triples to claims: who says what of which entities, when, and which claims only repeat another."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Protocol

from kgfuse.fuse.canonicals import Canonicals
from kgfuse.fuse.relations import FORMER
from kgfuse.fuse.values import Value, value_of
from kgfuse.model import (
    Claim,
    Datatype,
    DateSource,
    Document,
    Evidence,
    Literal,
    Mention,
    Moment,
    Triple,
    Validity,
    content_id,
)
from kgfuse.ontology import Ontology
from kgfuse.protocols import LedgerContent


class Resolver(Protocol):
    """What fusion needs to know about entities here (see `kgfuse.fuse.entities.Resolution`)."""

    def entity_id(self, document_id: str, mention: Mention) -> str: ...

    def type_of(self, entity_id: str) -> str | None: ...


def link(
    content: LedgerContent, ontology: Ontology, resolution: Resolver, name_of: Callable[[str], str]
) -> tuple[Claim, ...]:
    """Return the claim of every triple whose document is known, sorted by triple."""
    documents = {document.id: document for document in content.documents}
    canonicals = Canonicals(ontology)
    claims = []
    for triple in _in_order(content.triples):
        document = documents.get(triple.evidence.document_id)
        if document is not None:
            quoted = triple.evidence.chunk_id in content.quoted_chunks
            claims.append(make_claim(triple, document, quoted, canonicals, resolution, name_of))
    return in_context(tuple(claims), canonicals)


def in_context(claims: tuple[Claim, ...], canonicals: Canonicals) -> tuple[Claim, ...]:
    """Read claims (sorted by triple) in the light of the others about the same subject."""
    return _narrowed(_restated(claims, canonicals), canonicals)


def _in_order(triples: Sequence[Triple]) -> Iterable[Triple]:
    """Return the triples sorted by id, each id once; from a ledger they come so."""
    if all(one.id < other.id for one, other in pairwise(triples)):
        return triples
    by_id = {triple.id: triple for triple in triples}
    return [by_id[id] for id in sorted(by_id)]


def make_claim(
    triple: Triple,
    document: Document,
    quoted: bool,
    canonicals: Canonicals,
    resolution: Resolver,
    name_of: Callable[[str], str],
) -> Claim:
    """Return what a triple claims, by itself; `quoted`: somebody else said it elsewhere."""
    subject = resolution.entity_id(document.id, triple.subject)
    object: str | Literal = (
        resolution.entity_id(document.id, triple.object) if isinstance(triple.object, Mention) else triple.object
    )
    object_type = resolution.type_of(object) if isinstance(object, str) else None
    canonical = canonicals.of(triple, resolution.type_of(subject), object_type)
    relation = canonicals.relation(canonical.relation)
    if isinstance(object, str):
        if canonical.inverted or (relation.symmetric and object < subject):
            subject, object = object, subject
        if relation.identity and subject == object and isinstance(triple.object, Mention):
            object = _other_name(triple.subject.surface, triple.object.surface, name_of(subject))
    observed = None if quoted or document.date_source is DateSource.FILE_TIME else document.published_at
    qualifiers = canonical.qualifiers
    validity = _forwards(triple.validity)
    if qualifiers and FORMER in qualifiers and observed is not None:
        qualifiers = tuple(pair for pair in qualifiers if pair != FORMER)
        validity = replace(validity, valid_to=validity.valid_to or observed)
    return Claim(
        triple.id,
        subject,
        relation.name,
        object,
        validity,
        observed,
        triple.confidence,
        document.source,
        triple.evidence,
        _fingerprint(triple.evidence),
        qualifiers,
        triple.negated,
        document.family,
    )


def _other_name(left: str, right: str, name: str) -> Literal:
    """Return, of the two names that were found to be one thing's, the one by which we do not call it."""
    alias = left if right == name else right
    return Literal(alias, Datatype.STRING, " ".join(alias.split()))


def _forwards(validity: Validity) -> Validity:
    """Read an interval whose end does not lie after its start: 'from March 2019 to 2019' ends with the year it names."""
    start, end = validity.valid_from, validity.valid_to
    if start is None or end is None or start.at < end.at:
        return validity
    later = Moment(end.end, end.precision)
    return Validity(start, later if start.at < later.at and end.end.year < 9999 else None)


_WORDS = re.compile(r"[^\W_]+")


def _fingerprint(evidence: Evidence) -> str:
    return content_id("sentence", " ".join(_WORDS.findall(evidence.quote.casefold())))


def _restated(claims: tuple[Claim, ...], canonicals: Canonicals) -> tuple[Claim, ...]:
    """Give the halves of a correction ('11.9 million, not 12.4 million') the period of the number that they correct.

    The halves stand in one sentence and name no period; the number that is denied was stated for exactly one.
    """
    periods: dict[tuple[str, str, Value], set[Validity]] = defaultdict(set)
    bare: dict[tuple[str, str, str, int], list[Claim]] = defaultdict(list)
    for claim in claims:
        if not isinstance(claim.object, Literal) or canonicals.relation(claim.relation).literal is None:
            continue
        if claim.validity.unbounded:
            bare[claim.subject, claim.relation, claim.evidence.document_id, claim.evidence.start].append(claim)
        elif not claim.negated and claim.validity.valid_from and claim.validity.valid_to:
            periods[claim.subject, claim.relation, value_of(claim.object)].add(claim.validity)
    changed: dict[str, Claim] = {}
    for halves in bare.values():
        denied = [claim for claim in halves if claim.negated]
        if len(denied) != 1 or len(halves) != 2:
            continue
        known = periods.get((denied[0].subject, denied[0].relation, value_of(denied[0].object)), set())
        if len(known) == 1:
            (period,) = known
            changed.update({claim.triple_id: replace(claim, validity=period) for claim in halves})
    return tuple(changed.get(claim.triple_id, claim) for claim in claims) if changed else claims


_TRUSTED = 0.5
"""A claim less sure than this does not say what a vaguer one means."""


def _narrowed(claims: tuple[Claim, ...], canonicals: Canonicals) -> tuple[Claim, ...]:
    """Read claims of a broad relation ('leads') as the narrower one that is claimed of the same pair, if it is only one."""
    narrower: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    broader_than = {name: canonicals.relation(name).broader for name in {claim.relation for claim in claims}}
    for claim in claims:
        broader = broader_than[claim.relation]
        if broader is not None and isinstance(claim.object, str) and not claim.negated and claim.confidence >= _TRUSTED:
            narrower[broader, claim.subject, claim.object].add(claim.relation)
    if not narrower:
        return claims
    changed: dict[str, Claim] = {}
    broad = {relation for relation, _, _ in narrower}
    for claim in claims:
        if claim.relation in broad and isinstance(claim.object, str):
            found = narrower.get((claim.relation, claim.subject, claim.object), set())
            if len(found) == 1:
                changed[claim.triple_id] = replace(claim, relation=next(iter(found)))
    return tuple(changed.get(claim.triple_id, claim) for claim in claims) if changed else claims


# -------------------------------------------------------------------------------------------------------- copies, changes


def earliness(claim: Claim) -> tuple[bool, str, str, bool, int, str, str]:
    """Order claims by when they were made (undated ones last), then by source, the ones that state a time first.

    Ids hash where a file lies, so they come last: what is believed must not hang on that.
    """
    made = str(claim.observed_at or "")
    said = (claim.validity.unbounded, claim.evidence.start, str(claim.validity))
    return (claim.observed_at is None, made, claim.source, *said, claim.triple_id)


def copies(claims: Iterable[Claim]) -> dict[str, str]:
    """Map the triple of every claim that repeats another for the same statement to the triple it repeats.

    A claim repeats another in the same sentence, and one for the same time that another source makes in a near duplicate of
    its document. The earliest is the original; where several are equally early, the first by source.
    """
    claims = list(claims)
    if len({claim.fingerprint for claim in claims}) == len(claims) and all(claim.family is None for claim in claims):
        return {}  # as nearly always
    first: dict[tuple[object, ...], Claim] = {}
    repeats: dict[str, str] = {}
    for claim in sorted(claims, key=earliness):
        statement = (claim.subject, claim.relation, value_of(claim.object), claim.negated)
        sentence = (*statement, claim.fingerprint)
        original = first.setdefault(sentence, claim)
        if claim.family is not None:
            alike = first.setdefault((*statement, str(claim.validity), claim.family), original)
            if original is claim and alike.source != claim.source:
                first[sentence] = original = alike
        if original is not claim:
            repeats[claim.triple_id] = original.triple_id
    return repeats


def corrections(claims: Iterable[Claim], whole_life: bool, rumour: float) -> dict[str, str]:
    """Map every claim of one data item that its own source took back later to the claim that replaced it.

    A source takes a value back when it later gives another one for the same stated period, or, with `whole_life`
    (cardinality one), for the item at all. A hint (`rumour`: the confidence below which a claim is one) takes nothing back.
    """
    latest: dict[tuple[str, str], Claim] = {}
    dated = [
        c for c in claims if not c.negated and c.observed_at is not None and (whole_life or not c.validity.unbounded)
    ]
    dated.sort(key=earliness)
    for claim in dated:
        if claim.confidence >= rumour:
            latest[_period(claim, whole_life)] = claim
    replaced: dict[str, str] = {}
    for claim in dated:
        later = latest.get(_period(claim, whole_life))
        if (
            later is not None
            and claim.observed_at is not None
            and later.observed_at is not None
            and claim.observed_at.end <= later.observed_at.at
            and value_of(claim.object) != value_of(later.object)
        ):
            replaced[claim.triple_id] = later.triple_id
    return replaced


def _period(claim: Claim, whole_life: bool) -> tuple[str, str]:
    return (claim.source, "" if whole_life else str(claim.validity))
