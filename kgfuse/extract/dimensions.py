"""Sizes of things: 'is 812 metres long', 'the 320-metre-high Holm Tower', 'weighs 40 tonnes', 'has a fleet of 20 ships'.

An adjective of measure names the attribute that its noun has: what is long has a length, what is tall a height. 'Is 1,200 km
north of Oslo' and 'was 20 km longer than planned' measure no size; they have no such adjective.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kgfuse.extract.arguments import Argument, children, conjuncts
from kgfuse.extract.attributes import attribute_name, described, host_of, is_attribute, is_special, owners
from kgfuse.extract.clauses import Clause, clauses
from kgfuse.extract.lexicon import HEADCOUNT
from kgfuse.extract.modality import Modality, modality_of
from kgfuse.extract.quantities import Quantity, is_exact
from kgfuse.extract.statement import Sentence, Statement, tense_aspect
from kgfuse.extract.timing import Aspect
from kgfuse.model import ALWAYS, Literal, Validity

if TYPE_CHECKING:
    from spacy.tokens import Token

_ATTRIBUTES = {
    "long": "length", "high": "height", "tall": "height", "deep": "depth", "wide": "width", "broad": "width",
    "thick": "thickness", "heavy": "weight", "old": "age",
}  # fmt: skip
_TIMES = frozenset({"second", "minute", "hour", "day", "week", "month", "year"})
_AREAS = frozenset({"km2", "m2", "ha", "acre"})
_MEASURING = {"weigh": "weight", "cover": "area", "occupy": "area", "seat": "seats"}
"""Verbs that measure what they are said of, and the attribute: 'covers 300 km2'."""
_SIZES = frozenset({*_ATTRIBUTES.values(), "diameter", "area", "elevation", "altitude", "span", "volume"}) - {"age"}
_UP_TO = frozenset({"to", "at", "over"})
_IN_ALL = frozenset({"be", "measure"})
_SHARES = frozenset({"series", "number", "lot", "range", "couple", "pair", "total", "variety", "set"})
"""What is no name of what is counted after 'of': 'a series of 20 trials'."""


def dimension_statements(sentence: Sentence) -> Iterator[Statement]:
    """Yield the sizes that a sentence gives of what it names."""
    for token in sentence.doc:
        if is_size(token, sentence):
            yield from _of_adjective(token, sentence)
        if token.dep_ == "pobj" and token.head.lower_ == "with":
            yield from _with(token, sentence)
        if token.dep_ == "attr" and token.tag_ == "CD":
            yield from _aged(token, sentence)
    for clause in clauses(sentence.doc):
        yield from _of_verb(clause, sentence)


def is_size(adjective: Token, sentence: Sentence) -> bool:
    """Whether an adjective has its amount before it, and is read as a size: '94 m tall'."""
    return adjective.lemma_.lower() in _ATTRIBUTES and _measure(adjective, sentence) is not None


def is_sized(item: Token, clause: Clause, sentence: Sentence) -> bool:
    """Whether an object of a clause is read as a size: 'has a fleet of 20 ships', 'has 702 pupils', 'weighs 40 tonnes'."""
    return not clause.passive and _attribute_of(item, clause, sentence) is not None


def _measure(adjective: Token, sentence: Sentence) -> tuple[Quantity, Literal] | None:
    """Return the amount right before an adjective of measure: '812 metres long', '3-km-long'."""
    for noun in children(adjective, "npadvmod"):
        quantity = sentence.quantity_at(noun)
        if quantity is not None and noun.i < adjective.i:
            return quantity, _literal(quantity, noun, sentence)
    return None


def _literal(quantity: Quantity, noun: Token, sentence: Sentence) -> Literal:
    """Return an amount with the noun that it counts as its unit, where it has none of its own."""
    counted = noun.pos_ == "NOUN" and not noun.like_num and noun.idx >= quantity.end
    return quantity.literal(sentence.doc.text, noun.lemma_.lower() if counted else None)


def _of_adjective(adjective: Token, sentence: Sentence) -> Iterator[Statement]:
    sized = _measure(adjective, sentence)
    if sized is None:
        return
    quantity, literal = sized
    name = _ATTRIBUTES[adjective.lemma_.lower()]
    if literal.unit in _TIMES and name != "age":
        name = "duration"
    if (name == "age" and literal.unit not in _TIMES) or (name == "duration" and adjective.lower_ != "long"):
        return
    first = adjective
    while first.dep_ == "conj" and first.head.pos_ in {"ADJ", "ADV"}:
        first = first.head
    host = first.head
    if first.dep_ == "acomp":
        clause = next((c for c in clauses(sentence.doc) if c.verb.i == host.i), None)
        if clause is None or host.lemma_ != "be":
            return
        modality, when = _holding(clause, sentence)
        for subject in clause.subjects:
            yield from _of_part(subject, name, literal, modality, when, quantity, sentence)
    elif first.dep_ == "amod" and host.pos_ in {"NOUN", "PROPN"}:
        for thing in described(host, sentence):
            yield Statement(thing, name, literal, Modality(), ALWAYS, _signals(quantity))


def _of_part(
    noun: Token, name: str, literal: Literal, modality: Modality, when: Validity, quantity: Quantity, sentence: Sentence
) -> Iterator[Statement]:
    """Yield a size of a thing, or of a part of it: 'its pylons are 120 m high' tells the pylon height of what has them."""
    whole = owners(noun, sentence) if noun.pos_ == "NOUN" else []
    if whole and noun.tag_ in {"NN", "NNS"}:
        name = f"{noun.lemma_.lower()} {name}"
    found = whole or [a for a in [sentence.argument(noun)] if a is not None]
    for subject in found:
        yield Statement(subject, name, literal, modality, when, _signals(quantity))


def _with(noun: Token, sentence: Sentence) -> Iterator[Statement]:
    """'Aurora, a ferry with a gross tonnage of 21,300', 'a hospital with 612 beds': the amount of what it stands beside."""
    host = host_of(noun.head)
    size = sentence.quantity_at(noun)
    if (
        size is not None and size.unit in _AREAS and host.lemma_ == "be"
    ):  # 'With 300 square kilometres it is the smallest'
        for subject in (a for t in children(host, "nsubj") if (a := sentence.argument(t))):
            yield Statement(subject, "area", size.literal(sentence.doc.text), Modality(), ALWAYS, _signals(size))
    for item in conjuncts(noun) if host.pos_ in {"NOUN", "PROPN"} else ():
        found = _attribute_had(item, sentence)
        if found is not None:
            name, quantity, literal = found
            for subject in described(host, sentence):
                yield Statement(subject, name, literal, Modality(), ALWAYS, _signals(quantity))


def _aged(number: Token, sentence: Sentence) -> Iterator[Statement]:
    """'She was 91': of a person, the bare number is the age."""
    quantity = sentence.quantity_at(number)
    clause = next((c for c in clauses(sentence.doc) if c.verb.i == number.head.i and c.verb.lemma_ == "be"), None)
    if quantity is None or clause is None or clause.verb.dep_ != "ROOT" or any(children(clause.verb, "advcl")):
        return  # 'when she was nine'
    modality, when = _holding(clause, sentence)
    literal = quantity.literal(sentence.doc.text, "year")
    for person in (a for t in clause.subjects if (a := sentence.argument(t))):
        if is_age(number, person):
            yield Statement(person, "age", literal, modality, when, _signals(quantity))


def is_age(number: Token, subject: Argument) -> bool:
    """Whether the number that somebody 'is' is the age."""
    person = subject.type == "Person" or subject.text.lower() in {"he", "she"}
    return person and number.like_num and not list(number.children) and re.fullmatch(r"\d{3,}", number.text) is None


def _of_verb(clause: Clause, sentence: Sentence) -> Iterator[Statement]:
    if clause.passive:
        return
    subjects = [a for t in clause.subjects if (a := sentence.argument(t)) and not is_attribute(t)]
    modality, when = _holding(clause, sentence)
    reached = (t for p, t in clause.prepositions if p in _UP_TO and t.lower_ in _SIZES)
    for item in (*clause.objects, *clause.complements, *reached):
        found = _attribute_of(item, clause, sentence)
        if found is not None:
            name, quantity, literal = found
            for subject in subjects:
                yield Statement(subject, name, literal, modality, when, _signals(quantity))


def _attribute_of(item: Token, clause: Clause, sentence: Sentence) -> tuple[str, Quantity, Literal] | None:
    """Return what an object of a verb measures of the subject, and the amount."""
    verb = clause.verb.lemma_.lower()
    if verb == "have":
        return _attribute_had(item, sentence)
    quantity = sentence.quantity_at(item)
    if quantity is None:
        return _collected(item, sentence) if item.lower_ in _SIZES else None  # 'rises to a height of 120 metres'
    literal = _literal(quantity, item, sentence)
    if verb in _IN_ALL and (name := _extent(item, sentence)) is not None:  # 'is 40 metres in width'
        return name, quantity, literal
    if verb in _MEASURING and (_MEASURING[verb] != "area" or literal.unit in _AREAS):
        return _MEASURING[verb], quantity, literal
    return None


def _attribute_had(item: Token, sentence: Sentence) -> tuple[str, Quantity, Literal] | None:
    """Return what something has in numbers: 'a fleet of 20 ships', '702 pupils', '40 metres in length'."""
    quantity = sentence.quantity_at(item)
    if quantity is None:
        return None if is_attribute(item) else _collected(item, sentence)
    literal = _literal(quantity, item, sentence)
    if (name := _extent(item, sentence)) is not None:
        return name, quantity, literal
    plain = not any(c.dep_ in {"relcl", "acl"} or (c.dep_ == "prep" and c.lower_ != "with") for c in item.children)
    people = item.lemma_.lower() in HEADCOUNT
    several = item.tag_ == "NNS" or people
    counted = several and literal.unit == item.lemma_.lower() and literal.unit not in _TIMES
    if people and not is_special(item):
        return None
    return (_counted(item), quantity, literal) if plain and counted else None


def _extent(item: Token, sentence: Sentence) -> str | None:
    """Return the attribute that 'in length', 'in diameter' names."""
    links = (p for p in children(item, "prep") if p.lower_ == "in")
    nouns = (t for link in links for t in children(link, "pobj"))
    return next((t.lower_ for t in nouns if t.lower_ in _SIZES), None)


def _collected(item: Token, sentence: Sentence) -> tuple[str, Quantity, Literal] | None:
    """Return what 'has a gross tonnage of 21,300' and 'has a fleet of 20 ships' give."""
    if item.tag_ != "NN":
        return None
    if not any(c.lower_ in {"a", "an"} for c in children(item, "det")):
        return None
    links = (p for p in children(item, "prep") if p.lower_ == "of" and p.i == item.i + 1)
    for target in (t for link in links for t in children(link, "pobj")):
        if (quantity := sentence.quantity_at(target)) is not None and not list(children(target, "prep")):
            if quantity.unit is None and item.lemma_.lower() in _SHARES:
                return None
            return attribute_name(item), quantity, _literal(quantity, target, sentence)
    return None


def _counted(item: Token) -> str:
    """Return the name of what is counted, in the plural and with what tells the kind: 'pupils', 'regional offices'."""
    words = [c.lower_ for c in item.lefts if c.dep_ in {"amod", "compound"} and c.pos_ in {"ADJ", "NOUN"}]
    return " ".join([*words, item.lower_])


def _holding(clause: Clause, sentence: Sentence) -> tuple[Modality, Validity]:
    """Return how a clause is meant and when the size that it gives holds."""
    modality = modality_of(clause.verb)
    return modality, sentence.when(clause.verb, Aspect.STOCK if modality.past else tense_aspect(modality), modality)


def _signals(quantity: Quantity) -> frozenset[str]:
    return frozenset({"strong_pattern"} if is_exact(quantity) else {"strong_pattern", "bounded"})
