"""Runs in an environment that has the peers: resolves records read from stdin, writes clusters to stdout.

    python benchmarks/resolution_peers.py {neo4j-graphrag,graphiti,splink} < job.json

A job is ``{"records": [{"id", "source", "name", "type", "attributes"}], "clean": bool}``; the answer is
``{"version", "seconds", "clusters": [[id]]}``. Each peer's own code decides, with its own defaults:

* neo4j-graphrag: `FuzzyMatchResolver.run` whole, on a stand-in for the database that gives it the nodes and takes its
  merges (so the time of the merges in a database is not in it).
* Graphiti: the deterministic stage of node resolution, record after record against all before it; what it leaves to an LLM
  stays a node of its own.
* splink: DuckDB; Jaro-Winkler levels at splink's own thresholds, with term frequencies, on the name and every attribute;
  u by random sampling, m by EM on each column in turn; blocking on equal values and on the rare words of the name;
  probability 0.5. Where the sources are clean, single best links.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

Record = dict[str, Any]
_RARE = 40
_SPARSE = 0.05


def united(ids: Iterable[str], groups: Iterable[Iterable[str]]) -> list[list[str]]:
    """Return the clusters that result when each of the groups is merged."""
    parent = {id: id for id in ids}

    def root(id: str) -> str:
        while parent[id] != id:
            parent[id] = parent[parent[id]]
            id = parent[id]
        return id

    for first, *others in groups:
        for other in others:
            parent[root(other)] = root(first)
    found: defaultdict[str, list[str]] = defaultdict(list)
    for id in parent:
        found[root(id)].append(id)
    return list(found.values())


# ------------------------------------------------------------------------------------------------------- neo4j-graphrag


class StandIn:
    """What the resolver asks of a driver: nodes by label, and merges of nodes."""

    def __init__(self, records: list[Record]) -> None:
        self.by_label: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
        self.merged: list[list[str]] = []
        self._pool = SimpleNamespace(pool_config=SimpleNamespace())
        for record in records:
            self.by_label[record["type"]].append({"id": record["id"], "name": record["name"]})

    def execute_query(self, query: str, parameters: Any = None, **_: Any) -> tuple[list[Any], None, None]:
        """Answer the resolver's two queries."""
        if "mergeNodes" in query:
            self.merged.append(parameters["ids"])
            return [1], None, None
        return [{"lab": label, "labelCluster": nodes} for label, nodes in self.by_label.items()], None, None


def neo4j_graphrag(records: list[Record], clean: bool) -> list[list[str]]:
    """Merge names whose WRatio is 0.8 or more."""
    try:
        from neo4j_graphrag.components.resolver import FuzzyMatchResolver
    except ImportError:
        from neo4j_graphrag.experimental.components.resolver import FuzzyMatchResolver
    driver = StandIn(records)
    asyncio.run(FuzzyMatchResolver(driver).run())
    return united([record["id"] for record in records], driver.merged)


# -------------------------------------------------------------------------------------------------------------- Graphiti


def graphiti(records: list[Record], clean: bool) -> list[list[str]]:
    """Resolve each record against those before it."""
    from graphiti_core.nodes import EntityNode
    from graphiti_core.utils.maintenance import dedup_helpers as stage

    known = stage._build_candidate_indexes([])
    groups = []
    for record in records:
        labels = ["Entity", record["type"]]
        node = EntityNode(uuid=record["id"], name=record["name"], group_id="all", labels=labels)
        state = stage.DedupResolutionState([None], {}, [])
        stage._resolve_with_similarity([node], known, state)
        match = state.resolved_nodes[0]
        if match is not None:
            groups.append([match.uuid, node.uuid])
            continue
        alone = stage._build_candidate_indexes([node])
        known.existing_nodes.append(node)
        known.nodes_by_uuid.update(alone.nodes_by_uuid)
        known.shingles_by_candidate.update(alone.shingles_by_candidate)
        for kept, added in (
            (known.normalized_existing, alone.normalized_existing),
            (known.lsh_buckets, alone.lsh_buckets),
        ):
            for key, values in added.items():
                kept[key].extend(values)
    return united([record["id"] for record in records], groups)


