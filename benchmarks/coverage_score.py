"""Does a graph hold a fact? A judge-free score, fitted to the verdicts of an LLM judge.

Seen are the fact and the sentences that verbalise the graph's triples; measured is how near the nearest sentences come in
the space of sentence embeddings, and how many of the fact's words (weighted by how rare they are among the facts of its
text) they hold. A logistic regression turns that into the probability that the judge says yes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from kgfuse.protocols import Embedder
from kgfuse.retrieve.words import content_stems

FEATURES = (
    "nearest",
    "three nearest",
    "words of nearest",
    "words of best",
    "words of five nearest",
    "nearest together",
)
_NEAR, _NEARER, _TOGETHER = 5, 3, 2
_FOLDS = 5

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """A fact, the text that it is from, and the sentences of a graph in which it is looked for."""

    text: str
    fact: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well the score agrees with the verdicts, cross-validated over texts: area under the ROC curve, accuracy and
    Cohen's kappa at one half, and per system the judged share beside the predicted one."""

    verdicts: int
    auc: float
    accuracy: float
    kappa: float
    systems: tuple[tuple[str, float, float], ...]


def features(asked: Sequence[Asked], embedder: Embedder) -> Matrix:
    """Return one row per question, columns as in `FEATURES`."""
    texts = sorted({text for item in asked for text in (item.fact, *item.sentences)})
    place = {text: number for number, text in enumerate(texts)}
    vectors = np.asarray(embedder.embed(texts), dtype=np.float64)
    stems = [frozenset(content_stems(text)) for text in texts]
    weights = _weights(asked)
    rows = np.zeros((len(asked), len(FEATURES)))
    for number, item in enumerate(asked):
        held = [place[sentence] for sentence in dict.fromkeys(item.sentences)]
        if held:
            fact = place[item.fact]
            cosines = vectors[held] @ vectors[fact]
            order = sorted(range(len(held)), key=lambda at: (-cosines[at], texts[held[at]]))
            near = [held[at] for at in order[:_NEAR]]
            weigh = _Words(stems[fact], weights[item.text])
            together = vectors[near[:_TOGETHER]].sum(axis=0)
            rows[number] = (
                cosines[order[0]],
                float(np.mean([cosines[at] for at in order[:_NEARER]])),
                weigh(stems[near[0]]),
                max(weigh(stems[at]) for at in held),
                weigh(frozenset().union(*(stems[at] for at in near))),
                float(together @ vectors[fact] / np.linalg.norm(together)),
            )
    return rows


@dataclass(frozen=True, slots=True)
class _Words:
    """Weighs the share of a fact's words that a set of words holds."""

    fact: frozenset[str]
    weights: Mapping[str, float]

    def __call__(self, words: frozenset[str]) -> float:
        total = sum(self.weights[word] for word in sorted(self.fact))
        return sum(self.weights[word] for word in sorted(self.fact & words)) / total if total else 0.0


def _weights(asked: Sequence[Asked]) -> dict[str, dict[str, float]]:
    """Weigh the words of a text's facts by how rare they are among these facts."""
    facts: dict[str, set[str]] = {}
    for item in asked:
        facts.setdefault(item.text, set()).add(item.fact)
    found = {}
    for text, group in facts.items():
        counts = Counter(word for fact in group for word in set(content_stems(fact)))
        found[text] = {word: math.log(1 + len(group) / count) for word, count in counts.items()}
    return found


def fitted(rows: Matrix, verdicts: Sequence[int]) -> Pipeline:
    """Fit the score to verdicts (1: held, 0: not)."""
    return _model().fit(rows, list(verdicts))


def probabilities(model: Pipeline, rows: Matrix) -> Matrix:
    """Return the probability that the judge would find each fact held."""
    found: Matrix = np.asarray(model.predict_proba(rows), dtype=np.float64)[:, 1]
    return found


def agreement(rows: Matrix, verdicts: Sequence[int], texts: Sequence[str], systems: Sequence[str]) -> Agreement:
    """Cross-validate the score, all facts of a text in one fold."""
    folds = GroupKFold(min(_FOLDS, len(set(texts))))
    told = np.asarray(list(verdicts))
    found = cross_val_predict(_model(), rows, told, groups=list(texts), cv=folds, method="predict_proba")[:, 1]
    said = (found >= 0.5).astype(int)
    groups = np.asarray(list(systems))
    return Agreement(
        len(told),
        float(roc_auc_score(told, found)),
        float((said == told).mean()),
        float(cohen_kappa_score(told, said)),
        tuple(
            (name, float(told[groups == name].mean()), float(found[groups == name].mean()))
            for name in dict.fromkeys(systems)
        ),
    )


def _model() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
