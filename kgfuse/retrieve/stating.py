"""Whether a sentence states what is asked, and of the thing that is asked about; to hold its words is not enough.

'Acme never owned Beta' does not say who owns Beta, nor does 'Beta is larger than Acme' say what Acme is larger than. Where
it is unclear what a sentence says, it does not state it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from kgfuse.retrieve.another import tells_of_another
from kgfuse.retrieve.asked_time import read_time
from kgfuse.retrieve.clauses import Clause, begins_with_verb, clauses
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.roles import (
    is_finite,
    is_led_to,
    is_passive,
    lacks_verb,
    place_of,
    places_of,
    turned_round,
    with_antecedent,
)
from kgfuse.retrieve.words import PREPOSITIONS, Word, content_stems, holds_name, is_content, within, words_of

_DENIES = re.compile(
    r"\b(?:never|not(?!\s+(?:only|just|merely|until)\b)|cannot|neither|nor|(?:refus|fail)(?:e|es|s|ed)?\s+to)\b|n['’]t\b",
    re.IGNORECASE,
)
_CAME_TO_NOTHING = re.compile(
    r"\b(?:came to nothing|fell through|(?:was|were|been) (?:abandoned|shelved|scrapped|called off|cancell?ed))\b",
    re.IGNORECASE,
)
"""What denies, unless the question asks for that itself: 'When was the fair called off?'."""

_DISOWNS = re.compile(r"\b(?:den(?:y|ies|ied|ying)|untrue|false|no truth)\b", re.IGNORECASE)
_DOUBTED = re.compile(
    r"\b(?:reportedly|allegedly|supposedly|rumou?red|(?-i:may)(?!\s+\d)|might|about to|"
    r"(?:was|were) (?:due |meant )?to(?!\s+(?:the|an?|its?|his|her|their)\b))\b",
    re.IGNORECASE,
)
_OWN = re.compile(r"(?:\b(?:my|our|your|his|her|its|their|whose)|['’]s?)\s+own\b", re.IGNORECASE)
_YEARS = re.compile(r"\b(?:1\d|20)\d\d(?:\s*(?:,|and|or|to|until|–|-)\s*(?:1\d|20)\d\d)*(?!\d)")
_THAN = re.compile(r"\bthan\b(?!\s+\d)", re.IGNORECASE)
_ARTICLES = frozenset("the a an all both of".split())
_OWNERS = frozenset("its his her their".split())
_PREPOSITIONS = PREPOSITIONS | {"by"}


def asks_denial(question: str) -> bool:
    """Whether a question asks for what is not so: 'Who did not come?'."""
    return bool(_DENIES.search(question))


def without_own(sentence: str) -> str:
    """A sentence without the adjective: 'our own supply' says nothing of who owns it."""
    return _OWN.sub(" ", sentence)


def states(
    question: Question,
    wanted: Collection[str],
    sentence: str,
    passage: str,
    *,
    year: int | None = None,
    denies: bool | None = None,
) -> bool:
    """Whether a sentence of a passage states what a question asks; `wanted` are the stems of what it asks about its names.

    It must not deny it (with `denies`: must, whatever the question asks for), must have the names on the asked side of a
    comparison and of a verb, must not say it of another thing than the one that a name stands for which the sentence lacks,
    and must say it of the asked `year` if there is one.
    """
    parts = clauses(sentence)
    asked = [one for one in parts if _holds(one, wanted)] or list(parts)
    denied = any(_DENIES.search(one.text) for one in asked) or _is_given_up(wanted, asked)
    if (asks_denial(question.text) if denies is None else denies) != denied or (
        not denied and _DISOWNS.search(sentence)
    ):
        return False
    if not _DOUBTED.search(question.text) and any(_DOUBTED.search(one.text) for one in asked):
        return False
    if not all(_compares(question, name, sentence) for name in question.names):
        return False
    if tells_of_another(question, wanted, sentence):
        return False
    if turned_round(question, wanted, sentence, asked) or lacks_verb(question, wanted, sentence):
        return False
    lacked = [(a, b) for a, b in question.names if not holds_name(sentence.lower(), question.text[a:b].lower())]
    names = _Names(question, sentence, passage)
    if any(
        _said_of_another(question, absent, wanted, one, names) for one in asked if (absent := _absent(question, one))
    ):
        return False
    if question.names and any(_said_of_antecedent(question, one, parts, sentence, names) for one in asked):
        return False
    if not lacked and (_only_leads_on(question, sentence) or _is_of_another_noun(question, wanted, sentence)):
        return False
    return year is None or any(_dated(one, wanted, parts, year) for one in asked)


def says_in_one(question: Question, wanted: Collection[str], sentence: str) -> bool:
    """Whether a clause of a sentence has all the words of a question, and the names of it that the sentence has."""
    names = (question.text[a:b].lower() for a, b in question.names)
    named = [name for name in names if holds_name(sentence.lower(), name)]
    for one in clauses(sentence):
        words = with_antecedent(one, words_of(sentence))
        text = " ".join(word.text.lower() for word in (*words, *one.words))
        if {*wanted} <= {word.stem for word in words} and all(
            " ".join(word.text.lower() for word in words_of(name)) in text for name in named
        ):
            return True
    return False


def _is_given_up(wanted: Collection[str], asked: Sequence[Clause]) -> bool:
    """Whether clauses tell that what is asked about did not happen after all; a question may ask for just that."""
    given_up = [found[0] for one in asked if (found := _CAME_TO_NOTHING.search(one.text))]
    return any(not {*content_stems(words)} & {*wanted} for words in given_up)


def _holds(clause: Clause, wanted: Collection[str]) -> bool:
    return any(word.stem in wanted for word in clause.words)


def _compares(question: Question, name: tuple[int, int], sentence: str) -> bool:
    """Whether a name stands on the side of 'than' in a sentence that it has in the question; what is compared is first."""
    text = question.text[slice(*name)].lower()
    asked = _THAN.search(question.text)
    than = _THAN.search(sentence)
    if asked is None:
        return re.search(rf"\bthan\s+(?:the\s+)?{re.escape(text)}", sentence.lower()) is None
    at = sentence.lower().find(text)
    return than is not None and at >= 0 and (at < than.start()) == (name[0] < asked.start())


def _dated(clause: Clause, wanted: Collection[str], parts: Sequence[Clause], year: int) -> bool:
    """Whether a clause says all that its sentence says of what is asked, and of this year: the first one told after it."""
    said = {word.stem for one in parts for word in one.words} & set(wanted)
    if not said <= {word.stem for word in clause.words}:
        return False
    last = max((word for word in clause.words if word.stem in said), key=lambda word: word.start, default=None)
    after = clause.text.rfind(last.text) if last else 0
    told = list(_YEARS.finditer(clause.text))
    nearest = next((one for one in told if one.start() >= after), told[-1] if told else None)
    return nearest is not None and str(year) in nearest[0]


# ---------------------------------------------------------------------------------------------------- said of another


class _Names:
    """Which words of a sentence are names of other things than those that a question names."""

    def __init__(self, question: Question, sentence: str, passage: str) -> None:
        self._known = {word.text.lower() for word in question.words}
        self._times = read_time(sentence).spans
        self._words = words_of(sentence)
        self._passage = passage

    def others(self, words: Sequence[Word]) -> Iterator[int]:
        """Yield the places of the words that begin such names."""
        for at, word in enumerate(words):
            if self.is_other(word) and not (at and self.is_other(words[at - 1])):
                yield at

    def is_other(self, word: Word) -> bool:
        """Whether a word is, or is part of, such a name."""
        if not word.text[0].isupper() or not is_content(word.text) or word.text.lower() in self._known:
            return False
        if any(start <= word.start < end for start, end in self._times):
            return False
        return word.start != self._words[0].start or self._is_one_elsewhere(word)

    def is_passive(self, words: Sequence[Word], at: int) -> bool:
        """Whether a verb of a clause is in the passive; one that begins it is as the verbs before: 'was made and sold'."""
        if at or is_passive(words, at):
            return is_passive(words, at)
        return any(is_passive(self._words, n) for n, word in enumerate(self._words) if word.end <= words[0].start)

    def _is_one_elsewhere(self, word: Word) -> bool:
        """Whether the first word of a sentence is a name: it has a capital within a sentence, too, or another follows it."""
        follows = self._words[1].text if len(self._words) > 1 else ""
        within = re.search(rf"[a-z,]\s+{re.escape(word.text)}\b", self._passage)
        return within is not None or (follows[:1].isupper() and follows.lower() not in self._known)


def _absent(question: Question, clause: Clause) -> list[tuple[int, int]]:
    """The names of a question that a clause has not."""
    text = clause.text.lower()
    return [(start, end) for start, end in question.names if not holds_name(text, question.text[start:end].lower())]


def _said_of_another(
    question: Question, lacked: Sequence[tuple[int, int]], wanted: Collection[str], clause: Clause, names: _Names
) -> bool:
    """Whether a clause has another name in the place that a question gives to one which the clause lacks."""
    words = clause.words
    at = next((at for at, word in enumerate(words) if word.stem in wanted), len(words))
    others = list(names.others(words))
    before = any(not (one and words[one - 1].text.lower() in _PREPOSITIONS) for one in others if one < at)
    if at == len(words):
        return before
    asked = next((n for n, word in enumerate(question.words) if word.stem == words[at].stem), 0)
    after = (not _is_owned(words, at) and _named_next(words, at, others)) or (
        at > 0 and words[at - 1].possessive and names.is_other(words[at - 1])
    )
    turned = is_passive(question.words, asked) != names.is_passive(words, at)
    return any(
        (after and _led_alike(question, start, words, at))
        if (question.words[asked].start < start) != turned
        else before
        for start, _ in lacked
    )


def _is_owned(words: Sequence[Word], at: int) -> bool:
    """Whether a pronoun says whose something is: 'its customers', 'her former teacher'."""
    return any(words[n].text.lower() in _OWNERS for n in range(max(0, at - 2), at))


def _led_alike(question: Question, start: int, words: Sequence[Word], at: int) -> bool:
    """Whether a name right after a verb may stand where one does in the question: 'stars Ann' is no 'stars in …'."""
    ahead = [word.text.lower() for word in question.words if word.end <= start]
    led = next((word for word in reversed(ahead) if word not in _ARTICLES), "")
    direct = at + 1 < len(words) and words[at + 1].text[:1].isupper()
    return not (direct and led in _PREPOSITIONS)


def _said_of_antecedent(
    question: Question, clause: Clause, parts: Sequence[Clause], sentence: str, names: _Names
) -> bool:
    """Whether a clause, or the one that it goes on with, says something of another name: 'Acme, which … and was sold'."""
    start = clause.words[0].start
    earlier = [one for one in parts if one.words[0].start < start]
    if begins_with_verb(clause) and earlier:
        clause = max(earlier, key=lambda one: one.words[0].start)
    found = with_antecedent(clause, words_of(sentence))
    if found is clause.words:
        return False
    said = {word.text.lower() for word in (*found, *clause.words)}
    if any(word.text.lower() in said for word in question.words if within(word, question.names)):
        return False
    return any(word.text[:1].isupper() for word in found if word.end <= clause.words[0].start)


def _only_leads_on(question: Question, sentence: str) -> bool:
    """Whether a name that is the subject of a question only tells of another subject: 'The office of Acme was closed'."""
    asked, words = question.words, words_of(sentence)
    for start, end in question.names:
        owner = any(word.possessive and word.end == end for word in asked)
        places = places_of(words, question.text[start:end])
        if owner or not places or is_led_to(asked, place_of(asked, start)):
            continue
        if all(is_led_to(words, first) and is_finite(words, after) for first, after in places):
            return True
    return False


def _is_of_another_noun(question: Question, wanted: Collection[str], sentence: str) -> bool:
    """Whether a name that belongs to a noun of a question belongs to another one: 'master of Acme', 'a graduate of Acme'."""
    asked, words = question.words, words_of(sentence)
    for start, end in question.names:
        noun = _noun_led_from(asked, place_of(asked, start))
        nouns = [_noun_led_from(words, first) for first, _ in places_of(words, question.text[start:end])]
        if noun in wanted and nouns and all(other is not None and other not in wanted for other in nouns):
            return True
    return False


def _noun_led_from(words: Sequence[Word], at: int) -> str | None:
    """The stem of the noun whose 'of', 'at' or 'for' leads to what begins at a place, if one does."""
    while at and words[at - 1].text.lower() in _ARTICLES - {"of"}:
        at -= 1
    led = at > 1 and words[at - 1].text.lower() in ("of", "at", "for")
    return words[at - 2].stem if led and is_content(words[at - 2].text) else None


def _named_next(words: Sequence[Word], at: int, others: Collection[int]) -> bool:
    """Whether what follows a word is a name, or a phrase that begins with it: 'owned nearby Acme', 'head of Acme'."""
    for place in range(at + 1, len(words)):
        word = words[place].text.lower()
        if place in others:
            return True
        if word in _PREPOSITIONS and place > at + 1:
            return False
        if not (word in _ARTICLES or word in _PREPOSITIONS or is_content(word)):
            return False
    return False