# ---------------------------------------------------------------------------------------------------------------- splink


def splink(records: list[Record], clean: bool) -> list[list[str]]:
    """Link without labels."""
    import pandas
    import splink.comparison_library as levels
    from splink import Linker, SettingsCreator, block_on
    from splink.internals.duckdb.database_api import DuckDBAPI
    from splink.internals.exceptions import SplinkException

    logging.disable(logging.CRITICAL)
    stated = Counter(name for record in records for name in record["attributes"])
    columns = {"name": "name"} | {
        name: "c_" + re.sub(r"\W", "_", name) for name, count in stated.items() if count >= _SPARSE * len(records)
    }
    words = [set(re.findall(r"\w+", record["name"].lower())) for record in records]
    holding = Counter(word for own in words for word in own)
    rows = []
    for record, own in zip(records, words, strict=True):
        values = {"name": record["name"], **record["attributes"]}
        row = {
            column: (str(values[name]).lower().strip() or None) if name in values else None
            for name, column in columns.items()
        }
        rows.append(
            {
                "unique_id": record["id"],
                "origin": record["source"],
                "words": sorted(w for w in own if holding[w] <= _RARE),
                **row,
            }
        )
    table = pandas.DataFrame(rows)
    api = DuckDBAPI()
    origins = sorted(table["origin"].unique())
    if clean and len(origins) > 1:
        frames = [api.register(table[table["origin"] == origin], dataset_display_name=origin) for origin in origins]
        link_type = "link_only"
    else:
        frames, link_type = [api.register(table, dataset_display_name="records")], "dedupe_only"
    settings = SettingsCreator(
        link_type=link_type,
        comparisons=[
            levels.JaroWinklerAtThresholds(column).configure(term_frequency_adjustments=True)
            for column in columns.values()
        ],
        blocking_rules_to_generate_predictions=[
            block_on("words", arrays_to_explode=["words"]),
            *(block_on(column) for column in columns.values() if table[column].nunique() > len(table) / _RARE),
        ],
    )
    linker = Linker(frames if len(frames) > 1 else frames[0], settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match([block_on("name")], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    train = linker.training.estimate_parameters_using_expectation_maximisation
    for column in columns.values():
        if table[column].nunique() > len(table) / _RARE:
            try:
                train(block_on(column), record_sample_proportion=1.0)
            except SplinkException as error:  # a column on whose blocks EM cannot run trains nothing; the others do
                print(f"splink: {column}: {error}", file=sys.stderr)
    predictions = linker.inference.predict(threshold_match_probability=0.5)
    if link_type == "link_only":
        clusters = linker.clustering.cluster_using_single_best_links(
            predictions, duplicate_free_datasets=origins, threshold_match_probability=0.5
        )
    else:
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
            predictions, threshold_match_probability=0.5
        )
    frame = clusters.as_pandas_dataframe()
    return [list(ids) for ids in frame.groupby("cluster_id")["unique_id"].apply(list)]


PEERS: dict[str, tuple[str, Callable[[list[Record], bool], list[list[str]]]]] = {
    "neo4j-graphrag": ("neo4j-graphrag", neo4j_graphrag),
    "graphiti": ("graphiti-core", graphiti),
    "splink": ("splink", splink),
}


def main() -> None:
    """Do the job on stdin."""
    package, resolve = PEERS[sys.argv[1]]
    job = json.load(sys.stdin)
    start = time.perf_counter()
    clusters = resolve(job["records"], job["clean"])
    seconds = time.perf_counter() - start
    json.dump({"version": version(package), "seconds": seconds, "clusters": clusters}, sys.stdout)


if __name__ == "__main__":
    main()
