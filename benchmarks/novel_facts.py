"""Are the facts that kgfuse infers true? ``python -m benchmarks.novel_facts [DIR] [--hidden 0.2] [--seed 1]``.

Known edges are hidden and the rest is given to kgfuse: rules are learned (`mine`), the ontology's and the learned ones
applied (`infer`, `conclude`), and what is proposed is looked up among the hidden ones. DIR (else KGFUSE_BENCH_DATA) holds
``redocred/`` (entities of one name and type are one), ``temporal_kg/`` and ``musique/`` (recorded triples of an LLM, a name
being an entity, phrases read as `fit` reads them); the project's own corpus is the fourth set, read by an ingest. There is
one setting. A proposal that nobody hid counts as wrong, though it may be true: precision is a lower bound. Prints a table,
writes ``benchmarks/results/novel_facts.json``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from kgfuse.config import FuseSettings, Settings
from kgfuse.fuse.claims import link
from kgfuse.fuse.conclusions import conclude
from kgfuse.fuse.inference import infer
from kgfuse.fuse.relating import learn_phrases
from kgfuse.fuse.renaming import rename
from kgfuse.fuse.rules import mine
from kgfuse.model import (
    ALWAYS,
    Document,
    Evidence,
    Fact,
    FactStatus,
    Mention,
    Moment,
    Triple,
    Validity,
    content_id,
    fact_id,
    triple_id,
)
from kgfuse.ontology import Ontology, build_ontology, builtin_ontology
from kgfuse.protocols import LedgerContent

Edge = tuple[str, str, str]
"""Subject, relation, object."""

SURE = 0.9
"""The confidence of a known edge: that of a fact stated by one good source or two."""

_CORPUS = Path(__file__).parent.parent / "tests" / "corpus" / "docs"
_ENTITIES = frozenset({"PER", "ORG", "LOC", "MISC"})


@dataclass(frozen=True, slots=True)
class EdgeSet:
    """What is known: edges with the time at which each holds; `ontology` says which rules are given beforehand."""

    name: str
    edges: Mapping[Edge, Validity]
    ontology: Ontology


def _nothing_known() -> Ontology:
    return build_ontology("none", {}, ())


# --------------------------------------------------------------------------------------------------------------- the sets


def redocred(folder: Path) -> EdgeSet:
    """Read Re-DocRED: an entity is a name with its type, whatever document it stands in."""
    with gzip.open(folder / "dev_revised.json.gz", "rt", encoding="utf-8") as lines:
        documents = json.load(lines)
    edges: dict[Edge, Validity] = {}
    for document in documents:
        names = [f"{group[0]['type']}:{group[0]['name'].casefold()}" for group in document["vertexSet"]]
        for label in document["labels"]:
            subject, object = names[label["h"]], names[label["t"]]
            if {subject[:3], object[:3]} <= {kind[:3] for kind in _ENTITIES} and subject != object:
                edges[subject, label["r"].lower(), object] = ALWAYS
    return EdgeSet("redocred", edges, _nothing_known())


def temporal_kg(folder: Path) -> EdgeSet:
    """Read Wikidata's statements about items; boundaries of one statement are put together."""
    bounds: dict[Edge, dict[str, Moment]] = defaultdict(dict)
    for line in (folder / "wiki_valid.txt").read_text("utf-8").splitlines():
        parts = line.split("\t")
        if len(parts) >= 5 and parts[2].startswith("Q") and parts[4][:4].isdigit() and parts[0] != parts[2]:
            bounds[parts[0], parts[1].lower(), parts[2]][parts[3]] = Moment.parse(parts[4][:4])
    edges: dict[Edge, Validity] = {}
    for edge, of in bounds.items():
        start, end = of.get("occurSince"), of.get("occurUntil")
        edges[edge] = Validity(start, end if start is None or end is None or start.at < end.at else None)
    return EdgeSet("temporal_kg", edges, _nothing_known())


class _ByName:
    """A resolution in which a name is an entity of unknown type."""

    def entity_id(self, document_id: str, mention: Mention) -> str:
        return f"entity:{mention.surface.casefold()}"

    def type_of(self, entity_id: str) -> str | None:
        return None


