"""Terms that a document defines for itself: 'Baltic Data OÜ, a company registered in Estonia ("the Supplier")'."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kgfuse.extract.arguments import clean, is_organisation
from kgfuse.extract.lexicon import NAME_WORD, ORGANISATION_NOUNS

_DEFINED = re.compile(
    r"\(\s*(?:(?:hereinafter|hereafter|herein|in the following)(?:\s+(?:referred to as|called|also))?,?\s+)?"
    r"(?:the\s+)?[\"“”„](?:the\s+)?(?P<term>[A-Z][\w&.’'-]*(?:\s[A-Z][\w&.’'-]*){0,3})[\"“”]\s*\)"
)
_NAME = re.compile(rf"{NAME_WORD}(?:\s+(?:&\s+|of\s+|and\s+(?=[A-Z]\w+\s(?:AS|Ltd|Inc)))?{NAME_WORD}){{0,6}}")
_DESCRIBED = re.compile(
    rf"\s*,\s+(?:an?|the)\s+(?:[\w-]+\s+){{0,4}}(?:partnership|{'|'.join(sorted(ORGANISATION_NOUNS))})\b"
)
_LOOK_BACK = 300  # characters before a definition in which the name may stand


def defined_terms(text: str) -> Mapping[str, str]:
    """Return the organisations that terms of a document stand for; a term that is defined twice for two is none."""
    found: dict[str, set[str]] = {}
    end = 0
    for match in _DEFINED.finditer(text):
        start = max(end, match.start() - _LOOK_BACK)
        name = _defined(text[start : match.start()])
        end = match.end()
        if name is not None and name != match["term"]:
            found.setdefault(match["term"], set()).add(name)
    return {term: next(iter(names)) for term, names in found.items() if len(names) == 1}


def _defined(before: str) -> str | None:
    """Return the organisation whose definition ends here: the first that is described as one, or is the last word."""
    for match in _NAME.finditer(before):
        name = clean(match[0])
        last = not before[match.end() :].strip()
        if is_organisation(name) and (last or before[match.end() :].lstrip().startswith((",", "("))):
            return name
        if _DESCRIBED.match(before, match.end()):
            return name
    return None
