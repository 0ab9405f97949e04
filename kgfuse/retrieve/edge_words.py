"""What facts say of a question, as a walk sees them: which of its stems their relation and the names at their ends hold."""

from __future__ import annotations

from collections.abc import Sequence

from kgfuse.protocols import Edge, GraphReader
from kgfuse.retrieve.parts import ends_of
from kgfuse.retrieve.words import held

_NOTHING: frozenset[str] = frozenset()


class EdgeWords:
    """The stems among `asked` that some facts hold; their names are read at once."""

    def __init__(self, asked: frozenset[str], edges: Sequence[Edge], store: GraphReader) -> None:
        self._asked = asked
        names = store.names([end for edge in edges for end in ends_of(edge)]) if edges else {}
        self._names = {id: held(asked, name) for id, name in names.items()}
        relations = {edge.relation for edge in edges}
        self._relations = {relation: held(asked, relation.replace("_", " ")) for relation in relations}

    def relation(self, edge: Edge) -> frozenset[str]:
        """What the relation holds."""
        return self._relations[edge.relation]

    def subject(self, edge: Edge) -> frozenset[str]:
        """What the name of the subject holds."""
        return self._names.get(edge.subject, _NOTHING)

    def object(self, edge: Edge) -> frozenset[str]:
        """What the name of the object, or the literal, holds."""
        return self._names.get(edge.object, _NOTHING) if edge.entity else held(self._asked, edge.object)
