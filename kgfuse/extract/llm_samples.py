"""Several readings of one passage made into one: the union of what they say, with how many of them say it.

MedKGent (Zhang et al. 2025) takes the share of fifty samples for a confidence and asks fifty times. Here the samples come with one
request, what only one of them says is kept, and the agreement is one feature of a calibrated confidence among others.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from kgfuse.extract.confidence import Calibration, Features, Scored, scored
from kgfuse.extract.grounding import fold
from kgfuse.model import Literal, Mention, Triple, triple_id
from kgfuse.ontology import Ontology

_SMALL = frozenset("a an the be is are was were been of in on at to for by with from as and".split())
_ALIKE = 0.5
"""Least share of content words that two open predicates have in common to be the same."""


def union(readings: Sequence[Sequence[Triple]], ontology: Ontology, calibration: Calibration) -> tuple[Triple, ...]:
    """Return what the readings of one passage say together, in the text's order.

    Statements of different readings are the same when their quotes overlap, their arguments name the same (one may be longer:
    'Roe', 'Jane Roe'), both deny or neither, and the predicates mean one relation or share most of their words. The
    commonest form stands for them. A pure function of the readings as a set: their order does not matter.
    """
    if len(readings) == 1:
        return tuple(readings[0])
    groups: list[list[tuple[int, Triple]]] = []
    by_arguments: dict[tuple[bool, str], list[int]] = {}
    ordered = sorted(
        (sorted(reading, key=_content) for reading in readings), key=lambda one: [_content(t) for t in one]
    )
    for number, reading in enumerate(ordered):
        for triple in reading:
            keys = {(triple.negated, word) for word in _ends(triple.subject.surface)}
            places = sorted({place for key in keys for place in by_arguments.get(key, ())})
            likely = [(_likeness(groups[place], number, triple, ontology), -place) for place in places]
            best = max(likely, default=(0.0, 0))
            if best[0] > 0:
                place = -best[1]
                groups[place].append((number, triple))
            else:
                place = len(groups)
                groups.append([(number, triple)])
            for key in keys:
                by_arguments.setdefault(key, []).append(place)
    found = [_joined([triple for _, triple in group], len(readings), ontology, calibration) for group in groups]
    return tuple(sorted(found, key=lambda triple: (triple.evidence.start, _content(triple))))


def _likeness(group: Sequence[tuple[int, Triple]], reading: int, triple: Triple, ontology: Ontology) -> float:
    """How well a triple fits a group of other readings; 0 when it does not, or when its own reading is in there."""
    if any(number == reading for number, _ in group):
        return 0.0
    return max(
        (_same_predicate(one, triple, ontology) for _, one in group if _same_arguments(one, triple)), default=0.0
    )


def _same_arguments(one: Triple, other: Triple) -> bool:
    left, right = one.evidence, other.evidence
    if left.start >= right.end or right.start >= left.end:
        return False
    if isinstance(one.object, Literal) or isinstance(other.object, Literal):
        same = (
            isinstance(one.object, Literal) and isinstance(other.object, Literal) and one.object.key == other.object.key
        )
    else:
        same = _same_name(one.object, other.object)
    return same and _same_name(one.subject, other.subject)


def _same_name(one: Mention, other: Mention) -> bool:
    left, right = fold(one.surface).text.split(), fold(other.surface).text.split()
    short, long = sorted((left, right), key=len)
    return bool(short) and any(long[at : at + len(short)] == short for at in range(len(long) - len(short) + 1))


def _same_predicate(one: Triple, other: Triple, ontology: Ontology) -> float:
    if one.predicate == other.predicate:
        return 1.0
    left, right = set(ontology.lookup(one.predicate)), set(ontology.lookup(other.predicate))
    if left & right:
        return 0.9
    if left and right:
        return 0.0
    words, others = _words(one.predicate), _words(other.predicate)
    shared = len(words & others) / max(1, len(words), len(others))
    return 0.8 * shared if shared >= _ALIKE else 0.0


def _words(predicate: str) -> frozenset[str]:
    words = re.findall(r"\w+", predicate)
    return frozenset(word for word in words if word not in _SMALL) or frozenset(words)


def _ends(surface: str) -> tuple[str, ...]:
    """The first and the last word of a name, one of which its shorter forms share: 'Jane Roe' and 'Roe', 'Acme Energy' and 'Acme'."""
    words = fold(surface).text.split()
    return (words[0], words[-1]) if words else ("", "")


def _joined(group: Sequence[Triple], readings: int, ontology: Ontology, calibration: Calibration) -> Triple:
    predicates = Counter(triple.predicate for triple in group)
    validities = Counter(triple.validity for triple in group)

    def rank(triple: Triple) -> tuple[bool, int, int, bool, float, tuple[str, ...]]:
        return (
            not ontology.lookup(triple.predicate),
            -predicates[triple.predicate],
            -validities[triple.validity],
            triple.validity.unbounded,
            -triple.confidence,
            _content(triple),
        )

    best = min(group, key=rank)
    confidence = scored(_agreed([_features(triple) for triple in group], readings), calibration)
    id = triple_id(
        best.subject, best.predicate, best.object, best.evidence, best.negated, best.validity, best.extractor
    )
    return replace(best, id=id, confidence=confidence)


def _features(triple: Triple) -> Features:
    return triple.confidence.features if isinstance(triple.confidence, Scored) else {}


def _agreed(each: Sequence[Features], readings: int) -> dict[str, float]:
    """The mean of the features, and the log-odds of the agreement (each side with half a reading of experience)."""
    features = {name: sum(one.get(name, 0.0) for one in each) / len(each) for one in each for name in one}
    features["sampled"] = 1.0
    features["agreement"] = math.log((len(each) + 0.5) / (readings - len(each) + 0.5))
    return features


def _content(triple: Triple) -> tuple[str, ...]:
    """A key that orders triples by what they say and where, and by nothing else."""
    object = triple.object.surface if isinstance(triple.object, Mention) else "\x1f".join(triple.object.key)
    place = f"{triple.evidence.start:09d}-{triple.evidence.end:09d}"
    return (place, triple.subject.surface, triple.predicate, object, str(triple.validity), triple.id)
