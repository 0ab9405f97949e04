"""The relations that a question may ask about: its words against the names and aliases of an ontology."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kgfuse.ontology import Ontology
from kgfuse.retrieve.phrasing import EVERYDAY
from kgfuse.retrieve.words import Word, content_stems, is_content, words_of

_OUT_OF_ORDER = 0.3
_GAP = 0.05
_PREPOSITION = 0.2
_NO_AGENT = 0.3
_SECOND_HAND = 0.1
_NEXT_CHOICE = 0.02


@dataclass(frozen=True, slots=True)
class AskedRelation:
    """A relation that words ``[first, last]`` of a question may mean.

    `inverted`: the phrase says it with subject and object swapped. `nominal`: the phrase is a noun ('chief executive of'),
    whose complement is named with 'of' or a possessive. `voiced`: the phrase carries its own passive ('founded by').
    `used` are the places of the words it explains.
    """

    relation: str
    inverted: bool
    score: float
    used: tuple[int, ...]
    nominal: bool
    voiced: bool
    phrase: str


def relations_asked(words: Sequence[Word], blocked: frozenset[int], ontology: Ontology) -> tuple[AskedRelation, ...]:
    """Return the relations whose phrases stand in a question, best first; words at `blocked` places are names or dates.

    A phrase counts its content words, so 'finance director' beats 'director'; word order, gaps and fitting prepositions
    break ties; a phrase whose words are part of a longer one that is found as well is dropped.
    """
    found: dict[str, AskedRelation] = {}
    for phrase, targets, penalty in _phrases(ontology):
        used, score = _match(phrase, words, blocked)
        for relation, inverted in targets if used else ():
            asked = AskedRelation(
                relation, inverted, score - penalty, used, _nominal(phrase, relation), _voiced(phrase), phrase
            )
            known = found.get(relation)
            if known is None or _preference(known) < _preference(asked):
                found[relation] = asked
    kept = [a for a in found.values() if not any(set(a.used) < set(b.used) for b in found.values())]
    return tuple(sorted(kept, key=lambda asked: (-asked.score, asked.relation, asked.inverted)))


def _preference(asked: AskedRelation) -> tuple[float, bool, str]:
    """A relation is asked in one direction only: the one whose phrase fits best, else its own."""
    return asked.score, not asked.inverted, asked.phrase


def _phrases(ontology: Ontology) -> Iterable[tuple[str, Sequence[tuple[str, bool]], float]]:
    for relation in ontology.relations.values():
        for phrase in (relation.name.replace("_", " "), *relation.aliases):
            yield phrase, ((relation.name, False),), 0.0
        for phrase in relation.inverse_aliases:
            yield phrase, ((relation.name, True),), 0.0
    for phrase, meanings in EVERYDAY:
        for choice, meaning in enumerate(meanings):
            yield phrase, ontology.lookup(meaning), _SECOND_HAND + _NEXT_CHOICE * choice


def _match(phrase: str, words: Sequence[Word], blocked: frozenset[int]) -> tuple[tuple[int, ...], float]:
    """The places of a phrase's content words in a question and how well they fit; no places when one is missing."""
    wanted = content_stems(phrase)
    used: list[int] = []
    for stem in wanted:
        free = [at for at, word in enumerate(words) if word.stem == stem and at not in blocked and at not in used]
        if not free:
            return (), 0.0
        used.append(next((at for at in free if not used or at > used[-1]), free[0]))
    if not used:
        return (), 0.0
    score = float(len(used))
    score -= sum(_OUT_OF_ORDER if b < a else _GAP * (b - a - 1) for a, b in pairwise(used))
    after = {words[at].text.lower() for at in range(max(used) + 1, min(max(used) + 3, len(words)))}
    small = [word.text.lower() for word in words_of(phrase) if not is_content(word.text)]
    score += _PREPOSITION * sum(word in after for word in small)
    if "by" in small and all(word.text.lower() != "by" for word in words):
        score -= _NO_AGENT
    return tuple(used), score


def _nominal(phrase: str, relation: str) -> bool:
    return phrase.lower().endswith((" of", " at", " for")) or relation.endswith("_of")


def _voiced(phrase: str) -> bool:
    parts = phrase.lower().split()
    return len(parts) > 1 and (
        parts[0].endswith("ed") or parts[0] in {"born", "made", "built", "known", "sold", "held"}
    )
