"""LightRAG's retrieval of passages, run by `benchmarks.retrieval` in the peers' environment: reads JSON, writes JSON.

Its own pipeline inserts the passages; where it asks an LLM to extract, the recorded triples are the reply, in its form, and
where it asks for keywords, the question is: no model is at hand, and the words of the question are what it falls back to.
Vectors come over HTTP from the benchmark, so they are the same for all. Its files are written once, when all passages are
in: it writes all of them after every passage, which takes hours for two thousand and changes no answer. Imports nothing
of kgfuse, which that environment lacks.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
import warnings
from importlib.metadata import version
from typing import Any

from benchmarks.peer_tokens import Letters
from benchmarks.peer_vectors import vectors_of

_BETWEEN, _END = "<|#|>", "<|COMPLETE|>"
_WAYS = ("naive", "local", "global", "hybrid", "mix")
_KNOWN = 60
"""Characters of a passage's beginning by which it is told in a prompt."""


async def lightrag(given: dict[str, Any]) -> dict[str, Any]:
    """Insert and ask; for each mode the numbers of the passages found, best first, and the milliseconds it took."""
    from lightrag import LightRAG, QueryParam
    from lightrag.utils import EmbeddingFunc, Tokenizer

    texts: list[str] = given["passages"]
    numbers = {_known(text): number for number, text in enumerate(texts)}
    waited = 0.0

    async def embed(asked: list[str]) -> Any:
        nonlocal waited
        start = time.perf_counter()
        rows = await asyncio.to_thread(vectors_of, asked, given["vectors"], given["dimensions"])
        waited += time.perf_counter() - start
        return rows

    async def ask(prompt: str, system_prompt: str | None = None, history_messages: Any = None, **_: Any) -> str:
        lines = f"{system_prompt or ''}\n{prompt}".splitlines()
        number = next((numbers[line[:_KNOWN]] for line in lines if line[:_KNOWN] in numbers), None)
        return _recorded(given["recorded"].get(str(number), {})) if number is not None else ""

    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        rag = LightRAG(
            working_dir=folder,
            llm_model_func=ask,
            llm_model_name="recorded",
            embedding_func=EmbeddingFunc(given["dimensions"], embed, max_token_size=8192),
            embedding_batch_num=64,
            default_embedding_timeout=3600,  # a busy machine is no failure
            tokenizer=Tokenizer("letters", Letters()),
            entity_extract_max_gleaning=0,
            force_llm_summary_on_merge=10_000,
            enable_llm_cache=False,
            max_parallel_insert=1,  # with more, passages fail: "dictionary changed size during iteration"
        )
        await rag.initialize_storages()
        keep, rag._insert_done = rag._insert_done, _nothing
        await rag.ainsert(texts, ids=[str(number) for number in range(len(texts))])
        await keep()
        counts = await rag.doc_status.get_status_counts()
        if counts.get("processed") != len(texts):
            raise RuntimeError(f"LightRAG did not take all {len(texts)} passages: {counts}")
        for mode in _WAYS:
            rows, took = [], []
            for question in given["questions"]:
                param = QueryParam(
                    mode=mode, hl_keywords=[question], ll_keywords=[question], enable_rerank=False, chunk_top_k=20
                )
                waited, start = 0.0, time.perf_counter()
                data = await rag.aquery_data(question, param)
                took.append(1000 * (time.perf_counter() - start - waited))
                chunks = data.get("data", {}).get("chunks", [])
                rows.append(
                    list(dict.fromkeys(n for one in chunks if (n := numbers.get(_known(one["content"]))) is not None))
                )
            found[f"LightRAG {mode}"] = {"found": rows, "took": took}
        await rag.finalize_storages()
    return {"version": version("lightrag-hku"), "ways": found}


async def _nothing(*_: Any) -> None:
    """Keep what was read in memory."""


def _known(passage: str) -> str:
    """The beginning of a passage after its title, which stands on a line of its own."""
    return passage.split("\n")[1][:_KNOWN] if "\n" in passage else passage[:_KNOWN]


def _recorded(said: dict[str, Any]) -> str:
    """The recorded triples of a passage as LightRAG wants them."""
    about: dict[str, list[str]] = {}
    for subject, predicate, object in said.get("triples", ()):
        for end in (subject, object):
            about.setdefault(end, []).append(f"{subject} {predicate} {object}.")
    for name in said.get("entities", ()):
        about.setdefault(name, [name])
    lines = [_BETWEEN.join(("entity", name, "concept", " ".join(told))) for name, told in about.items()]
    lines += [_BETWEEN.join(("relation", s, o, p, f"{s} {p} {o}.")) for s, p, o in said.get("triples", ())]
    return "\n".join([*lines, _END])


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    result = asyncio.run(lightrag(json.load(sys.stdin)))
    print("result", json.dumps(result))
