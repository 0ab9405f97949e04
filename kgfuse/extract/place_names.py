"""Places named with what they lie in, 'Paris, Texas': one name, and a fact."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from kgfuse.extract.arguments import Argument, clean
from kgfuse.extract.statement import Sentence, Statement
from kgfuse.regions import lies_in, regions_of

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span

_PLACES = frozenset({"GPE", "LOC"})
_SUBJECTS = frozenset({"nsubj", "nsubjpass"})


def with_whole_place_names(doc: Doc) -> Doc:
    """Make one entity of a place and what it lies in, whatever the parser takes the second name for; no name ends in 'of'."""
    from spacy.tokens import Span

    whole: list[Span] = []
    for entity in (e[:-1] if len(e) > 1 and e[-1].lower_ == "of" else e for e in doc.ents):
        if whole and not _in_a_list(whole) and _goes_on(whole[-1], entity):
            whole[-1] = Span(doc, whole[-1].start, entity.end, whole[-1].label_)
        else:
            whole.append(entity)
    doc.ents = tuple(whole)
    return doc


def _in_a_list(names: list[Span]) -> bool:
    """Whether a comma parts the last of these names from another place: 'Japan, West Germany, …'."""
    if len(names) < 2:
        return False
    before, last = names[-2:]
    return before.label_ in _PLACES and before.end + 1 == last.start and last.doc[before.end].text == ","


def _goes_on(place: Span, around: Span) -> bool:
    """Whether a region's name says where the place before it lies, and is no further place of a list."""
    doc = place.doc
    if not {place.label_, around.label_} <= _PLACES or around.start != place.end + 1 or doc[place.end].text != ",":
        return False
    own, region = regions_of(_last_part(place)), regions_of(around.text)
    if not region or (own and not (own & region or lies_in(own, region))):  # 'Georgia, Alabama and Texas'
        return False
    if around.root.dep_ in _SUBJECTS and place.root.dep_ == "pobj":  # 'In Paris, France won'
        return False
    return around.root.dep_ == "appos" or not _listed(around)


def _last_part(place: Span) -> str:
    return str(place.text).rsplit(",", 1)[-1].strip()


def _listed(last: Span) -> bool:
    """Whether 'and' or 'or' goes on with another place after it."""
    following = [token for token in last.doc[last.end : last.end + 3] if token.text != ","]
    return len(following) > 1 and following[0].dep_ == "cc" and following[1].ent_type_ in _PLACES


def place_statements(sentence: Sentence) -> Iterator[Statement]:
    """Yield what such names say: 'Paris, Texas', is located in Texas."""
    for entity in sentence.doc.ents:
        commas = [token.i for token in entity if token.text == ","] if entity.label_ in _PLACES else []
        starts = [entity.start, *(comma + 1 for comma in commas)]
        for inner, outer in pairwise(starts):
            place, around = sentence.doc[inner : entity.end], sentence.doc[outer : entity.end]
            if regions_of(around.text.split(",")[0]):
                yield Statement(_place(place), "located in", _place(around), signals=frozenset({"strong_pattern"}))


def _place(span: Span) -> Argument:
    return Argument(clean(span.text), span.start_char, span.end_char, "name", "Place")
