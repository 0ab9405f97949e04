"""Measured attributes: 'revenue in 2020 was 12.4 million euros', 'employs 450 people', 'with a capacity of 450 MW'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from kgfuse.extract.arguments import Argument, children, conjuncts
from kgfuse.extract.clauses import Clause, clauses, subjects_of
from kgfuse.extract.dates import TimeExpression
from kgfuse.extract.lexicon import EVALUATIVE, FLOWS, HEADCOUNT, STOCKS
from kgfuse.extract.modality import Modality, modality_of
from kgfuse.extract.quantities import Quantity, is_exact
from kgfuse.extract.statement import Sentence, Statement, tense_aspect
from kgfuse.extract.timing import Aspect, anchor, validity
from kgfuse.model import ALWAYS, Literal, Precision, Validity

if TYPE_CHECKING:
    from spacy.tokens import Token

IMPLIED = Argument("", 0, 0, "implied", "Organization")
_REACH = frozenset("be reach total hit stand amount come equal remain".split())
_CHANGE = frozenset(
    "rise increase grow climb jump fall drop decline decrease surge plunge slip soar shrink double go edge improve cut "
    "raise lift reduce boost expand extend restate correct revise adjust amend".split()
)
_COMPARED = re.compile(r"(?:\bfrom|\bcompared (?:with|to)|\bagainst|\bversus|\bvs\.?|\bafter)\s+$", re.IGNORECASE)
_CORRECT = frozenset("restate correct revise amend adjust".split())
_HAVE = frozenset(
    "report post record generate have earn book achieve deliver see make show employ own announce expect forecast".split()
)
_EMPLOYED = HEADCOUNT - {"person", "people"}
_NOT_WORDS = r"(?:not|rather than|instead of|and not|but not)"
_DENIED = re.compile(
    rf"[\s,;:(—–-]*{_NOT_WORDS}\s+(?:the\s+)?(?:(?:previously|earlier|originally|initially|wrongly|as)\s+)?(?:\w+(?:ed|n)\s+)?"
    r"(?:(?:figure|number|value)\s+of\s+)?$",
    re.IGNORECASE,
)


def attribute_statements(sentence: Sentence) -> Iterator[Statement]:
    """Yield the measured attributes that a sentence gives values for."""
    seen: set[tuple[str, str, str]] = set()
    for statement in (*_by_clause(sentence), *_by_noun(sentence)):
        value = statement.object
        key = (statement.subject.text, statement.predicate, value.value if isinstance(value, Literal) else "")
        if key not in seen:
            seen.add(key)
            yield statement


def _by_clause(sentence: Sentence) -> Iterator[Statement]:
    for clause in clauses(sentence.doc):
        lemma = clause.verb.lemma_.lower()
        if lemma in _REACH | _CHANGE:
            for subject in clause.subjects if not clause.passive or lemma in _CHANGE else ():
                if is_attribute(subject):
                    yield from _reached(clause, subject, sentence)
            for item in clause.objects:
                if is_attribute(item) and lemma in _CHANGE:
                    yield from _reached(clause, item, sentence)
        if lemma in _HAVE and not clause.passive:
            for item in clause.objects:
                yield from _had(clause, item, sentence)


def is_attribute(token: Token) -> bool:
    """Whether the noun names something that is measured."""
    if token.lower_ == "shares":  # that rise and fall; a share of a market is measured
        return False
    measured = token.lemma_.lower() in FLOWS | STOCKS or token.lower_ in FLOWS | STOCKS
    return (token.pos_ in {"NOUN", "PROPN"} and measured) or _counted(token) is not None


def _counted(token: Token) -> Token | None:
    """Return the employees of 'the number of employees'."""
    links = children(token, "prep") if token.lower_ == "number" else ()
    counted = (t for link in links if link.lower_ == "of" for t in children(link, "pobj"))
    return next((t for t in counted if t.lemma_.lower() in _EMPLOYED), None)


def is_flow(predicate: str) -> bool:
    """Whether a predicate names something measured over a period ('operating profit')."""
    return predicate.rsplit(maxsplit=1)[-1] in FLOWS


def attribute_name(token: Token) -> str:
    """Return the name of the attribute with the words that change what is measured ('net profit', 'cloud revenue')."""
    if _counted(token) is not None:
        return "employees"
    words = [
        child.lower_
        for child in token.lefts
        if child.dep_ in {"compound", "amod", "nmod"}
        and child.pos_ not in {"PROPN", "NUM"}
        and child.lower_ not in EVALUATIVE
        and "-" not in child.text
    ]
    head = token.lower_ if token.lower_ in FLOWS | STOCKS else token.lemma_.lower()
    for link in token.rights:
        if link.dep_ == "prep" and link.lower_ in {"from", "per", "before", "after"}:
            words_after = [t.lower_ for t in link.subtree if t.pos_ not in {"DET"}][:4]
            if not any(t.like_num for t in link.subtree):
                return " ".join([*words, head, *words_after])
    return " ".join([*words, head])


def owners(token: Token, sentence: Sentence) -> list[Argument]:
    """Return what has the attribute: ''s', 'of', 'at', a name before it; nothing when it is not written."""
    found: list[Argument] = []
    counted = _counted(token)
    for child in (*token.children, *(counted.children if counted is not None else ())):
        if counted is not None and counted.head.i == child.i:
            continue
        targets: tuple[Token, ...] = ()
        if child.dep_ == "poss":
            targets = conjuncts(child)
        elif child.dep_ == "prep" and child.lower_ in {"of", "at", "in"}:
            targets = tuple(t for c in children(child, "pobj") for t in conjuncts(c))
        elif (
            child.dep_ in {"compound", "nmod"}
            and child.pos_ == "PROPN"
            and child.ent_type_ in {"ORG", "GPE", "PRODUCT", ""}
        ):
            targets = (child,)
        for target in targets:
            owner = sentence.argument(target)
            if owner is not None and not (owner.kind == "noun" and child.lower_ == "in"):
                found.append(owner)
    return found


