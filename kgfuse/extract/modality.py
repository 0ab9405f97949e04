"""How a clause is meant: stated, reported, announced, planned, doubted, rumoured, asked, or denied."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from kgfuse.extract.lexicon import (
    DENY_VERBS,
    DOUBT_WORDS,
    GO_ON,
    NEGATIVE,
    PARTICIPIAL_STATES,
    PLAN_VERBS,
    RUMOUR_VERBS,
    RUMOUR_WORDS,
    SAY_VERBS,
    STATIVE,
)

if TYPE_CHECKING:
    from spacy.tokens import Token


class Mode(StrEnum):
    """The strongest weakening that a clause stands under; ordered from firm to weak in `_RANK`."""

    STATED = "stated"
    REPORTED = "reported"  # 'X said that'
    ANNOUNCED = "announced"  # will, shall
    PLANNED = "planned"  # plans to, is expected to
    DOUBTED = "doubted"  # may, probably
    CONDITIONAL = "conditional"  # if
    ASKED = "asked"
    RUMOURED = "rumoured"


_RANK = {mode: rank for rank, mode in enumerate(Mode)}


@dataclass(frozen=True, slots=True)
class Modality:
    """`negated`: denied. `future`: about what is to come. `ended`: true once, no more ('no longer', 'used to', 'had been')."""

    mode: Mode = Mode.STATED
    negated: bool = False
    future: bool = False
    ended: bool = False
    past: bool = False

    def weaker(self, mode: Mode) -> Modality:
        """Return the modality under a further weakening."""
        mode = max(self.mode, mode, key=_RANK.__getitem__)
        return Modality(mode, self.negated, self.future, self.ended, self.past)


STATED = Modality()

_ENDED = re.compile(r"\b(?:no longer|not any ?more|used to|formerly|previously|once)\b", re.IGNORECASE)
_UNSURE_SOURCE = re.compile(
    r"\b(?:according to (?:unconfirmed|rumou?rs|sources|people familiar|insiders|gossip|speculation|unnamed|anonymous)|"
    r"unconfirmed (?:reports?|rumou?rs?|sources?)|rumou?rs?\b|rumou?red|speculation|word (?:is|has it)|grapevine|hearsay|"
    r"(?:sources|people) (?:close to|familiar with)|if confirmed|I (?:was|am|have been|had been) (?:given|told|quoted)|so I (?:hear|heard|am told)|it is (?:said|rumou?red|whispered))",
    re.IGNORECASE,
)
_REFUTED = re.compile(
    r"\b(?:(?:is|was|are|were) (?:false|untrue|wrong|incorrect|not true|baseless|unfounded)|no truth|turned out to be (?:false|wrong))\b",
    re.IGNORECASE,
)


def modality_of(verb: Token) -> Modality:
    """Return how the clause of `verb` is meant, what it depends on included."""
    own = _own(verb)
    mode, negated, future, ended = own.mode, own.negated, own.future, own.ended
    current, depth = verb, 0
    while current.head.i != current.i and depth < 8:
        label, head = current.dep_, current.head
        depth += 1
        if label == "ccomp" and any(other.text == ";" for other in verb.doc[current.i : head.i]):
            break  # 'it was sold; a decision is expected': two sentences
        if label == "conj" and head.pos_ in {"VERB", "AUX"}:
            if not any(c.dep_ == "nsubj" for c in current.children):
                outer = _own(head)
                if not _own(current).future and outer.future and current.tag_ == "VB":
                    future = True
                mode = max(mode, outer.mode if current.tag_ == "VB" else Mode.STATED, key=_RANK.__getitem__)
        elif label in {"xcomp", "ccomp", "pcomp", "csubj", "acl", "advcl", "prep", "dep", "oprd"} or (
            label in {"pobj", "dobj", "attr"}
        ):
            mode, negated, future, ended = _governed(current, head, label, (mode, negated, future, ended))
        elif label in {"relcl", "appos"}:
            break
        current = head
    mode = _parenthetic(verb, mode)
    text = verb.doc.text
    if _UNSURE_SOURCE.search(text):
        mode = Mode.RUMOURED
    if text.rstrip(' "”’)').endswith("?"):
        mode = max(mode, Mode.ASKED, key=_RANK.__getitem__)
    return Modality(mode, negated, future, ended, own.past)


def _own(verb: Token) -> Modality:
    """Return what the verb's own auxiliaries and adverbs say."""
    words = {c.lower_ for c in verb.children if c.dep_ in {"aux", "auxpass", "advmod", "neg", "mark", "acomp"}}
    lemmas = {c.lemma_.lower() for c in verb.children if c.dep_ == "aux"}
    mode = Mode.STATED
    future = bool(words & {"will", "'ll", "’ll", "shall", "wo"})
    if future:
        mode = Mode.ANNOUNCED
    if words & DOUBT_WORDS or words & {"could", "may", "might", "would", "should"}:
        mode = Mode.DOUBTED
    if words & RUMOUR_WORDS:
        mode = Mode.RUMOURED
    if words & {"if", "unless", "whether"}:
        mode = Mode.CONDITIONAL
    negated = any(c.dep_ == "neg" and c.lower_ not in {"longer"} for c in verb.children) != _of_nobody(verb)
    longer = any(c.lower_ == "longer" for c in verb.children) or "anymore" in words
    been = "had" in words and verb.tag_ == "VBN"
    ended = (
        longer
        or bool(words & {"formerly", "previously", "once"})
        or is_before_that(verb)
        or (been and verb.lemma_ in {"be", "serve", "work", "live"})
    )
    past = verb.tag_ == "VBD" or any(c.tag_ == "VBD" for c in verb.children if c.dep_ in {"aux", "auxpass"})
    if "have" in lemmas and "had" not in words:
        past = False
    return Modality(mode, negated and not longer, future, ended, past)


