"""The gold of ``tests/corpus``: what a careful reader takes from the documents, as values; `corpus_score` judges by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from kgfuse.model import FactStatus, Moment, Validity

CORPUS = Path(__file__).parent.parent / "corpus"
DOCS = CORPUS / "docs"

# ---------------------------------------------------------------------------------------------------------------- gold


class Unjudged(Enum):
    """An end of validity that the gold leaves open to judgement."""

    END = "not judged"


End = Moment | None | Unjudged
"""A boundary of the gold; `None` must be open."""


@dataclass(frozen=True, slots=True)
class GoldValue:
    """A literal of the gold; without a unit any unit fits."""

    value: str
    unit: str | None = None

    def __str__(self) -> str:
        return f"{self.value} {self.unit}" if self.unit else self.value


@dataclass(frozen=True, slots=True)
class GoldFact:
    """One fact of the gold; `documents` are paths below ``docs``, attachments as ``mail.eml#name``."""

    subject: str
    relation: str
    object: str | GoldValue
    valid_from: End
    valid_to: End
    status: FactStatus
    documents: tuple[str, ...]
    optional: bool

    def __str__(self) -> str:
        return f"{self.subject} – {self.relation} – {self.object} [{end_words(self.valid_from)}, {end_words(self.valid_to)})"

    @property
    def validity(self) -> Validity:
        """The interval, ends that are not judged being open."""
        return Validity(
            self.valid_from if isinstance(self.valid_from, Moment) else None,
            self.valid_to if isinstance(self.valid_to, Moment) else None,
        )


@dataclass(frozen=True, slots=True)
class GoldEntity:
    """An entity of the gold with all its names; `documents` tell it from a namesake."""

    name: str
    type: str
    names: tuple[str, ...]
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One value of a timeline."""

    value: str | GoldValue
    valid_from: End
    valid_to: End
    optional: bool


@dataclass(frozen=True, slots=True)
class GoldTimeline:
    """What one data item was over time; `of` is the entity that the relation has one value for."""

    relation: str
    of: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question; any of `answers` is right, none means that nothing answers it, any of `never` is wrong."""

    question: str
    answers: tuple[str, ...]
    never: tuple[str, ...]
    as_of: str | None
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gold:
    """All of it."""

    facts: tuple[GoldFact, ...]
    entities: tuple[GoldEntity, ...]
    timelines: tuple[GoldTimeline, ...]
    questions: tuple[GoldQuestion, ...]
    apart: tuple[tuple[str, str], ...]
    together: tuple[str, ...]


def load_gold(folder: Path = CORPUS / "gold") -> Gold:
    """Read the gold. Raises KeyError, TypeError or ValueError where it is not well formed."""
    lines = (folder / "facts.jsonl").read_text("utf-8").splitlines()
    names = json.loads((folder / "entities.json").read_text("utf-8"))
    timelines = json.loads((folder / "timelines.json").read_text("utf-8"))
    questions = json.loads((folder / "questions.json").read_text("utf-8"))
    left, right = next(iter(names["apart"]))
    return Gold(
        facts=tuple(_fact(json.loads(line)) for line in lines if line.strip()),
        entities=tuple(
            GoldEntity(row["name"], row["type"], tuple(row["names"]), tuple(row.get("documents", ())))
            for row in names["entities"]
        ),
        timelines=tuple(
            GoldTimeline(row["relation"], row["of"], tuple(_step(step) for step in row["sequence"]))
            for row in timelines
        ),
        questions=tuple(
            GoldQuestion(
                row["question"],
                tuple(row["answer"]),
                tuple(row.get("never", ())),
                row.get("as_of"),
                tuple(row.get("documents", ())),
            )
            for row in questions
        ),
        apart=((left, right), *(tuple(pair) for pair in names["apart"][1:])),
        together=tuple(names["together"]),
    )


def _fact(row: Mapping[str, Any]) -> GoldFact:
    return GoldFact(
        row["subject"],
        row["relation"],
        _value(row["object"]),
        _read_end(row, "valid_from"),
        _read_end(row, "valid_to"),
        FactStatus(row["status"]),
        tuple(row["documents"]),
        bool(row.get("optional", False)),
    )


def _step(row: Mapping[str, Any]) -> Step:
    ends = (_read_end(row, "valid_from"), _read_end(row, "valid_to"))
    return Step(_value(row["value"]), *ends, bool(row.get("optional", False)))


def _value(value: str | Mapping[str, str]) -> str | GoldValue:
    return value if isinstance(value, str) else GoldValue(value["value"], value.get("unit"))


def _read_end(row: Mapping[str, Any], key: str) -> End:
    if key not in row:
        return Unjudged.END
    return None if row[key] is None else Moment.parse(row[key])


def end_words(end: End) -> str:
    """Return a boundary as it is shown."""
    return "?" if isinstance(end, Unjudged) else str(end or "…")
