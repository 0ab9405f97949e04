"""What stands in brackets behind a person's name: '(born 4 May 1970 in Oslo)', '(6 July 1843 – 2 August 1915)'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from kgfuse.extract.arguments import Argument, clean, is_organisation
from kgfuse.extract.dates import TimeExpression
from kgfuse.extract.lexicon import NAME_WORD, OFFICES, PARTICLES, TITLES
from kgfuse.extract.modality import Modality
from kgfuse.extract.naming import PREDICATE
from kgfuse.extract.quantities import Quantity
from kgfuse.extract.statement import Statement
from kgfuse.extract.tenures import whole_date
from kgfuse.model import Datatype, Literal, Moment

if TYPE_CHECKING:
    from spacy.tokens import Doc

_ASIDE = re.compile(r"\((?P<inner>[^()]{3,150})\)")
_HONOURS = re.compile(r"(?:,\s*[A-Z]{2,6}\b)+\s*$|\s+$")
_NAME = re.compile(rf"{NAME_WORD}(?:\s+(?:(?:{PARTICLES})\s+)*{NAME_WORD}){{1,5}}$")
_LONGEST_NAME = 150
"""Characters before a bracket that are looked at."""
_IS = re.compile(r"\s*,?\s*(?:is|was)\s+(?:an?|the|one|among)\b")
_MAIDEN = re.compile(r"^(?:née|né)\s+[^,;\d]+?(?:,\s*|\s+(?=born|b\.)|$)")
_EVENT = re.compile(r"^(?P<what>born|b\.|died|d\.)\s+(?:(?:on|in)\s+(?=[\dA-Z]))?(?P<rest>.+)$")
_BIRTH_NAME = re.compile(rf"^(?P<name>{NAME_WORD}(?:\s+{NAME_WORD})+),\s+(?P<rest>.+)$")
_DATE_PLACE = re.compile(r"^(?P<date>.*?\b\d{4})(?:(?:,|\s+in|\s+at)\s+(?P<place>[A-ZÀ-Þ].*))?$")
_SPAN = re.compile(r"^(?P<born>[^–—-]*\d{4})\s*[–—-]\s*(?P<died>[^–—-]*\d{4})$")
_LONGEST_LIFE, _SHORTEST_LIFE = 120, 15
"""Years between two dates that are a person's life; fewer are the years of an office."""


Item = TypeVar("Item", TimeExpression, Quantity)


@dataclass(frozen=True, slots=True)
class Life:
    """A bracket at ``[start, end)`` of the sentence that tells when a person was born or died."""

    start: int
    end: int
    person: Argument
    told: tuple[tuple[str, Literal | Argument], ...]

    def holds(self, place: int) -> bool:
        """Whether a place of the sentence lies in the bracket."""
        return self.start <= place < self.end


def lives(doc: Doc, published_at: Moment | None) -> tuple[Life, ...]:
    """Read the brackets of a sentence."""
    return tuple(_lives(doc, published_at))


def outside(found: tuple[Life, ...], items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the times or quantities that stand in none of the brackets: they are no times of what the sentence says."""
    return tuple(item for item in items if not any(life.holds(item.start) for life in found))


def says_inside(found: tuple[Life, ...], statement: Statement) -> bool:
    """Whether a statement takes an argument out of a bracket."""
    parts = (part for part in (statement.subject, statement.object) if isinstance(part, Argument))
    return any(life.holds(part.start) for part in parts for life in found)


def life_statements(found: tuple[Life, ...]) -> Iterator[Statement]:
    """Yield what they say."""
    for life in found:
        for predicate, object in life.told:
            yield Statement(
                life.person, predicate, object, Modality(), signals=frozenset({"strong_pattern", "typed_arguments"})
            )


def _lives(doc: Doc, published_at: Moment | None) -> Iterator[Life]:
    text = doc.text
    for aside in _ASIDE.finditer(text):
        inner = aside["inner"]
        person = _person_before(doc, aside.start())
        if person is None:
            continue
        told = list(_told(inner, aside.start("inner"), published_at))
        if not told and person.type and _IS.match(text, aside.end()):
            told = list(_span(inner, published_at))
        if told:
            named = Argument(person.text, person.start, person.end, "name", "Person")
            yield Life(aside.start(), aside.end(), named, tuple(told))


def _person_before(doc: Doc, bracket: int) -> Argument | None:
    """The name right before a bracket; without a type where no recogniser takes it for a person's."""
    least = max(0, bracket - _LONGEST_NAME)
    before = doc.text[:least] + _HONOURS.sub("", doc.text[least:bracket])
    match = _NAME.search(before, least)
    start = match.start() if match else None
    if match is not None and is_organisation(clean(match[0])):
        return None
    for entity in doc.ents:
        if entity.label_ == "PERSON" and entity.end_char == len(before):
            whole = start == 0 and before.split()[0].lower().rstrip(".") not in TITLES | OFFICES
            begin = 0 if whole else entity.start_char  # a recogniser drops given names
            return Argument(clean(before[begin:]), begin, len(before), "name", "Person")
    return Argument(clean(match[0]), match.start(), match.end(), "name") if match else None


def _told(inner: str, offset: int, published_at: Moment | None) -> Iterator[tuple[str, Literal | Argument]]:
    """Read what is said with a word: 'born', 'died', 'née'."""
    for part in inner.split(";"):
        said = part.strip(" ,")
        if maiden := _MAIDEN.match(said):
            said = said[maiden.end() :]
        event = _EVENT.match(said)
        if event is None:
            continue
        verb, rest = ("be born", event["rest"]) if event["what"][0] == "b" else ("die", event["rest"])
        name = _BIRTH_NAME.match(rest) if verb == "be born" else None
        if name is not None and whole_date(name["name"], published_at) is None and re.search(r"\d{4}", name["rest"]):
            yield PREDICATE, _argument(name["name"], inner, offset)
            rest = name["rest"]
        when = _DATE_PLACE.match(rest)
        period = whole_date(when["date"].strip(" ,"), published_at) if when else None
        if when is None or period is None:
            continue
        yield f"{verb} on", Literal(when["date"].strip(" ,"), Datatype.DATE, str(period.first))
        if when["place"]:
            yield f"{verb} in", _argument(when["place"].strip(" ,."), inner, offset, "Place")


def _argument(name: str, inner: str, offset: int, type: str = "Person") -> Argument:
    start = offset + inner.index(name)
    return Argument(name, start, start + len(name), "name", type)


def _span(inner: str, published_at: Moment | None) -> Iterator[tuple[str, Literal]]:
    """Read the two dates of a life."""
    match = _SPAN.match(inner.strip(" ;,"))
    if match is None:
        return
    ends = [whole_date(match[part].strip(" ,"), published_at) for part in ("born", "died")]
    if ends[0] is None or ends[1] is None:
        return
    years = ends[1].first.at.year - ends[0].first.at.year
    if _SHORTEST_LIFE <= years <= _LONGEST_LIFE:
        for verb, part, period in (("be born", "born", ends[0]), ("die", "died", ends[1])):
            yield f"{verb} on", Literal(match[part].strip(" ,"), Datatype.DATE, str(period.first))
