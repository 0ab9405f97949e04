"""Who held which office when, as lists and tables write it: 'Jane Roe, 2011–2018', 'Tom Poe (interim), since 2021'.

Anything that is not understood to the last word is refused: such rows are short, and a wrong holder is worse than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kgfuse.extract.dates import TimeRelation, find_times
from kgfuse.extract.lexicon import ENDED, OFFICES, TEMPORARY, TITLES
from kgfuse.extract.periods import Period
from kgfuse.model import Moment, Precision, Validity

_LONGEST_TENURE = 45  # years: more is a lifetime ('1921–1999')
_PARTICLES = frozenset("de da di del van von der den ter ten la le bin al af av dos du".split())
_NO_PERSON = frozenset(
    "as asa ab ltd limited inc gmbh ag llc plc corp company group holding university institute college board department "
    "committee council bank vacant none total the our all not various see other others to and or of".split()
)
# Offices that a firm can hold as well as a person, or whose name alone says little.
_NOT_PERSONAL = frozenset(
    "owner shareholder investor auditor partner member founder co-founder cofounder leader manager".split()
)
_OTHER_OFFICE = frozenset(
    "former ex deputy vice assistant honorary associate elect designate emeritus emerita past".split()
)
_LEADING = frozenset(
    "executive ceo cfo coo cto cio chairman chairwoman chairperson chair president director governor mayor chancellor premier "
    "rector dean principal editor treasurer conductor coach commissioner officer secretary manager minister".split()
)
_WANTS_MORE = {"officer": {"chief"}, "manager": {"general", "managing", "plant", "site", "mill"}, "minister": {"prime"}}
_NAME = re.compile(r"[^\W\d_][\w.'’-]*")
_PRESENT = re.compile(r"\s*(?:[–—-]|\bto\b|\buntil\b)\s*(?:(?:the\s+)?(?:present|today|now|date))?$", re.IGNORECASE)
_ENTERED = re.compile(
    r"(?:appointed|elected|in (?:office|post|role)|took office|assumed office)(?:\s+(?:in|on))?\s+", re.IGNORECASE
)
_ONE_YEAR = re.compile(r"((?:19|20)\d\d)\s*[–—-]\s*\1")
_NAME_THEN_TIME = re.compile(
    r"(?P<name>\D+?)\s*(?:\s[–—-]\s*)?(?P<time>(?:\b(?:since|from|until|appointed|elected)\s.*|\d.*))"
)
_TIME_THEN_NAME = re.compile(
    r"(?P<time>(?:(?:since|from|until)\s+)?\d[\d\s–—-]*(?:present|now|today)?)\s+(?:[–—-]\s+)?(?P<name>\D+)"
)
_PARTY = re.compile(r"\s\((?P<party>[A-ZÀ-Þ][^\W\d_]*(?:-[^\W\d_]+| [A-ZÀ-Þ][^\W\d_]*){0,2})\)")
# What brackets say of how an office was held, or that it was not: no party is called so.
_STATUS = frozenset(
    "did not never no none died dead ill vacant elect withdrew withdrawn candidate nominee contender applicant claimant pretender "
    "substitute replacement stand runner loser winner incumbent shadow locum unknown took won lost stood fell ran sworn gone chosen "
    "term office post only again twice temporarily pro tempore tem facto de jure leave successor predecessor "
    "is was were has had be been by in on at to from since until till before after during pending "
    "january february march april may june july august september october november december".split()
)
_PARTICIPLE = re.compile(r"\w{3,}(?:ed|ing)")
_PARTY_PARTICIPLES = frozenset("united reformed unaffiliated".split())
_HEADING = re.compile(
    r"(?:[\dIVX.]+\s+)?(?P<before>(?:(?:list of|our|the|all|past|former|previous|current|present|and)\s+)*)"
    r"(?P<office>[\w-]+(?:\s+[\w-]+){0,3}?)(?:\s+(?:of|at)\s+(?:the\s+)?(?P<where>[\w].*?))?"
    r"(?:\s+(?:since|from)\s+[\w ]+|\s*\([^()]*\))?\s*:?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Office:
    """An office in the singular and in lower case; `interim` when it is held for the time being."""

    name: str
    interim: bool = False


@dataclass(frozen=True, slots=True)
class HeadingOffice:
    """The office that a heading names: whose (a name, when it says so), whether of former holders, whether of several."""

    office: Office
    where: str | None
    former: bool
    several: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """A person of a list, the office and the times that the item itself gives."""

    person: str
    office: Office | None
    interim: bool
    former: bool
    times: tuple[Validity, ...]


def person_name(text: str) -> str | None:
    """Return a personal name of two words to five without titles, or `None` when the text is something else."""
    words = text.strip(" .,;").split()
    while words and words[0].lower().rstrip(".") in TITLES:
        words = words[1:]
    if not 2 <= len(words) <= 5 or words[0].lower() in _PARTICLES | {"the"}:
        return None
    for word in words:
        lower = word.lower().strip(".")
        if not _NAME.fullmatch(word) or lower in _NO_PERSON | OFFICES:
            return None
        if not word[0].isupper() and lower not in _PARTICLES:
            return None
    return " ".join(words) if words[-1][0].isupper() else None


def office_name(text: str) -> Office | None:
    """Return the office that a text is ('Acting Chief Executive (CEO)'), or `None`; deputies and former holders are none."""
    plain = re.sub(r"\s*\([^()]*\)", "", text).strip(" .,;:").lower()
    plain = re.sub(r"^(?:the|our|a|an)\s+|\s+of the (?:board|company|group|firm|management)$", "", plain)
    plain = re.sub(r"^member of the board(?: of directors)?$", "board member", plain)
    words = plain.split()
    kept = [word for word in words if word not in TEMPORARY]
    if not kept or len(kept) > 4 or set(re.split(r"[\s-]", plain)) & _OTHER_OFFICE:
        return None
    last = kept[-1]
    if last not in OFFICES or (last in _NOT_PERSONAL and len(kept) == 1) or (last == "member" and kept[0] != "board"):
        return None
    if last in _NOT_PERSONAL - {"member", "manager", "leader"}:
        return None
    return Office(" ".join(kept), len(kept) < len(words))


def office_of_heading(text: str) -> HeadingOffice | None:
    """Return the leading office that a heading names ('Former chairs', 'Chief executives of Acme'), or `None`."""
    match = _HEADING.fullmatch(text.strip())
    if match is None:
        return None
    *words, last = match["office"].lower().split()
    single = _singular(last)
    if single not in _LEADING or (single in _WANTS_MORE and not _WANTS_MORE[single] & set(words)):
        return None
    office = office_name(" ".join([*words, single]))
    if office is None:
        return None
    where = match["where"]
    named = where.strip() if where and where[0].isupper() else None
    if where and not named and where.lower() not in {"board", "company", "group", "firm", "bank", "board of directors"}:
        return None
    before = set(match["before"].lower().split())
    former = bool(before & {"past", "former", "previous"}) and not before & {"current", "present"}
    return HeadingOffice(office, named, former, single != last)


def _singular(word: str) -> str:
    if word.endswith("men"):
        return f"{word[:-3]}man"
    return word[:-1] if word.endswith("s") and word[:-1] in OFFICES else word


def whole_date(text: str, published_at: Moment | None) -> Period | None:
    """Return the date that a text is, and nothing but that."""
    text = re.sub(r"[T ]00:00(?::00)?Z?$", "", text.strip())
    times = find_times(text, published_at)
    if len(times) != 1 or times[0].core != 0 or times[0].end != len(text) or times[0].relation is not TimeRelation.AT:
        return None
    return times[0].past


def tenure(text: str, published_at: Moment | None) -> Validity | None:
    """Return the time in office that a text is: '2011–2018', 'since 2019', 'March 2011 – present', 'until 2018'.

    A closing year is the year it ended in. A single date says neither whether it began nor whether it ended: `None`.
    """
    text = text.strip(" .,;")
    one = _ONE_YEAR.fullmatch(text)
    if one:
        first = Moment.parse(one[1])
        return Validity(first, Moment(first.end, Precision.YEAR))
    entered = _ENTERED.match(text)
    rest = text[entered.end() :] if entered else text
    opened = _PRESENT.search(rest)
    begun = whole_date(re.sub(r"^(?:since|from)\s+", "", rest[: opened.start()]), published_at) if opened else None
    if begun is not None:
        return Validity(begun.first)
    times = find_times(rest, published_at)
    if len(times) != 1 or times[0].start != 0 or times[0].end != len(rest):
        return None
    relation, period = times[0].relation, times[0].past
    if relation is TimeRelation.SPAN:
        long = period.until.at.year - period.first.at.year > _LONGEST_TENURE
        return None if long else Validity(period.first, period.until)
    if relation is TimeRelation.FROM or (entered and relation is TimeRelation.AT):
        return Validity(period.first)
    if relation is TimeRelation.TO:
        return Validity(None, period.until if period.is_end else period.first)
    return None


def holder(text: str, published_at: Moment | None) -> Holder | None:
    """Return whom an item of a list names and what it says of the office, or `None` when a part of it is not understood."""
    people: list[str] = []
    offices: list[Office] = []
    times: list[Validity] = []
    interim = former = False
    all_dated = True  # '(until March)' beside years is of one of them, and not of the year of the document
    parts = [part.strip() for part in re.split(r"[,;:()|]", _without_party(text).strip(" .")) if part.strip()]
    for part in [piece for whole in parts for piece in _pieces(whole, published_at)]:
        if (time := tenure(part, published_at)) is not None:
            times.append(time)
            all_dated = all_dated and re.search(r"\d", part) is not None
        elif part.lower() in TEMPORARY:
            interim = True
        elif part.lower() in {"former", "formerly"}:
            former = True
        elif (office := office_name(part)) is not None:
            offices.append(office)
        elif (person := person_name(part)) is not None:
            people.append(person)
        else:
            return None
    if len(people) != 1 or len(offices) > 1 or (len(times) > 1 and not all_dated):
        return None
    held = offices[0] if offices else None
    return Holder(people[0], held, interim or bool(held and held.interim), former, tuple(times))


def _without_party(text: str) -> str:
    """Take off whom a holder belongs to: 'Dora Minchin (Labour)'; what speaks of the office or of a time stays: '(Declined)'."""
    match = _PARTY.search(text)
    if match is None or not _is_party(match["party"]):
        return text
    return f"{text[: match.start()]} {text[match.end() :]}".strip()


def _is_party(text: str) -> bool:
    """Whether words in brackets may name a party: none is a verb, a participle, an office, or says how one was held."""
    words = set(re.split(r"[ -]", text.lower()))
    if words & (OFFICES | _OTHER_OFFICE | TEMPORARY | ENDED | _STATUS):
        return False
    return not any(_PARTICIPLE.fullmatch(word) for word in words - _PARTY_PARTICIPLES)


def _pieces(part: str, published_at: Moment | None) -> tuple[str, ...]:
    """Part a name from the time or the office that follows it without a comma."""
    if tenure(part, published_at) is not None:
        return (part,)
    for pattern in (_NAME_THEN_TIME, _TIME_THEN_NAME):
        match = pattern.fullmatch(part)
        if match and tenure(match["time"], published_at) is not None:
            return match["name"].strip(" –—-"), match["time"]
    return tuple(re.split(r"\s+[–—-]\s+", part, maxsplit=1))
