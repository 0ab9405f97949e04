"""The benchmark's vectors, over HTTP, for peers in an environment of their own. Imports nothing of kgfuse."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence
from typing import Any


def vectors_of(texts: Sequence[str], address: str, dimensions: int) -> Any:
    """Return a unit vector for each text, shape ``(texts, dimensions)``, float32, as `benchmarks.retrieval` serves them."""
    import numpy as np

    request = urllib.request.Request(address, json.dumps(list(texts)).encode())
    with urllib.request.urlopen(request) as reply:
        return np.frombuffer(reply.read(), dtype=np.float32).reshape(len(texts), dimensions)
