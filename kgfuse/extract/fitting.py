"""Fitting the weights of the extraction confidence on labelled statements.

Logistic regression by maximum a posteriori: a Gaussian prior around the weights that are in use. A signal that the labelled data
hardly show keeps its weight, one that they show often gets theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kgfuse.extract.confidence import Calibration, Features

PRIOR_SPREAD = 0.3
"""Standard deviation of the prior of a weight, in log-odds. Small: labels by matching are wrong in places, and held-out
calibration was best between .2 and .5 on the public set that `benchmarks.calibration` names."""

_BIAS_SPREAD = 3.0
_CONTEXT_ONLY = frozenset({"quoted"})
"""Features that are factors, not weights."""

Labelled = tuple[Features, bool]


def fit(
    labelled: Sequence[Labelled],
    prior: Calibration,
    spread: float = PRIOR_SPREAD,
    about: Mapping[str, Any] | None = None,
) -> Calibration:
    """Return the calibration that explains the labels best. Raises ValueError without both right and wrong ones.

    Independent of the order of `labelled` up to the optimiser's tolerance; weights of features that no example has stay.
    """
    import numpy as np
    from scipy.optimize import minimize

    labels = {right for _, right in labelled}
    if labels != {True, False}:
        raise ValueError("labelled statements must be right in some cases and wrong in others")
    seen = {name for features, _ in labelled for name in features}
    names = sorted((seen | set(prior.weights)) - _CONTEXT_ONLY)
    ordered = sorted(labelled, key=lambda one: (sorted(one[0].items()), one[1]))
    values = np.array([[1.0, *(features.get(name, 0.0) for name in names)] for features, _ in ordered])
    truth = np.array([float(right) for _, right in ordered])
    centre = np.array([prior.bias, *(prior.weights.get(name, 0.0) for name in names)])
    precision = np.array([_BIAS_SPREAD**-2, *(spread**-2 for _ in names)])

    def loss(weights: Any) -> tuple[float, Any]:
        score = values @ weights
        off = weights - centre
        likelihood = np.logaddexp(0.0, score) - truth * score
        gradient = values.T @ (1 / (1 + np.exp(-score)) - truth) + precision * off
        return float(likelihood.sum() + 0.5 * (precision * off**2).sum()), gradient

    found = minimize(loss, centre, jac=True, method="L-BFGS-B", options={"maxiter": 1000, "ftol": 1e-12}).x
    weights = {name: float(weight) for name, weight in zip(names, found[1:], strict=True)}
    return Calibration(float(found[0]), weights, dict(about or {}))
