"""The methods that benchmarks.timeline compares: kgfuse, two simple rules, and Graphiti's rule."""

from __future__ import annotations

import json
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.histories import History, Said
from kgfuse.config import FuseSettings
from kgfuse.fuse.facts import facts_of
from kgfuse.fuse.items import partition, settle
from kgfuse.fuse.sources import learn
from kgfuse.fuse.support import Trust
from kgfuse.model import (
    Claim,
    Datatype,
    Evidence,
    FactStatus,
    Literal,
    Mention,
    Moment,
    Validity,
    content_id,
    triple_id,
)
from kgfuse.ontology import Ontology, parse_ontology

Found = dict[str, list[tuple[str, Validity]]]
GRAPHITI = Path(__file__).parent / "graphiti_edges.py"
_RELATION = "held_by"
_WINDOW = 5  # how many of the latest statements vote in last_observed_majority


def ontology(cardinality: str = "one_at_a_time", capacity: int = 1) -> Ontology:
    """Return an ontology of the one relation that is measured."""
    relation = f"{{cardinality: {cardinality}, capacity: {capacity}, literal: string}}"
    return parse_ontology(f"{{types: {{Thing: null}}, relations: {{{_RELATION}: {relation}}}}}")


def claims_of(said: Iterable[Said]) -> list[Claim]:
    """Return statements as linked claims: who is who is not what is measured here."""
    claims = []
    for s in said:
        validity, denied = Validity(s.start, s.end), s.kind == "denied"
        value = Literal(s.value, Datatype.STRING, s.value)
        evidence = Evidence(content_id("document", s.source, str(s.seen), s.sentence), "", 0, 0, s.sentence)
        subject = Mention(s.item, 0, 0)
        id = triple_id(subject, _RELATION, value, evidence, denied, validity, "synthetic")
        sentence = content_id("sentence", s.sentence)
        claim = Claim(id, s.item, _RELATION, value, validity, s.seen, s.confidence, s.source, evidence, sentence)
        claims.append(replace(claim, negated=denied))
    return claims


def kgfuse(said: Iterable[Said], known: Ontology, settings: FuseSettings | None = None) -> Found:
    """Fit and settle as `kgfuse.fuse.fuse` does; what is accepted or superseded is what kgfuse says."""
    chosen = settings or FuseSettings()
    items, _ = partition(claims_of(said), known, chosen)
    trust = Trust.of(learn(items, chosen))
    found: Found = defaultdict(list)
    for item in items:
        timeline = settle(item, trust, chosen)
        for fact in facts_of(item, timeline, {}, chosen):
            if fact.status in (FactStatus.ACCEPTED, FactStatus.SUPERSEDED) and isinstance(fact.object, Literal):
                found[item.anchor].append((fact.object.value, fact.validity))
    return found


# ------------------------------------------------------------------------------------------------------- simple rules


def _event(s: Said) -> Moment | None:
    """Return when a statement says that its value holds: its stated start, else the time of speaking."""
    return s.start or (s.seen if s.kind in ("seen", "start") else None)


def _by_item(said: Iterable[Said]) -> dict[str, list[Said]]:
    items: dict[str, list[Said]] = defaultdict(list)
    for s in said:
        items[s.item].append(s)
    return items


def newest_wins(said: Iterable[Said]) -> Found:
    """At any time the value of the latest statement about that time or before holds, until a stated end of it.

    Later documents correct earlier ones about the same moment. Kinder than the usual rule, which takes a document
    that looks back on the past for news of the present.
    """
    return {item: _rule(statements, 1) for item, statements in _by_item(said).items()}


def last_observed_majority(said: Iterable[Said]) -> Found:
    """At any time the value holds that most of the last five statements about that time or before give; else the newest."""
    return {item: _rule(statements, _WINDOW) for item, statements in _by_item(said).items()}


def _rule(statements: Iterable[Said], window: int) -> list[tuple[str, Validity]]:
    said = list(statements)
    dated = [(at, s) for s in said if s.kind not in ("end", "denied", "former") and (at := _event(s)) is not None]
    dated.sort(key=lambda pair: (pair[0].at, str(pair[1].seen or ""), pair[1].source, pair[1].sentence))
    ends: dict[str, list[Moment]] = defaultdict(list)
    for s in sorted(said, key=lambda s: str(s.end or "")):
        if s.end is not None:
            ends[s.value].append(s.end)
    runs: list[tuple[str, Moment, Moment | None]] = []
    for place, (at, _) in enumerate(dated):
        latest = [s.value for _, s in dated[max(0, place + 1 - window) : place + 1]]
        votes = Counter(latest)
        value = max(votes, key=lambda v: (votes[v], max(i for i, other in enumerate(latest) if other == v)))
        if runs and runs[-1][0] == value and runs[-1][2] is None:
            continue
        if runs and runs[-1][2] is None:
            runs[-1] = (*runs[-1][:2], at)
        runs.append((value, at, None))
    found = []
    for value, start, end in runs:
        stop = next((e for e in ends[value] if e.at > start.at and (end is None or e.at < end.at)), end)
        found.append((value, Validity(start, stop)))
    return found


# ----------------------------------------------------------------------------------------------------------- Graphiti


class Absent(Exception):
    """Graphiti is not installed in the environment that was named."""


def graphiti(python: Path, histories: Sequence[Sequence[History]]) -> tuple[str, list[Found]]:
    """Run Graphiti's rule over several sets of histories; return its version and what it found. Raises Absent."""
    sets = [
        [[_edge(s) for s in history.said if s.kind != "undated"] for history in histories_of_one]
        for histories_of_one in histories
    ]
    if not python.exists():
        raise Absent(f"{python} does not exist")
    asked = json.dumps(sets)
    done = subprocess.run([str(python), str(GRAPHITI)], input=asked, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Absent((done.stderr.strip().splitlines() or ["it failed"])[-1])
    reply = json.loads(done.stdout)
    found = []
    for histories_of_one, result in zip(histories, reply["found"], strict=True):
        one: Found = {}
        for history, edges in zip(histories_of_one, result, strict=True):
            one[history.item] = [(value, Validity(_moment(start), _moment(end))) for value, start, end in edges]
        found.append(one)
    return str(reply["version"]), found


def _edge(s: Said) -> dict[str, str | bool | None]:
    return {
        "value": s.value,
        "denied": s.kind in ("denied", "former"),
        "valid_at": None if (at := _event(s)) is None else str(at),
        "invalid_at": None if s.end is None else str(s.end),
        "reference_time": None if s.seen is None else str(s.seen),
        "order": f"{s.seen or ''} {s.source} {s.sentence}",
    }


def _moment(text: str | None) -> Moment | None:
    return None if text is None else Moment.parse(text)
