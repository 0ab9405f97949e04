"""Which of the conflicting values is true: ``python -m benchmarks.truth [DIR...]``.

A folder holds ``claims.tsv`` (item, property, source, value, observed_at) and ``gold.tsv`` (item, property, value), and
perhaps ``hierarchy.csv`` (ID, name, parentID): places within places, which become claims of `located_in` beside the others.
Without arguments: every folder of ``truth/`` in KGFUSE_BENCH_DATA. Claims go through kgfuse as an ingest's would once their
entities are known: `partition`, `learn`, `settle`, `facts_of`, each property a relation of cardinality `one`. No label is
used and no setting changed between sets. Prints a table and writes ``benchmarks/results/truth.json``.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from benchmarks.truth_methods import METHODS, Beliefs, Item, Row
from kgfuse.config import FuseSettings
from kgfuse.fuse.facts import facts_of
from kgfuse.fuse.items import partition, settle
from kgfuse.fuse.sources import learn
from kgfuse.fuse.support import Trust
from kgfuse.model import Claim, Datatype, Evidence, Literal, Moment, Validity
from kgfuse.ontology import Cardinality, Ontology, Relation, build_ontology

WITHIN = "located_in"
KGFUSE = "kgfuse"


@dataclass(frozen=True, slots=True)
class TruthSet:
    """One folder: what was claimed, what is true, and which places lie directly in which."""

    name: str
    rows: tuple[Row, ...]
    gold: Mapping[Item, str]
    within: tuple[tuple[str, str], ...]


def read(folder: Path) -> TruthSet:
    """Read a folder. Raises OSError or KeyError when it is not of the format."""
    rows = tuple(
        Row((row["item"], row["property"]), row["source"], row["value"], row.get("observed_at") or "")
        for row in _rows(folder / "claims.tsv", "\t")
    )
    gold = {(row["item"], row["property"]): row["value"] for row in _rows(folder / "gold.tsv", "\t")}
    places = {row["ID"]: row for row in _rows(folder / "hierarchy.csv", ",")}
    root = {id for id, row in places.items() if row["parentID"] not in places}
    pairs = {
        (row["name"], places[row["parentID"]]["name"])
        for id, row in places.items()
        if id not in root and row["parentID"] not in root
    }
    return TruthSet(folder.name, rows, gold, tuple(sorted(pair for pair in pairs if pair[0] != pair[1])))


def _rows(path: Path, delimiter: str) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        if delimiter == "\t":  # tab-separated values know no quotes
            return list(csv.DictReader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE))
        return list(csv.DictReader(lines, delimiter=delimiter))


# ----------------------------------------------------------------------------------------------------------------- kgfuse


def kgfuse(data: TruthSet, settings: FuseSettings) -> Beliefs:
    """Return what kgfuse believes: the object of the first fact of every data item."""
    places = {name for pair in data.within for name in pair}
    claims, ontology = _claims(data, places)
    names = {claim.subject: claim.subject.removeprefix("entity:") for claim in claims}
    names |= {f"entity:{name}": name for name in places}
    items, _ = partition(claims, ontology, settings)
    trust = Trust.of(learn(items, settings))
    found: Beliefs = {}
    for item in items:
        if item.relation.name != WITHIN:
            fact = facts_of(item, settle(item, trust, settings), names, settings)[0]
            answer = fact.object if isinstance(fact.object, str) else fact.object.lexical
            found[names[item.anchor], item.relation.name] = names.get(answer, answer)
    return found


def _claims(data: TruthSet, places: set[str]) -> tuple[list[Claim], Ontology]:
    kinds: dict[str, Counter[str | None]] = {}
    claims = []
    for number, row in enumerate(data.rows):
        object = f"entity:{row.value}" if row.value in places else _literal(row.value)
        kind = None if isinstance(object, str) else object.datatype.value
        kinds.setdefault(row.item[1], Counter())[kind] += 1
        observed = Moment.parse(row.observed_at) if row.observed_at else None
        claims.append(_claim(f"{number:08d}", row.item[0], row.item[1], object, row.source, observed))
    for number, (inner, outer) in enumerate(data.within):
        claims.append(_claim(f"within {number:08d}", inner, WITHIN, f"entity:{outer}", "hierarchy.csv", None))
    relations = [
        Relation(name, cardinality=Cardinality.ONE, literal=max(kinds[name], key=lambda kind: kinds[name][kind]))
        for name in sorted(kinds)
    ]
    return claims, build_ontology("truth", {}, [*relations, Relation(WITHIN, transitive=True)])


def _literal(value: str) -> Literal:
    try:
        if Decimal(value).is_finite():
            return Literal(value, Datatype.NUMBER, value)
    except InvalidOperation:
        pass
    try:
        return Literal(value, Datatype.DATE, str(Moment.parse(value)))
    except ValueError:
        return Literal(value, Datatype.STRING, " ".join(value.split()))


def _claim(
    id: str, subject: str, relation: str, object: str | Literal, source: str, observed_at: Moment | None
) -> Claim:
    evidence = Evidence(f"document:{source}", f"chunk:{source}", 0, 0, "")
    return Claim(id, f"entity:{subject}", relation, object, Validity(), observed_at, 1.0, source, evidence, id)


# ------------------------------------------------------------------------------------------------------------------ score


def measured(data: TruthSet, settings: FuseSettings) -> dict[str, Any]:
    """Run every method on one set and return the numbers."""
    dated = any(row.observed_at for row in data.rows)
    around = _around(data.within)
    results: dict[str, Any] = {}
    for name, method in [*METHODS.items(), (KGFUSE, None)]:
        if name == "newest wins" and not dated:
            continue
        start = time.perf_counter()
        beliefs = kgfuse(data, settings) if method is None else method(data.rows)
        seconds = time.perf_counter() - start
        results[name] = {**_scored(beliefs, data.gold, around), "seconds": round(seconds, 2)}
    claimed: dict[Item, set[str]] = {}
    for row in data.rows:
        claimed.setdefault(row.item, set()).add(row.value)
    reachable = sum(value in claimed.get(item, ()) for item, value in data.gold.items())
    return {
        "claims": len(data.rows),
        "items": len(claimed),
        "sources": len({row.source for row in data.rows}),
        "dated": dated,
        "gold": len(data.gold),
        "reachable": round(reachable / len(data.gold), 4),
        "methods": results,
    }


def _scored(beliefs: Beliefs, gold: Mapping[Item, str], around: Mapping[str, set[str]]) -> dict[str, float]:
    right = sum(beliefs.get(item) == value for item, value in gold.items())
    scores = {"accuracy": round(right / len(gold), 4)}
    if around:
        larger = sum(beliefs.get(item) in around.get(value, ()) for item, value in gold.items())
        scores["right_or_around"] = round((right + larger) / len(gold), 4)
    return scores


def _around(within: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Map each place to all that it lies in."""
    parents: dict[str, set[str]] = {}
    for inner, outer in within:
        parents.setdefault(inner, set()).add(outer)
    around: dict[str, set[str]] = {}
    for place in parents:
        known: set[str] = set()
        ahead = [place]
        while ahead:
            ahead = [outer for inner in ahead for outer in parents.get(inner, ()) if outer not in known]
            known.update(ahead)
        around[place] = known - {place}
    return around


