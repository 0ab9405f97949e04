"""Labelled statements: out of texts with what they say, or as somebody has judged them.

A file of JSON lines, each of one of two shapes:

    {"text": "...", "triples": [["Jane Roe", "founded", "Acme", "in 1999"], ...], "date": "2021-05-04", "title": "..."}
    {"extractor": "spacy", "features": {...}, "confidence": 0.71, "right": true, "statement": "...", "quote": "..."}

The first holds everything that a text says (subject, relation, objects; `date` and `title` are optional): the extractor reads the
text, and what it finds is right when it matches one of the triples. The second is a statement that was judged; `kgfuse evaluate
--save` writes such lines, to be corrected by hand. `features` are needed to fit, `confidence` to evaluate.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from kgfuse.errors import UsageError
from kgfuse.extract.confidence import Features, Scored
from kgfuse.model import Block, BlockKind, Chunk, Document, Literal, Mention, Moment, Triple, chunk_id, document_id
from kgfuse.protocols import Extractor

_SMALL = frozenset(
    "a an the of in on at to for by with from as and or be is are was were been being am has have had do does did will would "
    "shall should may might can could it its his her their this that which who".split()
)
_NEGATIONS = frozenset({"not", "never", "no", "n't", "cannot", "without"})
_WORD = re.compile(r"n't\b|\w+(?:[.,]\d+)*")
_HALF = 0.5
_MEANT = frozenset({"undated_future", "surmise"})

Lemmas = Callable[[str], dict[str, str]]
"""Gives the lemma of each word (in lower case) of a text."""


class Row(BaseModel):
    """A line of the file."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = None
    triples: list[list[str]] | None = None
    date: str | None = None
    title: str = ""
    extractor: str | None = None
    features: dict[str, float] | None = None
    confidence: float | None = None
    right: bool | None = None
    statement: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A statement and whether it is right; `features` are `None` where the extractor gave none (a row of a table)."""

    features: Features | None
    confidence: float
    right: bool
    statement: str = ""
    quote: str = ""
    by_hand: bool = True

    @property
    def fits(self) -> bool:
        """Whether weights can be fitted on it.

        A list of what a text says does not tell what it only plans, doubts or hears: a match says nothing about those weights.
        """
        if self.features is None:
            return False
        return self.by_hand or not any(name.startswith("mode_") or name in _MEANT for name in self.features)


def read_rows(path: Path) -> list[Row]:
    """Read a file of labelled lines. Raises UsageError, naming the line."""
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}", hint="Give a file of JSON lines in UTF-8.") from error
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = Row.model_validate(json.loads(line))
            if row.date:
                Moment.parse(row.date)
        except (ValidationError, ValueError) as error:
            what = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            raise UsageError(
                f"{path}, line {number}: {what}", hint="docs/calibration.md describes the lines."
            ) from error
        if short := next((triple for triple in row.triples or () if len(triple) < 3), None):
            raise UsageError(
                f"{path}, line {number}: {short} is no triple: subject, relation, object",
                hint="docs/calibration.md describes the lines.",
            )
        whole = row.text is not None and row.triples is not None
        judged = row.right is not None and (row.features is not None or row.confidence is not None)
        if whole == judged:
            raise UsageError(
                f"{path}, line {number}: neither a text with its triples nor a judged statement",
                hint="docs/calibration.md describes the lines.",
            )
        rows.append(row)
    return rows


def judged_of(rows: Iterable[Row], extractor: Callable[[], Extractor], lemmas: Lemmas) -> Iterator[Judged]:
    """Yield the judged statements, and those that the extractor (made when needed) finds in the texts, judged by matching."""
    made: Extractor | None = None
    for row in rows:
        if row.text is None:
            assert row.right is not None
            confidence = row.confidence if row.confidence is not None else -1.0
            yield Judged(row.features, confidence, row.right, row.statement, row.quote)
            continue
        made = made or extractor()
        document = _document(row)
        chunk = Chunk(chunk_id(document.id, 0, len(row.text)), document.id, 0, len(row.text), row.text)
        judge = Judge(row.triples or [], lemmas(row.text))
        for triple in made.extract(document, [chunk]).triples:
            features = triple.confidence.features if isinstance(triple.confidence, Scored) else None
            right = judge.right(triple, row.text)
            yield Judged(
                features, float(triple.confidence), right, words_of(triple), triple.evidence.quote, by_hand=False
            )


def written(judged: Iterable[Judged], extractor: str) -> str:
    """Return judged statements as lines of a labelled file."""
    lines = (
        {
            "extractor": extractor,
            "statement": one.statement,
            "quote": one.quote,
            "right": one.right,
            "confidence": one.confidence,
            "features": None if one.features is None else dict(one.features),
        }
        for one in judged
    )
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _document(row: Row) -> Document:
    text = row.text or ""
    id = document_id("labelled:", text.encode())
    when = Moment.parse(row.date) if row.date else None
    blocks = (Block(BlockKind.PARAGRAPH, 0, len(text)),)
    return Document(id, "labelled:", "text/plain", row.title, text, blocks, "labelled", when)


def words_of(triple: Triple) -> str:
    """Say a triple in a line."""
    object = triple.object.surface if isinstance(triple.object, Mention) else triple.object.lexical
    return f"{triple.subject.surface} | {'not ' if triple.negated else ''}{triple.predicate} | {object}"


class Judge:
    """Compares statements with all that a text says. Words are compared by lemma, small words left out.

    A statement is right when a gold triple has at least half of the words of its subject and of its object in the places where
    they belong, a word of its predicate in the relation (or among the objects: 'is' + 'chief executive of Acme'), and the same
    negation. Of an argument that a pronoun stood for, the pronoun counts as well. Subject and object may be swapped
    where one of the relations is a passive ('was founded by').
    """

    def __init__(self, gold: Sequence[Sequence[str]], lemmas: dict[str, str]) -> None:
        self._lemmas = lemmas
        self._gold = [self._folded(one) for one in gold]

    def _folded(self, triple: Sequence[str]) -> tuple[frozenset[str], frozenset[str], frozenset[str], bool, bool]:
        subject, relation, *objects = triple
        negated = bool(_NEGATIONS & set(self._raw(relation)))
        passive = "by" in self._raw(relation)
        return self.words(subject), self.words(relation), self.words(" ".join(objects)), negated, passive

    def right(self, triple: Triple, text: str) -> bool:
        """Whether the text says so."""
        subjects = [self.words(triple.subject.surface), self.words(text[triple.subject.start : triple.subject.end])]
        if isinstance(triple.object, Literal):
            objects = [self.words(triple.object.lexical)]
        else:
            objects = [self.words(triple.object.surface), self.words(text[triple.object.start : triple.object.end])]
        predicate = self.words(triple.predicate)
        by = "by" in triple.predicate.split()
        for subject, relation, rest, negated, passive in self._gold:
            if negated != triple.negated or not _shares(predicate, relation | rest):
                continue
            if _has(subjects, subject) and _has(objects, rest | relation):
                return True
            if passive != by and _has(subjects, rest) and _has(objects, subject):
                return True
        return False

    def words(self, text: str) -> frozenset[str]:
        """The lemmas of a text's words, without small ones unless there are no others."""
        raw = self._raw(text)
        telling = [word for word in raw if word not in _SMALL and word not in _NEGATIONS]
        return frozenset(self._lemmas.get(word, word) for word in (telling or raw))

    def _raw(self, text: str) -> list[str]:
        return _WORD.findall(text.lower().replace("’", "'"))


def _has(forms: Sequence[frozenset[str]], gold: frozenset[str]) -> bool:
    return any(form and len(form & gold) >= _HALF * len(form) for form in forms)


def _shares(predicate: frozenset[str], gold: frozenset[str]) -> bool:
    return bool(predicate & gold) or not (predicate - _SMALL)


def spacy_lemmas(model_name: str) -> Lemmas:
    """Return lemmas by spaCy's model. Raises ModelError when it is missing."""
    from kgfuse.extract.spacy_model import load_model

    nlp: Any = load_model(model_name)
    return lambda text: {token.lower_: token.lemma_.lower() for token in nlp(text)}
