"""What an extraction asks and costs: ``python -m benchmarks.prompt_cost [--peers PYTHON] [--passages 20]``.

Made passages of some 200 words with eight facts each are extracted by kgfuse and, in an environment of their own, by the
peers' own code (`prompt_peers.py`), all against the same loopback server. It answers each in its own form with the same
facts, so that no peer pays for what another does not say, and counts every request. Tokens are estimated for all alike,
from the bodies: messages and schema or tools (four characters a token). A gleaning turn is answered with nothing. Counted
for Graphiti is extraction alone, not what it asks later about duplicates, summaries and attributes; for LightRAG, its
default of one gleaning turn. Without the peers' environment they are skipped and the command that provides it is printed.
Prints a table and writes ``benchmarks/results/prompt_cost.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from benchmarks.made_document import document_of
from kgfuse.config import LanguageModelSettings
from kgfuse.extract.llm import LanguageModelExtractor
from kgfuse.llm.client import OpenAIModel
from kgfuse.llm.tokens import estimate_tokens
from kgfuse.ontology import Ontology, build_ontology, builtin_ontology
from tests.support.llm_server import Body, LanguageModelServer

PEERS = ("neo4j-graphrag", "graphiti", "lightrag")
PEERS_COMMAND = (
    "python -m venv .venv-prompts && .venv-prompts/bin/pip install neo4j-graphrag graphiti-core lightrag-hku openai"
)

_FIRST = "Anna Carl Eva Gina Ivar Kari Leif Mona Nils Olga Per Rita Sven Tora Ulf Vera".split()
_LAST = "Berg Dahl Eide Falk Gran Holm Lund Moen Nes Opdal Ruud Sund Tveit Vik".split()
_FACT = re.compile(
    r"(?P<who>[A-Z]\w+ [A-Z]\w+) founded (?P<what>[A-Z]\w+ (?:Energy|Foods|Marine|Steel)) in the year \d{4}\."
)
_BETWEEN = "Those who were there remember the day, and what was said of it later in the papers was mostly kind."


def passages(count: int) -> list[str]:
    """Make passages of eight facts each."""
    found = []
    for number in range(count):
        sentences = []
        for place in range(8):
            at = number * 8 + place
            who = f"{_FIRST[at % 16]} {_LAST[at // 16 % 14]}"
            firm = f"{_LAST[(at * 5 + 3) % 14]}{at} {('Energy', 'Foods', 'Marine', 'Steel')[at % 4]}"
            sentences.append(f"{who} founded {firm} in the year {1950 + at % 60}.")
            sentences.append(_BETWEEN)
        found.append(" ".join(sentences))
    return found


# --------------------------------------------------------------------------------------------------- one server for all


class Replies:
    """Answers each system in its own form, and counts. Facts are read from the request itself, the last passage in it."""

    def __init__(self) -> None:
        self.requests = self.prompt = self.reply = self.triples = 0
        self._lock = threading.Lock()

    def __call__(self, body: Body) -> Any:
        text = "\n".join(str(message.get("content")) for message in body["messages"])
        facts = list(dict.fromkeys((fact["who"], fact["what"], fact[0]) for fact in _FACT.finditer(text)))
        reply, triples = self._answered(body, text, facts)
        extra = {name: body[name] for name in ("response_format", "tools") if name in body}
        asked = estimate_tokens(text) + (estimate_tokens(json.dumps(extra)) if extra else 0)
        written = reply if isinstance(reply, str) else json.dumps(reply)
        with self._lock:
            self.requests += 1
            self.triples += triples
            self.prompt += asked
            self.reply += estimate_tokens(written)
        return written

    def _answered(self, body: Body, text: str, facts: list[tuple[str, str, str]]) -> tuple[Any, int]:
        if "<|#|>" in text:
            return _tuples(body, facts)
        if "start_node_id" in text:
            return _nodes_and_relationships(facts), len(facts)
        if "extracted_entities" in json.dumps(body):
            names = dict.fromkeys(name for who, what, _ in facts for name in (who, what))
            return {"extracted_entities": [{"name": n, "entity_type_id": 0, "episode_indices": [0]} for n in names]}, 0
        if "source_entity_name" in json.dumps(body):
            edges = [
                {
                    "source_entity_name": who,
                    "target_entity_name": what,
                    "relation_type": "FOUNDED",
                    "fact": quote,
                    "valid_at": quote[-5:-1] + "-01-01T00:00:00Z",
                    "invalid_at": None,
                    "episode_indices": [0],
                }
                for who, what, quote in facts
            ]
            return {"edges": edges}, len(edges)
        return _kgfuse(facts), len(facts)


def _kgfuse(facts: list[tuple[str, str, str]]) -> dict[str, Any]:
    names = dict.fromkeys((name, type) for w, f, _ in facts for name, type in ((w, "Person"), (f, "Company")))
    said = [
        {
            "subject": who,
            "subject_type": "Person",
            "predicate": "founder_of",
            "object": what,
            "object_kind": "entity",
            "object_type": "Company",
            "value": None,
            "unit": None,
            "negated": False,
            "modality": "asserted",
            "valid_from": quote[-5:-1],
            "valid_to": None,
            "qualifiers": [],
            "confidence": 0.9,
            "quote": quote,
        }
        for who, what, quote in facts
    ]
    return {"entities": [{"name": name, "type": type} for name, type in names], "triples": said}


def _nodes_and_relationships(facts: list[tuple[str, str, str]]) -> dict[str, Any]:
    names = {name: n for n, name in enumerate(dict.fromkeys(name for who, what, _ in facts for name in (who, what)))}
    nodes = [{"id": str(n), "label": "Thing", "properties": {"name": name}} for name, n in names.items()]
    relationships = [
        {
            "type": "FOUNDED",
            "start_node_id": str(names[who]),
            "end_node_id": str(names[what]),
            "properties": {"details": quote},
        }
        for who, what, quote in facts
    ]
    return {"nodes": nodes, "relationships": relationships}


def _tuples(body: Body, facts: list[tuple[str, str, str]]) -> tuple[str, int]:
    if any(message["role"] == "assistant" for message in body["messages"]):
        return "<|COMPLETE|>", 0
    names = dict.fromkeys((name, type, q) for w, f, q in facts for name, type in ((w, "person"), (f, "organization")))
    rows = [f"entity<|#|>{name}<|#|>{type}<|#|>{quote}" for name, type, quote in names]
    rows += [f"relation<|#|>{who}<|#|>{what}<|#|>founding<|#|>{quote}" for who, what, quote in facts]
    return "\n".join([*rows, "<|COMPLETE|>"]), len(facts)


# ------------------------------------------------------------------------------------------------------------ measuring


def counted(replies: Replies, count: int) -> dict[str, float]:
    """Return what a system asked, per passage and per triple."""
    triples = max(1, replies.triples)
    return {
        "requests_per_passage": round(replies.requests / count, 2),
        "prompt_tokens_per_passage": round(replies.prompt / count),
        "reply_tokens_per_passage": round(replies.reply / count),
        "triples": replies.triples,
        "tokens_per_triple": round((replies.prompt + replies.reply) / triples, 1),
    }


def kgfuse(texts: list[str], ontology: Ontology, samples: int = 1) -> dict[str, float]:
    """Extract the passages with kgfuse."""
    replies = Replies()
    with LanguageModelServer(replies) as server:
        settings = LanguageModelSettings(model="m", base_url=server.base_url, samples=samples)
        document, chunks = document_of(texts)
        with OpenAIModel(settings) as model:
            found = LanguageModelExtractor(model, ontology, settings).extract(document, chunks)
        replies.requests, replies.triples = len(server.requests), len(found.triples)
        replies.prompt //= samples
    return counted(replies, len(texts))


def peer(name: str, python: str, texts: list[str]) -> dict[str, Any]:
    """Extract the passages with a peer, in its environment. Raises RuntimeError when it fails."""
    replies = Replies()
    with LanguageModelServer(replies) as server:
        ran = subprocess.run(
            [python, "-m", "benchmarks.prompt_peers", name, server.base_url],
            cwd=Path(__file__).parents[1],
            input=json.dumps(texts),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    told = re.search(r"^version (\S+)$", ran.stdout, re.MULTILINE)
    if ran.returncode or not told or not replies.triples:
        raise RuntimeError(f"{name}: {ran.stderr[-800:]}")
    return {"version": told[1], **counted(replies, len(texts))}


def main() -> int:
    """Run the benchmark and return its exit status: 1 when kgfuse asks more than once per passage."""
    parser = argparse.ArgumentParser(description="Requests and tokens of extraction beside three peers.")
    parser.add_argument("--peers", default=os.environ.get("KGFUSE_BENCH_PROMPT_PEERS"), help="a Python that has them")
    parser.add_argument("--passages", type=int, default=20)
    given = parser.parse_args()
    console = Console()
    texts = passages(given.passages)
    results: dict[str, Any] = {
        "kgfuse, built-in ontology": kgfuse(texts, builtin_ontology()),
        "kgfuse, no ontology": kgfuse(texts, build_ontology("none", {}, [])),
        "kgfuse, 5 samples": kgfuse(texts, builtin_ontology(), samples=5),
    }
    if given.peers:
        for name in PEERS:
            try:
                results[name] = peer(name, given.peers, texts)
            except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
                console.print(f"skipped: {error}", markup=False)
    else:
        console.print(f"The peers are skipped; give --peers PYTHON of: {PEERS_COMMAND}")
    table = Table("", "requests a passage", "prompt tokens", "reply tokens", "triples", "tokens a triple")
    for name, one in results.items():
        numbers = ("requests_per_passage", "prompt_tokens_per_passage", "reply_tokens_per_passage")
        label = f"{name} {one['version']}" if "version" in one else name
        table.add_row(
            label, *(f"{one[key]:g}" for key in numbers), f"{one['triples']:g}", f"{one['tokens_per_triple']:g}"
        )
    console.print(table)
    report = {**surroundings(), "passages": given.passages, "words": sum(len(text.split()) for text in texts)}
    (RESULTS / "prompt_cost.json").write_text(json.dumps({**report, "prompt_cost": results}, indent=2) + "\n", "utf-8")
    return (
        1 if any(one["requests_per_passage"] > 1 for name, one in results.items() if name.startswith("kgfuse")) else 0
    )


if __name__ == "__main__":
    sys.exit(main())
