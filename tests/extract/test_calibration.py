"""Confidence: weights in a file, refitted on labels, assessed; by hand-computed cases and against scikit-learn."""

from __future__ import annotations

import json
import math
import pickle
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

from kgfuse.cli import app
from kgfuse.config import ExtractSettings, Settings
from kgfuse.errors import ConfigurationError, UsageError
from kgfuse.extract import extractor_version, make_extractor
from kgfuse.extract.confidence import (
    Calibration,
    Scored,
    Signals,
    confidence,
    load_calibrations,
    read_calibrations,
    scored,
    written_calibrations,
)
from kgfuse.extract.fitting import fit
from kgfuse.extract.labelled import Judge, read_rows
from kgfuse.extract.reliability import reliability
from kgfuse.model import Evidence, Mention, Triple
from tests.extract.llm_passages import chunk_of, document_of

SENTENCE = "Jane Roe founded Acme Energy in Oslo."


def test_a_confidence_is_a_plain_number_that_knows_its_features() -> None:
    found = confidence(Signals(frozenset({"named_subject"})))
    assert isinstance(found, float)
    assert found.features == {"named_subject": 1.0}
    copy = pickle.loads(pickle.dumps(found))  # what other processes are sent
    assert type(copy) is float
    assert copy == found == json.loads(json.dumps(found))


def test_the_shipped_file_is_sound() -> None:
    shipped = load_calibrations()
    assert set(shipped) == {"spacy", "llm"}
    assert read_calibrations(written_calibrations(shipped), "again") == shipped
    rumour = {name: 1.0 for name, weight in shipped["spacy"].weights.items() if weight > 0} | {"mode_rumoured": 1.0}
    assert scored(rumour, shipped["spacy"]) < 0.35  # what docs/prompts.md promises of a rumour
    assert scored({"own": math.log(19), "grounding": 0.0, "mode_hedged": 1.0}, shipped["llm"]) < 0.35


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": 2, "extractors": {}}', '{"format": 1, "extractors": {"spacy": {}}}']
)
def test_a_wrong_file_is_told(text: str, tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    file.write_text(text)
    with pytest.raises(ConfigurationError):
        load_calibrations(file)


def test_other_weights_give_other_confidences_and_another_version(tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    file.write_text(written_calibrations({"spacy": Calibration(-1.0, {"named_subject": 0.5})}))
    usual, other = Settings(), Settings(extract=ExtractSettings(calibration=file))
    assert extractor_version(usual) != extractor_version(other) == make_extractor(other).version
    document = document_of(SENTENCE)
    chunk = chunk_of(document)
    before = make_extractor(usual).extract(document, [chunk]).triples
    after = make_extractor(other).extract(document, [chunk]).triples
    assert [triple.predicate for triple in before] == [triple.predicate for triple in after]
    assert {round(float(triple.confidence), 3) for triple in after} <= {0.269, 0.378}


def features_of(text: str) -> dict[str, dict[str, float]]:
    """The features of what the offline extractor reads, by predicate."""
    document = document_of(text)
    found = make_extractor(Settings()).extract(document, [chunk_of(document)]).triples
    return {one.predicate: dict(one.confidence.features) for one in found if isinstance(one.confidence, Scored)}


def test_the_clause_pattern_is_a_signal() -> None:
    pattern = {
        "subordinate",
        "participle",
        "relative",
        "borrowed_subject",
        "modified_subject",
        "far_object",
        "long_object",
    }
    main = features_of("Jane Roe painted the old bridge.")["paint"]
    assert not pattern & main.keys()
    assert main["length"] < 0, "shorter than usual"
    relative = features_of("Jane Roe met Tom Poe, who painted the bridge.")["paint"]
    assert pattern & relative.keys() == {"subordinate", "relative", "borrowed_subject"}
    participle = features_of("Jane Roe bought the house built by Tom Poe.")["build"]
    assert pattern & participle.keys() == {"subordinate", "participle"}
    joined = features_of("Jane Roe opened a shop and painted the bridge.")["paint"]
    assert pattern & joined.keys() == {"subordinate", "borrowed_subject"}
    both = features_of("Jane Roe and Tom Poe painted the bridge.")["paint"]
    assert not pattern & both.keys()


def test_a_subordinate_clause_and_a_long_sentence_are_believed_less() -> None:
    weights = load_calibrations()["spacy"].weights
    assert all(weights[name] < 0 for name in ("subordinate", "borrowed_subject", "participle", "relative", "length"))


# ----------------------------------------------------------------------------------------------------------- reliability


def test_by_hand() -> None:
    found = reliability([(0.9, True), (0.9, False), (0.2, False), (0.2, False)])
    assert found.brier == pytest.approx((0.01 + 0.81 + 0.04 + 0.04) / 4)
    assert found.calibration_error == pytest.approx(0.5 * 0.4 + 0.5 * 0.2)
    assert [(one.low, one.count, one.right) for one in found.bins] == [(0.2, 2, 0.0), (0.9, 2, 0.5)]
    assert (found.steps[0].precision, found.steps[-1].precision) == (0.25, 0.5)
    assert found.ranking == pytest.approx((0.5 + 1 + 1) / 3)
    assert reliability([(0.9, True), (0.2, True)]).ranking is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50))
