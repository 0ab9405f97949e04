"""HippoRAG 2's retrieval of passages, run by `benchmarks.retrieval` in the peers' environment: reads JSON, writes JSON.

Its own code indexes and retrieves, with its own settings. The recorded triples stand in the file in which it keeps what an
LLM extracted; vectors come from the benchmark, so they are the same for all. Two things need models that nobody has here:
its embedding models and its LLM clients are never loaded (their packages are replaced by empty ones, for it imports all of
them), and its recognition memory, an LLM's choice among the best five facts, lets all five pass. Imports nothing of kgfuse.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.peer_vectors import vectors_of

_UNUSED = {
    "vllm": ("SamplingParams", "LLM"),
    "litellm": (),
    "gritlm": ("GritLM",),
    "boto3": (),
    "botocore": (),
    "botocore.exceptions": ("ClientError",),
}


def hipporag(given: dict[str, Any]) -> dict[str, Any]:
    """Index and ask; the numbers of the passages found, best first, and the milliseconds each question took."""
    for name, parts in _UNUSED.items():
        module = ModuleType(name)
        for part in parts:
            setattr(module, part, type(part, (Exception,), {}))
        sys.modules.setdefault(name, module)
    from hipporag import HippoRAG
    from hipporag.utils.config_utils import BaseConfig

    texts: list[str] = given["passages"]
    numbers = {text: number for number, text in enumerate(texts)}
    waited = 0.0

    class Embedding:
        """What its stores and its questions ask for vectors."""

        def __init__(self, *_: Any, **__: Any) -> None:
            self.embedding_dim = given["dimensions"]

        def batch_encode(self, asked: list[str] | str, **_: Any) -> Any:
            nonlocal waited
            start = time.perf_counter()
            asked = [asked] if isinstance(asked, str) else asked
            rows = [
                vectors_of(asked[at : at + 1000], given["vectors"], given["dimensions"])
                for at in range(0, len(asked), 1000)
            ]
            import numpy as np

            waited += time.perf_counter() - start
            return np.concatenate(rows)

    index: Any = sys.modules["hipporag.HippoRAG"]
    index._get_llm_class = lambda config: type("NoModel", (), {"infer": None})()
    index._get_embedding_model_class = lambda embedding_model_name: Embedding
    with tempfile.TemporaryDirectory() as folder:
        config = BaseConfig(save_dir=folder, llm_name="recorded", embedding_model_name="given", retrieval_top_k=100)
        rows = [
            {
                "passage": text,
                "extracted_entities": given["recorded"].get(str(number), {}).get("entities", []),
                "extracted_triples": given["recorded"].get(str(number), {}).get("triples", []),
            }
            for number, text in enumerate(texts)
        ]
        (Path(folder) / "openie_results_ner_recorded.json").write_text(json.dumps({"docs": rows}))
        rag = HippoRAG(global_config=config)
        rag.rerank_filter = lambda query, candidates, numbers, len_after_rerank=None: (numbers, candidates, {})
        rag.index(texts)
        rag.retrieve(given["questions"][:1])  # what it holds in memory is read once
        found, took = [], []
        for question in given["questions"]:
            waited, start = 0.0, time.perf_counter()
            (answer,) = rag.retrieve([question])
            took.append(1000 * (time.perf_counter() - start - waited))
            found.append([numbers[text] for text in answer.docs])
    return {"version": version("hipporag"), "ways": {"HippoRAG 2": {"found": found, "took": took}}}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print("result", json.dumps(hipporag(json.load(sys.stdin))))
