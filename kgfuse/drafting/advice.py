"""A language model names, describes and groups the relations of a draft; what it may not say is left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, ValidationError

from kgfuse.drafting.statistics import RELATION_NAME, Draft, ProposedRelation
from kgfuse.drafting.written import one_line
from kgfuse.errors import ReplyUnusable
from kgfuse.ontology import Ontology
from kgfuse.prompts import load_prompt
from kgfuse.protocols import LanguageModel

_AT_ONCE = 40
"""Relations per request."""


class Suggestion(BaseModel):
    """What the model says of one phrase."""

    model_config = ConfigDict(extra="forbid")

    phrase: str
    name: str
    description: str
    same_as: str | None


class Suggestions(BaseModel):
    """What the model replies."""

    model_config = ConfigDict(extra="forbid")

    relations: list[Suggestion]


def advise(found: Draft, ontology: Ontology, model: LanguageModel) -> Draft:
    """Ask the model about the draft's relations, some at a time. Raises leaves of LanguageModelError."""
    said: list[Suggestion] = []
    for start in range(0, len(found.relations), _AT_ONCE):
        asked = found.relations[start : start + _AT_ONCE]
        user = load_prompt("ontology_user").render(
            known=", ".join(sorted(ontology.relations)), phrases="\n".join(map(_described, asked))
        )
        reply = model.complete(load_prompt("ontology_system").render(), user, Suggestions.model_json_schema())
        try:
            said += Suggestions.model_validate(json.loads(reply)).relations
        except (ValidationError, ValueError) as error:
            raise ReplyUnusable(f"the reply of {model.name} does not fit its schema: {error}") from error
    return edited(found, said, ontology)


def _described(one: ProposedRelation) -> str:
    relation = one.relation
    ends = f"{' or '.join(relation.domain) or 'anything'} -> {relation.literal or ' or '.join(relation.range) or 'anything'}"
    return f"- {relation.name} ({ends}), {one.pairs} pairs, such as: {one_line(one.example)}"


def edited(found: Draft, said: Sequence[Suggestion], ontology: Ontology) -> Draft:
    """Apply what a language model suggests for relations of the draft: `phrase`, `name`, `description`, `same_as`.

    A name must be new and well formed, or the name of a relation of the ontology or of the draft (`same_as`), to which the
    phrase then becomes an alias; anything else is left out. A suggestion for a phrase that was not asked about is ignored.
    """
    by_name = {one.relation.name: one for one in found.relations}
    merged: dict[str, str] = {}
    renamed: dict[str, tuple[str, str]] = {}
    for one in said:
        if one.phrase not in by_name:
            continue
        if one.same_as in by_name and one.same_as != one.phrase and one.same_as not in merged:
            merged[one.phrase] = one.same_as
            continue
        fits = RELATION_NAME.match(one.name) and len(one.name) <= 40 and one.name not in ontology.relations
        renamed[one.phrase] = (one.name if fits else one.phrase, one_line(one.description))
    kept: dict[str, ProposedRelation] = {}
    for phrase, proposed in by_name.items():
        if phrase in merged and merged[phrase] not in merged:
            continue
        name, description = renamed.get(phrase, (phrase, ""))
        if name in kept or (name != phrase and name in by_name):
            name = phrase
        also = [by_name[other].relation for other, target in merged.items() if target == phrase]
        extra = {alias for other in also for alias in (other.name.replace("_", " "), *other.aliases)}
        aliases = {*proposed.relation.aliases, *extra, phrase.replace("_", " ")} - {name.replace("_", " ")}
        relation = replace(proposed.relation, name=name, description=description, aliases=tuple(sorted(aliases)))
        kept[name] = replace(
            proposed, relation=relation, pairs=proposed.pairs + sum(by_name[o.name].pairs for o in also)
        )
    return replace(found, relations=tuple(sorted(kept.values(), key=lambda one: (-one.pairs, one.relation.name))))
