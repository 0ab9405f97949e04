"""Two columns of keys and values: 'Founded | 4 May 2011', 'Chief executive | Jane Roe (since 2019)'.

Without a header that says so ('Field | Value') only known keys are read, for the first column may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kgfuse.extract.dates import TimeRelation, find_times
from kgfuse.extract.measures import figure, measure_of, plain_figure
from kgfuse.extract.passages import Row
from kgfuse.extract.rows import IMPLIED_CONFIDENCE, OPEN_CONFIDENCE, RowStatement
from kgfuse.extract.tenures import holder, office_name, person_name, tenure, whole_date
from kgfuse.model import ALWAYS, Datatype, Literal, Moment, Precision, Validity

_FOUNDED = frozenset(
    {"founded", "established", "foundation", "date of foundation", "founding date", "inception", "year founded"}
)
_DATES = _FOUNDED | frozenset(
    {"incorporated", "formed", "dissolved", "opened", "launched", "registered", "commissioned", "released"}
)
_OTHER_NAMES = frozenset(
    {
        "former name",
        "former names",
        "previous name",
        "also known as",
        "short name",
        "abbreviation",
        "trading name",
        "formerly",
    }
)
_FOUNDERS = frozenset({"founder", "founders", "founded by"})
_PARENTS = frozenset({"parent", "parent company", "holding company"})
_OWNERS = frozenset({"owner", "owned by"})
_SUBSIDIARIES = frozenset({"subsidiary", "subsidiaries"})
_SEATS = frozenset({"headquarters", "head office", "headquartered in", "based in"})
_PLAIN = frozenset({"industry", "sector", "products", "country", "legal form", "status"})
_PEOPLE = frozenset({"key people", "management", "board", "leadership"})
_NAMES = frozenset({"name", "company", "company name", "legal name", ""})
_SPLIT_NAMES = re.compile(r"\s*(?:,|;|\band\b|&)\s*")
_PROPER = re.compile(r"[A-ZÀ-Þ]")
_LONGEST = 8


def is_known_key(key: str) -> bool:
    """Whether a cell is a key that we can read without being told that it is one."""
    plain = _key(key)
    known = (
        _DATES
        | _OTHER_NAMES
        | _FOUNDERS
        | _PARENTS
        | _OWNERS
        | _SUBSIDIARIES
        | _SEATS
        | _PLAIN
        | _PEOPLE
        | _NAMES - {""}
    )
    return plain in known or office_name(plain) is not None or measure_of(key) is not None


def _key(text: str) -> str:
    return " ".join(re.sub(r"\([^()]*\)", "", text).lower().strip(" :").split())


def pair_statements(
    row: Row, topic: str | None, published_at: Moment | None, *, open_keys: bool = False
) -> Iterator[RowStatement]:
    """Yield what a key and its value say of `topic`; with `open_keys` any key is taken as a predicate."""
    if topic is None or len(row.cells) != 2 or not row.cells[1] or _key(row.cells[0]) in _NAMES:
        return
    key, value = _key(row.cells[0]), row.cells[1]
    office, name = office_name(key), person_name(row.cells[0])
    if office is not None:
        yield from _holders(row, office.name, value, topic, published_at, interim=office.interim)
    elif name is not None and (held := office_name(value)) is not None:  # 'Jane Roe | Chief executive'
        yield _post(row, name, held.name, topic, ALWAYS, interim=held.interim)
    elif key in _PEOPLE:
        yield from _key_people(row, value, topic, published_at)
    elif measure := measure_of(row.cells[0]):
        when, bare = _noted(value, published_at)
        if (literal := figure(bare, measure)) is not None:
            span = when if measure.flow or when.valid_to is None else Validity(when.valid_from)
            yield RowStatement(row, topic, measure.name, literal, span, "Organization", confidence=IMPLIED_CONFIDENCE)
    else:
        yield from _named(row, key, value, topic, published_at)
        if open_keys and not is_known_key(key):
            yield from _open(row, key, value, topic, published_at)


def _post(row: Row, person: str, office: str, topic: str, when: Validity, *, interim: bool = False) -> RowStatement:
    manner = (("manner", "interim"),) if interim else ()
    return RowStatement(row, person, f"{office} of", topic, when, "Person", "Organization", IMPLIED_CONFIDENCE, manner)


def _holders(
    row: Row, office: str, value: str, topic: str, published_at: Moment | None, *, interim: bool
) -> Iterator[RowStatement]:
    """Read 'Jane Roe', 'Jane Roe (since 2019)', 'Jane Roe and Tom Poe'."""
    held = holder(value, published_at)
    if held is not None and held.office is None:
        for when in held.times or (() if held.former else (ALWAYS,)):
            yield _post(row, held.person, office, topic, when, interim=interim or held.interim)
        return
    names = [person_name(part) for part in _SPLIT_NAMES.split(value)]
    if all(names):
        for name in names:
            yield _post(row, str(name), office, topic, ALWAYS, interim=interim)


def _key_people(row: Row, value: str, topic: str, published_at: Moment | None) -> Iterator[RowStatement]:
    """Read 'Jane Roe (CEO), Tom Poe (chair)'."""
    for part in re.split(r"[,;]\s*(?![^(]*\))", value):
        held = holder(part, published_at)
        if held is not None and held.office is not None and not held.former:
            for when in held.times or (ALWAYS,):
                yield _post(row, held.person, held.office.name, topic, when, interim=held.interim)


def _named(row: Row, key: str, value: str, topic: str, published_at: Moment | None) -> Iterator[RowStatement]:
    """Read the keys that name a date, a place or another firm."""
    when, bare = _noted(value, published_at)
    if key in _DATES:
        yield from _date(row, key, value, bare, topic, published_at)
    elif not _PROPER.match(bare) or len(bare.split()) > _LONGEST:
        return
    elif key in _FOUNDERS | _SUBSIDIARIES | _PARENTS | _OWNERS:
        yield from _related(row, key, bare, topic, when)
    elif key in _OTHER_NAMES:
        yield RowStatement(row, topic, "also known as", bare, ALWAYS, "Organization", confidence=IMPLIED_CONFIDENCE)
    elif re.search(r"\d", bare):
        return
    elif key in _SEATS:
        place = bare.split(",", maxsplit=1)[0].strip()
        if len(place.split()) <= 3:
            yield RowStatement(row, topic, "headquarters", place, when, "Organization", "Place", IMPLIED_CONFIDENCE)
    elif key in _PLAIN:
        yield RowStatement(row, topic, key, bare, when, "Organization", confidence=IMPLIED_CONFIDENCE)


def _date(row: Row, key: str, value: str, bare: str, topic: str, published_at: Moment | None) -> Iterator[RowStatement]:
    period = whole_date(bare, published_at)
    if period is not None:
        verb = "founded in" if key in _FOUNDED else f"{key} in"
        literal = Literal(value, Datatype.DATE, str(period.first))
        yield RowStatement(row, topic, verb, literal, ALWAYS, "Organization", confidence=IMPLIED_CONFIDENCE)


def _related(row: Row, key: str, bare: str, topic: str, when: Validity) -> Iterator[RowStatement]:
    """Read who founded it, who owns it and what it owns."""
    if key in _FOUNDERS:
        for part in _SPLIT_NAMES.split(bare):
            if name := person_name(part):
                yield RowStatement(row, name, "found", topic, ALWAYS, "Person", "Organization", IMPLIED_CONFIDENCE)
    elif key in _SUBSIDIARIES:
        for part in re.split(r"\s*[,;]\s*", bare):
            if _PROPER.match(part):
                yield _firm(row, part, "subsidiary of", topic, when)
    elif key in _PARENTS:
        yield _firm(row, topic, "subsidiary of", bare, when)
    else:
        yield RowStatement(row, bare, "owner of", topic, when, None, "Organization", IMPLIED_CONFIDENCE)


def _firm(row: Row, subject: str, predicate: str, object: str, when: Validity) -> RowStatement:
    return RowStatement(row, subject, predicate, object, when, "Organization", "Organization", IMPLIED_CONFIDENCE)


def _open(row: Row, key: str, value: str, topic: str, published_at: Moment | None) -> Iterator[RowStatement]:
    period, number = whole_date(value, published_at), plain_figure(value)
    if period is not None:
        literal = Literal(value, Datatype.DATE, str(period.first))
        yield RowStatement(row, topic, key, literal, ALWAYS, "Organization", confidence=OPEN_CONFIDENCE)
    elif number is not None and number.unit is not None:
        yield RowStatement(row, topic, key, number, ALWAYS, "Organization", confidence=OPEN_CONFIDENCE)
    elif _PROPER.match(value) and len(value.split()) <= _LONGEST and not re.search(r"\d", value):
        yield RowStatement(row, topic, key, value, ALWAYS, "Organization", confidence=OPEN_CONFIDENCE)


def _noted(value: str, published_at: Moment | None) -> tuple[Validity, str]:
    """Take the time in brackets off a value: 'NOK 402 million (2021)', 'Fjord AS (until 2017)', '450 (31 December 2020)'."""
    match = re.fullmatch(r"(?P<bare>.*?)\s*\((?P<note>[^()]*)\)", value)
    if match is None or not match["bare"]:
        return ALWAYS, value
    held = tenure(match["note"], published_at)
    if held is not None:
        return held, match["bare"]
    times = find_times(match["note"], published_at)
    if len(times) != 1 or times[0].relation not in (TimeRelation.AT, TimeRelation.FROM):
        return ALWAYS, match["bare"] if not re.search(r"\d", match["note"]) else value
    period = times[0].past
    if period.first.precision is Precision.DAY or times[0].relation is TimeRelation.FROM:
        return Validity(period.first), match["bare"]
    return Validity(period.first, period.until), match["bare"]
