"""Triples from a language model: one request per passage, nothing believed that does not stand in the text."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kgfuse.config import LanguageModelSettings
from kgfuse.errors import BudgetSpent, ReplyUnusable
from kgfuse.extract.confidence import Calibration, Scored, load_calibrations, scored
from kgfuse.extract.grounding import find_all
from kgfuse.extract.llm_arguments import clean_name
from kgfuse.extract.llm_ground import Reading, Reason, ground, known_type
from kgfuse.extract.llm_logprobs import statement_logprobs
from kgfuse.extract.llm_prompts import first_turns, gleaning_turns, system_prompt, windows
from kgfuse.extract.llm_reply import REPLY_SCHEMA, ExtractionReply
from kgfuse.extract.llm_samples import union
from kgfuse.extract.seeds import SeedFinder
from kgfuse.extract.versions import llm_version
from kgfuse.model import Chunk, Document, Mention, Triple
from kgfuse.ontology import Ontology
from kgfuse.protocols import Extraction, LanguageModel, Sample, SamplingModel, Turns

_OCCURRENCES = 50
"""Mentions of one name counted per chunk."""

_MOST_NONSENSE = 25
"""Passages without a usable reply, before any with one, after which the server is not paid any more."""

Question = tuple[Turns, Mapping[str, Any], int]
"""A conversation, the schema of its reply, and how many samples of it."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What one passage gave."""

    triples: tuple[Triple, ...] = ()
    mentions: tuple[Mention, ...] = ()
    quarantined: tuple[Reason, ...] = ()


