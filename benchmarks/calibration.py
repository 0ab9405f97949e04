"""Do extraction confidences mean what they say: ``python -m benchmarks.calibration [GOLD.tsv] [--fit]``.

The gold holds sentence, relation and arguments, tab-separated, everything that each sentence says (CaRB's format); by
default ``carb/*.tsv`` in KGFUSE_BENCH_DATA. The offline extractor reads each sentence; a statement is right when it matches
a gold tuple (`kgfuse.extract.labelled.Judge`). Weights are fitted on four fifths of the sentences, by hash, to predict the
fifth: every statement is assessed by weights that have not seen its sentence. Statements that a sentence only plans, doubts
or hears are left out: the gold does not tell them from assertions. ``--fit`` fits the shipped weights on all of it and
writes them. Prints a table and writes ``benchmarks/results/calibration.json``; exit status 1 when the error is above .05.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.carb import read_gold
from benchmarks.hardware import RESULTS, surroundings
from kgfuse.config import ExtractSettings
from kgfuse.console.calibration import bar
from kgfuse.extract.confidence import Calibration, load_calibrations, scored, written_calibrations
from kgfuse.extract.fitting import fit
from kgfuse.extract.labelled import Judged, Row, judged_of, spacy_lemmas
from kgfuse.extract.openie import SpacyExtractor
from kgfuse.extract.refit import held_out
from kgfuse.extract.reliability import Prediction, Reliability, reliability

GOAL = 0.05
SHIPPED = Path(__file__).parent.parent / "kgfuse" / "extract" / "calibration.json"

BY_HAND = Calibration(
    0.25,
    {
        "named_subject": 0.5,
        "named_object": 0.5,
        "literal_object": 0.45,
        "typed_arguments": 0.35,
        "strong_pattern": 0.45,
        "weak_pattern": -0.7,
        "resolved": -0.35,
        "implied": -2.0,
        "negated": -0.1,
        "bounded": -0.5,
        "length": -0.3,
        "subordinate": -0.3,
        "participle": -0.3,
        "relative": -0.3,
        "borrowed_subject": -0.3,
        "modified_subject": -0.3,
        "far_object": -0.3,
        "broken_parse": -0.4,
        "undated_future": -1.7,
        "mode_announced": -0.8,
        "mode_asked": -4.4,
        "mode_conditional": -4.2,
        "mode_doubted": -3.9,
        "mode_planned": -3.7,
        "mode_reported": -0.15,
        "mode_rumoured": -4.5,
    },
)
"""The weights before any fit: the prior, and the baseline. What no label shows (how a sentence is meant, what is implied)
keeps its weight, which is set against the fitted base, not against this one: that of a usual main clause (about 2.2) where
there is a doubt, that of a short one about an office (about 3) where nothing may be believed (planned, asked, rumoured)."""


def statements(gold: Path) -> list[Judged]:
    """Read the sentences and judge what the extractor finds in them."""
    settings = ExtractSettings()
    extractor, lemmas = SpacyExtractor(settings), spacy_lemmas(settings.spacy_model)
    rows = [
        Row(
            text=sentence,
            triples=[[one.arguments[0], one.relation, *one.arguments[1:]] for one in told if one.arguments],
        )
        for sentence, told in read_gold(gold).items()
    ]
    return list(judged_of(rows, lambda: extractor, lemmas))


def by(weights: Calibration, judged: Sequence[Judged]) -> list[Prediction]:
    """Predict by given weights."""
    return [(scored(one.features or {}, weights), one.right) for one in judged]


def show(results: dict[str, Reliability], held: Reliability, console: Console) -> None:
    """Print a row a set of weights, then the reliability of the held-out predictions."""
    table = Table("weights", "count", "right", "claimed", "ECE", "Brier", "Brier of mean", "ranking")
    for name, one in results.items():
        numbers = (one.right, one.claimed, one.calibration_error, one.brier, one.brier_of_mean, one.ranking or 0.0)
        table.add_row(name, str(one.count), *(f"{number:.4f}" for number in numbers))
    console.print(table)
    bins = Table("held out", "count", "claimed", "right", "# right, | claimed")
    for part in held.bins:
        drawn = bar(part.claimed, part.right)
        bins.add_row(
            f"{part.low:.1f} – {part.high:.1f}", str(part.count), f"{part.claimed:.3f}", f"{part.right:.3f}", drawn
        )
    console.print(bins)


def default_gold() -> Path | None:
    """The gold in KGFUSE_BENCH_DATA, if any."""
    place = os.environ.get("KGFUSE_BENCH_DATA")
    return next(iter(sorted((Path(place) / "carb").glob("*.tsv"))), None) if place else None


def main() -> int:
    """Run the benchmark and return its exit status."""
    parser = argparse.ArgumentParser(description="Calibration of the extraction confidence.")
    parser.add_argument("gold", nargs="?", type=Path, metavar="GOLD.tsv", default=default_gold())
    parser.add_argument("--fit", action="store_true", help="fit the shipped weights on all of it and write them")
    given = parser.parse_args()
    console = Console()
    if given.gold is None:
        console.print("No gold given, and KGFUSE_BENCH_DATA names none with carb/ in it (see benchmarks/README.md).")
        return 2
    judged = statements(given.gold)
    usable = [one for one in judged if one.fits]
    if given.fit:
        right = sum(one.right for one in usable) / len(usable)
        about: dict[str, Any] = {
            "statements": len(usable),
            "right": round(right, 3),
            "labels": "open extraction gold, by matching",
        }
        fitted = fit([(one.features or {}, one.right) for one in usable], BY_HAND, about=about)
        SHIPPED.write_text(written_calibrations({**load_calibrations(), "spacy": fitted}), "utf-8")
        load_calibrations.cache_clear()
        console.print(f"the shipped weights are fitted on {len(usable)} statements")
    held = reliability(held_out(usable, BY_HAND))
    results = {
        "set by hand": reliability(by(BY_HAND, usable)),
        "fitted, held out": held,
        "shipped (fitted on all)": reliability(by(load_calibrations()["spacy"], usable)),
    }
    show(results, held, console)
    console.print(f"{len(judged) - len(usable)} of {len(judged)} statements are not assertions and were left out.")
    console.print("LLM: no labelled replies of a real LLM are at hand; its weights are set by hand and not assessed.")
    numbers = {name: asdict(one) for name, one in results.items()}
    report = {**surroundings(), "sentences": len(read_gold(given.gold)), "left_out": len(judged) - len(usable)}
    report |= {"goal": GOAL, "spacy": numbers, "llm": "no labelled replies at hand"}
    (RESULTS / "calibration.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return 1 if held.calibration_error > GOAL else 0


if __name__ == "__main__":
    sys.exit(main())
