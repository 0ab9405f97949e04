"""Weights fitted by EM recover those that made the pairs."""

from __future__ import annotations

import numpy as np
import pytest

from kgfuse.fuse.agreement import LEVELS, MISSING, VALUE, Field, Levels
from kgfuse.fuse.weights import Rivals, Weights, fit_weights, log_odds, pack, unpack

AGREEING = np.array([0.55, 0.2, 0.05, 0.1, 0.05, 0.05])
CHANCE = np.array([0.01, 0.02, 0.02, 0.05, 0.1, 0.8])


def drawn(pairs: int, share: float, fields: int, seed: int = 1) -> tuple[Levels, np.ndarray]:
    rng = np.random.default_rng(seed)
    same = rng.random(pairs) < share
    levels = np.where(
        same[:, None], rng.choice(6, (pairs, fields), p=AGREEING), rng.choice(6, (pairs, fields), p=CHANCE)
    ).astype(np.int8)
    levels[rng.random((pairs, fields)) < 0.1] = MISSING
    return levels, same


def alone(pairs: int) -> tuple[Rivals, Rivals]:
    return np.arange(pairs), np.arange(pairs)


@pytest.mark.parametrize("share", [0.02, 0.2, 0.7])
def test_em_finds_what_made_the_pairs(share: float) -> None:
    levels, same = drawn(20_000, share, 4)
    weights = fit_weights(levels, [VALUE] * 4, alone(len(levels)), 2_000)
    assert weights.prior == pytest.approx(share, rel=0.15)
    for field in range(4):
        assert weights.agreeing[field] == pytest.approx(AGREEING, abs=0.06)
        assert weights.chance[field] == pytest.approx(CHANCE, abs=0.03)
    best = log_odds(levels, Weights(share, (AGREEING,) * 4, (CHANCE,) * 4)) > 0
    found = log_odds(levels, weights) > 0
    assert (found != same).mean() <= (best != same).mean() + 0.005


def test_of_rivals_one_at_most_is_expected() -> None:
    levels = np.array([[0, 0], [0, 0], [0, 0], [5, 5], [5, 5], [5, 5]], dtype=np.int8)
    rivals = (np.array([0, 0, 0, 1, 2, 3]), np.arange(6))
    apart = fit_weights(levels, [VALUE] * 2, alone(6), 6)
    competing = fit_weights(levels, [VALUE] * 2, rivals, 6)
    assert apart.prior == pytest.approx(0.5, abs=0.05)
    assert competing.prior < 0.25


def test_pairs_known_to_differ_teach_what_chance_is() -> None:
    levels = np.array([[0]] * 50 + [[5]] * 50, dtype=np.int8)
    known = np.array([[0]] * 50 + [[5]] * 50, dtype=np.int8)
    weights = fit_weights(levels, [VALUE], alone(100), 100, known)
    free = fit_weights(levels, [VALUE], alone(100), 100)
    assert weights.chance[0][0] > free.chance[0][0]


def test_disagreement_never_speaks_for_and_equality_never_against() -> None:
    flat = np.full(LEVELS[VALUE], 1 / LEVELS[VALUE])
    odd = Weights(0.5, (flat[::-1] * [0.1, 1, 1, 1, 1, 1.9],), (flat,))
    scores = log_odds(np.array([[0], [5], [MISSING]], dtype=np.int8), odd)
    assert scores.tolist() == [0.0, 0.0, 0.0]


def test_weights_can_be_kept() -> None:
    levels, _ = drawn(500, 0.2, 1)
    weights = fit_weights(levels, [VALUE], alone(500), 100)
    field = Field("born_on", VALUE, {"1999": 3}, 0)
    kept = pack("Person", ("a",), [], [field], weights)
    fields, again = unpack(kept)
    assert fields == [field]
    assert log_odds(levels, again) == pytest.approx(log_odds(levels, weights), abs=1e-4)
    assert pack("Person", ("a",), [], fields, again) == kept


def test_without_pairs_the_priors_hold() -> None:
    weights = fit_weights(np.empty((0, 1), dtype=np.int8), [VALUE], alone(0), 10)
    assert weights.agreeing[0][0] > weights.chance[0][0]
    assert weights.agreeing[0][-1] < weights.chance[0][-1]
