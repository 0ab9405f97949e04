"""Which relations there are, and how many values each may have."""

from __future__ import annotations

from typing import Annotated

import typer

from kgfuse.commands.options import JsonOption, KbOption, VerboseOption
from kgfuse.commands.running import reading, reporting


def relations(
    propose: Annotated[
        bool, typer.Option("--propose", help="Print, as YAML for an ontology, the cardinalities that the data show.")
    ] = False,
    only_open: Annotated[bool, typer.Option("--open", help="Only those that the ontology does not know.")] = False,
    kb: KbOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """List relations with their counts and the phrases that say them; open ones are unknown to the ontology."""
    with reporting(json, verbose), reading(kb) as base:
        from kgfuse import console
        from kgfuse.relation_listing import list_relations, proposed_cardinalities

        if propose:
            found, text = proposed_cardinalities(base.ledger, base.graph, base.ontology)
            if json:
                console.write_json({"proposed": found, "yaml": text})
            else:
                typer.echo(text or "# the data propose no cardinality", nl=not text)
            return
        listed = [one for one in list_relations(base.ledger, base.graph, base.ontology) if one.open or not only_open]
        if json:
            console.write_json({"relations": listed})
        else:
            console.show_relations(listed, verbose=verbose)
