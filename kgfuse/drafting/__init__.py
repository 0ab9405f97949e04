"""An ontology proposed from a graph, and one compared with it."""

from kgfuse.drafting.coverage import Coverage, ambiguous_phrases, coverage
from kgfuse.drafting.statistics import Draft, ProposedRelation, ProposedType, draft
from kgfuse.drafting.written import to_yaml

__all__ = ["Coverage", "Draft", "ProposedRelation", "ProposedType", "ambiguous_phrases", "coverage", "draft", "to_yaml"]
