"""What a question asks: the time, the names, the relation, the kind of answer.

Nothing here is written for one relation: the words of the question are matched with the names and aliases of the
ontology, and the question word says which side of the relation, and what type, is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from kgfuse.model import Entity
from kgfuse.ontology import Ontology
from kgfuse.retrieve.asked_relation import AskedRelation, relations_asked
from kgfuse.retrieve.asked_time import AskedTime, read_time
from kgfuse.retrieve.asked_turn import Turn, read_turn
from kgfuse.retrieve.phrasing import PLACES
from kgfuse.retrieve.words import WH_WORDS, Word, is_content, stem, within, words_of

_TYPE_WORDS = {
    "person": "Person", "company": "Company", "firm": "Organization", "organisation": "Organization",
    "organization": "Organization", "university": "University", "place": "Place", "city": "City", "town": "City",
    "country": "Country", "location": "Place", "product": "Product", "man": "Person", "woman": "Person",
}  # fmt: skip
_TYPES_BY_STEM = {stem(word): name for word, name in _TYPE_WORDS.items()}
_PRESENT = frozenset("is are has have does do".split())
DATE_WORDS = frozenset(map(stem, ("date", "day", "month", "year", "time")))
_HISTORY = re.compile(
    r"\b(?:history|over the years|over time|timeline|all the|all of|every|each|successive|list)\b", re.IGNORECASE
)
_FORMER = re.compile(r"\b(?:former|formerly|previous|previously|past|used to|once)\b|\bbefore\s*\?*\s*$", re.IGNORECASE)
_TRUTH = re.compile(r"^\s*(?:is|are|was|were|does|do|did|has|have|had)\b", re.IGNORECASE)
AT_ORGANISATIONS = frozenset({"studied_at", "works_for"})
"""Relations that tell of a person's organisation where they are: 'Where did she study?' asks for one."""

_POSSIBLE = re.compile(r"^\s*(?:will|shall|would|might|may|could|can)\b(?!\s+\d)", re.IGNORECASE)
"""'Can you tell me who …?' begins so, too, and asks who."""

_QUANTITY = re.compile(r"\bhow (?:many|much|old|big|large|high|tall)\b", re.IGNORECASE)
_DURATION = re.compile(r"\b(?:how long|(?:since|until|till|from) when)\b", re.IGNORECASE)
_OPENERS = frozenset(
    "since until from list name show give describe explain find say tell timeline chronology history overview "
    "summary summarise summarize profile".split()
)
_CHATTER = frozenset(
    map(
        stem,
        "history list timeline year time former previous past current many much new first last latest total annual main "
        "official exact full name become start serve get person company firm organisation organization date day month place "
        "position role post office job take over appoint happen know say document old long end step down leave stop change "
        "act hold want use kind sort type term back city town country large high tall "
        "chronology overview summary summarise summarize profile describe still already yet".split(),
    )
)
"""Words of a question that say nothing about which fact is meant."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, read.

    `wh` is its question word (``who`` … ``how``; ``truth`` for yes or no; empty: none). `expects` holds the types an answer
    can have and `datatype` the datatype of a literal one (``date``, ``quantity``), when the question says. `names` are the
    places of the names in it. `relations` are what it may ask about, best first. `telling` are the places of the words that
    a relation or a description has to explain. `history` asks for all values over time, `former` for those of the past,
    `turn` for what began, or ended, at the time asked about.
    """

    text: str
    words: tuple[Word, ...]
    wh: str
    expects: tuple[str, ...]
    datatype: str | None
    time: AskedTime
    names: tuple[tuple[int, int], ...]
    relations: tuple[AskedRelation, ...]
    telling: tuple[int, ...]
    history: bool
    former: bool
    turn: Turn | None = None

    @property
    def unexplained(self) -> tuple[str, ...]:
        """The stems of the words that the likeliest relation leaves unexplained."""
        used = {at for asked in self.relations[:1] for at in asked.used}
        return tuple(self.words[at].stem for at in self.telling if at not in used)

    @property
    def of_today(self) -> bool:
        """Whether it asks for what is so today: 'Who is …?', 'Who manages it now?'."""
        if self.time.period is not None or self.history or self.former:
            return False
        return self.time.now or any(word.text.lower() in _PRESENT for word in self.words[:2])

    def without(self, stems: Collection[str]) -> Question:
        """The question with the words of these stems explained."""
        return replace(self, telling=tuple(at for at in self.telling if self.words[at].stem not in stems))

    @property
    def bare(self) -> bool:
        """Whether it holds nothing but names, times and function words ('Who is Jane Roe?')."""
        spans = (*self.names, *self.time.spans)
        return not any(is_content(word.text) and not within(word, spans) for word in self.words)