def _reached(clause: Clause, noun: Token, sentence: Sentence) -> Iterator[Statement]:
    """'revenue rose from X to Y', 'revenue was Y, not X', 'restated revenue from X to Y'."""
    lemma = clause.verb.lemma_.lower()
    values = {preposition: q for preposition, t in clause.prepositions if (q := sentence.quantity_at(t))}
    if lemma in _CHANGE:
        value, old = values.get("to") or values.get("at"), values.get("from") if lemma in _CORRECT else None
        if value is not None and old is None and (before := values.get("from")) is not None:
            yield from _until_then(clause, noun, before, sentence)
    else:
        direct = [q for t in (*clause.complements, *clause.objects) if (q := sentence.quantity_at(t))]
        value, old = (direct[0] if direct else values.get("to") or values.get("at")), None
    if value is None:
        return
    subjects = owners(noun, sentence)
    if not subjects and noun in clause.objects:
        subjects = [a for t in clause.subjects if (a := sentence.argument(t)) and not is_attribute(t)]
    yield from _valued(noun, subjects, (value, old), clause.verb, sentence)


def _until_then(clause: Clause, noun: Token, before: Quantity, sentence: Sentence) -> Iterator[Statement]:
    """'On 6 May capacity rose from X to Y': X held until that day. A change over a year or a month has no such day."""
    modality = modality_of(clause.verb)
    if is_flow(attribute_name(noun)) or modality.negated or modality.future:
        return
    end = sentence.when(clause.verb, Aspect.ENDS, modality).valid_to
    if end is None or end.precision is not Precision.DAY:
        return
    for subject in owners(noun, sentence):
        literal = before.literal(sentence.doc.text)
        yield Statement(subject, attribute_name(noun), literal, modality, Validity(None, end), _signals(before))


def _had(clause: Clause, item: Token, sentence: Sentence) -> Iterator[Statement]:
    """'reported revenue of X', 'had 450 employees', 'posted X in revenue'."""
    subjects = [a for t in clause.subjects if (a := sentence.argument(t))]
    quantity = sentence.quantity_at(item)
    if quantity is None and is_attribute(item):
        quantity = _of_quantity(item, sentence)
        if quantity is not None:
            yield from _valued(item, subjects, (quantity, None), clause.verb, sentence)
        return
    if quantity is None:
        return
    for child in item.children:
        if child.dep_ == "prep" and child.lower_ in {"in", "of"}:
            for noun in children(child, "pobj"):
                if is_attribute(noun):
                    yield from _valued(noun, subjects, (quantity, None), clause.verb, sentence)
                    return
    for preposition, noun in clause.prepositions:
        if preposition == "in" and is_attribute(noun):
            yield from _valued(noun, subjects, (quantity, None), clause.verb, sentence)
            return
    lemma = item.lemma_.lower()
    if lemma in HEADCOUNT and clause.verb.lemma_.lower() in {"have", "employ"} and not is_special(item):
        modality = modality_of(clause.verb)
        literal = quantity.literal(sentence.doc.text, "employee")
        when = sentence.when(clause.verb, _stock_aspect(modality), modality)
        for subject in subjects:
            yield Statement(subject, "employees", literal, modality, when, _signals(quantity))


