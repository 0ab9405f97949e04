"""How sure a model was while it wrote a statement down: the mean log-probability of the tokens of its parts."""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from itertools import accumulate

from kgfuse.protocols import Sample

_TRIPLES = re.compile(r'"triples"\s*:\s*\[')
_PARTS = re.compile(r'"(?:subject|predicate|object)"\s*:\s*(?=")')


def statement_logprobs(sample: Sample, count: int) -> list[float | None]:
    """Return, for each of the reply's `count` triples, the mean over the tokens of subject, predicate and object.

    `None` where the server gave no tokens, or tokens that do not make up the text. Punctuation, keys and the copied quote are
    left out: a model is always sure of those, and they would drown the rest.
    """
    nothing: list[float | None] = [None] * count
    if not sample.tokens or "".join(token for token, _ in sample.tokens) != sample.text:
        return nothing
    spans = _spans(sample.text)
    if len(spans) != count:
        return nothing
    ends = list(accumulate(len(token) for token, _ in sample.tokens))
    values = [value for _, value in sample.tokens]
    return [_mean(span, ends, values) for span in spans]


def _spans(text: str) -> list[list[tuple[int, int]]]:
    """Return where the parts of each triple stand in the reply's text, without their quotation marks."""
    found = _TRIPLES.search(text)
    if found is None:
        return []
    decoder, position, spans = json.JSONDecoder(), found.end(), []
    while (start := text.find("{", position)) >= 0:
        if "]" in text[position:start]:
            break
        try:
            _, end = decoder.raw_decode(text, start)
            parts = []
            for part in _PARTS.finditer(text, start, end):
                _, stop = decoder.raw_decode(text, part.end())
                parts.append((part.end() + 1, stop - 1))
        except (ValueError, RecursionError):
            break
        spans.append(parts)
        position = end
    return spans


def _mean(parts: list[tuple[int, int]], ends: list[int], values: list[float]) -> float | None:
    """The mean over the tokens that overlap one of the spans; `ends` are where the tokens end."""
    inside = [
        number
        for start, end in parts
        if start < end
        for number in range(bisect_right(ends, start), min(len(ends), bisect_left(ends, end) + 1))
    ]
    return round(sum(values[number] for number in inside) / len(inside), 4) if inside else None
