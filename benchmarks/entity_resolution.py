"""Scores entity resolution: ``python -m benchmarks.entity_resolution [DIR...] [--peers PYTHON] [--names 6000]``.

A DIR holds ``records.jsonl`` (``{"id", "source", "name", "type", "attributes"}``), ``pairs.tsv`` (gold matches: id TAB id)
and ``meta.json`` (``{"clean_sources": bool}``), or folders of the kind; by default ``$KGFUSE_BENCH_DATA/er``. Each record
becomes a document that states its attributes, and kgfuse's own resolver decides: no labels, the same settings for all sets,
save that a clean set's sources are named as clean (`fuse.clean_sources`). Peers (`benchmarks.resolution_peers`) get the
same records in the same run. Then names alone, without attributes: seconds for more and more of them. Prints tables and
writes ``benchmarks/results/entity_resolution.json``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from kgfuse.config import FuseSettings
from kgfuse.fuse.agreement import Comparator, choose_fields
from kgfuse.fuse.blocking import blocking_keys, candidate_pairs
from kgfuse.fuse.described import record_candidates
from kgfuse.fuse.entities import resolve
from kgfuse.fuse.mentions import group_mentions, read_statements
from kgfuse.fuse.profiles import described_kinds, read_profiles
from kgfuse.fuse.records import fill_buckets, gather_evidence, make_records
from kgfuse.model import Datatype, Document, Evidence, Literal, Mention, Triple, Validity, triple_id
from kgfuse.ontology import builtin_ontology
from kgfuse.protocols import LedgerContent

PEERS = ("neo4j-graphrag", "graphiti", "splink")
PROVIDE = (
    "python -m venv .venv-peers",
    ".venv-peers/bin/pip install 'neo4j-graphrag[fuzzy-matching]' graphiti-core httpx splink pandas",
)
PEER_SCRIPT = Path(__file__).parent / "resolution_peers.py"
GOALS = {"dblp_acm": 0.97, "abt_buy": 0.60, "febrl3": 0.95}

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RecordSet:
    """The records of one folder and the pairs of them that are one thing, least id first.

    `exchanged`: the gold named the records of its two sources the other way round. `unknown`: gold pairs that name no
    record.
    """

    name: str
    records: tuple[dict[str, Any], ...]
    gold: frozenset[Pair]
    clean: bool
    exchanged: bool
    unknown: int


def read_set(folder: Path) -> RecordSet:
    """Read a folder."""
    records = tuple(json.loads(line) for line in (folder / "records.jsonl").read_text("utf-8").splitlines() if line)
    rows = [line.split("\t")[:2] for line in (folder / "pairs.tsv").read_text("utf-8").splitlines() if line.strip()]
    meta = json.loads((folder / "meta.json").read_text("utf-8")) if (folder / "meta.json").is_file() else {}
    ids = {record["id"] for record in records}
    pairs = [(row[0], row[1]) for row in rows]
    turned = [exchange(*pair) for pair in pairs]
    exchanged = not _all_known(pairs, ids) and _all_known(turned, ids)
    known = [(min(a, b), max(a, b)) for a, b in (turned if exchanged else pairs) if a in ids and b in ids]
    clean = bool(meta.get("clean_sources", False))
    return RecordSet(folder.name, records, frozenset(known), clean, exchanged, len(pairs) - len(known))


def exchange(left: str, right: str) -> Pair:
    """Exchange the letters before the numbers: ``a7, b12`` -> ``b7, a12``."""
    one, other = left.rstrip("0123456789"), right.rstrip("0123456789")
    return other + left[len(one) :], one + right[len(other) :]


def _all_known(pairs: Iterable[Pair], ids: set[str]) -> bool:
    return all(left in ids and right in ids for left, right in pairs)


# ---------------------------------------------------------------------------------------------------------------- kgfuse


def ledger_of(records: Iterable[dict[str, Any]]) -> LedgerContent:
    """Return a ledger in which each record is a document that names a thing and states its attributes."""
    documents, triples, mentions = [], [], []
    for record in records:
        id, name = f"document:{record['id']}", record["name"]
        documents.append(Document(id, f"record:{record['id']}", "application/json", name, "", (), record["source"]))
        mention = Mention(name, 0, len(name), record["type"])
        mentions.append((id, mention))
        for attribute, value in record["attributes"].items():
            literal = Literal(str(value), Datatype.STRING, str(value))
            evidence = Evidence(id, f"{id}:chunk", 0, len(name), name)
            made = triple_id(mention, attribute, literal, evidence, False, Validity(), "record")
            triples.append(Triple(made, mention, attribute, literal, evidence, 1.0, "record"))
    return LedgerContent(tuple(documents), tuple(triples), tuple(mentions), frozenset(), ())


def settings_for(given: RecordSet) -> FuseSettings:
    """Return the defaults, with the sources named that are clean."""
    sources = sorted({record["source"] for record in given.records})
    return FuseSettings(clean_sources=tuple(sources) if given.clean else ())


def kgfuse_clusters(records: Sequence[dict[str, Any]], settings: FuseSettings) -> tuple[list[list[str]], float]:
    """Resolve the records; return the clusters of ids and the seconds it took."""
    content = ledger_of(records)
    start = time.perf_counter()
    found = resolve(content, builtin_ontology(), settings)
    seconds = time.perf_counter() - start
    clusters: defaultdict[str, list[str]] = defaultdict(list)
    for record, (document, mention) in zip(records, content.mentions, strict=True):
        clusters[found.entity_id(document, mention)].append(record["id"])
    return list(clusters.values()), seconds


def candidates(given: RecordSet) -> set[Pair]:
    """Return the pairs of records that blocking proposes, by the code that the resolver uses."""
    content, ontology, settings = ledger_of(given.records), builtin_ontology(), settings_for(given)
    groups, index = group_mentions(content, ontology)
    statements = read_statements(content, ontology, groups, index)
    evidence = gather_evidence(groups, statements, (), ontology)
    documents = {document.id: document for document in content.documents}
    described = described_kinds(groups, statements, evidence.kinds, documents, settings.clean_sources)
    id_of = {id: group.document_id.removeprefix("document:") for id, group in groups.items()}
    found: set[Pair] = set()
    for profiles in read_profiles(groups, statements, evidence.kinds, documents, described).values():
        comparator = Comparator(choose_fields(profiles), profiles)
        pairs = record_candidates(profiles, comparator, frozenset(settings.clean_sources))[0].tolist()
        found |= {_sorted(id_of[profiles[left].id], id_of[profiles[right].id]) for left, right in pairs}
    if not described:
        records = {record.id: record for record in make_records(fill_buckets(evidence), evidence, {}).values()}
        keys = {id: list(blocking_keys(r.name, r.kind in (None, "Person"))) for id, r in records.items()}
        joined = [records[id].groups for id in records]
        joined += [records[pair.left].groups + records[pair.right].groups for pair in candidate_pairs(keys)]
        found = {_sorted(id_of[a], id_of[b]) for together in joined for a, b in combinations(together, 2)}
    return found


def _sorted(left: str, right: str) -> Pair:
    return (left, right) if left < right else (right, left)


# ----------------------------------------------------------------------------------------------------------------- peers


def peer_clusters(python: Path, peer: str, records: Sequence[dict[str, Any]], clean: bool) -> dict[str, Any] | None:
    """Let a peer do it in its own environment; `None` where that is absent or fails."""
    if not python.is_file():
        return None
    job = json.dumps({"records": records, "clean": clean})
    command = [str(python), str(PEER_SCRIPT), peer]
    done = subprocess.run(command, input=job, capture_output=True, text=True, check=False)
    answer: dict[str, Any] | None = json.loads(done.stdout) if done.returncode == 0 else None
    return answer


# ----------------------------------------------------------------------------------------------------------------- scores


def scores(clusters: Iterable[Sequence[str]], gold: frozenset[Pair]) -> dict[str, Any]:
    """Return pairwise precision, recall and F1; `largest` is the size of the largest cluster."""
    clusters = [list(cluster) for cluster in clusters]
    joined = sum(len(cluster) * (len(cluster) - 1) // 2 for cluster in clusters)
    at = {id: number for number, cluster in enumerate(clusters) for id in cluster}
    right = sum(at[left] == at[right] for left, right in gold)
    precision = right / joined if joined else 1.0
    recall = right / len(gold) if gold else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    largest = max(map(len, clusters), default=0)
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4), "largest": largest}


def measure(given: RecordSet, peers: Path, console: Console) -> dict[str, Any]:
    """Score kgfuse and its peers on one set, and print the table."""
    clusters, seconds = kgfuse_clusters(given.records, settings_for(given))
    rows = {"kgfuse": {**scores(clusters, given.gold), "seconds": round(seconds, 1)}}
    for peer in PEERS:
        answer = peer_clusters(peers, peer, given.records, given.clean)
        if answer is not None:
            rows[f"{peer} {answer['version']}"] = {
                **scores(answer["clusters"], given.gold),
                "seconds": round(answer["seconds"], 1),
            }
    proposed = candidates(given)
    complete = len(proposed & given.gold) / len(given.gold) if given.gold else 1.0
    console.print(
        f"\n[bold]{given.name}[/bold]: {len(given.records)} records, {len(given.gold)} gold pairs; blocking proposes "
        f"{len(proposed)} pairs, complete {complete:.4f}"
        + ("; the gold names its two sources the other way round: read so" if given.exchanged else "")
        + (f"; {given.unknown} gold pairs name no record" if given.unknown else ""),
        highlight=False,
    )
    table = Table("resolver", "precision", "recall", "F1", "largest", "seconds")
    for name, row in rows.items():
        figures = [f"{row[key]:.3f}" for key in ("precision", "recall", "f1")]
        table.add_row(name, *figures, str(row["largest"]), str(row["seconds"]))
    console.print(table)
    return {
        "date": surroundings()["date"],
        "records": len(given.records),
        "gold_pairs": len(given.gold),
        "clean_sources": given.clean,
        "gold_read_exchanged": given.exchanged,
        "gold_pairs_unknown": given.unknown,
        "candidate_pairs": len(proposed),
        "pair_completeness": round(complete, 4),
        "goal_f1": GOALS.get(given.name),
        "resolvers": rows,
    }


def measure_names(sets: Sequence[RecordSet], most: int, peers: Path, console: Console) -> dict[str, Any]:
    """Time names alone, of one type: kgfuse on growing numbers, neo4j-graphrag's resolver on the same up to `most`."""
    named = {record["name"] for given in sets for record in given.records if record["name"].strip()}
    shuffled = sorted(named, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    rows: list[dict[str, Any]] = []
    for count in sorted({min(len(shuffled), size) for size in (most // 4, most // 2, most, most * 2)}):
        records = [
            {"id": f"n{number}", "source": "names", "name": name, "type": "Product", "attributes": {}}
            for number, name in enumerate(shuffled[:count])
        ]
        _, seconds = kgfuse_clusters(records, FuseSettings())
        answer = peer_clusters(peers, "neo4j-graphrag", records, False) if count <= most else None
        peer = round(answer["seconds"], 1) if answer else None
        times = round(answer["seconds"] / seconds, 1) if answer else None
        rows.append({"names": count, "kgfuse": round(seconds, 2), "neo4j_graphrag": peer, "times_faster": times})
    table = Table("names", "kgfuse, s", "neo4j-graphrag, s", "times faster", title="Names alone", title_justify="left")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    console.print(table)
    return {"date": surroundings()["date"], "rows": rows}


def keep(figures: dict[str, Any]) -> None:
    """Write figures into the results as soon as they are there; what was measured before and is not again stays."""
    path = RESULTS / "entity_resolution.json"
    kept = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    sets = {**kept.get("sets", {}), **figures.get("sets", {})}
    path.write_text(json.dumps({**kept, **surroundings(), **figures, "sets": sets}, indent=2) + "\n", "utf-8")


def folders(given: Sequence[Path]) -> list[Path]:
    """Return the folders that hold records."""
    found = [path for root in given for path in (root, *sorted(root.glob("*"))) if (path / "records.jsonl").is_file()]
    return list(dict.fromkeys(found))


def main() -> int:
    """Run the benchmark and return its exit status."""
    data = os.environ.get("KGFUSE_BENCH_DATA")
    peers = Path(os.environ.get("KGFUSE_BENCH_PEERS", ".venv-peers/bin/python"))
    parser = argparse.ArgumentParser(description="Scores entity resolution beside its peers.")
    parser.add_argument("dirs", nargs="*", type=Path, default=[Path(data) / "er"] if data else [])
    parser.add_argument("--peers", type=Path, default=peers, help="The Python that has the peers.")
    parser.add_argument("--names", type=int, default=6000, help="How many names to time alone; 0: none.")
    parser.add_argument("--only", choices=("sets", "names"), help="Measure these; keep the other numbers as they are.")
    asked = parser.parse_args()
    console = Console(width=120)
    sets = [read_set(folder) for folder in folders(asked.dirs)]
    if not sets:
        console.print(
            "No data: name folders with records.jsonl, or set KGFUSE_BENCH_DATA to the folder that holds er/."
        )
        return 0
    if not asked.peers.is_file():
        console.print(
            f"Peers skipped: no {asked.peers}. To have them: {' && '.join(PROVIDE)}", markup=False, soft_wrap=True
        )
    if asked.only != "names":
        for given in sets:
            figures = measure(given, asked.peers, console)
            keep({"sets": {given.name: figures}})
    if asked.only != "sets" and asked.names:
        keep({"names": measure_names(sets, asked.names, asked.peers, console)})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