def read_question(text: str, ontology: Ontology, names: Sequence[tuple[int, int]] = ()) -> Question:
    """Read a question; `names` are the places ``[start, end)`` of known names, else capitalised words are."""
    words = words_of(text)
    time = read_time(text)
    places = tuple(names) or _capitalised_runs(words, time, ontology)
    wh = _wh(text, words)
    expects, datatype, typed = _expected(text, words, wh)
    covered = frozenset(at for at, word in enumerate(words) if within(word, (*places, *time.spans)))
    relations = relations_asked(words, covered, ontology) or _bare_where(expects, words, covered | typed, ontology)
    relations = tuple(_rank(relations, ontology, expects, datatype))
    telling = tuple(
        at
        for at, word in enumerate(words)
        if at not in covered | typed
        and is_content(word.text)
        and word.stem not in _CHATTER
        and not (at == 0 and word.text.lower() in _OPENERS)
        and not (at == len(words) - 1 and word.text.lower() == "before")
    )
    history = bool(_HISTORY.search(text)) or (wh in ("who", "what", "which") and _plural(words, relations))
    former, turn = bool(_FORMER.search(text)), read_turn(text, (*places, *time.spans))
    return Question(text, words, wh, expects, datatype, time, places, relations, telling, history, former, turn)


def side_of(question: Question, asked: AskedRelation, ontology: Ontology, name: tuple[int, int], entity: Entity) -> str:
    """Return on which side of a relation a named entity stands: ``subject`` or ``object``.

    A literal relation has its entity as subject. Otherwise 'X of NAME', "NAME's X" and a verb before its name put it on the
    phrase's object side, a name before its verb on the subject side; a passive turns that round. What the types rule out
    is never returned.
    """
    relation = ontology.relation(asked.relation)
    if relation.literal is not None or not asked.used:
        return "subject"
    as_subject, as_object = (
        not types or any(ontology.is_a(entity.type, one) for one in types)
        for types in (relation.domain, relation.range)
    )
    if as_subject != as_object:
        return "subject" if as_subject else "object"
    last = max(asked.used, default=0)
    word = question.words[last]
    possessive = any(w.possessive and w.end == name[1] for w in question.words)
    first = name[0] < word.start
    on_subject = first and not (asked.nominal and possessive)
    if not asked.nominal and not asked.voiced and _passive(question, last):
        on_subject = not on_subject
    if asked.inverted:
        on_subject = not on_subject
    return "subject" if on_subject else "object"


def _passive(question: Question, at: int) -> bool:
    before = {word.text.lower() for word in question.words[:at]}
    by = any(word.text.lower() == "by" for word in question.words)
    return by and bool(before & {"is", "are", "was", "were", "been", "being", "be"})


def _wh(text: str, words: Sequence[Word]) -> str:
    found = next((word.text.lower() for word in words if word.text.lower() in WH_WORDS), "")
    if _TRUTH.match(text) or (not found and _POSSIBLE.match(text)):
        return "truth"
    return "who" if found in ("whom", "whose") else found