def is_special(item: Token) -> bool:
    """Whether only some of an organisation's people are spoken of: '46 academic staff'."""
    return any(c.dep_ == "amod" and c.lower_ not in EVALUATIVE | {"full-time", "permanent"} for c in item.children)


def _of_quantity(noun: Token, sentence: Sentence) -> Quantity | None:
    for child in noun.children:
        if child.dep_ == "prep" and child.lower_ == "of":
            for target in children(child, "pobj"):
                quantity = sentence.quantity_at(target)
                if quantity is not None:
                    return quantity
        if child.dep_ == "appos" and (quantity := sentence.quantity_at(child)):
            return quantity
    return None


def _by_noun(sentence: Sentence) -> Iterator[Statement]:
    """'with a capacity of 450 MW', 'a population of 1.2 million' beside the noun or the clause they describe; ', 54,'."""
    for token in sentence.doc:
        if token.dep_ == "pobj" and token.head.lower_ == "with":
            for item in conjuncts(token):
                yield from _with(item, host_of(token.head), sentence)
        if token.dep_ == "appos" and token.head.pos_ == "PROPN" and token.like_num and token.text.isdigit():
            person, quantity = sentence.argument(token.head), sentence.quantity_at(token)
            if person and quantity and person.type == "Person" and 1 < int(token.text) < 120:
                literal = quantity.literal(sentence.doc.text, "year")
                yield Statement(person, "age", literal, Modality(), ALWAYS, _signals(quantity))


def _with(token: Token, host: Token, sentence: Sentence) -> Iterator[Statement]:
    if host.pos_ in {"VERB", "AUX"}:
        agents = [t for c in host.children if c.dep_ == "agent" and c.i < token.i for t in children(c, "pobj")]
        subjects = [a for t in agents or subjects_of(host) if (a := sentence.argument(t))]
    else:
        subjects = described(host, sentence) or [a for a in [sentence.argument(host)] if a]
        if not subjects:
            return
    quantity = _of_quantity(token, sentence)
    if quantity is not None and is_attribute(token):
        yield from _valued(token, subjects, (quantity, None), host, sentence)
    elif (quantity := sentence.quantity_at(token)) and token.lemma_.lower() in HEADCOUNT and not is_special(token):
        literal = quantity.literal(sentence.doc.text, "employee")
        for subject in subjects:
            yield Statement(subject, "employees", literal, Modality(), ALWAYS, _signals(quantity))


def host_of(preposition: Token) -> Token:
    """Return what 'with' stands beside: a name before its comma, wherever it is hung ('the shipyard Elva Verft, with 620 workers')."""
    doc, at = preposition.doc, preposition.i
    if (
        at > 1
        and doc[at - 1].text == ","
        and doc[at - 2].pos_ == "PROPN"
        and doc[at - 2].dep_ in {"appos", "conj", "attr"}
    ):
        return doc[at - 2]
    return preposition.head


def described(noun: Token, sentence: Sentence) -> list[Argument]:
    """Return what a noun that is described names, where it does: what it is said of, what it stands beside, or itself."""
    if noun.dep_ == "attr" and noun.head.lemma_ == "be" and not any(c.lower_ == "there" for c in noun.head.children):
        subjects = [t for c in children(noun.head, "nsubj") for t in conjuncts(c)]
        return [a for t in subjects if (a := sentence.argument(t))]
    if noun.dep_ == "appos" and noun.head.pos_ == "PROPN":
        noun = noun.head
    argument = sentence.argument(noun)
    known = any(c.lower_ == "the" for c in children(noun, "det"))
    return [argument] if argument is not None and (argument.kind in {"name", "definite"} or known) else []