class LanguageModelExtractor:
    """An `Extractor` that asks a language model. Thread-safe if the model is; the result depends on the replies alone.

    `seeds` are names to look out for: each passage is told those that occur in it or above it. `calibration` is a file of
    weights, else the shipped ones are used. Raises ConfigurationError when it cannot be read.
    """

    def __init__(
        self,
        model: LanguageModel,
        ontology: Ontology,
        settings: LanguageModelSettings,
        seeds: Sequence[str] = (),
        calibration: Path | None = None,
    ) -> None:
        self._model = model if isinstance(model, SamplingModel) else _OneByOne(model, settings.concurrency)
        self._ontology = ontology
        self._samples, self._gleaning = settings.samples, settings.gleaning
        self._seeds = SeedFinder(seeds)
        self._calibration = load_calibrations(calibration)["llm"]
        self._version = llm_version(model.name, settings, ontology, calibration)
        self._system = system_prompt(ontology)
        self._lock = threading.Lock()
        self._usable = self._nonsense = 0

    @property
    def version(self) -> str:
        """Everything that determines the output besides the text."""
        return self._version

    def questions(self, document: Document, chunks: Sequence[Chunk]) -> list[Question]:
        """Return what the extraction of these chunks asks first, in order; gleaning asks more, after the replies."""
        return [
            (self._turns(document, window), REPLY_SCHEMA, self._samples)
            for chunk in chunks
            for window in windows(document, chunk)[0]
        ]

    def extract(self, document: Document, chunks: Sequence[Chunk]) -> Extraction:
        """Read the chunks, several at once, and return what is grounded in the text, in the text's order.

        A passage whose reply is unusable counts as quarantined; every other LanguageModelError is raised, and so is
        ReplyUnusable when the server has sent nothing else so far, `_MOST_NONSENSE` times.
        """
        cut = [(chunk, *windows(document, chunk)) for chunk in chunks]
        asked = [(window, self._turns(document, window)) for _, inside, _ in cut for window in inside]
        replies: list[list[Sample]] = self._collected(
            [self._model.submit(turns, REPLY_SCHEMA, self._samples) for _, turns in asked]
        )
        gleaned: list[list[Sample]] = [[] for _ in asked]
        conversations = [turns for _, turns in asked]
        for _ in range(self._gleaning):
            last = [later[-1:] or first[:1] for first, later in zip(replies, gleaned, strict=True)]
            again = [number for number, samples in enumerate(last) if samples]
            for number in again:
                conversations[number] = gleaning_turns(conversations[number], last[number][0].text)
            more = self._collected([self._model.submit(conversations[number], REPLY_SCHEMA, 1) for number in again])
            for number, samples in zip(again, more, strict=True):
                gleaned[number].extend(samples)
        read = [
            self._read(document, window, first, later)
            for (window, _), first, later in zip(asked, replies, gleaned, strict=True)
        ]
        left_out = ("passage too long",) * sum(count for _, _, count in cut)
        return _gather([*read, _Read(quarantined=left_out)])

    def _turns(self, document: Document, window: Chunk) -> Turns:
        names = self._seeds.names_in(window.text, *window.heading_path, document.title)
        return first_turns(self._system, document, window, names)

    def _collected(self, futures: Sequence[Future[tuple[Sample, ...]]]) -> list[list[Sample]]:
        """Wait for replies; nothing where they are unusable. When one fails for good the others are not waited for.

        A budget that is spent is no failure: what is under way is paid for, so its replies are waited for, to be kept.
        """
        try:
            return [self._usable_of(future) for future in futures]
        except BudgetSpent:
            wait(futures)
            raise
        except BaseException:
            for future in futures:
                future.cancel()
            raise

    def _usable_of(self, future: Future[tuple[Sample, ...]]) -> list[Sample]:
        try:
            samples = list(future.result())
        except ReplyUnusable as error:
            with self._lock:
                self._nonsense += 1
                hopeless = self._usable == 0 and self._nonsense >= _MOST_NONSENSE
            if hopeless:
                raise ReplyUnusable(f"{_MOST_NONSENSE} passages and no usable reply; the last: {error}") from error
            return []
        with self._lock:
            self._usable += 1
        return samples

    def _read(self, document: Document, chunk: Chunk, first: Sequence[Sample], later: Sequence[Sample]) -> _Read:
        """Make one reading of a passage out of its samples and of what was gleaned after them."""
        reading = Reading(document, chunk, self._ontology, self._calibration, self._version)
        samples = [one for sample in first if (one := _grounded(sample, reading)) is not None]
        if not samples:
            return _Read(quarantined=("reply unusable",))
        triples = union([one.triples for one in samples], self._ontology, self._calibration)
        extra = [one for sample in later if (one := _grounded(sample, reading)) is not None]
        known = {(t.subject.surface, t.predicate, _said(t), t.negated) for t in triples}
        for triple in (triple for one in extra for triple in one.triples):
            if (triple.subject.surface, triple.predicate, _said(triple), triple.negated) not in known:
                triples = (*triples, _gleaned(triple, self._calibration))
        quarantined = Counter[str]()
        for one in samples:  # of several samples, the one that made up most
            quarantined |= Counter(one.quarantined)
        quarantined += Counter(reason for one in extra for reason in one.quarantined)
        named = {(m.surface, m.entity_type) for one in (*samples, *extra) for m in one.mentions}
        types = Counter(pair for one in samples for pair in {(m.surface, m.entity_type) for m in one.mentions})
        ordered = sorted(named, key=lambda pair: (-types[pair], pair[0], pair[1] or ""))
        return _Read(triples, _mentions(ordered, triples, chunk), tuple(quarantined.elements()))


class _OneByOne:
    """Makes a `SamplingModel` of a plain one: threads wait, and one reply is all that is given."""

    def __init__(self, model: LanguageModel, concurrency: int) -> None:
        self._model = model
        self._pool = ThreadPoolExecutor(concurrency, "extract-chunk")
        self.name, self.usage, self.complete = model.name, model.usage, model.complete

    def submit(self, turns: Turns, schema: Mapping[str, Any], samples: int = 1) -> Future[tuple[Sample, ...]]:
        """Ask once; a conversation is told as one text."""
        (_, system), (_, user), *others = turns
        user = "\n\n".join([user, *(text for _, text in others)])
        return self._pool.submit(lambda: (Sample(self._model.complete(system, user, schema)),))


