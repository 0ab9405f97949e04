"""Open propositions: whatever the clauses of a sentence say, as a subject, a relation and any number of arguments.

In the tradition of ClausIE (Del Corro and Gemulla 2013) and OpenIE 4 (Mausam 2016): one proposition for each combination of
subject and first argument, with the adjuncts of the clause behind it. What says something in passing (relative clauses,
participles, appositions) is cut off the arguments and said by itself; 'be' is supplied where no finite verb is written.
The graph's triples rest on the same clauses and predicates, but take only what names two things.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgfuse.extract.clauses import Clause, clauses
from kgfuse.extract.predicates import Predicate, predicate_of
from kgfuse.extract.wording import alone, alternatives, apart, is_fragment, joined, without, written

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token


@dataclass(frozen=True, slots=True)
class Proposition:
    """What a clause says, in the words of its sentence; `arguments` are empty where a verb stands alone.

    `confidence`, in (0, 1), says how well this kind of clause is usually read; `start` and `end` are the offsets of the
    sentence in the text.
    """

    subject: str
    relation: str
    arguments: tuple[str, ...]
    confidence: float
    start: int
    end: int


_CONSTRUCTIONS = {
    "ROOT": 0.75, "conj": 0.65, "relcl": 0.6, "ccomp": 0.6, "advcl": 0.6, "acl": 0.6, "xcomp": 0.55, "parataxis": 0.55,
    "pcomp": 0.4, "apposition": 0.55, "possessive": 0.2,
}  # fmt: skip
"""Set by hand, by how often the parser errs: main clauses are read best, what is attached to them next."""
_OTHER = 0.35
_ALONE = 0.2
_RELATIVE = frozenset({"who", "whom", "which", "that"})
_CLAUSAL = frozenset({"ccomp", "advcl", "xcomp"})


def propositions(source: str | Doc) -> list[Proposition]:
    """Return the propositions of a text (parsed by the bundled model) or of a parsed document, in order, each once."""
    if isinstance(source, str):
        from kgfuse.extract.spacy_model import load_model

        source = load_model()(source)
    found: dict[tuple[str, str, tuple[str, ...]], Proposition] = {}
    for sentence in source.sents:
        for subject, relation, arguments, confidence in _said(sentence):
            if subject and relation and (subject, relation, arguments) not in found:
                proposition = Proposition(
                    subject, relation, arguments, confidence, sentence.start_char, sentence.end_char
                )
                found[subject, relation, arguments] = proposition
    return list(found.values())


_Said = tuple[str, str, tuple[str, ...], float]


def _said(sentence: Span) -> Iterator[_Said]:
    for clause in clauses(sentence):
        predicate = None if is_fragment(clause.verb) else predicate_of(clause)
        if predicate is not None:
            yield from _of_clause(clause, predicate)
    yield from _of_nouns(sentence)


def _of_clause(clause: Clause, predicate: Predicate) -> Iterator[_Said]:
    verb = clause.verb
    subjects = _subjects(clause)
    words, first, rest = _arguments(verb, predicate)
    relation = written(words)
    if verb.dep_ in {"acl", "advcl"} and verb.tag_ in {"VBN", "VBG"} and not _has_auxiliary(verb):
        relation = f"be {relation}"
    tail = [text for token in rest if (text := _adjunct(token, verb))]
    confidence = _CONSTRUCTIONS.get(verb.dep_, _OTHER)
    if not first and not tail and verb.dep_ == "parataxis":  # 'the price, she said, will rise'
        first = [written(without(verb.head.subtree, verb))]
    for subject in subjects:
        for text in first:
            yield subject, relation, (text, *tail) if text else tuple(tail), confidence  # 'in (,' holds no word
        if not first:
            yield subject, relation, tuple(tail), round(confidence - 0.05, 2) if tail else _ALONE


def _has_auxiliary(verb: Token) -> bool:
    return any(child.dep_ in {"aux", "auxpass"} for child in verb.children)


def _subjects(clause: Clause) -> list[str]:
    verb = clause.verb
    if clause.subjects:
        return [written(apart(head, verb)) for head in clause.subjects]
    for child in verb.children:
        if child.dep_ in {"csubj", "csubjpass"}:
            return [written(child.subtree)]
        if child.dep_ == "expl":
            return [child.text]
    if verb.dep_ == "acl" and verb.head.pos_ in {"NOUN", "PROPN"}:  # 'the decision to withdraw'
        return [written(apart(verb.head, verb))]
    return []


def _arguments(verb: Token, predicate: Predicate) -> tuple[list[Token], list[str], Sequence[Token]]:
    """Return the words of the relation, the alternatives for the first argument, and what is said besides.

    Without an object the first phrase behind the verb is the argument, and its preposition part of the relation.
    """
    words = list(predicate.words)
    if predicate.objects:
        object, *others = predicate.objects
        return words, _phrases(object, verb), [*others, *predicate.adjuncts]
    for phrase in predicate.adjuncts:
        if phrase.i > predicate.main.i and phrase.dep_ in {"prep", "agent"} and list(phrase.children):
            between = [
                adverb
                for adverb in predicate.adjuncts
                if adverb.dep_ == "advmod" and predicate.main.i < adverb.i < phrase.i and not list(adverb.children)
            ]
            used = {phrase.i, *(adverb.i for adverb in between)}
            words += [phrase, *between]
            targets = [child for child in phrase.children if child.dep_ == "pobj"]
            first = _phrases(targets[0], verb) if targets else [written(t for t in phrase.subtree if t.i != phrase.i)]
            return words, first, [token for token in predicate.adjuncts if token.i not in used]
    return words, [], predicate.adjuncts


def _phrases(token: Token, verb: Token) -> list[str]:
    """Return the phrases that an argument stands for: what is joined, each by itself, a relative pronoun's noun."""
    noun = _antecedent(token, verb)
    if noun is not None:
        return [written(apart(noun, verb))]
    if token.pos_ in {"VERB", "AUX"}:
        return [written(token.subtree)]
    return [written(alone(item)) for item in alternatives(token)]


