"""What phrases mean, remembered: a ledger says the same few thousand phrases of the same kinds of things over and over."""

from __future__ import annotations

from kgfuse.fuse.relations import Canonical, canonicalise
from kgfuse.model import Datatype, Literal, Qualifiers, Triple
from kgfuse.ontology import Ontology, Relation


class Canonicals:
    """`canonicalise` and `Ontology.relation`, each asked once for each distinct question."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._known: dict[tuple[str, Qualifiers, str | None, str | None, Datatype | None], Canonical] = {}
        self._relations: dict[str, Relation] = dict(ontology.relations)

    def of(self, triple: Triple, subject_type: str | None, object_type: str | None) -> Canonical:
        """Return what a triple says in terms of the ontology: all that counts is asked for here."""
        datatype = triple.object.datatype if isinstance(triple.object, Literal) else None
        key = (triple.predicate, triple.qualifiers, subject_type, object_type, datatype)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = canonicalise(triple, self._ontology, subject_type, object_type)
        return found

    def relation(self, name: str) -> Relation:
        """Return the relation called `name`, always the same value."""
        found = self._relations.get(name)
        if found is None:
            found = self._relations[name] = self._ontology.relation(name)
        return found
