"""Audits merges on recorded LLM output: ``python -m benchmarks.merges [DIR...] [--show]``.

A DIR holds recorded triples: ``openie*.json`` (``docs``, each with ``title``, ``passage`` and ``extracted_triples``) or
``*-triplets.txt`` (a Python tuple of three strings a line); by default ``musique`` and ``graphusion`` below
``$KGFUSE_BENCH_DATA``. The triples are fused as they are, untyped. The benchmark counts the names before and the entities
after, and draws by hash (so that a change of the resolver leaves the sample of what it leaves joined as it is) 200 merges:
variants of a name that became one entity, and equal names of two documents that did; and 100 near pairs that did not.
People judged them: ``merges_audit.json`` holds, by the hash of a pair, the verdict (``right``, ``wrong``, ``unclear``) and a
class of reason, and not one word of the data. ``--show`` prints the pairs for judging. Writes
``benchmarks/results/merges.json``.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz
from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from kgfuse.config import FuseSettings
from kgfuse.fuse.entities import Resolution, resolve
from kgfuse.model import Datatype, Document, Evidence, Literal, Mention, Triple, Validity, triple_id
from kgfuse.ontology import builtin_ontology
from kgfuse.protocols import LedgerContent

AUDIT = Path(__file__).parent / "merges_audit.json"
SAMPLES = {"variants": 160, "equal names": 76, "near, apart": 100}
"""How many are drawn, where there are so many; two folders share them 7 : 3."""
GOAL = 0.97
_NEAR = 88
_COMMON = 40
"""A word that more names than this hold does not make two of them near."""

Said = tuple[str, str, str]
Place = tuple[str, str]
"""A name and the document that holds it."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A document of recorded triples; `text` is empty where it was not recorded."""

    title: str
    text: str
    triples: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two names, each in a document, and what the resolver made of them (a key of `SAMPLES`)."""

    data: str
    drawn: str
    left: Place
    right: Place

    @property
    def key(self) -> str:
        """The hash by which a verdict is found."""
        text = "\x1f".join((self.data, *self.left, *self.right))
        return hashlib.sha256(text.encode()).hexdigest()[:20]


def read_passages(folder: Path) -> list[Passage]:
    """Read what a folder holds of recorded triples."""
    found = []
    for path in sorted(folder.glob("openie*.json")):
        for row in json.loads(path.read_text("utf-8"))["docs"]:
            triples = tuple((s, p, o) for s, p, o in _threes(row["extracted_triples"]))
            found.append(Passage(row["title"], row["passage"], triples))
    for path in sorted(folder.glob("*turbo-triplets.txt")):
        lines = [line for line in path.read_text("utf-8").splitlines() if line.startswith("(")]
        for number, (line, said) in enumerate(zip(lines, map(ast.literal_eval, lines), strict=True)):
            found.append(Passage(f"line {number}", line, tuple(_threes([said]))))
    return found


def _threes(rows: Iterable[Sequence[Any]]) -> Iterator[Said]:
    for row in rows:
        texts = [" ".join(str(part).split()) for part in row]
        if len(texts) == 3 and all(texts):
            yield (texts[0], texts[1], texts[2])


def ledger_of(passages: Sequence[Passage]) -> LedgerContent:
    """Return a ledger in which every passage is a document; what begins with a digit is a value, the rest are mentions."""
    documents, triples = [], {}
    for number, passage in enumerate(passages):
        id = f"document:{number}"
        documents.append(Document(id, f"passage:{number}", "text/plain", passage.title, "", (), f"passage:{number}"))
        for at, (subject, predicate, object) in enumerate(passage.triples):
            evidence = Evidence(id, f"{id}:chunk", at, at + 1, passage.text)
            who = Mention(subject, at, at + 1)
            what = Literal(object, Datatype.STRING, object) if object[0].isdigit() else Mention(object, at, at + 1)
            made = triple_id(who, predicate.lower(), what, evidence, False, Validity(), "recorded")
            triples[made] = Triple(made, who, predicate.lower(), what, evidence, 0.8, "recorded")
    return LedgerContent(tuple(documents), tuple(triples[id] for id in sorted(triples)), (), frozenset(), ())


# --------------------------------------------------------------------------------------------------------------- samples


def _folded(surface: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in surface.casefold()).split())


def places(resolution: Resolution) -> dict[str, list[Place]]:
    """Return where each entity is named, sorted."""
    found: defaultdict[str, set[Place]] = defaultdict(set)
    for (document, surface, _), group in resolution.groups.items():
        found[resolution.entity_of[group]].add((surface, document))
    return {entity: sorted(named) for entity, named in found.items()}


def merges(data: str, named: dict[str, list[Place]]) -> list[Pair]:
    """Return the merges: each further name of an entity with its commonest one; each further document of a name."""
    found = []
    for held in named.values():
        by_name: defaultdict[str, list[Place]] = defaultdict(list)
        for place in held:
            by_name[_folded(place[0])].append(place)
        commonest = min(by_name, key=lambda name: (-len(by_name[name]), name))
        for name, where in by_name.items():
            if name != commonest:
                found.append(Pair(data, "variants", by_name[commonest][0], where[0]))
            first, rest = where[0], [place for place in where[1:] if place[1] != where[0][1]]
            found += [Pair(data, "equal names", first, place) for place in rest]
    return found


def near_pairs(data: str, named: dict[str, list[Place]]) -> list[Pair]:
    """Return the pairs of names that look alike, or are an acronym and its words, and are not one entity."""
    where: dict[str, tuple[Place, str]] = {}
    for entity, held in named.items():
        for place in held:
            where.setdefault(_folded(place[0]), (place, entity))
    words: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(where):
        for word in sorted({*name.split(), _initials(name)} - {""}):
            words[word].append(name)
    found = []
    for word in sorted(words):
        for left, right in combinations(sorted(set(words[word]))[:_COMMON], 2):
            initials = word in (left, right) and word in (_initials(left), _initials(right))
            if where[left][1] != where[right][1] and (initials or fuzz.token_sort_ratio(left, right) >= _NEAR):
                found.append(Pair(data, "near, apart", where[left][0], where[right][0]))
    return list(dict.fromkeys(found))


def _initials(name: str) -> str:
    """Return the initials of a name of three words or more."""
    parts = name.split()
    return "".join(part[0] for part in parts) if len(parts) > 2 else ""


def draw(pairs: Sequence[Pair], count: int) -> list[Pair]:
    """Return `count` pairs, by hash."""
    return sorted(pairs, key=lambda pair: pair.key)[:count]


# ----------------------------------------------------------------------------------------------------------------- audit


def measure(folder: Path, share: float, audit: dict[str, list[str]], show: bool, console: Console) -> dict[str, Any]:
    """Fuse the triples of one folder, print what came of it and return it; `share` is the part of the samples it gives."""
    passages = read_passages(folder)
    content = ledger_of(passages)
    start = time.process_time()
    resolution = resolve(content, builtin_ontology(), FuseSettings())
    seconds = time.process_time() - start
    named = places(resolution)
    drawn = merges(folder.name, named) + near_pairs(folder.name, named)
    rows: dict[str, Any] = {}
    for kind, count in SAMPLES.items():
        population = [pair for pair in drawn if pair.drawn == kind]
        sample = draw(population, round(count * share))
        verdicts = Counter(audit[pair.key][0] if pair.key in audit else "not judged" for pair in sample)
        reasons = Counter(audit[pair.key][1] for pair in sample if audit.get(pair.key, ["right"])[0] == "wrong")
        rows[kind] = {"population": len(population), "drawn": len(sample), **verdicts, "wrong_because": dict(reasons)}
        if show:
            _show(sample, passages, audit, console)
    surfaces = {surface for held in named.values() for surface, _ in held}
    return {
        "documents": len(passages),
        "triples": len(content.triples),
        "names_in_documents": len(resolution.groups),
        "names": len(surfaces),
        "entities": len(resolution.entities),
        "cpu_seconds": round(seconds, 1),
        "samples": rows,
    }


def _show(sample: Sequence[Pair], passages: Sequence[Passage], audit: dict[str, list[str]], console: Console) -> None:
    for pair in sample:
        if pair.key in audit:
            continue
        console.print(f"\n{pair.key} {pair.drawn}: {pair.left[0]!r} | {pair.right[0]!r}", markup=False, highlight=False)
        for surface, document in (pair.left, pair.right):
            passage = passages[int(document.rpartition(":")[2])]
            said = [f"({' ; '.join(triple)})" for triple in passage.triples if surface in triple][:2]
            console.print(f"   [{passage.title}] {' '.join(said)}", markup=False, highlight=False, soft_wrap=True)


def share_right(rows: Iterable[dict[str, Any]]) -> float | None:
    """Return the share of judged pairs that are right; what is unclear counts half."""
    rows = list(rows)
    right, wrong, unclear = (sum(row.get(verdict, 0) for row in rows) for verdict in ("right", "wrong", "unclear"))
    judged = right + wrong + unclear
    return round((right + unclear / 2) / judged, 4) if judged else None


def main() -> int:
    """Run the benchmark and return its exit status."""
    data = os.environ.get("KGFUSE_BENCH_DATA")
    parser = argparse.ArgumentParser(description="Counts and audits merges on recorded LLM output.")
    given = [Path(data) / name for name in ("musique", "graphusion")] if data else []
    parser.add_argument("dirs", nargs="*", type=Path, default=given)
    parser.add_argument("--show", action="store_true", help="Print the pairs that nobody has judged.")
    asked = parser.parse_args()
    console = Console(width=150)
    folders = [folder for folder in asked.dirs if folder.is_dir() and read_passages(folder)]
    if not folders:
        console.print(
            "No data: name folders of recorded triples, or set KGFUSE_BENCH_DATA to the folder that holds them."
        )
        return 0
    audit = json.loads(AUDIT.read_text("utf-8")) if AUDIT.is_file() else {}
    shares = [0.7, 0.3] if len(folders) == 2 else [1 / len(folders)] * len(folders)
    sets = {
        folder.name: measure(folder, share, audit, asked.show, console)
        for folder, share in zip(folders, shares, strict=True)
    }
    table = Table("data", "names", "entities", "sample", "of", "right", "wrong", "unclear", "not judged")
    for name, row in sets.items():
        for kind, figures in row["samples"].items():
            verdicts = [str(figures.get(verdict, 0)) for verdict in ("right", "wrong", "unclear", "not judged")]
            head = (name, str(row["names"]), str(row["entities"])) if kind == "variants" else ("", "", "")
            table.add_row(*head, f"{figures['drawn']} {kind}", str(figures["population"]), *verdicts)
    console.print(table)
    joined = [row["samples"][kind] for row in sets.values() for kind in ("variants", "equal names")]
    precision = share_right(joined)
    apart = share_right(row["samples"]["near, apart"] for row in sets.values())
    console.print(f"precision of merges {precision} (goal {GOAL}); near pairs rightly apart {apart}")
    figures = {"goal_precision": GOAL, "precision": precision, "near_pairs_rightly_apart": apart, "sets": sets}
    (RESULTS / "merges.json").write_text(json.dumps({**surroundings(), **figures}, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