def _expected(text: str, words: Sequence[Word], wh: str) -> tuple[tuple[str, ...], str | None, frozenset[int]]:
    """The types and the datatype that a question word, or the noun after it, asks for; and the place of that noun."""
    if _QUANTITY.search(text):
        return (), "quantity", frozenset()
    if _DURATION.search(text):
        return (), "date", frozenset()
    for at, word in enumerate(words[:-1]):
        noun = words[at + 1].stem
        if word.text.lower() in ("which", "what"):
            if noun in _TYPES_BY_STEM:
                return (_TYPES_BY_STEM[noun],), None, frozenset({at + 1})
            if noun in DATE_WORDS:
                return (), "date", frozenset({at + 1})
    kinds: dict[str, tuple[tuple[str, ...], str | None]] = {
        "who": (("Person", "Organization"), None),
        "where": (("Place", "Facility"), None),
        "when": ((), "date"),
    }
    return (*kinds.get(wh, ((), None)), frozenset())


def _rank(
    relations: Sequence[AskedRelation], ontology: Ontology, expects: tuple[str, ...], datatype: str | None
) -> list[AskedRelation]:
    """Prefer relations that can give the expected kind of answer; drop those that cannot."""

    def fit(asked: AskedRelation) -> float:
        relation = ontology.relation(asked.relation)
        if datatype == "date":
            return 0.5 if relation.literal == "date" else 0.0  # any relation has dates: 'When did Acme acquire Beta?'
        if datatype == "quantity":
            return 0.5 if relation.literal in ("quantity", "number") else -1.0
        if not expects:
            return 0.0
        if relation.literal is not None:
            return -2.0
        if relation.name in AT_ORGANISATIONS and "Facility" in expects:
            return 0.3
        sides = [relation.domain, relation.range]
        fits = [
            not side or any(ontology.is_a(a, b) or ontology.is_a(b, a) for a in side for b in expects) for side in sides
        ]
        strict = any(side and ok for side, ok in zip(sides, fits, strict=True))
        return 0.3 if strict else 0.0 if any(fits) else -2.0

    scored = [(asked.score + fit(asked), asked) for asked in relations if fit(asked) > -2.0]
    return [asked for _, asked in sorted(scored, key=lambda item: (-item[0], item[1].relation, item[1].inverted))]


def _bare_where(
    expects: tuple[str, ...], words: Sequence[Word], covered: frozenset[int], ontology: Ontology
) -> tuple[AskedRelation, ...]:
    place = any(ontology.is_a(name, "Place") for name in expects)
    if not place or any(is_content(word.text) for at, word in enumerate(words) if at not in covered):
        return ()
    meant = [(phrase, target) for phrase in PLACES for target in ontology.lookup(phrase)]
    return tuple(
        AskedRelation(relation, inverted, 1.0 - 0.02 * rank, (), False, True, phrase)
        for rank, (phrase, (relation, inverted)) in enumerate(meant)
    )


def _plural(words: Sequence[Word], relations: Sequence[AskedRelation]) -> bool:
    """Whether the noun that names the relation stands in the plural ('Who were the chief executives of Acme?')."""
    nominal = [asked for asked in relations[:1] if asked.nominal]
    if not nominal or not any(word.text.lower() in ("are", "were", "been") for word in words):
        return False
    return any(words[at].text.lower().rstrip("'’").endswith("s") for at in nominal[0].used)


def _capitalised_runs(words: Sequence[Word], time: AskedTime, ontology: Ontology) -> tuple[tuple[int, int], ...]:
    """Runs of capitalised words that are no role, date or first word of the sentence."""
    acronyms = {word for phrase in _aliases(ontology) for word in phrase.split()}
    runs: list[tuple[int, int]] = []
    before: Word | None = None
    for at, word in enumerate(words):
        singular = word.text.removesuffix("s")
        opener = at == 0 and word.text.lower() in _OPENERS
        role = opener or (singular.lower() in acronyms and (singular.isupper() or at == 0))
        name = word.text[:1].isupper() and is_content(word.text) and not role and not within(word, time.spans)
        if name and before is not None and runs and runs[-1][1] == before.end and not before.possessive:
            runs[-1] = (runs[-1][0], word.end)
        elif name:
            runs.append((word.start, word.end))
        before = word if name else None
    return tuple(runs)


def _aliases(ontology: Ontology) -> list[str]:
    return [phrase for relation in ontology.relations.values() for phrase in relation.aliases]
