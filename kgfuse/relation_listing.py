"""Which relations a knowledge base holds, by which phrases they were said, and what their cardinality may be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kgfuse.fuse.cardinality import Proposed, as_yaml, propose_cardinalities
from kgfuse.fuse.renaming import folded
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.ledger import Ledger
from kgfuse.model import Claim
from kgfuse.ontology import Ontology


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase by which a relation was said, how often, and why it was read so where that was learned."""

    phrase: str
    count: int
    because: str = ""


@dataclass(frozen=True, slots=True)
class ListedRelation:
    """A relation with its claims; `open`: the ontology does not know it. Phrases are the commonest first."""

    name: str
    open: bool
    claims: int
    phrases: tuple[Said, ...]


def list_relations(ledger: Ledger, graph: EmbeddedGraphStore, ontology: Ontology) -> list[ListedRelation]:
    """Return every relation that is claimed, those of the ontology first, then by how often, then by name."""
    phrases = _phrases(ledger, graph)
    parameters = ledger.parameters()
    learned = {mapping.phrase: mapping for mapping in parameters.phrases} if parameters else {}
    found = []
    for name, counts in phrases.items():
        said = tuple(
            Said(phrase, count, learned[phrase].because if phrase in learned else "")
            for phrase, count in sorted(counts.items(), key=lambda row: (-row[1], row[0]))
        )
        found.append(ListedRelation(name, name not in ontology.relations, counts.total(), said))
    return sorted(found, key=lambda one: (one.open, -one.claims, one.name))


def proposed_cardinalities(ledger: Ledger, graph: EmbeddedGraphStore, ontology: Ontology) -> tuple[list[Proposed], str]:
    """Return the cardinalities that the claims propose, and an ontology file that would set them."""
    found = propose_cardinalities(graph.claims(), ontology)
    phrases: Mapping[str, Sequence[str]] = {}
    if any(one.relation not in ontology.relations for one in found):
        phrases = {name: list(counts) for name, counts in _phrases(ledger, graph).items()}
    return found, as_yaml(found, ontology, phrases)


def _phrases(ledger: Ledger, graph: EmbeddedGraphStore) -> dict[str, Counter[str]]:
    phrases: dict[str, Counter[str]] = defaultdict(Counter)
    for claims in _runs(graph.claims()):
        predicates = {triple.id: triple.predicate for triple in ledger.triples(claims)}
        for id, claim in claims.items():
            phrases[claim.relation][folded(predicates.get(id, claim.relation))] += 1
    return phrases


def _runs(claims: Iterator[Claim], size: int = 2000) -> Iterator[dict[str, Claim]]:
    run: dict[str, Claim] = {}
    for claim in claims:
        run[claim.triple_id] = claim
        if len(run) == size:
            yield run
            run = {}
    yield run
