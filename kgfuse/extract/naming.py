"""Names of one thing: 'World Health Organization (WHO)', 'formerly known as X', 'was renamed X', 'X, short for Y'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from kgfuse.extract.arguments import Argument, children, clean, is_pronoun
from kgfuse.extract.clauses import Clause, is_passive
from kgfuse.extract.lexicon import PLACE_NOUNS, WRITTEN
from kgfuse.extract.modality import Modality, modality_of
from kgfuse.extract.statement import Sentence, Statement
from kgfuse.extract.timing import Aspect
from kgfuse.model import ALWAYS

PREDICATE = "also known as"
_WORD = r"[A-ZÀ-Þ0-9][\w&.'’À-ÿ-]*"
_NAME = rf"{_WORD}(?:\s+(?:(?:of|the|and|for|de|von|van|&)\s+){{0,2}}{_WORD}){{0,7}}"
_PAREN = re.compile(
    rf"(?P<left>{_NAME})\s+\((?:the\s+|or\s+|hereafter\s+|\"|“)?(?P<right>[A-Z][\w&.-]{{1,14}}|{_NAME})(?:\"|”)?\)"
)
_LABELLED = re.compile(
    rf"(?P<left>{_NAME})(?:\s*\([^()]{{1,80}}\))?\s*,?\s*\(?(?:(?:is|was|are)\s+)?(?:also\s+|better\s+|formerly\s+|previously\s+|"
    rf"commonly\s+|originally\s+|now\s+|"
    rf"until recently\s+)*(?:known (?:professionally |mononymously |simply |widely )?as|"
    rf"known by (?:his|her|their|its|the) (?:[a-z]+ )?name|called|named|short for|stands for|abbreviated(?: as| to)?|aka|a\.k\.a\.|"
    rf"formerly|trading as|doing business as|"
    rf"rebranded(?: itself)? as|(?:changed|changing) its name to|renamed(?: itself| as| to)|(?<=,\s)renamed)\s+(?:the\s+)?[\"“']?(?P<right>{_NAME})"
)
_RENAMED = re.compile(rf"\b(?:renamed|rebranded)\s+(?P<left>{_NAME})\s+(?:as|to)\s+(?P<right>{_NAME})")
_DATE_LIKE = re.compile(
    r"^(?:(?:[A-Z][a-z]+\s+)?\d{1,4}|January|February|March|April|May|June|July|August|September|October|November|December)"
)
_WHEN = re.compile(r"^(?:In|On|Since|By|From|During)\s+(?:[A-Z][a-z]+\s+)?\d{4}\s+")
_HEDGED = re.compile(r"\b(?:may|might|could|will|would|plans?|rumou?red|reportedly|considering)\b[^.]*$", re.IGNORECASE)


def naming_statements(sentence: Sentence) -> Iterator[Statement]:
    """Yield pairs of names that the sentence says belong to one thing."""
    text = sentence.doc.text
    for pattern in (_PAREN, _LABELLED, _RENAMED):
        for match in pattern.finditer(text):
            left, right = clean(_WHEN.sub("", match["left"])), clean(match["right"])
            if pattern is _PAREN and not _abbreviates(right, left):
                continue
            if pattern is _LABELLED and "stands for" in match[0] and not _abbreviates(left, right):
                continue  # a person stands for an office or a party
            if pattern is _LABELLED and re.search(r"\bnamed\b(?! after)", match[0]) and "renamed" not in match[0]:
                continue
            if (
                left == right
                or _DATE_LIKE.match(right)
                or len(left) < 2
                or _HEDGED.search(text[: match.start("right")][-40:])
                or _is_of_another(match, sentence)
            ):
                continue
            yield Statement(
                _argument(left, match.end("left") - len(left), sentence),
                PREDICATE,
                _argument(right, match.start("right"), sentence),
                Modality(),
                signals=frozenset({"strong_pattern", "typed_arguments"}),
            )


def _is_of_another(match: re.Match[str], sentence: Sentence) -> bool:
    """Whether a verb between the names denies it, or tells the name of something that the first only belongs to.

    'Nobody at Acme is called Max', 'The director of Acme is called Max'; but 'The city of Saigon is now called …'.
    """
    verbs = [t for t in sentence.doc if t.pos_ in {"VERB", "AUX"} and match.end("left") <= t.idx < match.start("right")]
    if any(modality_of(verb).negated for verb in verbs):
        return True
    name = sentence.doc.char_span(match.start("left"), match.end("left"))
    if not any(verb.lemma_ == "be" for verb in verbs) or name is None or name.root.dep_ != "pobj":
        return False
    noun = name.root.head.head
    return noun.dep_ in {"nsubj", "nsubjpass"} and noun.lemma_.lower() not in PLACE_NOUNS


_RENAME = frozenset({"rename", "rebrand", "rechristen"})
_NAME_FIRST = frozenset({"name", "call", "christen", "title"})
_THEN = frozenset("originally formerly previously initially first then once later now".split())


def renaming_statements(clause: Clause, sentence: Sentence) -> Iterator[Statement]:
    """Yield the other name that a clause tells of: 'the ferry was originally named X', 'she was sold and renamed X', 'he renamed the ship X'.

    Whoever 'was named X' without a word for when has won something, or holds an office.
    """
    verb, lemma = clause.verb, clause.verb.lemma_.lower()
    said_when = any(child.lower_ in _THEN for child in children(verb, "advmod"))
    if lemma not in _RENAME and not (lemma in _NAME_FIRST and said_when and clause.passive):
        return
    told = [*clause.complements, *clause.objects, *(t for p, t in clause.prepositions if p in {"as", "to"})]
    names = [token for token in told if token.pos_ == "PROPN"]
    passive = clause.passive or verb.dep_ in {"acl", "advcl"} or (verb.dep_ == "conj" and is_passive(verb.head))
    owned = [t for name in names[-1:] for t in children(name, "poss")]  # 'renamed her Astra', as it is parsed
    things = owned or (clause.subjects if passive else [t for t in clause.objects if t not in names[-1:]])
    if not passive and verb.dep_ == "conj" and things and is_pronoun(things[0].text):  # 'bought Acme and renamed it'
        things = [*children(verb.head, "dobj"), *things]
    modality = modality_of(verb)
    when = sentence.when(verb, Aspect.BEGINS, modality) if lemma in _RENAME else ALWAYS
    for thing in things[:1] if names else ():
        before, after = sentence.argument(thing), sentence.argument(names[-1])
        if before is not None and after is not None and not modality.negated:
            yield Statement(before, PREDICATE, after, modality, when, frozenset({"strong_pattern"}))


_BASED = re.compile(
    rf"(?P<name>{_NAME}),\s+(?:the|an?)\s+(?P<place>[A-ZÀ-Þ][\wÀ-ÿ]+)-based\b|"
    rf"\b(?P<place2>[A-ZÀ-Þ][\wÀ-ÿ]+)-based\s+(?:[a-zà-ÿ-]+\s+){{0,3}}(?P<name2>{_NAME})"
)


def based_statements(sentence: Sentence) -> Iterator[Statement]:
    """Yield where an organisation sits: 'Volta, a Lyon-based bank', 'the Lyon-based bank Volta'."""
    for match in _BASED.finditer(sentence.doc.text):
        name, place = ("name", "place") if match["name"] else ("name2", "place2")
        firm = _argument(clean(match[name]), match.start(name), sentence)
        where = Argument(match[place], match.start(place), match.end(place), "name", "Place")
        if firm.type != "Person":
            yield Statement(firm, "based in", where, Modality(), signals=frozenset({"strong_pattern"}))


def authored_statements(sentence: Sentence) -> Iterator[Statement]:
    """Yield who wrote what: 'her book "Cold Nursery"', 'Jane Roe's novel Night'."""
    for token in sentence.doc:
        if token.lemma_.lower() not in WRITTEN or token.pos_ != "NOUN":
            continue
        writers = [a for c in token.children if c.dep_ == "poss" and (a := sentence.argument(c))]
        titles = [c for c in token.rights if c.dep_ == "appos" and c.pos_ == "PROPN" and c.left_edge.i <= token.i + 2]
        for writer in writers:
            for title in titles:
                work = sentence.argument(title)
                if work is not None and work.kind == "name" and writer.kind != "noun":
                    yield Statement(
                        writer, "wrote", replace(work, type="Work"), Modality(), signals=frozenset({"strong_pattern"})
                    )


def _argument(name: str, start: int, sentence: Sentence) -> Argument:
    if is_pronoun(name):
        return Argument(name, start, start + len(name), "pronoun")
    return Argument(name, start, start + len(name), "name", sentence.types.get(name))


def _abbreviates(short: str, long: str) -> bool:
    """Whether `short` can stand for `long`: its letters are, in order, initials of (most of) the words."""
    letters = [c.lower() for c in short if c.isalnum()]
    if len(letters) < 2 or len(short) >= len(long) or short.isdigit():
        return False
    words = [w for w in re.split(r"[\s-]+", long) if w]
    initials = "".join(w[0].lower() for w in words if w[0].isupper() or w[0].isdigit())
    every = "".join(w[0].lower() for w in words)
    joined = "".join(letters)
    return joined in (initials, every) or (
        joined[0] == every[0] and _subsequence(joined, long.lower()) and short.isupper()
    )


def _subsequence(short: str, long: str) -> bool:
    position = 0
    for letter in short:
        position = long.find(letter, position) + 1
        if position == 0:
            return False
    return True
