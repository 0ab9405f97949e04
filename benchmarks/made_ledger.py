"""A made-up ledger of any size (seeded): documents of many sources that speak, again and again, of the same things.

The world has 52 things and 67 names for every 1,000 claims (the proportions of MedKGent: 3 million triples, 156,000
entities, 200,000 surface forms). Things are talked about as in real text: the k-th of a kind k times less often than the
first (Zipf). A document names a handful of them in about ten statements, has a source (few large ones, many small) and
mostly a date. Relations are of every cardinality; what has one value (at a time) is stated wrongly now and then.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, count

from kgfuse.model import (
    ALWAYS,
    Datatype,
    DateSource,
    Document,
    Evidence,
    Literal,
    Mention,
    Moment,
    Triple,
    Validity,
    content_id,
)
from kgfuse.protocols import LedgerContent

THINGS, NAMES, STATEMENTS = 0.052, 200 / 156, 10
_KINDS = {"Drug": 0.25, "Gene": 0.2, "Disease": 0.2, "Person": 0.15, "Organization": 0.14, "Place": 0.06}
_SYLLABLES = (
    "ba co du fe gi ha jo ku la me ni or pa re si to ul va we xi ya zo bri cla dre gor fla kra mol ner pil qua".split()
)
_GIVEN = "Ada Bo Cara Dag Eva Finn Gro Hal Ines Jon Kaia Leo Mona Nils Oda Per Runa Siv Tor Una Vera Yngve".split()

_RELATIONS: dict[str, tuple[tuple[str, str, float, int], ...]] = {
    "Drug": (
        ("treat", "Disease", 0.4, 0),
        ("interact with", "Drug", 0.2, 0),
        ("inhibit", "Gene", 0.25, 0),
        ("side effect of", "Disease", 0.1, 0),
        ("contraindicated for", "Disease", 0.05, 0),
    ),
    "Gene": (("associated with", "Disease", 0.5, 0), ("interact with", "Gene", 0.3, 0), ("upregulate", "Gene", 0.2, 0)),
    "Disease": (("have symptom", "Disease", 0.5, 0), ("lead to", "Disease", 0.4, 0), ("kind of", "Disease", 0.1, 0)),
    "Person": (
        ("work for", "Organization", 0.5, 0),
        ("chief executive of", "Organization", 0.25, 6),
        ("born on", "date", 0.1, 99),
        ("born in", "Place", 0.15, 99),
    ),
    "Organization": (
        ("produce", "Drug", 0.4, 0),
        ("headquartered in", "Place", 0.2, 9),
        ("number of employees", "employee", 0.08, 1),
        ("revenue", "EUR", 0.06, 1),
        ("founded on", "date", 0.06, 99),
        ("acquire", "Organization", 0.15, 0),
        ("subsidiary of", "Organization", 0.05, 9),
    ),
    "Place": (("part of", "Place", 0.85, 99), ("population", "inhabitant", 0.15, 1)),
}
"""Kind -> (phrase, kind or unit of the object, share, how many years a value lasts; 0: there are many)."""


@dataclass(frozen=True, slots=True)
class _Kind:
    things: int
    first: int
    weights: list[float]

    def draw(self, dice: random.Random) -> int:
        """Return a thing, the earlier the likelier."""
        return self.first + bisect(self.weights, dice.random() * self.weights[-1])


@dataclass(frozen=True, slots=True)
class World:
    """The things that a ledger of `claims` claims speaks of, by kind, and its sources."""

    claims: int
    kinds: dict[str, _Kind]
    sources: _Kind

    @classmethod
    def of(cls, claims: int) -> World:
        """Return the world of a ledger of so many claims."""
        kinds, first = {}, 0
        for kind, share in _KINDS.items():
            things = max(5, round(claims * THINGS * share))
            kinds[kind] = _Kind(things, first, list(accumulate(1 / (rank + 2) for rank in range(things))))
            first += things
        sources = max(10, round(claims**0.5))
        return cls(claims, kinds, _Kind(sources, 0, list(accumulate(1 / (rank + 5) for rank in range(sources)))))


def name_of(kind: str, thing: int, other: bool) -> str:
    """Return a thing's name; `other`: the second one, which only some have."""
    number, syllables = thing + len(_SYLLABLES) ** 2, []
    while number:
        number, at = divmod(number, len(_SYLLABLES))
        syllables.append(_SYLLABLES[at])
    word = "".join(syllables)
    other = other and thing % 1000 < 1000 * (NAMES - 1)
    if kind == "Gene":
        return f"{word[:-1].upper()}{'-' if other else ''}{thing % 9 + 1}"
    if kind == "Disease":
        return f"{word.capitalize()} {'Syndrome' if other else 'syndrome'}"
    if kind == "Person":
        given = _GIVEN[thing % len(_GIVEN)]
        return f"{given[0]}. {word.capitalize()}" if other else f"{given} {word.capitalize()}"
    if kind == "Organization":
        return f"{word.capitalize()} Pharma{' Ltd' if other else ''}"
    if kind == "Drug" and other:
        return f"{syllables[0].capitalize()}-{word[len(syllables[0]) :]}"
    return word.capitalize()


