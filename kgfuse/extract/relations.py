"""Open relations: a clause's subject, verb and arguments as they stand, after the rules for closed vocabulary had their turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from kgfuse.extract.arguments import Argument, argument, children, conjuncts, is_denied
from kgfuse.extract.attributes import is_attribute
from kgfuse.extract.clauses import Clause, base_form, with_nested
from kgfuse.extract.dimensions import is_age, is_size, is_sized
from kgfuse.extract.events import dated_event
from kgfuse.extract.lexicon import EMPTY_HEADS, ENDED, FLOWS, HEADCOUNT, PARTICIPIAL_STATES, STATIVE, STOCKS
from kgfuse.extract.measures import MONEY
from kgfuse.extract.modality import Modality, modality_of
from kgfuse.extract.patterns import pattern_signals
from kgfuse.extract.roles import is_role, role_at
from kgfuse.extract.seats import moved_seats, seats
from kgfuse.extract.shares import is_owned, owned_share, share_of
from kgfuse.extract.statement import Sentence, Statement, tense_aspect
from kgfuse.extract.timing import Aspect
from kgfuse.model import Literal, Qualifiers, Validity

if TYPE_CHECKING:
    from spacy.tokens import Token

_STUDY = frozenset({"study", "read", "train"})
_EMPLOYED = frozenset(
    {"come from", "spend with", "spend at", "spend year with", "spend year at", "arrive from", "move from"}
)
"""What is said of a person and the organisation that he or she worked for before."""
_NO_CIRCUMSTANCE = frozenset({"of", "as", "as of", "than", "according to", "including", "such as", "unlike"})
_AGREED = frozenset({"contract", "agreement", "deal", "lease", "partnership"})
_SUMS = frozenset(
    "fee fine grant prize loan bid offer stake donation deposit payment penalty bonus salary discount tax bill gift bond".split()
)
"""What is an amount of money itself: 'a £4 million fine'."""
_CAPACITIES = frozenset({"for", "at", "with"})
_LIGHT = frozenset({"say", "add", "tell", "ask", "announce", "think", "know", "note", "state", "explain"})
_MADE = frozenset(
    "debut decision appearance effort attempt progress comeback return contribution announcement statement mistake change difference "
    "sense use way loss profit offer bid deal choice comment point move trip visit start impact recommendation request speech "
    "promise reference claim arrangement adjustment improvement transition call name mark history headlines".split()
)
"""What is 'made' and is no product: only what the whole of it relates to is told ('make debut at')."""


def relation_statements(clause: Clause, sentence: Sentence) -> Iterator[Statement]:
    """Yield the open triples of a clause."""
    for statement in _read(clause, sentence):
        signals = statement.signals | pattern_signals(clause, sentence.doc, statement)
        yield replace(statement, signals=signals)


def _read(clause: Clause, sentence: Sentence) -> Iterator[Statement]:
    if clause.verb.tag_ == "MD":  # a verb that the tagger missed: 'could corrupt indexes'
        return
    modality = modality_of(clause.verb)
    aspect = (
        tense_aspect(modality) if clause.verb.lemma_.lower() in STATIVE or _participial_state(clause) else Aspect.BEGINS
    )
    if modality.ended and aspect is Aspect.BEGINS:
        aspect = Aspect.HELD
    when = sentence.when(clause.verb, aspect, modality)
    moved = list(moved_seats(clause, sentence, modality))
    yield from moved
    subjects = [a for t in clause.subjects if (a := _subject(t, sentence)) and t.lemma_.lower() not in EMPTY_HEADS]
    if clause.verb.lemma_ == "be" and clause.verb.pos_ == "AUX":
        yield from _copula(clause, sentence, modality, when, subjects)
    elif clause.passive:
        yield from _passive(clause, sentence, modality, when, subjects)
    else:
        yield from _active(clause, sentence, modality, when, subjects)


def _subject(token: Token, sentence: Sentence) -> Argument | None:
    """Return what a clause speaks of; of a contract, with whom it is, for there are many."""
    found = _with_size(token, sentence) or sentence.argument(token)
    if found is None or found.kind != "noun" or token.lemma_.lower() not in _AGREED:
        return found
    for link in children(token, "prep"):
        for party in (a for t in children(link, "pobj") if (a := sentence.argument(t)) and a.kind == "name"):
            if link.lower_ == "with" and link.i == token.i + 1:
                return replace(found, text=f"{found.text} with {party.text}", end=party.end)
    return found


def _participial_state(clause: Clause) -> bool:
    """'is based in', 'is married to': a passive in form that names a state."""
    return clause.passive and clause.verb.lemma_.lower() in PARTICIPIAL_STATES


def _active(
    clause: Clause, sentence: Sentence, modality: Modality, when: Validity, subjects: list[Argument]
) -> Iterator[Statement]:
    if clause.verb.lemma_.lower() in _LIGHT and not clause.objects:
        return
    for subject in subjects:
        for item in clause.objects:
            if _is_measured(item, clause, sentence):
                continue  # read elsewhere
            shared = share_of(item, sentence)
            if shared is not None:
                yield Statement(subject, clause.predicate, shared[0], modality, when, qualifiers=(shared[1],))
                continue
            if item.lemma_.lower() in _MADE and clause.verb.lemma_.lower() == "make":
                continue
            said = _said(modality, item)
            value = _value(item, sentence)
            if value is not None:
                circumstances = _circumstances(clause, sentence, item)
                held = _counting(clause, sentence, modality, when) if isinstance(value, Literal) else when
                yield Statement(subject, clause.predicate, value, said, held, qualifiers=circumstances)
        if clause.objects and not _is_measured(clause.objects[0], clause, sentence):
            item = clause.objects[0]
            plain = item.pos_ == "NOUN" and sentence.quantity_at(item) is None
            noun = (
                f" {' '.join([*_compounds(item), item.lemma_.lower()])}"
                if plain and clause.verb.lemma_.lower() not in _STUDY  # 'studied law at': the school is the point
                else ""
            )
            yield from _prepositional(
                clause, sentence, subject, f"{clause.predicate}{noun}", modality, when, clause.objects if plain else ()
            )
        elif not clause.objects:
            yield from _prepositional(clause, sentence, subject, clause.predicate, modality, when)
        for complement in clause.complements:
            value = _value(complement, sentence) if complement.pos_ != "ADJ" else None
            if value is not None:
                yield Statement(subject, clause.predicate, value, modality, when)


def _counting(clause: Clause, sentence: Sentence, modality: Modality, when: Validity) -> Validity:
    """Return when an amount holds that an event has: 'sold 4,200 units in 2023' is told of that year."""
    if clause.verb.lemma_.lower() in STATIVE:
        return when
    return sentence.when(clause.verb, Aspect.FLOW, modality)


def _compounds(noun: Token) -> Iterator[str]:
    """Yield the nouns that tell the kind of another: 'research' in 'research contract', no 'year' in 'four-year contract'."""
    for child in children(noun, "compound"):
        if child.pos_ == "NOUN" and not any(children(child, "nummod")):
            yield child.lower_


def _is_measured(item: Token, clause: Clause, sentence: Sentence) -> bool:
    """Whether an object is a measured attribute of the subject, read as one elsewhere: 'has 450 employees', 'had revenue of'."""
    verb, lemma = clause.verb.lemma_.lower(), item.lemma_.lower()
    if is_sized(item, clause, sentence):
        return True
    if lemma in HEADCOUNT and sentence.quantity_at(item) is not None:
        return verb in {"employ", "have"}
    amounts = [t for p in children(item, "prep") if p.lower_ == "of" for t in children(p, "pobj")]
    return verb in {"have", "report", "post"} and lemma in FLOWS | STOCKS and any(map(sentence.quantity_at, amounts))


def _prepositional(
    clause: Clause,
    sentence: Sentence,
    subject: Argument,
    predicate: str,
    modality: Modality,
    when: Validity,
    via: tuple[Token, ...] = (),
) -> Iterator[Statement]:
    pairs = list(clause.prepositions)
    for item in via[:1]:
        pairs += [
            (p.lower_, t)
            for p in children(item, "prep")
            if p.lower_ != "of"
            for o in children(p, "pobj")
            for t in conjuncts(o)
        ]
    said = False
    for preposition, target in pairs:
        if preposition == "as" and (via or not clause.objects):
            yield from _in_capacity(predicate, sentence, subject, target, modality, when)
        if (preposition == "as" and is_role(target)) or preposition in {"according to", "due to", "as of"}:
            continue
        value = _value(target, sentence)
        if value is not None and not sentence.in_time(target):
            phrase, said = f"{predicate} {preposition}", True
            if phrase in _EMPLOYED and _employs(subject, value):
                yield Statement(subject, "work for", value, replace(modality, ended=True))
            else:
                circumstances = _circumstances(clause, sentence, target)
                yield Statement(subject, phrase, value, _said(modality, target), when, qualifiers=circumstances)
    yield from dated_event(clause, sentence, subject, predicate, modality, alone=not said)


def _in_capacity(
    verb: str, sentence: Sentence, subject: Argument, capacity: Token, modality: Modality, when: Validity
) -> Iterator[Statement]:
    """'plays as a striker for Union Torino': where the parser hangs the club onto the striker, the verb relates to it too."""
    described = sentence.argument(capacity) if not is_role(capacity) else None
    for link in children(capacity, "prep"):
        for target in (t for o in children(link, "pobj") for t in conjuncts(o)):
            value = _value(target, sentence)
            if described and link.lower_ in _CAPACITIES and isinstance(value, Argument) and value.kind == "name":
                predicate, manner = f"{verb} {link.lower_}", (("as", described.text),)
                yield Statement(subject, predicate, value, _said(modality, target), when, qualifiers=manner)


_MOST_CIRCUMSTANCES = 4


def _list_head(token: Token) -> Token:
    """Return the first of a list of joined nouns."""
    while token.dep_ == "conj" and token.head.i != token.i:
        token = token.head
    return token


def _circumstances(clause: Clause, sentence: Sentence, told: Token) -> Qualifiers:
    """Return where, how and whereby a clause holds, as pairs of preposition and phrase; `told` is its object already.

    Times are the validity's, and what needs an antecedent is left out.
    """
    found: dict[tuple[str, str], None] = {}
    listed = _list_head(told).i
    for preposition, target in with_nested(clause):
        argument = sentence.argument(target) if _list_head(target).i != listed else None
        if argument is not None and argument.kind in {"name", "noun"} and preposition not in _NO_CIRCUMSTANCE:
            found[preposition, argument.text] = None
    return tuple(sorted(list(found)[:_MOST_CIRCUMSTANCES]))


def _passive(
    clause: Clause, sentence: Sentence, modality: Modality, when: Validity, subjects: list[Argument]
) -> Iterator[Statement]:
    participle = clause.verb.lower_
    for subject in subjects:
        for token in clause.agents:
            amount = sentence.quantity_at(token)
            if amount is not None and amount.unit is not None:  # 'was raised by 6 metres'
                by = amount.literal(sentence.doc.text)
                yield Statement(subject, f"be {participle} by", by, modality, when)
            agent = sentence.argument(token)
            if agent is not None:
                circumstances = (*_circumstances(clause, sentence, token), *owned_share(clause, sentence))
                yield Statement(agent, clause.predicate, subject, modality, when, qualifiers=circumstances)
        predicate = f"be {participle}" + clause.predicate.removeprefix(base_form(clause.verb))
        yield from _prepositional(clause, sentence, subject, predicate, modality, when)
        for item in (*clause.objects, *clause.complements):
            value = _value(item, sentence) if item.pos_ != "ADJ" and not is_role(item) else None
            if value is not None:
                yield Statement(subject, predicate, value, modality, when)


def _copula(
    clause: Clause, sentence: Sentence, modality: Modality, when: Validity, subjects: list[Argument]
) -> Iterator[Statement]:
    for subject in subjects:
        for complement in (t for c in clause.complements for t in conjuncts(c)):
            if is_size(complement, sentence) or is_sized(complement, clause, sentence) or is_age(complement, subject):
                continue  # read elsewhere
            if complement.pos_ == "ADJ" or complement.tag_ in {"VBN", "VBD"}:
                yield from _predicate_adjective(complement, subject, sentence, modality, when)
                continue
            yield from _predicate_noun(complement, subject, sentence, modality, when)
        for word, target in clause.prepositions:
            yield from _beside(subject, word, target, sentence, modality, when)
    yield from seats(clause, sentence, modality, when)


def _predicate_adjective(
    adjective: Token, subject: Argument, sentence: Sentence, modality: Modality, when: Validity
) -> Iterator[Statement]:
    """'is open to the public' gives 'be open to'."""
    for preposition in children(adjective, "prep"):
        predicate = f"be {adjective.lower_} {preposition.lower_}"
        for item in (t for target in children(preposition, "pobj") for t in conjuncts(target)):
            value = _value(item, sentence)
            if value is not None:
                yield Statement(subject, predicate, value, _said(modality, item), when)


def _beside(
    subject: Argument, word: str, target: Token, sentence: Sentence, modality: Modality, when: Validity
) -> Iterator[Statement]:
    """'is in Oslo', 'is with Acme'; what else something is with stands only beside it ('Acme, with 620 workers')."""
    value = _value(target, sentence)
    employed = value is not None and _employs(subject, value)
    if word == "among" and (said := list(_one_of(subject, target, modality, when, sentence))):
        yield from said
    elif value is not None and word not in {"as", "as of", "according to"} and (word != "with" or employed):
        predicate = "work for" if word == "with" else f"be {word}"
        yield Statement(subject, predicate, value, _said(modality, target), when)


def _one_of(
    subject: Argument, group: Token, modality: Modality, when: Validity, sentence: Sentence
) -> Iterator[Statement]:
    """'Among its former pupils are Ann Moe and Tom Poe': each was a pupil of it."""
    if group.tag_ != "NNS" or subject.kind != "name":
        return
    ended = modality.ended or any(c.lower_ in ENDED for c in children(group, "amod"))
    for owner in (a for t in children(group, "poss") if (a := sentence.argument(t))):
        predicate = " ".join([*_compounds(group), group.lemma_.lower(), "of"])
        yield Statement(subject, predicate, owner, replace(modality, ended=ended), when)


def _employs(person: Argument, firm: Argument | Literal) -> bool:
    """Whether the types say outright that a person is spoken of and an organisation."""
    return isinstance(firm, Argument) and person.type == "Person" and firm.type == "Organization"


def _predicate_noun(
    noun: Token, subject: Argument, sentence: Sentence, modality: Modality, when: Validity
) -> Iterator[Statement]:
    """'is a subsidiary of Acme' gives 'subsidiary of'; any other noun with 'of' likewise, else plain 'be'."""
    if noun.lemma_.lower() in EMPTY_HEADS or is_owned(noun, sentence):
        return
    role = role_at(noun, sentence)
    if role is not None and role.complements:
        if not role.office or subject.kind == "noun":
            for complement in role.complements:
                yield Statement(
                    subject, role.predicate, complement, _said(modality, noun), when, frozenset({"strong_pattern"})
                )
        return
    links = [p for p in children(noun, "prep") if p.lower_ in {"of", "for", "in", "to"}]
    if noun.pos_ == "NOUN" and links and sentence.quantity_at(noun) is None:
        for link in links[:1]:
            for target in children(link, "pobj"):
                for item in conjuncts(target):
                    value = _value(item, sentence)
                    if value is not None:
                        words = [c.lower_ for c in noun.lefts if c.dep_ == "compound"]
                        predicate = " ".join([*words, noun.lemma_.lower(), link.lower_])
                        yield Statement(subject, predicate, value, _said(modality, noun), when)
    value = _value(noun, sentence)
    if isinstance(value, Literal) and subject.text.split()[-1].lower() in FLOWS | STOCKS:
        return  # 'operating profit was NOK 410 million', read elsewhere
    if value is not None and not (role is not None and role.office and subject.kind != "noun" and role.complements):
        yield Statement(subject, "be", value, _said(modality, noun), when)


def _said(modality: Modality, token: Token) -> Modality:
    """Return the modality with a 'not' right before the phrase; the verb's own 'not' may stand there too, and counts once."""
    denied = is_denied(token) and token.dep_ != "ROOT"
    return replace(modality, negated=True) if denied else modality


