"""The nearest of very many vectors: by short codes first, then exactly among the likeliest.

Product quantisation (Jégou, Douze and Schmid 2011): of every few dimensions of a vector the nearest of sixteen learned
centroids is kept, half a byte. The products of a question with all centroids are a small table, out of which the codes of
a million vectors are compared in milliseconds (André, Kermarrec and Le Scouarnec 2015; faiss's ``IndexPQFastScan``). A
million codes of 384 dimensions take 48 MB, the vectors 1.5 GB; those of the best are then read and compared exactly. What
that misses is measured by ``benchmarks.retrieval_scale``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors

EXACT = 100_000
"""Up to so many vectors are compared exactly, all of them: 150 MB and 15 ms at 384 dimensions."""

CANDIDATES = 600
"""Vectors that are compared exactly after that, or twice as many as are asked for."""

LESSONS = 20_000
"""Vectors that the centroids of a codebook are learned from."""

_PARTS = 120
"""Groups of dimensions at most. faiss compares 120 as fast as 96 (3 ms a million), and takes twice as long for 128."""

_BITS = 4


@dataclass(frozen=True, slots=True)
class Codebook:
    """Centroids, 32-bit floats of shape ``(parts, 16, dimensions of a part)``, for vectors of so many `dimensions`."""

    dimensions: int
    centroids: bytes

    @classmethod
    def learned(cls, vectors: Vectors) -> Codebook:
        """Learn one from vectors, shape ``(16 or more, dimensions)``; the same vectors give the same centroids."""
        import faiss
        import numpy as np

        quantiser = _quantiser(vectors.shape[1])
        quantiser.train(_padded(vectors))
        return cls(vectors.shape[1], np.asarray(faiss.vector_to_array(quantiser.pq.centroids), "<f4").tobytes())

    def codes(self, vectors: Vectors) -> list[bytes]:
        """Return the code of each row."""
        return [row.tobytes() for row in self.quantiser().sa_encode(_padded(vectors))]

    def quantiser(self) -> Any:
        """Return a faiss ``IndexPQ`` that holds nothing."""
        import faiss
        import numpy as np

        made = _quantiser(self.dimensions)
        faiss.copy_array_to_vector(np.frombuffer(self.centroids, "<f4").copy(), made.pq.centroids)
        made.is_trained = True
        return made


@dataclass(frozen=True, slots=True)
class Codes:
    """Many codes of one codebook, as a faiss index, with the numbers of their vectors, shape ``(codes,)``."""

    numbers: Any
    index: Any

    @classmethod
    def of(cls, codebook: Codebook, numbers: Sequence[int], codes: Sequence[bytes]) -> Codes:
        """Put codes together."""
        import faiss
        import numpy as np

        plain = codebook.quantiser()
        plain.add_sa_codes(np.frombuffer(b"".join(codes), np.uint8).reshape(len(codes), plain.sa_code_size()))
        index = faiss.IndexPQFastScan(plain)
        return cls(np.asarray(numbers, dtype=np.int64), index)

    def candidates(self, vector: Vectors, most: int) -> list[int]:
        """Return the numbers of the `most` whose codes have the largest products with `vector`."""
        _, places = self.index.search(_padded(vector[None, :]), min(most, len(self.numbers)))
        found: list[int] = self.numbers[places[0]].tolist()
        return found


def _quantiser(dimensions: int) -> Any:
    import faiss

    together = _together(dimensions)
    parts = -(-dimensions // together)
    return faiss.IndexPQ(parts * together, parts, _BITS, faiss.METRIC_INNER_PRODUCT)


def _together(dimensions: int) -> int:
    """How many dimensions share half a byte."""
    return -(-dimensions // _PARTS)


def _padded(vectors: Vectors) -> Vectors:
    """Fill rows up with zeros to whole groups of dimensions."""
    import numpy as np

    lacking = -vectors.shape[1] % _together(vectors.shape[1])
    return np.ascontiguousarray(np.pad(vectors, ((0, 0), (0, lacking))) if lacking else vectors, dtype=np.float32)