def _lots(*parts: object) -> int:
    return int(content_id("lot", *map(str, parts))[-12:], 16)


def _object(
    world: World, subject: int, phrase: str, wanted: str, lasts: int, year: int, dice: random.Random
) -> tuple[int | None, Literal | None]:
    """Return the thing or the literal that a statement names, as it was in `year`; one of eight is wrong."""
    if not lasts:
        return world.kinds[wanted].draw(dice), None
    lot = _lots(subject, phrase, (year + subject % lasts) // lasts, dice.randrange(4) if dice.random() < 0.125 else "")
    if wanted in world.kinds:
        return world.kinds[wanted].first + lot % world.kinds[wanted].things, None
    if wanted == "date":
        day = (date(1900, 1, 1) + timedelta(days=lot % 36000)).isoformat()
        return None, Literal(day, Datatype.DATE, day if lot % 3 else day[:4])
    number = str(lot % 9000 * 10 ** (lot % 4) + 100)
    return None, Literal(f"{number} {wanted}", Datatype.QUANTITY, number, wanted)


def documents(world: World, seed: int = 7, first: int = 0) -> Iterator[tuple[Document, list[Triple], bool]]:
    """Yield documents without end, each with its triples and whether it merely quotes; `first` numbers the first."""
    shares = {kind: list(accumulate(row[2] for row in rows)) for kind, rows in _RELATIONS.items()}
    kinds, weights = list(_KINDS), list(accumulate(_KINDS.values()))
    for number in count(first):
        dice = random.Random(seed * 1_000_003 + number)
        id = content_id("document", seed, number)
        day = date(2000, 1, 1) + timedelta(days=dice.randrange(9000))
        when = Moment.parse(day.isoformat()) if dice.random() < 0.95 else None
        source = f"journal:{world.sources.draw(dice)}"
        document = Document(id, f"file:///{number}", "text/plain", "", "", (), source, when, DateSource.METADATA)
        chunk = content_id("chunk", id)
        spoken = {
            kind: [world.kinds[kind].draw(dice) for _ in range(2)]
            for kind in dict.fromkeys(dice.choices(kinds, cum_weights=weights, k=3))
        }
        other = {thing: dice.random() < 0.3 for things in spoken.values() for thing in things}
        triples = []
        for at in range(dice.randint(STATEMENTS // 2, STATEMENTS * 3 // 2)):
            kind = dice.choice(list(spoken))
            subject = dice.choice(spoken[kind])
            rows = _RELATIONS[kind]
            phrase, wanted, _, lasts = rows[min(bisect(shares[kind], dice.random() * shares[kind][-1]), len(rows) - 1)]
            thing, literal = _object(world, subject, phrase, wanted, lasts, day.year, dice)
            if thing is not None and wanted in spoken and not lasts and dice.random() < 0.5:
                thing = dice.choice(spoken[wanted])
            who = Mention(name_of(kind, subject, other[subject]), at * 200, at * 200 + 9, kind)
            said = literal or Mention(
                name_of(wanted, thing or 0, other.get(thing or 0, False)), at * 200 + 50, at * 200 + 59, wanted
            )
            what = said.surface if isinstance(said, Mention) else said.lexical
            quote = f"{who.surface} was found to {phrase} {what} in case {dice.randrange(200)}."
            stated = ALWAYS
            if 0 < lasts < 99 and dice.random() < 0.15:
                stated = Validity(Moment.parse(str(day.year - dice.randrange(3))), None)
            triples.append(
                Triple(
                    content_id("triple", id, at),
                    who,
                    phrase,
                    said,
                    Evidence(id, chunk, at * 200, at * 200 + len(quote), quote),
                    dice.choice((0.3, 0.6, 0.7, 0.8, 0.8, 0.9, 0.9, 0.95)),
                    "made 1",
                    negated=dice.random() < 0.02,
                    validity=stated,
                )
            )
        yield document, triples, dice.random() < 0.02


def made_ledger(claims: int, seed: int = 7) -> LedgerContent:
    """Return a ledger of about so many claims."""
    return more_documents(claims, 0, seed)[0]


def more_documents(claims: int, more: int, seed: int = 7) -> tuple[LedgerContent, list[LedgerContent]]:
    """Return a ledger of about so many claims, and some documents more, each by itself."""
    made = documents(World.of(claims), seed)
    held: list[tuple[Document, list[Triple], bool]] = []
    size = 0
    while size < claims:
        held.append(next(made))
        size += len(held[-1][1])
    return _content(held), [_content([next(made)]) for _ in range(more)]


def _content(held: list[tuple[Document, list[Triple], bool]]) -> LedgerContent:
    triples = sorted((triple for _, said, _ in held for triple in said), key=lambda triple: triple.id)
    places = {
        (t.evidence.document_id, m.surface): m for t in triples for m in (t.subject, t.object) if isinstance(m, Mention)
    }
    return LedgerContent(
        tuple(sorted((document for document, _, _ in held), key=lambda document: document.id)),
        tuple(triples),
        tuple((place[0], mention) for place, mention in sorted(places.items())),
        frozenset(said[0].evidence.chunk_id for _, said, quotes in held if quotes),
        (),
    )