def show(results: Mapping[str, Any], console: Console) -> None:
    """Print a table: a row per method, a column per set."""
    table = Table("accuracy (seconds)", *(f"{name}: {numbers['gold']} gold" for name, numbers in results.items()))
    for method in [*METHODS, KGFUSE]:
        table.add_row(method, *(_cell(numbers["methods"].get(method)) for numbers in results.values()))
    table.add_row("right value claimed at all", *(f"{numbers['reachable']:.3f}" for numbers in results.values()))
    console.print(table)
    console.print("After a slash: right, or a place around the right one.", highlight=False)


def _cell(scores: Mapping[str, float] | None) -> str:
    if scores is None:
        return "nothing is dated"
    around = f" / {scores['right_or_around']:.3f}" if "right_or_around" in scores else ""
    return f"{scores['accuracy']:.4f} ({scores['seconds']:.1f} s{around})"


def folders(arguments: Sequence[Path]) -> list[Path]:
    """Return the folders to measure: the arguments, else those of KGFUSE_BENCH_DATA."""
    if arguments:
        return list(arguments)
    place = os.environ.get("KGFUSE_BENCH_DATA")
    return sorted((Path(place) / "truth").glob("*/claims.tsv")) if place else []


def main() -> int:
    """Run the benchmark and return its exit status: 1 when kgfuse falls below the majority somewhere."""
    parser = argparse.ArgumentParser(description="Accuracy of truth discovery beside five other methods.")
    parser.add_argument("folders", nargs="*", type=Path, metavar="DIR")
    console = Console()
    found = [path.parent if path.name == "claims.tsv" else path for path in folders(parser.parse_args().folders)]
    if not found:
        console.print("No folder given, and KGFUSE_BENCH_DATA names none with truth/ in it (see benchmarks/README.md).")
        return 2
    results = {folder.name: measured(read(folder), FuseSettings()) for folder in found}
    show(results, console)
    report = {**surroundings(), "truth": results}
    (RESULTS / "truth.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    scores = [{name: row["accuracy"] for name, row in numbers["methods"].items()} for numbers in results.values()]
    return 1 if any(score[KGFUSE] < score["majority"] for score in scores) else 0


if __name__ == "__main__":
    sys.exit(main())