def musique(folder: Path) -> EdgeSet:
    """Read the recorded triples; phrases become relations as in a fit without an embedding model."""
    read = json.loads((folder / "openie_gpt-3.5-turbo-1106.json").read_text("utf-8"))
    content = _ledger(
        (number, tuple(part.strip() for part in triple))
        for number, document in enumerate(read["docs"])
        for triple in document["extracted_triples"]
        if len(triple) == 3 and all(isinstance(part, str) and part.strip() for part in triple)
    )
    ontology, by_name = builtin_ontology(), _ByName()
    claims = link(content, ontology, by_name, lambda entity: entity.removeprefix("entity:"))
    predicates = {triple.id: triple.predicate for triple in content.triples}
    phrases = learn_phrases(claims, predicates, ontology, by_name.type_of, {}, FuseSettings())
    claims = rename(claims, predicates, phrases, ontology, by_name.type_of)
    edges = {
        (claim.subject, claim.relation, claim.object): claim.validity
        for claim in claims
        if isinstance(claim.object, str) and claim.subject != claim.object
    }
    return EdgeSet("musique", edges, ontology)


def _ledger(said: Iterable[tuple[int, tuple[str, ...]]]) -> LedgerContent:
    documents: dict[str, Document] = {}
    triples = {}
    for place, (number, (subject, predicate, object)) in enumerate(said):
        id = content_id("document", number)
        documents[id] = Document(id, f"file:///{number}", "text/plain", "", "", (), f"file:{number}")
        evidence = Evidence(id, content_id("chunk", id), place, place + 1, f"{subject} {predicate} {object}")
        left, right = Mention(subject, 0, 1), Mention(object, 0, 1)
        key = triple_id(left, predicate, right, evidence, False, ALWAYS, "recorded")
        triples[key] = Triple(key, left, predicate, right, evidence, SURE, "recorded")
    return LedgerContent(tuple(documents.values()), tuple(triples.values()), (), frozenset(), ())


def corpus(folder: Path = _CORPUS) -> EdgeSet:
    """Ingest the project's own corpus and take its believed facts between entities."""
    from kgfuse.knowledge_base import KnowledgeBase

    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "corpus.db"
        with KnowledgeBase.open(path, settings=Settings(kb=path)) as kb:
            kb.ingest(folder)
            edges = {
                (fact.subject, fact.relation, fact.object): fact.validity
                for fact in kb.graph.facts()
                if isinstance(fact.object, str) and fact.status in (FactStatus.ACCEPTED, FactStatus.SUPERSEDED)
            }
    return EdgeSet("corpus", edges, builtin_ontology())


# ---------------------------------------------------------------------------------------------------------------- measure


def measured(data: EdgeSet, hidden_share: float, seed: int) -> dict[str, Any]:
    """Hide a share of the edges, infer from the rest, and count what was found again."""
    edges = sorted(data.edges)
    random.Random(seed).shuffle(edges)
    hidden = frozenset(edges[: round(hidden_share * len(edges))])
    shown = [edge for edge in sorted(edges) if edge not in hidden]
    start = time.process_time()
    proposed, rules = _proposals(shown, data)
    seconds = time.process_time() - start
    dice = random.Random(seed)
    kinds = {kind: _scored(of, hidden, data.ontology) for kind, of in sorted(proposed.items()) if of}
    everything = sorted({edge for of in proposed.values() for edge in of})
    at_random = _drawn(len(everything) or 1000, shown, dice)
    return {
        "edges": len(edges),
        "hidden": len(hidden),
        "rules": rules,
        "seconds": round(seconds, 2),
        "kinds": {
            **kinds,
            "all": _scored(everything, hidden, data.ontology),
            "random": _scored(at_random, hidden, data.ontology),
        },
    }


