"""Topics of a corpus, and the terms that stand for each: the seed entities that guide extraction.

Passages are clustered by their embeddings and each cluster is described by class-based TF-IDF (BERTopic, Grootendorst
2022), whose terms are then ranked by their closeness to the topic (KeyBERT-inspired), as Graphusion (Yang et al. 2024)
seeds its triple extraction. A corpus too small to have clusters is described document by document with the same
class-based TF-IDF. Terms are noun phrases, not words.
"""

from __future__ import annotations

import math
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kgfuse.extract.phrases import Phrase

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors

FEWEST = 200
"""Passages below which clustering finds chance, not topics."""

TERMS = 20
"""Terms kept per topic."""

_CANDIDATES = 100
"""Terms per topic, best by class-based TF-IDF, from which the closest ones are kept."""

_SPREAD = 3
"""Passages that must use a term before it can stand for a topic."""

_SEED = 7
_MARK = "|"
_UNUSUAL = "\u00a6"
"""Stands for the mark within a term; terms of real text do not have it."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A theme: its terms, best first, each with a weight between 0 and 1, and how many passages are about it."""

    terms: tuple[tuple[str, float], ...]
    passages: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as the topic model sees it."""

    document: str
    phrases: tuple[Phrase, ...]


def find_topics(
    passages: Sequence[Passage], vectors: Vectors, embed: Callable[[Sequence[str]], Vectors]
) -> tuple[Topic, ...]:
    """Return the topics, largest first; the same passages give the same topics on one machine.

    `vectors` holds a unit vector per passage, shape ``(len(passages), dimensions)``; `embed` gives those of terms. From
    `FEWEST` passages on the time is that of BERTopic: near-linear in passages.
    """
    spoken = _surfaces(passages)
    topics = _clustered(passages, vectors, embed) if len(passages) >= FEWEST else None
    topics = topics or _by_document(passages)
    named = [
        Topic(tuple((spoken[key], round(weight, 4)) for key, weight in topic.terms), topic.passages)
        for topic in topics
        if topic.terms
    ]
    return tuple(sorted(named, key=lambda topic: (-topic.passages, topic.terms)))


def _surfaces(passages: Sequence[Passage]) -> dict[str, str]:
    """The commonest spelling of each term; of equally common ones the first in order."""
    seen: dict[str, Counter[str]] = {}
    for passage in passages:
        for phrase in passage.phrases:
            seen.setdefault(phrase.key, Counter())[phrase.surface] += 1
    return {key: min(counts, key=lambda one: (-counts[one], one)) for key, counts in seen.items()}


# ------------------------------------------------------------------------------------------------------ small corpora


def _by_document(passages: Sequence[Passage]) -> list[Topic]:
    """Describe each document by its terms: class-based TF-IDF with documents as classes."""
    counts: dict[str, Counter[str]] = {}
    sizes = Counter(passage.document for passage in passages)
    for passage in passages:
        counts.setdefault(passage.document, Counter()).update(phrase.key for phrase in passage.phrases)
    weights = class_tf_idf(counts)
    return [Topic(tuple(_ranked(weights[document])[:TERMS]), sizes[document]) for document in sorted(counts)]


def class_tf_idf(counts: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, float]]:
    """Return the weight of each term in each class, between 0 and 1 within the class.

    ``tf(t, c) * log(1 + A / f(t))`` with tf the term's share of the class, f its frequency in all classes and A the mean
    number of terms per class (Grootendorst 2022, equation 3).
    """
    total: Counter[str] = Counter()
    for terms in counts.values():
        total.update(terms)
    mean = sum(total.values()) / max(len(counts), 1)
    found: dict[str, dict[str, float]] = {}
    for name, terms in counts.items():
        size = sum(terms.values())
        weights = {term: n / size * math.log(1 + mean / total[term]) for term, n in terms.items()}
        top = max(weights.values(), default=1.0)
        found[name] = {term: weight / top for term, weight in weights.items()}
    return found


def _ranked(weights: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(weights.items(), key=lambda item: (-item[1], item[0]))


# ------------------------------------------------------------------------------------------------------ large corpora


def _clustered(
    passages: Sequence[Passage], vectors: Vectors, embed: Callable[[Sequence[str]], Vectors]
) -> list[Topic] | None:
    """Cluster with BERTopic; `None` when everything is one cluster or noise."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import numpy as np

    spread = Counter(key for passage in passages for key in {phrase.key for phrase in passage.phrases})
    texts = [_written([one for one in passage.phrases if spread[one.key] >= _SPREAD]) for passage in passages]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of umap and hdbscan, about what they could do with other packages
            model = _model(len(passages), embed)
            found, _ = model.fit_transform(texts, embeddings=np.asarray(vectors))
    except ValueError:  # no term in any passage, or too few distinct ones
        return None
    sizes = Counter(found)
    sizes.pop(-1, None)
    if len(sizes) < 2:
        return None
    described: dict[int, list[tuple[str, float]]] = model.get_topics()
    return [
        Topic(tuple((_read(term), max(0.0, float(weight))) for term, weight in described[number] if term.strip()), size)
        for number, size in sizes.items()
    ]


def _model(count: int, embed: Callable[[Sequence[str]], Vectors]) -> Any:
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder
    from bertopic.representation import KeyBERTInspired
    from bertopic.vectorizers import ClassTfidfTransformer
    from hdbscan import HDBSCAN
    from sklearn.feature_extraction.text import CountVectorizer
    from umap import UMAP

    class Backend(BaseEmbedder):  # type: ignore[misc] # the package carries no types
        def embed(self, documents: Iterable[str], verbose: bool = False) -> Any:
            texts = [_read(document.strip(_MARK).strip()) for document in documents]
            # KeyBERTInspired fills up with empty terms; they must not be like anything
            return embed(texts) * [[bool(text)] for text in texts]

    return BERTopic(
        language="multilingual",  # 'english' would take the marks out of the texts
        embedding_model=Backend(),
        umap_model=UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=_SEED, n_jobs=1),
        hdbscan_model=HDBSCAN(min_cluster_size=max(5, round(math.sqrt(count) / 3)), metric="euclidean"),
        vectorizer_model=CountVectorizer(analyzer=_terms),
        ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True),
        representation_model=KeyBERTInspired(top_n_words=TERMS, nr_candidate_words=_CANDIDATES, random_state=_SEED),
        top_n_words=_CANDIDATES,
        calculate_probabilities=False,
    )


def _written(phrases: Sequence[Phrase]) -> str:
    """Write terms so that they survive BERTopic's joining of texts with spaces."""
    return _MARK + "".join(f"{phrase.key.replace(_MARK, _UNUSUAL)}{_MARK}" for phrase in phrases)


def _terms(text: str) -> list[str]:
    return [term for term in (part.strip() for part in text.split(_MARK)) if term]


def _read(term: str) -> str:
    return term.replace(_UNUSUAL, _MARK)
