"""A question in words to Cypher that only reads: written by the LLM, checked by us and by the engine, repaired once.

The engine is the parser: what it does not understand, or a label, a type or a property that the graph does not have, is sent
back to the model with what was wrong. What writes, calls a procedure or is more than one statement never reaches it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kgfuse import cypher
from kgfuse.config import Settings
from kgfuse.errors import ConfigurationError, QueryFailed, UsageError
from kgfuse.graph.cypher import Rows, check_alone
from kgfuse.ontology import Ontology
from kgfuse.prompts import load_prompt
from kgfuse.retrieve.linking import LONGEST_QUESTION

if TYPE_CHECKING:
    from kgfuse.protocols import LanguageModel, Progress

_NEO4J = "The engine is Neo4j 5: an entity has its type as a second label, as in `(:Entity:Person)`."
_EMBEDDED = (
    "The engine is LadybugDB: a node has one label, so a type is a property, as in `(:Entity {type: 'Person'})`; the label "
    "of a relationship is `label(r)`, not `type(r)`; a path of any length has a bound, as in `[r*1..3]`."
)


class _Written(BaseModel):
    """A query, or why there is none."""

    model_config = ConfigDict(extra="forbid")

    cypher: str = Field(description="the query; empty when the graph cannot answer")


@dataclass(frozen=True, slots=True)
class Translation:
    """The query that was run and what it returned; `first` is the query that had to be repaired, and `wrong` with what."""

    query: str
    rows: Rows
    first: str | None = None
    wrong: str | None = None


def translate(
    settings: Settings,
    ontology: Ontology,
    model: LanguageModel | None,
    question: str,
    *,
    limit: int,
    seconds: float,
    progress: Progress | None = None,
) -> Translation:
    """Ask the model for a query, run it and return at most `limit` rows.

    Raises ConfigurationError (no LLM), UsageError (an empty question), QueryFailed (also the repaired query is of no use),
    and leaves of LanguageModelError, GraphStoreError and LedgerError.
    """
    question = question.strip()[:LONGEST_QUESTION]
    if not question:
        raise UsageError("the question is empty")
    if model is None:
        raise ConfigurationError(
            "no LLM is configured to write the query", hint="Set KGFUSE_LLM__MODEL, or give the query in Cypher."
        )
    embedded = settings.neo4j.uri is None
    system = load_prompt("cypher_system").render(
        entities="Its type is one of " + ", ".join(sorted(ontology.types)) + ".",
        relations="\n".join(_relations(ontology)),
        dialect=_EMBEDDED if embedded else _NEO4J,
    )
    wrong, first = "", None
    for turn in (0, 1):
        query = _asked(model, system, question, wrong)
        try:
            check_alone(query)
            cypher.check(settings, query, {}, seconds=seconds)
            rows = cypher.run(settings, query, {}, limit=limit, seconds=seconds, progress=progress)
        except (UsageError, QueryFailed) as error:
            if turn:
                raise QueryFailed(
                    f"no query came of it: {error}", hint=f"The last one was: {query or '(none)'}"
                ) from error
            first, wrong = query, str(error)
            continue
        return Translation(query, rows, first, wrong or None)
    raise AssertionError  # the second turn returns or raises


def _asked(model: LanguageModel, system: str, question: str, wrong: str) -> str:
    said = f"\nAn earlier query was of no use: {wrong}\nWrite another one." if wrong else ""
    user = load_prompt("cypher_user").render(question=question, wrong=said)
    try:
        written = _Written.model_validate_json(model.complete(system, user, _Written.model_json_schema()))
    except ValidationError:
        return ""
    return re.sub(r"^```(?:cypher)?|```$", "", written.cypher.strip(), flags=re.MULTILINE).strip().rstrip(";").strip()


def _relations(ontology: Ontology) -> Iterator[str]:
    for name, relation in sorted(ontology.relations.items()):
        if relation.identity:
            continue
        domain = "|".join(relation.domain) or "Entity"
        range = "Value" if relation.literal else "|".join(relation.range) or "Entity"
        yield f"{name.upper()} ({domain} -> {range}): {relation.description}"
    yield "RELATED_TO (Entity -> Entity): any other relation; `r.name` says which"