def _proposals(shown: Iterable[Edge], data: EdgeSet) -> tuple[dict[str, list[Edge]], int]:
    settings = FuseSettings()
    pairs: dict[str, set[tuple[str, str]]] = defaultdict(set)
    facts = []
    for subject, relation, object in shown:
        pairs[relation].add((subject, object))
        when = data.edges[subject, relation, object]
        id = fact_id(subject, relation, object, when)
        facts.append(Fact(id, subject, relation, object, when, SURE, FactStatus.ACCEPTED, ("triple:known",)))
    rules = mine({relation: frozenset(pairs[relation]) for relation in sorted(pairs)}, data.ontology, settings)
    names: dict[str, str] = {}
    found: dict[str, dict[Edge, None]] = defaultdict(dict)
    given = infer(facts, data.ontology, names, settings.accept_threshold)
    for fact in given:
        kind = "given: inverse" if len(fact.premises) == 1 else "given: transitive"
        found[kind][fact.subject, fact.relation, str(fact.object)] = None
    for fact in conclude([*facts, *given], data.ontology, names, lambda _: None, rules, settings):
        kind = f"learned: {len(fact.premises)} premise{'s' if len(fact.premises) > 1 else ''}"
        found[kind][fact.subject, fact.relation, str(fact.object)] = None
    return {kind: list(of) for kind, of in found.items()}, len(rules)


def _scored(proposed: Iterable[Edge], hidden: frozenset[Edge], ontology: Ontology) -> dict[str, float]:
    proposed = list(proposed)
    right = {edge for edge in proposed for way in _ways(edge, ontology) if way in hidden}
    told = {edge[:2] for edge in hidden}
    about = [edge for edge in proposed if edge[:2] in told]
    return {
        "proposed": len(proposed),
        "right": len(right),
        "precision": round(len(right) / len(proposed), 4) if proposed else 0.0,
        "recall": round(len(right) / len(hidden), 4) if hidden else 0.0,
        "precision_where_hidden": round(len(right) / len(about), 4) if about else 0.0,
    }


def _ways(edge: Edge, ontology: Ontology) -> Iterator[Edge]:
    yield edge
    if ontology.relation(edge[1]).symmetric:
        yield (edge[2], edge[1], edge[0])


def _drawn(count: int, shown: Iterable[Edge], dice: random.Random) -> list[Edge]:
    """Draw edges that are not shown: relations as common as they are, any of their subjects with any of their objects."""
    known = list(shown)
    ends: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for subject, relation, object in known:
        ends[relation][0].append(subject)
        ends[relation][1].append(object)
    weights = Counter(edge[1] for edge in known)
    relations = sorted(weights)
    given, found = set(known), set()
    for _ in range(50 * count):
        (relation,) = dice.choices(relations, [weights[name] for name in relations])
        edge = (dice.choice(ends[relation][0]), relation, dice.choice(ends[relation][1]))
        if edge not in given and edge[0] != edge[2]:
            found.add(edge)
        if len(found) == count:
            break
    return sorted(found)


def show(results: Mapping[str, Any], console: Console) -> None:
    """Print a row per set and kind of rule."""
    table = Table("set", "kind", "proposed", "right", "precision", "where hidden", "recall")
    for name, numbers in results.items():
        title = f"{name}: {numbers['hidden']} of {numbers['edges']} hidden, {numbers['rules']} rules learned"
        for kind, row in numbers["kinds"].items():
            cells = (row["proposed"], row["right"], row["precision"], row["precision_where_hidden"], row["recall"])
            table.add_row(title, kind, *map(str, cells))
            title = ""
    console.print(table)
    console.print(
        "'where hidden': of the proposals about a subject and relation of which an edge is hidden.", highlight=False
    )


def sets(folder: Path | None) -> Iterator[EdgeSet]:
    """Return the sets that are there, the corpus last."""
    readers = (("redocred", redocred), ("temporal_kg", temporal_kg), ("musique", musique))
    for name, reader in readers:
        if folder is not None and (folder / name).is_dir():
            yield reader(folder / name)
    yield corpus()


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Hide known edges; see what inference finds again.")
    place = os.environ.get("KGFUSE_BENCH_DATA")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(place) if place else None, metavar="DIR")
    parser.add_argument("--hidden", type=float, default=0.2, help="share of the edges that is hidden")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    console = Console()
    if options.folder is None:
        console.print("No folder given and KGFUSE_BENCH_DATA not set: the corpus only (see benchmarks/README.md).")
    results = {data.name: measured(data, options.hidden, options.seed) for data in sets(options.folder)}
    show(results, console)
    report = {**surroundings(), "hidden": options.hidden, "seed": options.seed, "novel_facts": results}
    (RESULTS / "novel_facts.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
