"""What a person sees: progress bars, tables, errors."""

from kgfuse.console.answers import hint_at_emptiness, show_answer, show_hits
from kgfuse.console.entities import (
    asked,
    show_advice,
    show_decided,
    show_decisions,
    show_entities,
    show_pair_advice,
)
from kgfuse.console.facts import fact_line, show_conflicts, show_explanation, show_facts
from kgfuse.console.ingest import show_failures, show_forgotten, show_preview, show_status, show_summary
from kgfuse.console.metadata import show_metadata
from kgfuse.console.neo4j import show_bulk, show_push, show_rows, show_translation
from kgfuse.console.ontology import show_ontology, write_file
from kgfuse.console.relations import show_novel, show_relations
from kgfuse.console.retrieval import show_retrieval
from kgfuse.console.screen import Bars, cut, err, file_name, out, place, short, show_error, write_json
from kgfuse.console.topics import show_topics

__all__ = [
    "Bars",
    "asked",
    "cut",
    "err",
    "fact_line",
    "file_name",
    "hint_at_emptiness",
    "out",
    "place",
    "short",
    "show_advice",
    "show_answer",
    "show_bulk",
    "show_conflicts",
    "show_decided",
    "show_decisions",
    "show_entities",
    "show_error",
    "show_explanation",
    "show_facts",
    "show_failures",
    "show_forgotten",
    "show_hits",
    "show_metadata",
    "show_novel",
    "show_ontology",
    "show_pair_advice",
    "show_preview",
    "show_push",
    "show_relations",
    "show_retrieval",
    "show_rows",
    "show_status",
    "show_summary",
    "show_topics",
    "show_translation",
    "write_file",
    "write_json",
]
