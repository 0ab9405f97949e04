"""Candidate terms: the noun phrases of a passage, by part of speech, in a form in which variants fall together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

LONGEST = 5
"""Words of a term; longer noun phrases give their last five."""

_VAGUE = frozenset(
    """able actual additional available big certain common complete current different early entire few final first following
    former full further general good great high important interesting key large last late latter least less likely long
    low main major many more most much multiple necessary new next novel old only original other overall own particular
    possible present previous proper real recent relevant respective same second several short significant similar simple
    single small special specific strong subsequent such sufficient third total true typical unique usual various very
    whole wide""".split()
)
"""Adjectives that say nothing of what the noun after them is."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase: `key` is lower case with the last word in its base form; `surface` is as the passage writes it."""

    key: str
    surface: str


def noun_phrases(texts: Sequence[str], model: Language) -> Iterator[list[Phrase]]:
    """Yield the terms of each text in its order, with repetitions; linear in the text.

    A phrase is a run of adjectives and nouns that ends in a noun (the pattern of Justeson and Katz 1995). Of a phrase of
    three words or more every ending of two or more is a term as well: 'neural machine translation' also tells of
    'machine translation'.
    """
    unused = [name for name in ("parser", "ner") if name in model.pipe_names]
    for doc in model.pipe(texts, disable=unused, batch_size=64):
        yield [phrase for run in _runs(doc) for phrase in _terms(run)]


@dataclass(frozen=True, slots=True)
class _Word:
    """One token, or several joined by hyphens; told by its last token what part of speech it is."""

    tokens: tuple[Token, ...]

    @property
    def noun(self) -> bool:
        return self.tokens[-1].pos_ in {"NOUN", "PROPN"}

    @property
    def text(self) -> str:
        return "".join(token.text for token in self.tokens)

    @property
    def base(self) -> str:
        """Lower case, the last token in its base form unless it is a name."""
        *before, last = self.tokens
        end = last.lower_ if last.pos_ == "PROPN" else last.lemma_.lower()
        return "".join(token.lower_ for token in before) + end


def _runs(doc: Doc) -> Iterator[list[_Word]]:
    run: list[_Word] = []
    for word in _words(doc):
        if _belongs(word):
            run.append(word)
            continue
        yield run
        run = []
    yield run


def _words(doc: Doc) -> Iterator[_Word]:
    word: list[Token] = []
    for token in doc:
        hyphen = token.text in "-\u2010\u2011"
        joined = word and not word[-1].whitespace_ and (hyphen or word[-1].text in "-\u2010\u2011")
        if word and not joined:
            yield _Word(tuple(word))
            word = []
        word.append(token)
    if word:
        yield _Word(tuple(word))


def _belongs(word: _Word) -> bool:
    last = word.tokens[-1]
    if word.noun:
        return len(last.text) > 1 and any(letter.isalpha() for letter in word.text)
    if len(word.tokens) > 1:  # 'pre-trained', 'cross-lingual'
        return last.is_alpha
    return last.pos_ == "ADJ" and last.is_alpha and not last.is_stop


def _terms(run: list[_Word]) -> Iterator[Phrase]:
    while run and not run[-1].noun:
        run = run[:-1]
    run = run[-LONGEST:]
    while run and run[0].text.lower() in _VAGUE:
        run = run[1:]
    if not run:
        return
    yield _phrase(run)
    for start in range(1, len(run) - 1):
        if run[start].text.lower() not in _VAGUE:
            yield _phrase(run[start:])


def _phrase(words: list[_Word]) -> Phrase:
    *before, last = words
    key = " ".join([*(word.text.lower() for word in before), last.base])
    return Phrase(key, " ".join(word.text for word in words))
