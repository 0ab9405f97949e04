"""From the chunks of a document to triples: by grammar (spaCy) or by asking a language model."""

from __future__ import annotations

from typing import Literal

from kgfuse.config import Settings
from kgfuse.errors import ConfigurationError
from kgfuse.ontology import Ontology, load_ontology
from kgfuse.protocols import Extractor, LanguageModel

__all__ = ["extractor_kind", "extractor_version", "make_extractor"]


def extractor_kind(settings: Settings) -> Literal["llm", "spacy"]:
    """Return which extractor the settings ask for. Raises ConfigurationError when it is an LLM and none is named."""
    if settings.extractor == "llm" and not settings.llm.model:
        raise ConfigurationError(
            "the LLM extractor is asked for, but no model is set",
            hint="Set KGFUSE_LLM__MODEL (and KGFUSE_LLM__BASE_URL for a server of your own), or use `--extractor spacy`.",
        )
    if settings.extractor == "spacy" or not settings.llm.model:
        return "spacy"
    return "llm"


def extractor_version(settings: Settings, ontology: Ontology | None = None) -> str:
    """Return the `version` of the extractor that `make_extractor` gives, without loading any model.

    Raises ConfigurationError, and OntologyError when the ontology has to be read for it and cannot be.
    """
    from kgfuse.extract.versions import llm_version, seeded_version, spacy_version

    if extractor_kind(settings) == "spacy":
        return seeded_version(spacy_version(settings.extract), settings.extract.seeds)
    ontology = ontology or load_ontology(settings.ontology)
    version = llm_version(settings.llm.model or "", settings.llm, ontology, settings.extract.calibration)
    return seeded_version(version, settings.extract.seeds)


def make_extractor(
    settings: Settings, ontology: Ontology | None = None, model: LanguageModel | None = None
) -> Extractor:
    """Make the extractor that the settings ask for; `ontology` and `model` are made from the settings when left out.

    Raises ConfigurationError, OntologyError, ModelError (spaCy) and KeyRejected (LLM).
    """
    if settings.extract.seeds:
        from kgfuse.extract.seeds import SeededExtractor

        ontology = ontology or load_ontology(settings.ontology)
        return SeededExtractor(_plain_extractor(settings, ontology, model), settings.extract.seeds, ontology)
    return _plain_extractor(settings, ontology, model)


def _plain_extractor(settings: Settings, ontology: Ontology | None, model: LanguageModel | None) -> Extractor:
    if extractor_kind(settings) == "spacy":
        from kgfuse.extract.openie import SpacyExtractor

        if settings.extract.calibration is None:
            return SpacyExtractor(settings.extract)
        from kgfuse.extract.confidence import CalibratedExtractor, load_calibrations

        weights = load_calibrations(settings.extract.calibration)["spacy"]
        return CalibratedExtractor(SpacyExtractor(settings.extract), weights)
    from kgfuse.extract.llm import LanguageModelExtractor
    from kgfuse.llm.client import OpenAIModel

    ontology = ontology or load_ontology(settings.ontology)
    model = model or OpenAIModel(settings.llm)
    given = settings.extract
    return LanguageModelExtractor(model, ontology, settings.llm, given.seeds, given.calibration)