def is_before_that(verb: Token) -> bool:
    """Whether a state ended with what the sentence before tells: 'Before that, it was owned by Acme'."""
    if verb.lemma_.lower() not in STATIVE | PARTICIPIAL_STATES:
        return False
    links = [
        child for child in verb.children if child.dep_ in {"prep", "advmod"} and child.lower_ in {"before", "prior"}
    ]
    links += [inner for link in links for inner in link.children if inner.dep_ == "prep" and inner.lower_ == "to"]
    return any(
        t.lower_ in {"that", "this", "then"} for link in links for t in link.children if t.dep_ in {"pobj", "pcomp"}
    )


def is_since_then(word: Token) -> bool:
    """Whether a word is the 'since' of 'since then'."""
    following = word.doc[word.i + 1].lower_ if word.i + 1 < len(word.doc) else ""
    return word.lower_ == "since" and following in {"then", "that"} and word.dep_ in {"prep", "advmod"}


def _of_nobody(verb: Token) -> bool:
    """Whether the verb's subject is nobody, nothing, or no such thing."""
    subjects = [child for child in verb.children if child.dep_ in {"nsubj", "nsubjpass"}]
    return any(
        one.lower_ in NEGATIVE or any(c.lower_ in NEGATIVE for c in one.lefts if c.dep_ == "det") for one in subjects
    )


_State = tuple[Mode, bool, bool, bool]


