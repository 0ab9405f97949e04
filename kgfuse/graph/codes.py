"""The nearest of very many vectors: by their signs first, then exactly among the likeliest.

A vector's code has one bit a dimension, its sign; the share of bits in which two codes differ estimates the angle between
the vectors (Charikar 2002). A product of the question's vector with the signs estimates it better (asymmetric distance,
Jégou, Douze and Schmid 2011), and is taken for the candidates alone. Codes of a million vectors of 384 dimensions take 48 MB
instead of 1.5 GB and are compared in milliseconds; the vectors of the best are then read and compared exactly. What that
misses is measured by ``benchmarks.retrieval_scale``.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors

EXACT = 100_000
"""Up to so many vectors are compared exactly, all of them: 150 MB and 15 ms at 384 dimensions."""

CANDIDATES = 800
"""Vectors that are compared exactly after that, or twice as many as are asked for."""

_LIKELY = 10
"""How many times as many are chosen by the difference of their codes."""

_THREADS = 2

_BLOCK = 1 << 15
"""Codes compared at a time: they stay in the processor's cache."""


def codes_of(vectors: Vectors) -> list[bytes]:
    """Return the code of each row, in whole words of eight bytes."""
    import numpy as np

    vectors = np.asarray(vectors)
    bits = np.packbits(vectors > 0, axis=1)
    padded = np.zeros((len(bits), code_length(vectors.shape[1])), dtype=np.uint8)
    padded[:, : bits.shape[1]] = bits
    return [row.tobytes() for row in padded]


def code_length(dimensions: int) -> int:
    """Return how many bytes the code of a vector has."""
    return -(-dimensions // 64) * 8


@dataclass(frozen=True, slots=True)
class Codes:
    """Many codes with the numbers of their vectors, shape ``(codes,)``; `words` has shape ``(words of a code, codes)``."""

    numbers: Any
    words: Any

    @classmethod
    def of(cls, numbers: Sequence[int], codes: Sequence[bytes]) -> Codes:
        """Put codes of equal length together."""
        import numpy as np

        joined = np.frombuffer(b"".join(codes), dtype="<u8").reshape(len(numbers), -1)
        return cls(np.asarray(numbers, dtype=np.int64), np.ascontiguousarray(joined.T))

    def candidates(self, vector: Vectors, most: int) -> list[int]:
        """Return the numbers of the `most` whose codes speak most for a small angle to `vector`."""
        import numpy as np

        differ = self._differences(vector)
        reached = np.cumsum(np.bincount(differ))
        likely = np.flatnonzero(differ <= np.searchsorted(reached, min(_LIKELY * most, len(self.numbers))))
        if len(likely) > most:
            likely = likely[np.argpartition(-self._products(vector, likely), most)[:most]]
        found: list[int] = self.numbers[likely].tolist()
        return found

    def _differences(self, vector: Vectors) -> Any:
        """In how many bits each code differs from that of `vector`."""
        import numpy as np

        (code,) = codes_of(np.asarray(vector)[None, :])
        asked = np.frombuffer(code, dtype="<u8")
        differ = np.zeros(len(self.numbers), dtype=np.uint16)

        def compare(start: int) -> None:
            block = differ[start : start + _BLOCK]
            for word, row in zip(asked, self.words, strict=True):
                block += np.bitwise_count(row[start : start + _BLOCK] ^ word)

        with ThreadPoolExecutor(_THREADS) as threads:  # NumPy lets go of the lock that keeps Python's threads apart
            list(threads.map(compare, range(0, len(differ), _BLOCK)))
        return differ

    def _products(self, vector: Vectors, places: Any) -> Any:
        """The product of `vector` with the bits of the codes at these places, byte by byte from a table."""
        import numpy as np

        padded = np.zeros(64 * len(self.words), dtype=np.float32)
        padded[: len(vector)] = vector
        bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float32)
        table = padded.reshape(-1, 8) @ bits.T  # bytes of a code, values of a byte
        codes = np.ascontiguousarray(self.words[:, places].T).view(np.uint8)
        return sum(row[column] for row, column in zip(table, codes.T, strict=True))
