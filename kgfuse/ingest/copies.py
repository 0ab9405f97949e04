"""Near duplicates: documents that say the same in nearly the same words.

MinHash signatures over shingles of words (Broder 1997), of one permutation with rotation for empty bins (Li, Owen and Zhang
2012; Shrivastava and Li 2014), and bands of them as keys for candidates (locality-sensitive hashing). A signature depends on
the text alone and hash functions are fixed, so that what is a copy of what does not hang on the order of ingestion.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from kgfuse.model import Property

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Signature = NDArray[np.uint32]

SIGNATURE = "signature"
SIZE = 128
_BANDS, _ROWS = 32, 4  # two texts of likeness s share a band with probability 1 - (1 - s^4)^32: .97 at .6, .06 at .2
_SHINGLE = 4  # words
_FEWEST_WORDS = 30  # a shorter text is no work of its own: greetings and receipts are alike without being copies
_MOST_IN_BAND = 200
_WORD = re.compile(r"\w+")


def signature_of(text: str) -> tuple[Property, ...]:
    """Return the signature of a text as a property; nothing for a text too short to tell."""
    found = minhash(text)
    return () if found is None else (Property(SIGNATURE, found.astype(">u4").tobytes().hex()),)


def minhash(text: str) -> Signature | None:
    """Return the MinHash signature of a text's shingles of four words, shape ``(128,)``; `None` for a short text."""
    import numpy as np

    words = _WORD.findall(text.casefold())
    if len(words) < _FEWEST_WORDS:
        return None
    shingles = {" ".join(words[at : at + _SHINGLE]) for at in range(len(words) - _SHINGLE + 1)}
    data = b"".join(hashlib.blake2b(one.encode("utf-8", "surrogatepass"), digest_size=8).digest() for one in shingles)
    hashes = np.frombuffer(data, dtype=">u8")
    bins, values = (hashes % SIZE).astype(np.intp), (hashes >> np.uint64(32)).astype(np.uint32)
    empty = np.uint32(0xFFFFFFFF)
    signature = np.full(SIZE, empty, dtype=np.uint32)
    np.minimum.at(signature, bins, np.minimum(values, empty - np.uint32(1)))
    filled = np.flatnonzero(signature != empty)
    for place in np.flatnonzero(signature == empty):  # takes the value of the next filled bin, and the way there
        after = filled[np.searchsorted(filled, place) % len(filled)]
        way = np.uint32((int(after) - int(place)) % SIZE)
        signature[place] = np.uint32((int(signature[after]) + 0x9E3779B1 * int(way)) & 0xFFFFFFFE)
    return signature


def likeness(left: Signature, right: Signature) -> float:
    """Return the estimated Jaccard similarity of the shingles of two texts, from 0 to 1."""
    return float((left == right).mean())


def copies(signatures: Mapping[str, str], threshold: float = 0.8) -> list[tuple[str, str, float]]:
    """Return ``(left, right, likeness)`` of near-duplicate documents, left < right, sorted.

    `signatures` are those of the property, by document. In a band that very many share, each is compared with the first of
    them only (in order of id), so that the cost stays linear.
    """
    import numpy as np

    read = {
        id: np.frombuffer(bytes.fromhex(text), dtype=">u4").astype(np.uint32) for id, text in sorted(signatures.items())
    }
    bands: dict[tuple[int, bytes], list[str]] = defaultdict(list)
    for id, signature in read.items():
        for band in range(_BANDS):
            bands[band, signature[band * _ROWS : (band + 1) * _ROWS].tobytes()].append(id)
    pairs = {pair for ids in bands.values() if len(ids) > 1 for pair in _pairs(ids)}
    found = ((left, right, likeness(read[left], read[right])) for left, right in sorted(pairs))
    return [(left, right, round(like, 3)) for left, right, like in found if like >= threshold]


def _pairs(ids: list[str]) -> Iterable[tuple[str, str]]:
    if len(ids) > _MOST_IN_BAND:
        return ((ids[0], other) for other in ids[1:])
    return ((left, right) for at, left in enumerate(ids) for right in ids[at + 1 :])


def families(pairs: Iterable[tuple[str, str, float]]) -> dict[str, str]:
    """Return for each document that has a copy the first (in order of id) of those it is joined to by pairs."""
    first: dict[str, str] = {}

    def root(id: str) -> str:
        while first.setdefault(id, id) != id:
            first[id] = first[first[id]]
            id = first[id]
        return id

    for left, right, _ in pairs:
        one, other = sorted((root(left), root(right)))
        first[other] = one
    return {id: root(id) for id in sorted(first)}
