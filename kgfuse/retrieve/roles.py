"""Who does something and to whom it is done, by the order of words and the voice of the verb.

'Beta praised Acme' answers 'Who praised Acme?' and does not answer 'Whom did Acme praise?', though it has all its words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile

from kgfuse.retrieve.clauses import Clause
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.words import PREPOSITIONS, WH_WORDS, Word, content_stems, is_content, is_inflected, words_of

_BE = frozenset("is are was were be been being gets got".split())
_FINITE = frozenset("is are was were has have had does did will would can could may must".split())
_DO = frozenset("do does did".split())
_TO = frozenset("to will would shall may might can could should must".split())
_ARTICLES = frozenset("the a an its their his her our my your".split())
_PARTICIPANTS = ("who", "what", "which")
_NEAR = 3
"""Words between 'was' and its participle, at most: 'was later harshly criticised'."""


def turned_round(question: Question, wanted: Collection[str], sentence: str, parts: Sequence[Clause]) -> bool:
    """Whether the clauses of a sentence give a thing that a question names the other part in what is done.

    `wanted` are the stems of what is asked, `parts` the clauses that hold them. Only what stands right before or after its
    verb is judged: where a preposition leads to it, where no verb is asked about, or where it may be that which changes
    ('When did the harbour open?'), the answer is no.
    """
    at = _verb_of(question, wanted)
    if at is None:
        return False
    told_in = [with_antecedent(one, words_of(sentence)) for one in parts]
    if _of_another_subject(question, wanted, question.words[at].stem, told_in, sentence):
        return True
    if question.wh not in _PARTICIPANTS and len(question.names) < 2 and not is_passive(question.words, at):
        return False
    if _asks_agent(question, at) and all(_lacks_agent(words, question.words[at].stem) for words in told_in):
        return True
    for start, end in question.names:
        place = place_of(question.words, start)
        if is_led_to(question.words, place):
            continue
        asked = (place < at) != is_passive(question.words, at)
        name = question.text[start:end]
        told = {part for words in told_in for part in _parts(words, name, question.words[at].stem)}
        if told and asked not in told:
            return True
        if asked and not told and any(_done_by_another(words, question.words[at].stem) for words in told_in):
            return True
    return False


def _verb_of(question: Question, wanted: Collection[str]) -> int | None:
    """The place of the verb of a question, which is none of the nouns after an article: 'When did the old line open?'."""
    words = question.words
    places = [n for n, word in enumerate(words) if word.stem in wanted and _asks_verb(words, n)]
    nouns: set[int] = set()
    for n, word in enumerate(words):
        if n and (words[n - 1].text.lower() in _ARTICLES or n - 1 in nouns) and is_content(word.text):
            nouns.add(n)
    return next((n for n in places if n not in nouns), places[-1] if places else None)


def _of_another_subject(
    question: Question, wanted: Collection[str], verb: str, told_in: Sequence[Sequence[Word]], sentence: str
) -> bool:
    """Whether the clauses with a verb say it of some other thing than the ones that are wanted: 'the aisle was rebuilt'.

    A name that only a preposition leads to is not what they say it of: 'the line from Acme was opened'.
    """
    nouns = [question.text[a:b] for a, b in question.names if question.text[a:b].islower()]
    things = {*wanted, *(stem for noun in nouns for stem in content_stems(noun))} - {verb}
    names = [name for name in _free_names(question) if places_of(words_of(sentence), name)]
    telling = [words for words in told_in if any(word.stem == verb for word in words)]
    if not (things or names) or any(things & {word.stem for word in words} for words in telling):
        return False
    if any(_stands_free(words, name) for words in telling for name in names):
        return False
    return bool(telling) and all(_has_subject(words, verb) for words in telling)


def names_stand_free(question: Question, sentence: str) -> bool:
    """Whether the names that no preposition leads to in a question have none before them in a sentence that holds them."""
    words = words_of(sentence)
    return all(_stands_free(words, name) for name in _free_names(question) if places_of(words, name))


def _free_names(question: Question) -> list[str]:
    """The names that no preposition leads to in a question."""
    words = question.words
    return [question.text[start:end] for start, end in question.names if not is_led_to(words, place_of(words, start))]


def _stands_free(words: Sequence[Word], name: str) -> bool:
    """Whether a name stands in a clause where no preposition leads to it, or 'who' and 'which' go on with it."""
    return any(
        not is_led_to(words, first) or any(word.text.lower() in ("who", "which") for word in words[after : after + 1])
        for first, after in places_of(words, name)
    )


def place_of(words: Sequence[Word], start: int) -> int:
    """Return which of some words begins at a letter of their text, or is the first after it."""
    return next((n for n, word in enumerate(words) if word.start >= start), 0)


def places_of(words: Sequence[Word], name: str) -> list[tuple[int, int]]:
    """Return where a name stands among words, case aside, as half-open ranges of their numbers."""
    texts, wanted = ([word.text.lower() for word in some] for some in (words, words_of(name)))
    return [(n, n + len(wanted)) for n in range(len(texts)) if wanted and texts[n : n + len(wanted)] == wanted]


def _has_subject(words: Sequence[Word], verb: str) -> bool:
    """Whether a clause begins with a noun that has an article, before its verb."""
    before = list(takewhile(lambda word: word.stem != verb, words))
    return bool(before) and before[0].text.lower() in _ARTICLES and any(is_content(word.text) for word in before)


def _asks_agent(question: Question, at: int) -> bool:
    """Whether a question asks who does what its verb says: 'Who restored the organ?'."""
    return at == 1 and question.words[0].text.lower() in _PARTICIPANTS


def _lacks_agent(words: Sequence[Word], verb: str) -> bool:
    """Whether a clause has a verb in the passive alone, and does not say by whom: 'was restored in 2004'."""
    places = [at for at, word in enumerate(words) if word.stem == verb and _is_verb(words, at)]
    return bool(places) and all(
        is_passive(words, at) and all(word.text.lower() != "by" for word in words[at:]) for at in places
    )


def lacks_verb(question: Question, wanted: Collection[str], sentence: str) -> bool:
    """Whether a sentence has only as a noun what is done in the question: 'a drama film' of 'Where was it filmed?'."""
    asked = [n for n, word in enumerate(question.words) if word.stem in wanted and is_passive(question.words, n)]
    words = words_of(sentence)
    for at in asked:
        same = [n for n, word in enumerate(words) if word.stem == question.words[at].stem]
        if same and not any(_is_verb(words, n) for n in same):
            return True
    return False


def _asks_verb(words: Sequence[Word], at: int) -> bool:
    """Whether a word of a question is its verb: 'Who praised …', 'Whom did … praise', 'Who owns …'."""
    before = [word.text.lower() for word in words[:at]]
    return _is_past(words[at]) or bool((_DO | _TO) & set(before)) or (at > 0 and before[-1] in WH_WORDS)


def with_antecedent(clause: Clause, sentence: Sequence[Word]) -> Sequence[Word]:
    """The words of a clause, with the name that its 'who' or 'which' stands for in its place."""
    if clause.words[0].text.lower() not in ("who", "which"):
        return clause.words
    before = [word for word in sentence if word.end <= clause.words[0].start]
    name = list(takewhile(lambda word: word.text[:1].isupper(), reversed(before)))
    return (*reversed(name), *clause.words[1:])


def _parts(words: Sequence[Word], name: str, verb: str) -> Iterator[bool]:
    """Yield, for each place of a name, whether what it names does what the verb says; else it is done to it."""
    places = [n for n, _ in places_of(words, name) if not is_led_to(words, n)]
    for at, word in enumerate(words):
        if word.stem == verb and _is_verb(words, at):
            yield from ((place < at) != is_passive(words, at) for place in places)


def _done_by_another(words: Sequence[Word], verb: str) -> bool:
    """Whether a clause, which does not hold the name that is asked about, says by whom it was done: 'built by Coe'."""
    return any(
        word.stem == verb and words[at + 1].text.lower() == "by" and words[at + 2].text[:1].isupper()
        for at, word in enumerate(words[:-2])
    )


def _is_verb(words: Sequence[Word], at: int) -> bool:
    text = words[at].text.lower()
    before = words[at - 1].text.lower() if at else ""
    return (
        _is_past(words[at])
        or before in _TO
        or (text.endswith("s") and before not in _ARTICLES)
        or (text.endswith("ing") and before in _BE)
    )


def is_finite(words: Sequence[Word], at: int) -> bool:
    """Whether a finite verb stands at a place: 'was', 'has', 'led'."""
    return at < len(words) and (words[at].text.lower() in _FINITE or _is_past(words[at]))


def _is_past(word: Word) -> bool:
    return word.text.endswith("ed") or is_inflected(word.text.lower())


def is_led_to(words: Sequence[Word], at: int) -> bool:
    """Whether a preposition leads to what begins at a place: 'in the Acme building'."""
    while at and words[at - 1].text.lower() in _ARTICLES:
        at -= 1
    return at > 0 and words[at - 1].text.lower() in PREPOSITIONS


def is_passive(words: Sequence[Word], at: int) -> bool:
    """Whether a verb is in the passive: 'was praised', 'praised by'."""
    if not _is_past(words[at]):
        return False
    after = words[at + 1].text.lower() if at + 1 < len(words) else ""
    between = range(max(0, at - _NEAR - 1), at)
    return after == "by" or any(words[n].text.lower() in _BE for n in between)
