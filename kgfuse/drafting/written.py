"""A draft as a YAML file: what to edit, with numbers and examples as comments."""

from __future__ import annotations

import json
from collections.abc import Mapping

import yaml

from kgfuse.drafting.statistics import Draft
from kgfuse.ontology import Relation


def to_yaml(found: Draft) -> str:
    """Write a draft as a YAML file that `parse_ontology` reads; comments tell the numbers and an example of each."""
    lines = [
        "# Proposed from what the documents say; edit it, then use it: kgfuse ingest --ontology THIS_FILE",
        f"# {found.open_facts} facts have no relation of the ontology; {found.covered} of them would get one of these.",
        "name: draft",
        *(["extends: builtin"] if found.extends == "builtin" else []),
        "types:" if found.types else "types: {}",
    ]
    parents = {one.name: _word(one.parent) if one.parent else "null" for one in found.types}
    lines += [f"  {_word(one.name)}: {parents[one.name]}  # {one.things} things" for one in found.types]
    lines.append("relations:" if found.relations else "relations: {}")
    for one in found.relations:
        lines.append(f"  # joins {one.pairs} pairs: {one_line(one.example)}")
        lines.append(f"  {_word(one.relation.name)}:")
        entry = _entry(one.relation)
        lines += [f"    {line}" for line in _flow(entry).splitlines()] if entry else ["    {}"]
    return "\n".join(lines) + "\n"


def _word(name: str) -> str:
    """Return a name as YAML reads it back: 'true', 'no' and '12' are none without quotes."""
    return name if yaml.safe_load(name) == name else json.dumps(name)


def _entry(relation: Relation) -> dict[str, object]:
    entry: dict[str, object] = {}
    if relation.description:
        entry["description"] = relation.description
    if relation.domain:
        entry["domain"] = list(relation.domain)
    if relation.range:
        entry["range"] = list(relation.range)
    if relation.literal:
        entry["literal"] = relation.literal
    if relation.aliases:
        entry["aliases"] = list(relation.aliases)
    if relation.inverse_aliases:
        entry["inverse_aliases"] = list(relation.inverse_aliases)
    return entry


def _flow(entry: Mapping[str, object]) -> str:
    return yaml.safe_dump(dict(entry), sort_keys=False, allow_unicode=True, default_flow_style=None, width=110).rstrip()


def one_line(text: str) -> str:
    """A text from a document on one line of a comment: nothing in it can end the line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:100]
