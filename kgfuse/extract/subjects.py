"""What each sentence of a text speaks of, where that is no name: 'Caterpillars eat leaves. *They* grow fast.'

The subject of the main clause is the likeliest antecedent of the next sentence's subject (centering: Grosz, Joshi and
Weinstein 1995). It is handed on from sentence to sentence for as long as pronouns of its number take it up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kgfuse.extract.lexicon import PERSONAL_NOUNS, POSTS_HELD
from kgfuse.extract.statement import Sentence

if TYPE_CHECKING:
    from spacy.tokens import Token

    from kgfuse.extract.arguments import Argument


_SINGULAR = frozenset({"he", "she", "it"})


@dataclass(frozen=True, slots=True)
class Subject:
    """The thing that a sentence is about, a common noun phrase: `start` is where it, or its pronoun, begins there.

    A `vague` one stands there without an article ('Construction began'): what the whole text is about is meant before it.
    """

    text: str
    plural: bool
    start: int
    vague: bool = False


def main_subjects(sentences: Iterable[Sentence]) -> tuple[Subject | None, ...]:
    """Return the subject of each sentence's main clause; `None` for names and where there is no single one."""
    found: list[Subject | None] = []
    for sentence in sentences:
        token = _subject(sentence)
        before = found[-1] if found else None
        if token is None:
            found.append(None)
        elif token.lower_ in {"they", "it"}:
            taken_up = _earlier(token, sentence) or before
            fits = taken_up is not None and taken_up.plural == (token.lower_ == "they")
            found.append(replace(taken_up, start=token.idx) if taken_up is not None and fits else None)
        else:
            found.append(_noun(token, sentence))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Anaphor:
    """A subject that may stand for a name: 'it', 'she', 'the company', 'the bridge'; `main` says it is the whole sentence's."""

    argument: Argument
    main: bool


def anaphors(sentences: Iterable[Sentence]) -> tuple[tuple[Anaphor, ...], ...]:
    """Return the subjects of each sentence that may stand for a name, in order."""
    return tuple(tuple(_anaphors(sentence)) for sentence in sentences)


def _anaphors(sentence: Sentence) -> Iterator[Anaphor]:
    for token in sentence.doc:
        argument = sentence.argument(token) if token.dep_ in {"nsubj", "nsubjpass"} else None
        if argument is not None and (argument.bare or argument.kind == "definite" or token.lower_ in _SINGULAR):
            yield Anaphor(argument, token.head.dep_ == "ROOT")


def _subject(sentence: Sentence) -> Token | None:
    for token in sentence.doc:
        if token.dep_ in {"nsubj", "nsubjpass"} and token.head.dep_ == "ROOT":
            return token
    return None


def _earlier(pronoun: Token, sentence: Sentence) -> Subject | None:
    """Return the noun that an opening clause is about: 'As the tadpole grows, *it* loses its tail'."""
    opening = [t for t in sentence.doc[: pronoun.i] if t.dep_ in {"nsubj", "nsubjpass"} and t.head.dep_ == "advcl"]
    return _noun(opening[-1], sentence) if opening else None


def _noun(token: Token, sentence: Sentence) -> Subject | None:
    joined = any(child.dep_ == "conj" for child in token.children)
    argument = sentence.argument(token) if token.tag_ in {"NN", "NNS"} and not joined else None
    if (
        argument is None
        or argument.kind != "noun"
        or (token.tag_ == "NN" and token.lower_ in POSTS_HELD | PERSONAL_NOUNS)
    ):
        return None
    return Subject(
        argument.text, token.tag_ == "NNS", argument.start, argument.text == token.text and not list(token.lefts)
    )
