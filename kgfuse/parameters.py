"""What is fitted on the whole ledger and then used frozen (`kgfuse.fuse.fit`), and kept in it with a version."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PhraseMapping:
    """A phrase that the ontology does not know, and the relation that it says; `inverted`: the other way round.

    `phrase` is in lower case, its white space folded. `because` says what the mapping rests on.
    """

    phrase: str
    relation: str
    inverted: bool
    because: str


@dataclass(frozen=True, slots=True)
class HornRule:
    """``body(x, …, y) => head(x, y)``, learned from data.

    `body` is a path from x to y: relations, each `True` where it is walked backwards. Of the `pairs` that it joins, the head
    holds of `support`; `cases` are those pairs of whose x (y, where the head has fewer values there) any head is known: the
    partial completeness assumption of AMIE. `head_coverage` is the share of the head's pairs that the rule gives back.
    `confidence` lies midway between support / pairs, which takes what is not known for false, and support / cases, which
    takes the rule to be made for everything that it meets; of both, the lower bounds (Wilson, 95 %).
    """

    head: str
    body: tuple[tuple[str, bool], ...]
    support: int
    cases: int
    pairs: int
    head_coverage: float
    confidence: float


@dataclass(frozen=True, slots=True)
class FieldWeights:
    """How much agreement in one field of a record says, in the terms of Fellegi and Sunter (1969).

    `name` is the field (`name`, `code` or a relation), `comparison` how two values are compared (`text`, `value` or
    `code`). `agreeing` and `chance` give, for each comparison level from equal to different, its probability among pairs
    that are one thing (m) and among candidate pairs that are not (u). `frequency` counts the records that hold a word (of a
    text) or a value, where there are two or more; sorted.
    """

    name: str
    comparison: str
    agreeing: tuple[float, ...]
    chance: tuple[float, ...]
    frequency: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class MatchWeights:
    """How records of one kind of thing are matched; `sources` are those that describe such things, sorted.

    `prior` is the share of candidate pairs that are one thing, `records` how many records the weights were fitted on.
    """

    kind: str
    sources: tuple[str, ...]
    records: int
    prior: float
    fields: tuple[FieldWeights, ...]


@dataclass(frozen=True, slots=True)
class Parameters:
    """What is fitted on the whole ledger and then used frozen; `version` is the content hash of the rest.

    `reliability` maps a source to how often it is right (a probability), sorted by source; `by_relation` does so for a
    source and a relation where the data allow it, sorted. `dependence` holds pairs of sources, sorted, with the
    probability that one copies from the other or both from a third. `matching` says how records are
    matched, sorted by kind; a kind that it lacks is matched by name. `phrases` maps phrases that the ontology lacks to
    relations, sorted by phrase; `rules` are Horn rules, sorted by head and body. `documents` is how many documents named
    anything: what is rare hangs on it (0: counted anew).
    """

    version: str
    reliability: tuple[tuple[str, float], ...]
    default_reliability: float
    matching: tuple[MatchWeights, ...] = ()
    by_relation: tuple[tuple[str, str, float], ...] = ()
    dependence: tuple[tuple[str, str, float], ...] = ()
    phrases: tuple[PhraseMapping, ...] = ()
    rules: tuple[HornRule, ...] = ()
    documents: int = 0
