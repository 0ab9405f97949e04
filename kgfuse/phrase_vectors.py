"""The wiring of relation phrases: which are embedded, and where their vectors are kept, so that each is computed once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from kgfuse.fuse.relations import variants
from kgfuse.fuse.vectors import DECIMALS, ontology_phrases
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.model import Triple
from kgfuse.ontology import Ontology, normalise_phrase
from kgfuse.protocols import Embedder

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors

FEWEST = 3
"""A phrase that is said less often is not embedded: little hangs on it."""

MOST = 5000
"""Phrases embedded at most, the commonest."""

KIND = "phrase"

Phrases = tuple[tuple[str, tuple[float, ...]], ...]

_of_ontology: dict[tuple[str, tuple[str, ...]], Phrases] = {}


def phrase_vectors(
    triples: Iterable[Triple],
    ontology: Ontology,
    store: EmbeddedGraphStore,
    model: str,
    embedder: Callable[[], Embedder],
) -> Phrases:
    """Return the rounded vectors of the ledger's commonest open phrases and of the ontology's, sorted by phrase.

    Those of phrases that are said no more go from the store. Without an open phrase that is common nothing is embedded.
    Raises ModelError.
    """
    wanted = open_phrases(triples, ontology)
    kept = {phrase: vector for phrase, vector in store.vectors_of(KIND, model) if phrase in wanted}
    missing = sorted(wanted - kept.keys())
    if missing:
        vectors = embedder().embed(missing)
        store.put_vectors(KIND, model, list(zip(missing, vectors, strict=True)))
        kept.update(zip(missing, vectors, strict=True))
    store.drop_vectors(KIND, kept.keys())
    if not kept:
        return ()
    known = dict(_ontology_vectors(ontology, model, embedder))
    known.update((phrase, _rounded(vector)) for phrase, vector in kept.items())
    return tuple((phrase, known[phrase]) for phrase in sorted(known))


def open_phrases(triples: Iterable[Triple], ontology: Ontology) -> frozenset[str]:
    """Return the commonest phrases that the ontology does not know."""
    counts = Counter(triple.predicate for triple in triples)
    said: Counter[str] = Counter()
    for predicate, count in counts.items():
        if not any(ontology.lookup(phrase) for phrase, _, _ in variants(predicate)):
            said[normalise_phrase(predicate)] += count
    common = [phrase for phrase, count in said.items() if phrase and count >= FEWEST]
    return frozenset(sorted(common, key=lambda phrase: (-said[phrase], phrase))[:MOST])


def _ontology_vectors(ontology: Ontology, model: str, embedder: Callable[[], Embedder]) -> Phrases:
    """The vectors of the ontology's phrases; kept for the life of the process (a second of work)."""
    phrases = ontology_phrases(ontology)
    found = _of_ontology.get((model, phrases))
    if found is None:
        vectors: Sequence[Vectors] = list(embedder().embed(phrases)) if phrases else []
        found = tuple((phrase, _rounded(vector)) for phrase, vector in zip(phrases, vectors, strict=True))
        _of_ontology[model, phrases] = found
    return found


def _rounded(vector: Vectors) -> tuple[float, ...]:
    return tuple(round(float(number), DECIMALS) for number in vector)