def _grounded(sample: Sample, reading: Reading) -> _Read | None:
    """Ground one reply; the mentions are the names that it lists, without places. `None` when it is no such reply."""
    try:
        reply = ExtractionReply.model_validate(json.loads(sample.text))
    except (ValidationError, ValueError, RecursionError):
        return None
    logprobs = statement_logprobs(sample, len(reply.triples))
    found = [ground(said, reading, sure) for said, sure in zip(reply.triples, logprobs, strict=True)]
    triples = {one.id: one for one in reversed(found) if not isinstance(one, Reason)}
    named = tuple(Mention(e.name, 0, 0, known_type(e.type, reading.ontology)) for e in reply.entities)
    reasons = tuple(one for one in found if isinstance(one, Reason))
    return _Read(tuple(reversed(triples.values())), named, reasons)


def _gleaned(triple: Triple, calibration: Calibration) -> Triple:
    features = triple.confidence.features if isinstance(triple.confidence, Scored) else {}
    return replace(triple, confidence=scored({**features, "gleaned": 1.0}, calibration))


def _said(triple: Triple) -> str:
    return triple.object.surface if isinstance(triple.object, Mention) else str(triple.object.key)


def _mentions(named: Sequence[tuple[str, str | None]], triples: Sequence[Triple], chunk: Chunk) -> tuple[Mention, ...]:
    """Return every place where a named entity stands, longest names first: 'Acme' within 'Acme Energy' is no mention."""
    arguments = [a for t in triples for a in (t.subject, t.object) if isinstance(a, Mention)]
    names = {clean_name(name): type for name, type in reversed(named)}
    taken: list[Mention] = []
    for name in sorted(names, key=lambda name: (-len(name), name)):
        for place in find_all(name, chunk.text, whole_words=True)[:_OCCURRENCES]:
            start, end = chunk.start + place.start, chunk.start + place.end
            if not any(start < other.end and other.start < end for other in taken):
                surface = " ".join(chunk.text[place.start : place.end].split())
                taken.append(Mention(surface, start, end, names[name]))
    covered = {(mention.surface, mention.start) for mention in taken}
    taken += [mention for mention in arguments if (mention.surface, mention.start) not in covered]
    return tuple(sorted(set(taken), key=_in_text))


def _in_text(mention: Mention) -> tuple[int, int, str, str]:
    return mention.start, mention.end, mention.surface, mention.entity_type or ""


# ----------------------------------------------------------------------------------------------------------- gathering


def _gather(read: Sequence[_Read]) -> Extraction:
    """Join what the chunks gave: equal triples once, each surface with the type that it has most often."""
    quarantined = Counter(reason for one in read for reason in one.quarantined)
    types = _majority_types(read)
    triples: dict[str, Triple] = {}
    for one in read:
        for triple in one.triples:
            known = triples.get(triple.id)
            if known is None or triple.confidence > known.confidence:
                triples[triple.id] = _typed_triple(triple, types)
    mentions = {(_in_text(typed)[:3]): typed for one in read for typed in (_typed(m, types) for m in one.mentions)}
    return Extraction(
        tuple(triples.values()), tuple(sorted(mentions.values(), key=_in_text)), tuple(sorted(quarantined.items()))
    )


def _majority_types(read: Sequence[_Read]) -> dict[str, str]:
    votes: dict[str, Counter[str]] = {}
    for one in read:
        arguments = [a for t in one.triples for a in (t.subject, t.object) if isinstance(a, Mention)]
        for mention in (*one.mentions, *arguments):
            if mention.entity_type:
                votes.setdefault(mention.surface, Counter())[mention.entity_type] += 1
    return {surface: min(counts, key=lambda name: (-counts[name], name)) for surface, counts in votes.items()}


def _typed(mention: Mention, types: dict[str, str]) -> Mention:
    return replace(mention, entity_type=types.get(mention.surface))


def _typed_triple(triple: Triple, types: dict[str, str]) -> Triple:
    what = _typed(triple.object, types) if isinstance(triple.object, Mention) else triple.object
    return replace(triple, subject=_typed(triple.subject, types), object=what)
