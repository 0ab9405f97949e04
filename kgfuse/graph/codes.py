"""The nearest of very many vectors: by their signs first, then exactly among the likeliest.

A vector's code has one bit a dimension, its sign; the share of bits in which two codes differ estimates the angle between
the vectors (Charikar 2002). A product of the question's vector with the signs estimates it better (asymmetric distance,
Jégou, Douze and Schmid 2011), and is taken for the candidates alone. Codes of a million vectors of 384 dimensions take 48 MB
instead of 1.5 GB and are compared in milliseconds; the vectors of the best are then read and compared exactly. What that
misses is measured by ``benchmarks.retrieval_scale``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors

EXACT = 100_000
"""Up to so many vectors are compared exactly, all of them: 150 MB and 15 ms at 384 dimensions."""

CANDIDATES = 800
"""Vectors that are compared exactly after that, or twice as many as are asked for."""

_SIFTED, _LIKELY = 50, 10
"""How many times as many are chosen by the difference of half their codes, and by that of their codes."""

_BLOCK = 1 << 15
"""Codes compared at a time: they stay in the processor's cache."""

_SAMPLE = 1 << 16
"""Differences that are counted to find out where to cut."""


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
    """Many codes with the numbers of their vectors, shape ``(codes,)``.

    The first half of each code stands in `first`, shape ``(words, codes)``, to be compared with all; the other in `rest`,
    shape ``(codes, words)``, to be fetched for a few.
    """

    numbers: Any
    first: Any
    rest: Any

    @classmethod
    def of(cls, numbers: Sequence[int], codes: Sequence[bytes]) -> Codes:
        """Put codes of equal length together."""
        import numpy as np

        joined = np.frombuffer(b"".join(codes), dtype="<u8").reshape(len(numbers), -1)
        half = -(-joined.shape[1] // 2)
        first, rest = np.ascontiguousarray(joined[:, :half].T), np.ascontiguousarray(joined[:, half:])
        return cls(np.asarray(numbers, dtype=np.int64), first, rest)

    def candidates(self, vector: Vectors, most: int) -> list[int]:
        """Return the numbers of the `most` whose codes speak most for a small angle to `vector`.

        Half of each code is looked at, then the rest of those that differ least, then their products.
        """
        import numpy as np

        (code,) = codes_of(np.asarray(vector)[None, :])
        asked = np.frombuffer(code, dtype="<u8")
        differ = self._differences(asked[: len(self.first)])
        likely = _least(differ, _SIFTED * most)
        further = np.bitwise_count(self.rest[likely] ^ asked[len(self.first) :]).sum(axis=1, dtype=np.uint16)
        likely = likely[_least(differ[likely] + further, _LIKELY * most)]
        if len(likely) > most:
            likely = likely[np.argpartition(-self._products(vector, likely), most)[:most]]
        found: list[int] = self.numbers[likely].tolist()
        return found

    def _differences(self, asked: Any) -> Any:
        """In how many bits the first words of each code differ from these, in blocks that stay in the processor's cache."""
        import numpy as np

        differ = np.empty(len(self.numbers), dtype=np.uint8 if 64 * len(asked) < 256 else np.uint16)
        unlike, bits = np.empty(_BLOCK, dtype=np.uint64), np.empty(_BLOCK, dtype=np.uint8)
        for start in range(0, len(differ), _BLOCK):
            block = differ[start : start + _BLOCK]
            block[:] = 0
            for word, row in zip(asked, self.first, strict=True):
                np.bitwise_xor(row[start : start + _BLOCK], word, out=unlike[: len(block)])
                np.bitwise_count(unlike[: len(block)], out=bits[: len(block)])
                np.add(block, bits[: len(block)], out=block)
        return differ

    def _products(self, vector: Vectors, places: Any) -> Any:
        """The product of `vector` with the bits of the codes at these places, byte by byte from a table."""
        import numpy as np

        codes = np.hstack((self.first[:, places].T, self.rest[places])).view(np.uint8)
        padded = np.zeros(8 * codes.shape[1], dtype=np.float32)
        padded[: len(vector)] = vector
        bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float32)
        table = padded.reshape(-1, 8) @ bits.T  # bytes of a code, values of a byte
        return sum(row[column] for row, column in zip(table, codes.T, strict=True))


def _least(values: Any, count: int) -> Any:
    """Return the places of about the `count` least of small whole numbers and of all that equal the last; all, if no more.

    Of very many, every n-th tells where to cut.
    """
    import numpy as np

    if len(values) <= count:
        return np.arange(len(values))
    sample = values[:: max(1, len(values) // _SAMPLE)]
    reached = np.cumsum(np.bincount(sample))
    return np.flatnonzero(values <= int(np.searchsorted(reached, count * len(sample) / len(values))))
