"""Arguments as they stand in a sentence: which words belong to a phrase, and how they are written."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Token

_ASIDES = frozenset({"relcl", "appos", "advcl", "parataxis"})
"""What is hung onto a phrase and says something of its own: it becomes a proposition of its own."""
_JOINED = frozenset({"conj", "cc", "preconj"})
_GLUE = frozenset({"-", "–", "/"})
_ENDS = frozenset({",", ";", ":", ".", "--", "-", "–", "—", "..."})
_WRITTEN = frozenset({"-", "–", "/", "``", "''", '"', "“", "”", "$", "%", "`", "'", "‘", "’"})
"""Punctuation that is part of how a phrase is written."""
_BETWEEN = frozenset({",", "(", ")"})
_LISTED = frozenset({"NOUN", "PROPN", "PRON", "NUM", "ADJ", "X"})
_DEEPEST = 60


def alternatives(token: Token) -> tuple[Token, ...]:
    """Return a head and the heads joined to it ('bread, milk and eggs'), in order."""
    found = [token]
    for item in found:  # grows while it is read
        found.extend(c for c in item.children if c.dep_ == "conj" and c.pos_ in _LISTED)
    return tuple(sorted(found, key=lambda item: item.i))


def alone(head: Token) -> list[Token]:
    """Return the words of a phrase without what is joined to it and without asides."""
    return list(_words(head, _ASIDES | _JOINED))


def joined(head: Token) -> list[Token]:
    """Return the words of a phrase with what is joined to it, without asides."""
    return list(_words(head, _ASIDES))


def without(words: Iterable[Token], *branches: Token) -> list[Token]:
    """Return the words that stand in none of the branches."""
    cut = {token.i for branch in branches for token in branch.subtree}
    return [token for token in words if token.i not in cut]


def apart(head: Token, verb: Token) -> list[Token]:
    """Return the words of a phrase without the clause of `verb` that is hung onto it."""
    return without(alone(head), *(c for c in head.children if c.left_edge.i <= verb.i <= c.right_edge.i))


def _words(head: Token, cut: frozenset[str], depth: int = 0) -> Iterator[Token]:
    """Yield the words under `head` without the branches `cut`; inside the phrases under it, lists stay whole."""
    yield head
    if depth > _DEEPEST:
        return
    for child in head.children:
        if child.dep_ not in cut and (child.dep_ != "punct" or child.text in _WRITTEN):
            yield from _words(child, cut - _JOINED, depth + 1)


def written(words: Iterable[Token]) -> str:
    """Return the words in the order and spelling of the text: hyphenated words whole, commas between them kept."""
    chosen = {token.i: token for token in words}
    for token in list(chosen.values()):
        chosen.update((other.i, other) for other in _glued(token))
    places = sorted(chosen)
    for left, right in itertools.pairwise(places):
        if right == left + 2 and (between := chosen[left].doc[left + 1]).text in _BETWEEN:
            chosen[between.i] = between
    tokens = [chosen[place] for place in sorted(chosen)]
    while tokens and tokens[0].text in _ENDS | {")"}:
        tokens.pop(0)
    while tokens and tokens[-1].text in _ENDS | {"("}:
        tokens.pop()
    parts = [
        token.text + (token.whitespace_ if place + 1 < len(tokens) and tokens[place + 1].i == token.i + 1 else " ")
        for place, token in enumerate(tokens)
    ]
    return " ".join("".join(parts).split())


def _glued(token: Token) -> Iterator[Token]:
    """Yield the other parts of a word that the tokeniser cut at its hyphens: 're-elected'."""
    doc = token.doc
    for step in (-1, 1):
        at = token.i
        while 0 <= at + step < len(doc):
            left, right = doc[min(at, at + step)], doc[max(at, at + step)]
            if left.whitespace_ or not (left.text in _GLUE or right.text in _GLUE):
                break
            at += step
            yield doc[at]


def is_fragment(token: Token) -> bool:
    """Whether the token is no more than the beginning of a hyphenated word ('re' of 're-elected')."""
    doc, hyphen = token.doc, token.i + 1
    if hyphen + 1 >= len(doc) or doc[hyphen].text not in _GLUE:
        return False
    return not token.whitespace_ and not doc[hyphen].whitespace_
