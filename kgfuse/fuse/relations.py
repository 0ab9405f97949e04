"""From the phrase a source used to a relation of the ontology; what fits none stays an open relation.

A phrase is looked up as it stands, then in the variants of `variants`. Of the relations that call themselves so, only
those are admissible whose domain, range and datatype fit; direction is part of meaning, so a phrase that means a relation
the other way round swaps subject and object and is never taken as support of the reverse.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from kgfuse.model import Datatype, Literal, Qualifiers, Triple
from kgfuse.ontology import Ontology, Relation, normalise_phrase

CATCH_ALL = "related_to"
"""The open relation of a phrase that gives no name of its own (it is kept as the qualifier ``predicate``)."""

FORMER = ("aspect", "former")
"""The qualifier that says 'no longer so when this was said'."""

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST_NAME = 60
MISFIT = "_open"
"""Ends the name of a phrase that names a relation whose types do not fit."""


@dataclass(frozen=True, slots=True)
class Canonical:
    """What a triple says in terms of the ontology: with `inverted`, its object is the relation's subject."""

    relation: str
    inverted: bool
    qualifiers: Qualifiers


def canonicalise(triple: Triple, ontology: Ontology, subject_type: str | None, object_type: str | None) -> Canonical:
    """Map a triple's predicate to a relation; types are those of the resolved entities, `None` when not known.

    Of several admissible relations the one whose domain and range say most about the types wins, then the first by
    name. A phrase that names a relation whose types do not fit stays open, under a name that cannot be mistaken for it.
    """
    for phrase, turned, former in variants(triple.predicate):
        best: tuple[int, str, bool] | None = None
        for name, inverse in ontology.lookup(phrase):
            inverted = inverse != turned
            fit = _fit(ontology, ontology.relation(name), triple, (subject_type, object_type), inverted)
            if fit is not None and (best is None or (-fit, name, inverted) < best):
                best = (-fit, name, inverted)
        if best is not None:
            extra = (FORMER,) if former else ()
            return Canonical(best[1], best[2], _with(triple.qualifiers, *extra))
    name = open_name(triple.predicate)
    if name == CATCH_ALL:
        return Canonical(name, False, _with(triple.qualifiers, ("predicate", " ".join(triple.predicate.split()))))
    return Canonical(name + MISFIT if name in ontology.relations else name, False, triple.qualifiers)


def open_name(phrase: str) -> str:
    """Return the name of an open relation: the phrase in snake case, or `CATCH_ALL` when it has no plain letters."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", phrase) if not unicodedata.combining(c))
    name = normalise_phrase(folded).replace(" ", "_")
    return name if len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) else CATCH_ALL


def _with(qualifiers: Qualifiers, *more: tuple[str, str]) -> Qualifiers:
    return tuple(sorted({*qualifiers, *more})) if more else qualifiers


# ------------------------------------------------------------------------------------------------------------ admissible


def _fit(
    ontology: Ontology, relation: Relation, triple: Triple, types: tuple[str | None, str | None], inverted: bool
) -> int | None:
    """Say how much the relation's domain and range confirm (0: nothing known), or `None` where they do not fit."""
    if isinstance(triple.object, Literal):
        if inverted or not _same_datatype(relation.literal, triple.object):
            return None
        return _closeness(ontology, relation.domain, types[0])
    if relation.literal is not None:
        return None
    subject_type, object_type = reversed(types) if inverted else types
    of_subject = _closeness(ontology, relation.domain, subject_type)
    of_object = _closeness(ontology, relation.range, object_type)
    return None if of_subject is None or of_object is None else of_subject + of_object


def _same_datatype(wanted: str | None, literal: Literal) -> bool:
    return wanted == literal.datatype.value or (wanted == "quantity" and literal.datatype is Datatype.NUMBER)


_EXACT = 16


def _closeness(ontology: Ontology, expected: tuple[str, ...], given: str | None) -> int | None:
    """Say how near a type is to the nearest of those expected; 0 when either side is open, `None` when it is neither."""
    if not expected or given is None or given not in ontology.types:
        return 0
    distance, current = 0, given
    while True:
        if current in expected:
            return max(_EXACT - distance, 1)
        parent = ontology.types.get(current)
        if parent is None:
            return None
        distance, current = distance + 1, parent