def _antecedent(token: Token, verb: Token) -> Token | None:
    """Return the noun that a relative pronoun in the clause of `verb` stands for."""
    if token.lower_ not in _RELATIVE or token.tag_ not in {"WDT", "WP", "IN"}:
        return None
    clause = verb
    while clause.dep_ in {"conj", "xcomp", "ccomp"} and clause.head.i != clause.i:
        clause = clause.head
    return clause.head if clause.dep_ == "relcl" else None


def _adjunct(token: Token, verb: Token) -> str:
    if token.dep_ == "advcl" and token.tag_ in {"VBG", "VBN"} and not _has_auxiliary(token):
        return ""  # a proposition of its own
    if token.dep_ in _CLAUSAL:
        return written(token.subtree)
    for target in token.children:
        if token.dep_ == "prep" and target.dep_ == "pobj" and _antecedent(target, verb) is not None:
            return f"{token.text} {_phrases(target, verb)[0]}"
    return written(joined(token))


def _of_nouns(sentence: Span) -> Iterator[_Said]:
    """Yield what phrases say without a verb: 'Ann, a surgeon,' and 'Ann's house'."""
    for token in sentence:
        if token.dep_ == "appos" and token.head.pos_ in {"NOUN", "PROPN"}:
            for item in alternatives(token):
                yield written(alone(token.head)), "is", (written(alone(item)),), _CONSTRUCTIONS["apposition"]
        elif token.dep_ == "poss" and token.pos_ in {"NOUN", "PROPN"}:
            owner = written(word for word in alone(token) if word.dep_ != "case")
            owned = written(without(alone(token.head), token))
            yield owner, "has", (owned,), _CONSTRUCTIONS["possessive"]
