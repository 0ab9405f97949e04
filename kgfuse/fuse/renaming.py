"""Phrases of open relations read as learned mappings say (`relating.py`); pure look-up, claim by claim."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from kgfuse.fuse.families import Family, family
from kgfuse.fuse.relations import CATCH_ALL, MISFIT
from kgfuse.model import Claim, Datatype, Literal
from kgfuse.ontology import Ontology
from kgfuse.parameters import PhraseMapping
from kgfuse.protocols import LedgerContent

TypeOf = Callable[[str], str | None]
"""The type of an entity."""


def folded(predicate: str) -> str:
    """Return a predicate as mappings know it: in lower case, white space folded."""
    return " ".join(predicate.lower().split())


def is_open(relation: str, ontology: Ontology) -> bool:
    """Whether a claim's relation is a phrase's own, not one of the ontology's and none that failed its types."""
    return relation not in ontology.relations and relation != CATCH_ALL and not relation.endswith(MISFIT)


def family_key(one: Family) -> str:
    """Return what phrases that say the same have in common."""
    return " ".join(("be", *one.stems) if one.passive else one.stems)


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """The mappings as they are used: by phrase, else by the family of a phrase that was not there when they were learned."""

    by_phrase: Mapping[str, tuple[str, bool]]
    by_family: Mapping[str, tuple[str, bool]]

    @classmethod
    def of(cls, mappings: Iterable[PhraseMapping]) -> PhraseBook:
        """Index mappings."""
        by_phrase: dict[str, tuple[str, bool]] = {}
        by_family: dict[str, tuple[str, bool]] = {}
        for mapping in mappings:
            by_phrase[mapping.phrase] = (mapping.relation, mapping.inverted)
            one = family(mapping.phrase)
            by_family.setdefault(family_key(one), (mapping.relation, mapping.inverted != one.turned))
        return cls(by_phrase, by_family)

    def look_up(self, predicate: str) -> tuple[str, bool] | None:
        """Return the relation that a predicate says, and whether the other way round; `None` for none."""
        phrase = folded(predicate)
        known = self.by_phrase.get(phrase)
        if known is None:
            one = family(phrase)
            meant = self.by_family.get(family_key(one))
            known = None if meant is None else (meant[0], meant[1] != one.turned)
        return known


def read_phrases(
    content: LedgerContent,
    claims: tuple[Claim, ...],
    mappings: Iterable[PhraseMapping],
    type_of: TypeOf,
    ontology: Ontology,
) -> tuple[Claim, ...]:
    """Read the open phrases of a ledger's claims as the mappings say."""
    mappings = tuple(mappings)
    if not mappings:
        return claims
    return rename(claims, {triple.id: triple.predicate for triple in content.triples}, mappings, ontology, type_of)


def rename(
    claims: tuple[Claim, ...],
    predicates: Mapping[str, str],
    mappings: Iterable[PhraseMapping],
    ontology: Ontology,
    type_of: TypeOf,
) -> tuple[Claim, ...]:
    """Return the claims with the phrases of open relations read as the mappings say, where the types of each claim fit."""
    book = PhraseBook.of(mappings)
    if not book.by_phrase:
        return claims
    return tuple(
        _renamed(claim, book.look_up(predicates[claim.triple_id]), ontology, type_of)
        if is_open(claim.relation, ontology)
        else claim
        for claim in claims
    )


def _renamed(claim: Claim, meant: tuple[str, bool] | None, ontology: Ontology, type_of: TypeOf) -> Claim:
    if meant is None or meant == (claim.relation, False):
        return claim
    relation, inverted = ontology.relation(meant[0]), meant[1]
    if isinstance(claim.object, Literal):
        fits = relation.literal in (
            None if relation.name not in ontology.relations else "",
            claim.object.datatype.value,
        )
        number = relation.literal == "quantity" and claim.object.datatype is Datatype.NUMBER
        fits = (fits or number) and not inverted and ontology.admits(relation.name, type_of(claim.subject), None)
        return replace(claim, relation=relation.name) if fits else claim
    subject, object = (claim.object, claim.subject) if inverted else (claim.subject, claim.object)
    if relation.literal is not None or not ontology.admits(relation.name, type_of(subject), type_of(object)):
        return claim
    if relation.symmetric and object < subject:
        subject, object = object, subject
    return replace(claim, relation=relation.name, subject=subject, object=object)