def _governed(inner: Token, head: Token, label: str, state: _State) -> _State:
    """Weaken what is said in `inner` by the word that governs it."""
    mode, negated, future, ended = state
    lemma = head.lemma_.lower()
    if _refuses(inner, head, label):
        return max(mode, Mode.PLANNED, key=_RANK.__getitem__), not negated, True, ended
    if head.pos_ in {"VERB", "AUX"}:
        outer = _own(head)
        if label in {"xcomp", "ccomp", "oprd", "dep"}:
            weight = _verb_mode(lemma, label, inner)
            if lemma == "go" and head.tag_ == "VBG":
                weight, future = Mode.ANNOUNCED, True
            mode = max(mode, weight, outer.mode, key=_RANK.__getitem__)
            future = future or (outer.future and lemma not in GO_ON) or weight is Mode.PLANNED
            negated = negated != (outer.negated and label != "ccomp") if lemma not in DENY_VERBS else not negated
            ended = ended or lemma in {"cease", "stop"} or (lemma == "use" and not _is_put_to_use(head))
        elif label in {"pcomp", "advcl"} and outer.mode is not Mode.STATED:
            mode = max(mode, outer.mode, key=_RANK.__getitem__)
    elif lemma in RUMOUR_WORDS or lemma in RUMOUR_VERBS:
        mode = Mode.RUMOURED
    elif _looks_ahead(inner, head, label):
        mode, future = max(mode, Mode.PLANNED, key=_RANK.__getitem__), True
    return mode, negated, future, ended


def _is_put_to_use(use: Token) -> bool:
    """Whether something 'is used to treat' or 'can be used to treat', and not 'used to' do it once."""
    return any(child.dep_ in {"auxpass", "dobj"} for child in use.children) or use.dep_ in {"acl", "conj", "amod"}


_PLANS = frozenset(
    "plan intention proposal option right bid offer aim goal effort attempt decision agreement deal talk possibility chance "
    "hope threat permission opportunity need".split()
)
_ABLE = frozenset("likely unlikely possible ready due set willing eager keen able".split())


def _looks_ahead(inner: Token, head: Token, label: str) -> bool:
    """Whether what governs `inner` only plans it: 'plans on moving', 'looks forward to meeting', 'a plan to sell', 'likely to buy'."""
    lemma = head.lemma_.lower()
    if label == "pcomp" and head.pos_ == "ADP":
        return head.head.lemma_.lower() in PLAN_VERBS
    if label in {"acl", "pcomp", "prep"} and head.pos_ == "NOUN" and inner.tag_ in {"VB", "VBG"}:
        return lemma in _PLANS
    return head.pos_ == "ADJ" and lemma in _ABLE


def _refuses(inner: Token, head: Token, label: str) -> bool:
    """Whether what governs `inner` keeps it from happening: 'decided against moving', 'ruled out selling', 'without asking'."""
    if label == "pcomp" and head.pos_ == "ADP":
        return head.lower_ in {"against", "without"}
    particles = {child.lower_ for child in head.children if child.dep_ == "prt"}
    return (
        label in {"xcomp", "ccomp", "dobj", "advcl"}
        and head.lemma_.lower() == "rule"
        and "out" in particles
        and inner.tag_ == "VBG"
    )


def _verb_mode(lemma: str, label: str, inner: Token) -> Mode:
    if lemma in RUMOUR_VERBS:
        return Mode.RUMOURED
    if lemma in PLAN_VERBS and label in {"xcomp", "oprd", "ccomp"}:
        return Mode.PLANNED
    if lemma in DENY_VERBS:
        return Mode.REPORTED
    if lemma in SAY_VERBS:
        return Mode.REPORTED if label == "ccomp" else Mode.RUMOURED
    return Mode.STATED


def _parenthetic(verb: Token, mode: Mode) -> Mode:
    """Weaken by a reporting verb hung onto the clause: 'X, she said', 'it is believed'."""
    for child in verb.children:
        if (
            child.dep_ in {"ccomp", "parataxis"}
            and child.i < verb.i
            and child.lemma_.lower() in SAY_VERBS
            and verb.dep_ == "ROOT"
        ):
            return max(mode, Mode.REPORTED, key=_RANK.__getitem__)
    return mode


def is_refuted(text: str) -> bool:
    """Whether the sentence says of a report that it is false."""
    return bool(_REFUTED.search(text))