def test_against_the_definitions(predictions: list[tuple[float, bool]]) -> None:
    found = reliability(predictions)
    brier = sum((c - t) ** 2 for c, t in predictions) / len(predictions)
    error = 0.0
    for low in range(10):
        part = [(c, t) for c, t in predictions if min(9, int(c * 10)) == low]
        error += abs(sum(c for c, _ in part) - sum(t for _, t in part)) / len(predictions)
    assert found.brier == pytest.approx(brier)
    assert found.calibration_error == pytest.approx(error)
    assert sum(one.count for one in found.bins) == len(predictions)
    assert 0 <= found.calibration_error <= 1
    pairs = [(a > b) + (a == b) / 2 for a, right in predictions if right for b, other in predictions if not other]
    assert found.ranking == (pytest.approx(sum(pairs) / len(pairs)) if pairs else None)


def test_nothing_cannot_be_assessed() -> None:
    with pytest.raises(ValueError, match="nothing"):
        reliability([])


# --------------------------------------------------------------------------------------------------------------- fitting


def made(count: int, seed: int) -> list[tuple[dict[str, float], bool]]:
    """Statements whose chance of being right is known."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        features = {name: 1.0 for name in ("a", "b") if chance.random() < 0.5}
        score = -0.5 + 2.0 * ("a" in features) - 1.0 * ("b" in features)
        found.append((features, chance.random() < 1 / (1 + math.exp(-score))))
    return found


def test_weights_are_found_again() -> None:
    fitted = fit(made(20_000, 1), Calibration(0.0, {}), spread=10.0)
    assert fitted.bias == pytest.approx(-0.5, abs=0.1)
    assert fitted.weights["a"] == pytest.approx(2.0, abs=0.1)
    assert fitted.weights["b"] == pytest.approx(-1.0, abs=0.1)
    predictions = [(fitted.probability(features), right) for features, right in made(5_000, 2)]
    assert reliability(predictions).calibration_error < 0.02


def test_the_fit_is_that_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    labelled = made(400, 3)
    ours = fit(labelled, Calibration(0.0, {"a": 0.0, "b": 0.0}), spread=0.5)
    values = [[features.get("a", 0.0), features.get("b", 0.0), 3.0] for features, _ in labelled]
    # A column of threes stands for the bias: its prior is six times as wide as that of the weights.
    theirs = LogisticRegression(C=0.25, fit_intercept=False, tol=1e-10, max_iter=1000)
    theirs.fit([[a, b, 6.0] for a, b, _ in values], [right for _, right in labelled])
    assert ours.weights["a"] == pytest.approx(theirs.coef_[0][0], abs=1e-3)
    assert ours.weights["b"] == pytest.approx(theirs.coef_[0][1], abs=1e-3)
    assert ours.bias == pytest.approx(6.0 * theirs.coef_[0][2], abs=1e-3)


def test_what_the_labels_do_not_show_keeps_its_weight_and_the_order_does_not_matter() -> None:
    prior = Calibration(0.0, {"a": 0.0, "mode_rumoured": -3.3})
    labelled = made(200, 4)
    fitted = fit(labelled, prior)
    assert fitted.weights["mode_rumoured"] == pytest.approx(-3.3)
    assert fit(labelled[::-1], prior) == fitted
    with pytest.raises(ValueError, match="right in some cases"):
        fit([({}, True)], prior)


# ---------------------------------------------------------------------------------------------------------------- judging


def triple(subject: str, predicate: str, object: str, negated: bool = False, text: str = SENTENCE) -> Triple:
    places = [(text.find(word), text.find(word) + len(word)) if word in text else (0, 0) for word in (subject, object)]
    who, what = (Mention(word, *place) for word, place in zip((subject, object), places, strict=True))
    return Triple("t", who, predicate, what, Evidence("d", "c", 0, len(text), text), 0.5, "spacy", negated=negated)


@pytest.mark.parametrize(
    ("statement", "gold", "right"),
    [
        (triple("Jane Roe", "found", "Acme Energy"), ["Jane Roe", "founded", "Acme Energy"], True),
        (triple("Jane Roe", "found", "Oslo"), ["Jane Roe", "founded", "Acme Energy", "in Oslo"], True),
        (triple("Jane Roe", "found", "Acme Energy", negated=True), ["Jane Roe", "founded", "Acme Energy"], False),
        (triple("Jane Roe", "found", "Acme"), ["Jane Roe", "did not found", "Acme"], False),
        (triple("Acme Energy", "found", "Jane Roe"), ["Jane Roe", "founded", "Acme Energy"], False),
        (triple("Jane Roe", "found", "Acme Energy"), ["Acme Energy", "was founded by", "Jane Roe"], True),
        (triple("Jane Roe", "chief executive of", "Acme"), ["Jane Roe", "is", "chief executive of Acme"], True),
        (triple("Jane Roe", "sell", "Acme Energy"), ["Jane Roe", "founded", "Acme Energy"], False),
        (triple("Tom Poe", "found", "Acme Energy"), ["Jane Roe", "founded", "Acme Energy"], False),
    ],
)
def test_what_is_right(statement: Triple, gold: list[str], right: bool) -> None:
    judge = Judge([gold], {"founded": "found"})
    assert judge.right(statement, SENTENCE) is right


# --------------------------------------------------------------------------------------------------------------- commands


def lines(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize(
    "row",
    [{}, {"text": "x"}, {"text": "x", "triples": [["a", "b"]]}, {"right": True}, {"text": "x", "triples": [], "odd": 1},
     {"text": "x", "triples": [], "date": "soon"}, {"text": "x", "triples": [], "confidence": 0.5, "right": True}],
)  # fmt: skip
def test_lines_of_neither_shape_are_told_by_number(row: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 2"):
        read_rows(lines(tmp_path / "l.jsonl", {"confidence": 0.5, "right": True}, row))


def test_texts_are_read_judged_saved_and_fitted_on(tmp_path: Path) -> None:
    names = ["Anna Berg", "Carl Dahl", "Eva Falk", "Gina Holm"]
    rows = []
    for number in range(30):
        who, firm = names[number % 4], f"{names[-number % 4].split()[1]} Energy"
        text = f"{who} founded {firm}. The old board of {firm} praised the new plan."
        gold = [[who, "founded", firm]] + ([["board", "praised", "plan"]] if number % 3 == 0 else [])
        rows.append({"text": text, "triples": gold})
    texts, saved, picture = lines(tmp_path / "texts.jsonl", *rows), tmp_path / "judged.jsonl", tmp_path / "r.png"
    run = CliRunner().invoke(app, ["evaluate", str(texts), "--save", str(saved), "--png", str(picture)])
    assert run.exit_code == 0, run.output
    assert "expected calibration error" in run.output
    with Image.open(picture) as image:
        assert image.size == (600, 670)
    again = CliRunner().invoke(app, ["evaluate", str(saved)])
    assert again.output == run.output
    weights = tmp_path / "weights.json"
    fitted = CliRunner().invoke(app, ["calibrate", str(saved), "--out", str(weights)])
    assert fitted.exit_code == 0, fitted.output
    assert f"KGFUSE_EXTRACT__CALIBRATION={weights}" in fitted.output
    assert load_calibrations(weights)["spacy"].fitted_on["labels"] == "judged.jsonl"
    assert load_calibrations(weights)["llm"] == load_calibrations()["llm"]
    report = CliRunner().invoke(app, ["calibrate", str(saved), "--out", str(weights), "--json"])
    error = json.loads(report.output)["calibration_error"]
    assert error["after"] < error["before"]


def test_too_few_labels_are_told(tmp_path: Path) -> None:
    few = lines(tmp_path / "l.jsonl", *[{"features": {"a": 1.0}, "right": True, "extractor": "spacy"}] * 10)
    run = CliRunner().invoke(app, ["calibrate", str(few), "--out", str(tmp_path / "w.json")])
    assert run.exit_code == 2
    assert "too few" in run.output
    assert not (tmp_path / "w.json").exists()


def test_confidences_of_anything_can_be_assessed(tmp_path: Path) -> None:
    rows = [{"confidence": 0.8, "right": n % 5 != 0} for n in range(50)]
    run = CliRunner().invoke(app, ["evaluate", str(lines(tmp_path / "l.jsonl", *rows)), "--json"])
    assert json.loads(run.output)["calibration_error"] == pytest.approx(0.0)


def test_scored_survives_what_values_go_through() -> None:
    assert isinstance(triple("a", "b", "c").confidence, float)
    value = confidence(Signals(frozenset()))
    assert isinstance(value, Scored)
    assert round(value, 2) == round(float(value), 2)