def _valued(
    noun: Token, subjects: list[Argument], values: tuple[Quantity, Quantity | None], head: Token, sentence: Sentence
) -> Iterator[Statement]:
    """Yield the value of an attribute for each owner, and the value it replaces as denied."""
    value, old = values
    modality = modality_of(head) if head.pos_ in {"VERB", "AUX"} else Modality()
    text = sentence.doc.text
    flow = noun.lemma_.lower() in FLOWS or noun.lower_ in FLOWS
    beside = _right_after(value, sentence)
    aspect = Aspect.FLOW if flow else _stock_aspect(modality)
    several = flow or any(_right_after(other, sentence) for other in sentence.quantities if other is not value)
    when = validity(beside, aspect) if beside and several else _when(noun, head, modality, sentence)
    predicate = attribute_name(noun)
    denied = [old] if old else []
    position = sentence.quantities.index(value)
    for other in sentence.quantities[position + 1 :]:
        if _DENIED.search(text[value.end : other.start]):
            denied.append(other)
        break
    if (
        modality.negated
        and position + 1 < len(sentence.quantities)
        and re.search(r"\bbut\s*$", text[: sentence.quantities[position + 1].start])
    ):
        denied, value = [value], sentence.quantities[position + 1]
        modality = replace(modality, negated=False)
    unit = value.unit or next((q.unit for q in denied if q.unit), "employee" if _counted(noun) is not None else None)
    for subject in subjects or reporters(head, sentence) or [IMPLIED]:
        yield Statement(subject, predicate, value.literal(text, unit), modality, when, _signals(value))
        for other, period in _compared(value, aspect, sentence):
            yield Statement(
                subject, predicate, other.literal(text, other.unit or unit), modality, period, _signals(other)
            )
        for wrong in denied:
            literal = _same_scale(wrong, value).literal(text, unit)
            yield Statement(subject, predicate, literal, replace(modality, negated=True), when, _signals(wrong))


def reporters(head: Token, sentence: Sentence) -> list[Argument]:
    """Return the firm that says it of itself: 'Acme said that revenue rose'."""
    if head.dep_ != "ccomp":
        return []
    found = (sentence.argument(token) for token in subjects_of(head.head))
    return [a for a in found if a is not None and (a.type == "Organization" or a.kind == "definite")]


def _compared(value: Quantity, aspect: Aspect, sentence: Sentence) -> Iterator[tuple[Quantity, Validity]]:
    """Yield the values of other times beside one: 'to 164 million in 2018, from 118 million in 2017'."""
    for other in sentence.quantities:
        times = _right_after(other, sentence)
        if other is not value and times and _COMPARED.search(sentence.doc.text[: other.start]):
            yield other, validity(times, aspect)


def _right_after(quantity: Quantity, sentence: Sentence) -> tuple[TimeExpression, ...]:
    """Return the time that follows a number at once: 'NOK 164 million in 2018'."""
    return tuple(e for e in sentence.times if 0 <= e.start - quantity.end <= 2)[:1]


def _same_scale(wrong: Quantity, right: Quantity) -> Quantity:
    return replace(wrong, unit=wrong.unit or right.unit)


def _when(noun: Token, head: Token, modality: Modality, sentence: Sentence) -> Validity:
    """Return the period of a flow or the date of a stock; times of the noun ('revenue in 2020') and of its clause count."""
    flow = noun.lemma_.lower() in FLOWS or noun.lower_ in FLOWS
    aspect = Aspect.FLOW if flow else _stock_aspect(modality)
    others = {e for q in sentence.quantities for e in _right_after(q, sentence)} if flow else set()
    sentence = replace(sentence, times=tuple(e for e in sentence.times if e not in others))
    own = [
        e
        for e in sentence.times
        if (a := anchor(sentence.doc, e)) is not None and (a.i == noun.i or noun.is_ancestor(a))
    ]
    found = validity(tuple(own), aspect, modality.future)
    return found if not found.unbounded else sentence.when(head, aspect, modality)


def _stock_aspect(modality: Modality) -> Aspect:
    return Aspect.STOCK if modality.past else tense_aspect(modality)


def _signals(quantity: Quantity) -> frozenset[str]:
    return frozenset({"strong_pattern"} if is_exact(quantity) else {"strong_pattern", "bounded"})
