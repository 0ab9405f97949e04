"""What a model wrote, read with patience: JSON in fences, after prose or after thinking aloud."""

from __future__ import annotations

import json
import re
from typing import Any, Never

_THINKING = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_FENCED = re.compile(r"```[\w-]*[ \t]*\n(.*?)```", re.DOTALL)
_ATTEMPTS = 64
"""Braces tried as the start of an object; bounds the work on a text full of them."""


def well_formed(text: str) -> str:
    """Join surrogate pairs and replace lone surrogates, so that the text can be stored and sent as UTF-8."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read_object(text: str) -> dict[str, Any]:
    """Return the JSON object that `text` is or holds: the whole text, else a fenced block, else the longest object in it.

    Raises ValueError, in words that a model can act upon, when there is none.
    """
    text = _THINKING.sub("", text.removeprefix("\ufeff")).strip()
    if not text:
        raise ValueError("the reply is empty")
    for candidate in (text, *_FENCED.findall(text)):
        try:
            value = _decode(candidate)
        except ValueError:
            continue
        if isinstance(value, dict):
            return value
    found = _longest_object(text)
    if found is None:
        raise ValueError("the reply holds no complete JSON object")
    return found


def _decode(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse(constant: str) -> Never:
    raise ValueError(f"{constant} is not JSON")


def _longest_object(text: str) -> dict[str, Any] | None:
    decoder = json.JSONDecoder(parse_constant=_refuse)
    best: dict[str, Any] | None = None
    length, start = 0, text.find("{")
    for _ in range(_ATTEMPTS):
        if start < 0:
            break
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            start = text.find("{", start + 1)
            continue
        if isinstance(value, dict) and end - start > length:
            best, length = value, end - start
        start = text.find("{", end)
    return best
