"""Cypher that only reads: what both engines (Neo4j, the embedded projection) are asked alike and answer alike."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgfuse.errors import UsageError

Parameters = Mapping[str, str | int | float | bool]

_LITERALS = re.compile(
    r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|//[^\n]*|/\*.*?\*/",
    re.DOTALL,
)
_WRITES = frozenset(
    "create merge set delete detach remove drop alter foreach copy load install attach detach export import use start stop "
    "grant revoke deny checkpoint".split()
)
_TOKEN = re.compile(r"[^\W\d]\w*|\d\w*|\.\.|\S")
_ESCAPE = re.compile(r"\\u", re.IGNORECASE)
_ESCAPED_MARK = re.compile(r"\\u+00(?:22|27|60|5c|2f|2a|0a|0d)", re.IGNORECASE)
"""Quotes, strokes and ends of lines, which Neo4j may read as such before it knows what is a text."""

_CLAUSES = frozenset("match optional with return where order skip limit unwind union call".split())
_NO_VALUES = _CLAUSES | {"as", "distinct", "by"}


@dataclass(frozen=True, slots=True)
class Rows:
    """What a query returned. Nodes and relationships are dicts of their properties, with ``_labels`` or ``_type``.

    `more`: the limit cut it short. `engine`: ``neo4j`` or ``ladybug``.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    more: bool
    engine: str


def check_reads_only(query: str) -> None:
    """Raise UsageError when a query holds a clause that writes, or that reads or writes files; names and texts are free.

    The engines open the graph for reading besides; what they would let pass is COPY TO and LOAD CSV. A letter that is
    escaped outside of a text, where it could spell a clause, is refused.
    """
    bare = _LITERALS.sub(lambda found: " " if found[0].startswith("/") else " `` ", query)
    if _ESCAPE.search(bare) or _ESCAPED_MARK.search(query):
        raise UsageError("a letter or a mark is escaped outside of a text", hint="Write the letter itself.")
    tokens = list(_TOKEN.finditer(bare))
    words = [token[0].lower() for token in tokens]
    for at, word in enumerate(words):
        clause = next((one for one in _WRITES if word[:1].isdigit() and word.endswith(one)), None)
        if clause or (word in _WRITES and not _is_name(words, at, glued=_is_glued(tokens, at))):
            raise UsageError(
                f"{(clause or word).upper()} is no part of a query that only reads",
                hint="Write to Neo4j with its own tools; the graph follows from the documents.",
            )


def _is_glued(tokens: Sequence[re.Match[str]], at: int) -> bool:
    """Whether nothing stands between a token, the one before it and the one before that."""
    return at > 1 and tokens[at].start() == tokens[at - 1].end() and tokens[at - 1].start() == tokens[at - 2].end()


def _is_name(words: Sequence[str], at: int, *, glued: bool) -> bool:
    """Whether a word that could begin a clause is a name here: of a property, a label, a parameter, a key or a column."""
    before, after = (words[at - 1] if at else ""), (words[at + 1] if at + 1 < len(words) else "")
    if before == ".":  # not the point that ends a number: 'WITH 1. SET'
        return glued and not words[at - 2][:1].isdigit()
    if before in (":", "$"):
        return True
    if after == ":":
        return before in ("{", ",")
    return _is_as(words, at - 1) and (after in ("", ",", ")", "}") or after in _CLAUSES)


def _is_as(words: Sequence[str], at: int) -> bool:
    """Whether a word is the AS that gives a column its name: something with a value stands before it."""
    if at < 1 or words[at] != "as":
        return False
    before = words[at - 1]
    return before in (")", "]", "}", "`") or bool(re.match(r"\w", before) and before not in _NO_VALUES)


def check_alone(query: str) -> None:
    """Raise UsageError for a query that a model wrote and that is empty, more than one statement, or calls a procedure."""
    check_reads_only(query)
    bare = _LITERALS.sub(" ", query)
    if not bare.strip():
        raise UsageError("there is no query")
    if ";" in bare:
        raise UsageError("several statements at once")
    if re.search(r"\bcall\b", bare, re.IGNORECASE):
        raise UsageError("CALL is no part of a query that was written for a question")
    if not re.search(r"\breturn\b", bare, re.IGNORECASE):
        raise UsageError("the query returns nothing")


def used(query: str, parameters: Parameters) -> Parameters:
    """Return the parameters that a query names: an engine may refuse others, or take a missing one for null.

    Raises UsageError for one that is missing.
    """
    named = set(re.findall(r"\$(\w+)", _LITERALS.sub(" ", query)))
    if missing := sorted(named - set(parameters)):
        raise UsageError(f"the query asks for ${missing[0]}", hint=f"Give it: --param {missing[0]}=VALUE")
    return {name: value for name, value in parameters.items() if name in named}