# -------------------------------------------------------------------------------------------------------------- variants

_AUXILIARY = frozenset(
    "be is are was were been being has had have do does did will would shall should get gets got become currently now "
    "still also then later already newly formally officially jointly recently reportedly".split()
)
_PASSIVE = frozenset("be is are was were been being get gets got".split())
_GRADES = frozenset(
    "largest biggest main major sole only key important strongest closest fiercest leading oldest longest long-time first "
    "new".split()
)
"""What is said of a role without making it another."""
_FORMER = frozenset("former ex formerly previously onetime erstwhile".split())
_IRREGULAR = {
    "began": "begin", "begun": "begin", "bought": "buy", "brought": "bring", "built": "build", "came": "come",
    "chose": "choose", "chosen": "choose", "fell": "fall", "felt": "feel", "gave": "give", "given": "give",
    "got": "get", "grew": "grow", "grown": "grow", "held": "hold", "kept": "keep", "knew": "know", "known": "know",
    "left": "leave", "lent": "lend", "lost": "lose", "made": "make", "meant": "mean", "met": "meet", "paid": "pay",
    "ran": "run", "rose": "rise", "said": "say", "saw": "see", "seen": "see", "sent": "send", "sold": "sell",
    "spoke": "speak", "spent": "spend", "stood": "stand", "taught": "teach", "took": "take", "taken": "take",
    "told": "tell", "won": "win", "written": "write", "wrote": "write",
}  # fmt: skip


@lru_cache(maxsize=65536)
def variants(phrase: str) -> tuple[tuple[str, bool, bool], ...]:
    """Return ``(phrase, turned, former)`` in the order in which they are tried: as it stands, then lemmatised.

    `turned` says that the variant means the reverse ('audited by' as 'audit'), `former` that it was said to be over
    ('ex-chairman of'). A participle after 'be' is passive: it gives the active verb only with its agent ('by'), since
    'was supported' says nothing about supporting. Trailing prepositions stay: 'work for' is not 'work'.
    """
    words = re.sub(r"[\W_]+", " ", phrase.lower()).split()
    found: dict[tuple[str, bool, bool], None] = {(normalise_phrase(phrase), False, False): None}
    former = bool(_FORMER.intersection(words[:-1]))
    passive = bool(words) and words[0] in _PASSIVE
    bare = [word for word in words if word not in _FORMER] if former else words
    while len(bare) > 1 and bare[0] in _AUXILIARY:
        passive = passive or bare[0] in _PASSIVE
        bare = bare[1:]
    if not bare:
        return tuple(found)
    found.setdefault((normalise_phrase(" ".join(bare)), False, former), None)
    if len(bare) > 2 and bare[0] in _GRADES:  # 'largest customer of'
        found.setdefault((normalise_phrase(" ".join(bare[1:])), False, former), None)
    agent = len(bare) > 1 and bare[-1] == "by"
    for place, word in enumerate(bare[:4]):
        for lemma, participle in _lemmas(word):
            changed = [*bare[:place], lemma, *bare[place + 1 :]]
            if participle and agent and place == len(bare) - 2:
                found.setdefault((normalise_phrase(" ".join(changed[:-1])), True, former), None)
            elif not (participle and (passive or agent)):
                found.setdefault((normalise_phrase(" ".join(changed)), False, former), None)
    return tuple(found)


def _lemmas(word: str) -> Iterator[tuple[str, bool]]:
    """Yield ``(lemma, whether the word may be a past participle)`` by the suffix rules of English, likeliest first."""
    if word in _IRREGULAR:
        yield _IRREGULAR[word], True
    for suffix, participle in (("ied", True), ("ies", False)):
        if word.endswith(suffix) and len(word) > 4:
            yield word[:-3] + "y", participle
    for suffix, participle in (("ed", True), ("ing", False)):
        if word.endswith(suffix) and len(word) > len(suffix) + 2:
            stem = word[: -len(suffix)]
            yield stem, participle
            yield stem + "e", participle
            if stem[-1] == stem[-2] and stem[-1] not in "aeiou":
                yield stem[:-1], participle
    if word.endswith("s") and len(word) > 3 and not word.endswith("ss"):
        yield word[:-1], False
        if word.endswith("es"):
            yield word[:-2], False