def _addressed(token: Token, sentence: Sentence) -> Argument | None:
    """Return an address with the number of the house: 'at 177 Lombard Avenue'."""
    numbers = [c for c in children(token, "nummod") if c.text.isdigit()]
    if token.dep_ != "pobj" or token.head.lower_ != "at" or token.tag_ != "NNP" or len(numbers) != 1:
        return None
    street, number = argument(token, sentence.types), numbers[0]
    if street is None or street.kind != "name" or sentence.in_time(token):
        return None
    return replace(street, text=f"{number.text} {street.text.removeprefix(f'{number.text} ')}", start=number.idx)


def _with_size(token: Token, sentence: Sentence) -> Argument | None:
    """Return a thing that an amount before it describes and does not count: 'a £4.2 million extension', 'a 450 MW plant'."""
    amount = sentence.quantity_at(token)
    if amount is None or amount.unit in {None, "%"} or token.tag_ != "NN" or token.idx < amount.end:
        return None
    return argument(token, sentence.types) if token.lower_ not in MONEY | _SUMS and not is_attribute(token) else None


def _value(token: Token, sentence: Sentence) -> Argument | Literal | None:
    one_of = token.lower_ == "one" and any(link.lower_ == "of" for link in children(token, "prep"))
    if token.lemma_.lower() in EMPTY_HEADS or sentence.in_time(token) or one_of:
        return None
    if (thing := _with_size(token, sentence)) is not None:
        return thing
    if (place := _addressed(token, sentence)) is not None:
        return place
    quantity = sentence.quantity_at(token)
    if quantity is not None:
        unit = (
            token.lemma_.lower()
            if token.pos_ == "NOUN" and not token.like_num and token.lower_ not in {"million", "billion"}
            else None
        )
        return quantity.literal(sentence.doc.text, unit)
    return sentence.argument(token)
