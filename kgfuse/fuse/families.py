"""What phrases say alike but for their grammar: tense, number, articles, 'be', the passive with its agent.

Two phrases of one *family* ('was audited by', 'audits') say the same, perhaps the other way round. Whether phrases of
different families *contrast* ('joined' and 'left', 'north of' and 'south of') is answered from a lexicon, because embeddings
cannot tell: antonyms stand in the same sentences (Mohammad et al., 'Computing lexical contrast', CL 2013).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

_EMPTY = frozenset("a an the its their his her s".split())
_BE = frozenset("be is are was were been being get gets got".split())
_HAVE = frozenset("have has had".split())
_LIGHT = frozenset("do does did currently now still also then later already newly formally officially".split())
_PREPOSITIONS = frozenset(
    "about above across after against along among around as at before behind below beside between beyond by down during "
    "for from in inside into near of off on onto out outside over past since than through to toward towards under until "
    "up upon via with within without".split()
)
_NEGATIONS = frozenset(
    "not never no nor without cannot nt t non fail fails failed refuse refuses refused deny denies denied "
    "lack lacks lacked rarely hardly no-one nobody nothing neither stop stops stopped cease ceases ceased".split()
)
_NARROWING = frozenset(
    "former formerly ex previously past late future first second third last next next-to only co vice deputy assistant "
    "acting interim honorary half step grand great least most more less fewer fewest highest lowest largest smallest "
    "founding planned proposed alleged potential attempted partly nearly may might could would should will "
    "if unless until except re pre post anti pro chosen selected elected nominated appointed wanted hoped expected agreed "
    "offered asked invited intended tried decided".split()
)
"""Words whose presence makes a phrase say something else: what is said of a former member is not said of a member."""

_IRREGULAR = {
    "began": "begin", "begun": "begin", "bought": "buy", "brought": "bring", "built": "build", "came": "come",
    "chose": "choose", "chosen": "choose", "drawn": "draw", "drew": "draw", "driven": "drive", "drove": "drive",
    "fell": "fall", "fallen": "fall", "felt": "feel", "fought": "fight", "found": "find", "gave": "give", "given": "give",
    "grew": "grow", "grown": "grow", "held": "hold", "hidden": "hide", "kept": "keep", "knew": "know", "known": "know",
    "laid": "lay", "led": "lead", "left": "leave", "lent": "lend", "lost": "lose", "made": "make", "meant": "mean",
    "met": "meet", "paid": "pay", "ran": "run", "risen": "rise", "rose": "rise", "said": "say", "sang": "sing",
    "sung": "sing", "saw": "see", "seen": "see", "sent": "send", "shot": "shoot", "shown": "show", "sold": "sell",
    "spent": "spend", "spoke": "speak", "spoken": "speak", "stood": "stand", "struck": "strike", "taught": "teach",
    "taken": "take", "took": "take", "thrown": "throw", "told": "tell", "won": "win", "worn": "wear", "wrote": "write",
    "written": "write", "bore": "bear", "born": "born", "died": "die", "lied": "lie", "tied": "tie",
}  # fmt: skip
_DONE = frozenset(
    "begun chosen drawn driven fallen given grown hidden known risen seen shown spoken sung taken thrown written".split()
)
"""Participles that are no past tense: what is 'written in' was written."""
_PAST = frozenset("began came chose drew drove fell gave grew knew ran rose sang saw spoke took wrote".split())

_CONTRASTS = tuple(
    frozenset(line.split())
    for line in """
    buy sell acquire divest purchase rent lease
    join leave quit resign enter exit
    support oppose endorse reject approve criticise criticize favour favor
    precede succeed follow
    predecessor successor
    before after during
    north south east west northeast northwest southeast southwest northern southern eastern western
    parent child
    mother father son daughter brother sister husband wife uncle aunt nephew niece cousin grandfather grandmother
    teacher student mentor pupil
    employ employee employer
    employ fire hire dismiss appoint
    win lose draw tie defeat beat
    begin end start finish stop open close launch cancel
    born die bury
    increase decrease rise fall grow shrink raise lower drop
    gain lose
    import export
    lend borrow
    give receive take
    send receive
    ally enemy rival
    include exclude
    add remove
    create destroy build demolish
    marry divorce
    attack defend
    allow forbid permit prohibit ban
    accept refuse reject decline
    enable prevent cause cure treat
    praise blame
    accuse acquit convict
    upper lower
    above below under over
    inside outside
    home away
    left right
    minimum maximum
    highest lowest
    largest smallest
    first last
    best worst
    early late
    director producer writer author editor composer actor singer founder owner designer publisher
    write direct produce compose edit perform star act sing
    president chairman minister governor mayor secretary treasurer
    city town village county district region state province country capital suburb
    border contain surround
    arrive depart
    source mouth
    male female
    lead trail
    deny confirm
    """.strip().splitlines()
)
"""Words of one line exclude each other, or are different roles: phrases that differ in them never mean the same."""

_PREFIXES = (
    "un",
    "dis",
    "in",
    "im",
    "ir",
    "non",
    "de",
    "anti",
    "mis",
    "under",
    "over",
    "co",
    "ex",
    "re",
    "pre",
    "post",
)


@dataclass(frozen=True, slots=True)
class Family:
    """What is left of a phrase without its grammar; equal `stems` and `passive` say the same.

    `turned`: the phrase says it with subject and object swapped (a passive with its agent). `passive`: it says what was done
    to its subject and leaves the agent out, which no turning mends.
    """

    stems: tuple[str, ...]
    passive: bool
    turned: bool

    @property
    def negated(self) -> bool:
        """Whether it holds a word of denial."""
        return any(stem in _DENYING for stem in self.stems)

    @property
    def preposition(self) -> str | None:
        """The preposition at its end."""
        return self.stems[-1] if self.stems and self.stems[-1][1:] in _PREPOSITIONS else None


@lru_cache(maxsize=65536)
def family(phrase: str) -> Family:
    """Return the family of a phrase, however it is written; pure text, no model, English."""
    words = re.sub(r"[\W_]+", " ", phrase.lower()).split()
    nominal = any(left in _BE and right in _EMPTY for left, right in pairwise(words))
    words = [word for word in words if word not in _EMPTY] or words
    passive = False
    while len(words) > 1:
        if words[0] in _BE:
            passive = True
        elif not (words[0] in _LIGHT or (words[0] in _HAVE and (words[1] in _BE or _participle(words[1])))):
            break
        words = words[1:]
    agent = len(words) > 1 and words[-1] == "by" and _participle(words[-2])
    if agent:
        words = words[:-1]
    stems = tuple(_stem(word, nominal and not _participle(word)) for word in words)
    done = any(word in _DONE for word in words[-2:])
    passive = not agent and not nominal and (done or (passive and _participle(words[-1])))
    return Family(stems, passive, agent)


def contrast(left: Family, right: Family) -> bool:
    """Whether the phrases differ in what makes them say different things; symmetric."""
    if left.passive != right.passive or left.negated != right.negated:
        return True
    if ".than" in left.stems + right.stems and left.stems != right.stems:
        return True  # what is compared makes all the difference
    ours, theirs = (set(left.stems) - set(right.stems), set(right.stems) - set(left.stems))
    if (ours | theirs) & _LIMITING or any(word.isdigit() for word in ours | theirs):
        return True
    if None not in (left.preposition, right.preposition) and left.preposition != right.preposition:
        return True
    return any(_exclude(one, other) for one in ours for other in theirs)


def _exclude(one: str, other: str) -> bool:
    for left, right in ((one, other), (one.removeprefix("re"), other.removeprefix("re"))):  # 'rejoined' and 'left'
        if left != right and any(left in line and right in line for line in _EXCLUDING):
            return True
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) > 3 and any(longer == prefix + shorter for prefix in _PREFIXES)


def _participle(word: str) -> bool:
    return (word.endswith("ed") and len(word) > 4) or (word in _IRREGULAR and word not in _PAST)


def _stem(word: str, noun: bool) -> str:
    """Cut inflection off a word, so that its forms meet: 'releases', 'released', 'releasing' -> 'releas'."""
    if word in _PREPOSITIONS or word in _NEGATIONS or word in _BE or word in _HAVE:
        return f".{word}"  # 'not' is no form of 'noted', 'near' none of 'neared'
    if not noun and word in _IRREGULAR:
        word = _IRREGULAR[word]
    if len(word) > 4 and word.endswith(("ies", "ied")):
        word = word[:-3] + "y"
    elif word.endswith("eed"):
        word = word if word in _IN_EED else word[:-1]  # 'agreed'
    else:
        for suffix in _suffixes(noun):
            if word.endswith(suffix) and not word.endswith("ss") and re.search("[aeiouy].", word[: -len(suffix)]):
                word = word[: -len(suffix)]
                break
    word = word[:-1] if len(word) > 2 and word.endswith("e") else word
    return word[:-1] if len(word) > 2 and word[-1] == word[-2] and word[-1] not in "aeiou" else word


_IN_EED = frozenset("succeed proceed exceed need feed breed seed speed bleed".split())


def _suffixes(noun: bool) -> Iterator[str]:
    if not noun:
        yield from ("ing", "ed")
    yield "s"


_DENYING = frozenset(_stem(word, noun=False) for word in _NEGATIONS)
_LIMITING = frozenset(_stem(word, noun=False) for word in _NARROWING) | _DENYING
_EXCLUDING = tuple(frozenset(_stem(word, noun=False) for word in line) for line in _CONTRASTS)
