"""A row under a header: a person and a post, the holder of an office, or a thing and its attributes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kgfuse.extract.arguments import is_organisation, without_legal_form
from kgfuse.extract.lexicon import FLOWS
from kgfuse.extract.measures import Unit, figure, measure_of, plain_figure, unit_of
from kgfuse.extract.passages import Row
from kgfuse.extract.posts import is_post
from kgfuse.extract.rows import CONFIDENCE, IMPLIED_CONFIDENCE, OPEN_CONFIDENCE, RowStatement
from kgfuse.extract.tenures import Office, office_name, office_of_heading, person_name, tenure, whole_date
from kgfuse.model import ALWAYS, Datatype, Literal, Moment, Precision, Validity

_NAMES = frozenset("name person member director executive".split())
_POSTS = frozenset("position role post title office function".split())
# When the post began, not when the person joined: 'Joined' and 'Start date' tell of the firm.
_STARTS = frozenset(
    {
        "since",
        "from",
        "appointed",
        "in office since",
        "in post since",
        "in role since",
        "elected",
        "term start",
        "took office",
    }
)
_ENDS = frozenset({"until", "to", "end", "end date", "left", "term end", "left office"})
_TERMS = frozenset(
    {"period", "term", "tenure", "years", "in office", "term of office", "time in office", "years in office"}
)
_DATES = frozenset({"date", "year", "as of", "at", "period", "year end", "fiscal year"})
_FIRMS = frozenset({"company", "organisation", "organization", "employer", "firm"})
_UNITS = frozenset({"department", "unit", "division", "team", "section", "committee"})
_WHOLE_FIRM = frozenset(
    "chief chair chairman chairwoman chairperson ceo cfo coo cto cio president managing board".split()
)
# What is held beside a job, and what is no job any more or not yet.
_NO_JOB = frozenset(
    "chair deputy vice board member trustee governor non honorary retired emeritus emerita "
    "former formerly previous previously ex past late outgoing resigned until till "
    "incoming future proposed prospective designate elect candidate nominee applicant".split()
)
_OF_TIMES = re.compile(r"\b\d{4}\s*(?:[–—-]|to)\s*\d")
_AT_NAME = re.compile(r"\s(?:at|@)\s+(?:the\s+)?(?P<name>[A-ZÀ-Þ][^,;()]*)")
_BESIDE = re.compile(r"\s*[,;/()|]\s*|\s[–—-]\s|\s(?:for|with|from)\s+(?:the\s+)?")
_OF_NAME = re.compile(r"\s(?:of|in)\s+(?:the\s+)?(?P<name>[A-ZÀ-Þ][^,;()]*)")
_FIELDS = frozenset("energy systems technologies solutions capital industries ventures".split())
"""What names of firms end with and those of departments too: 'Head of Renewable Energy'."""
_BUSINESS = frozenset({"owner", "operator", "supplier", "manufacturer", "customer"})
_DOERS = frozenset(
    "lead leader manager founder cofounder author coauthor editor publisher developer designer inventor creator discoverer "
    "producer builder organiser organizer sponsor funder donor host mother father parent successor predecessor partner "
    "auditor regulator buyer seller landlord tenant teacher contractor cause".split()
)
"""What somebody or something is to what the row is about; as verbs, some of them would say the opposite."""
_PARENT_FIRMS = frozenset({"parent", "parent company", "holding company"})
_PLACES = frozenset(
    {"location", "city", "country", "place", "town", "municipality", "head office", "headquarters", "seat"}
)
_COUNTERS = frozenset(
    {"no", "no.", "nr", "nr.", "#", "rank", "page", "id", "note", "notes", "ref", "comment", "comments"}
)
_ANSWERS = frozenset({"yes", "no", "none", "n/a", "na", "unknown", "tbd", "open", "done", "x", "ok"})
_SUMS = frozenset("total sum average mean median other others subtotal".split())
_SPLIT_POSTS = re.compile(r"\s*(?:,|;|/|\band\b|&)\s*")
_PROPER = re.compile(r"[A-ZÀ-Þ]")
_PAST = re.compile(r"(?:\w+ed|built|begun|born|set up)$")
_LONGEST = 8


def record_statements(
    row: Row, heads: Sequence[str], topic: str | None, published_at: Moment | None
) -> Iterator[RowStatement]:
    """Yield what a row says under the heads of its columns; of people, what they are in `topic` unless it names a firm."""
    cells = [(head.lower().strip(" :"), value.strip()) for head, value in zip(heads, row.cells, strict=True)]
    if _is_of_people(cells):
        yield from _person(row, cells, topic, published_at)
        return
    head, subject = cells[0]
    if head in _DATES | _COUNTERS or not _PROPER.match(subject) or len(subject.split()) > _LONGEST:
        return
    if subject.lower().split()[0] in _SUMS:
        return
    kind = _type_of(head)
    if head == "subsidiary" and topic is not None and subject.casefold() != topic.casefold():
        yield RowStatement(row, subject, "subsidiary of", topic, ALWAYS, kind, kind, IMPLIED_CONFIDENCE)
    held, dated = _time(cells, published_at), _date_of(cells, published_at)
    times = _STARTS | _ENDS | _TERMS | _DATES | _COUNTERS
    for written, (name, value) in list(zip(heads, cells, strict=True))[1:]:
        if name not in times and value:
            yield from _attribute(row, (subject, kind), written, value, (held, dated), published_at)


# ------------------------------------------------------------------------------------------------------------- people


def _is_of_people(cells: Sequence[tuple[str, str]]) -> bool:
    """Whether the columns are people and posts, or people and times under a heading that names the office."""
    heads = {head for head, _ in cells}
    rest = heads - _NAMES - _STARTS - _ENDS - _TERMS - _COUNTERS
    if heads & _NAMES and (heads & _POSTS or not rest):
        return True
    return len(rest) == 1 and office_name(next(iter(rest))) is not None and not heads & _NAMES


def _person(
    row: Row, cells: Sequence[tuple[str, str]], topic: str | None, published_at: Moment | None
) -> Iterator[RowStatement]:
    values = dict(reversed(cells))
    where = next((values[head] for head in _FIRMS if values.get(head)), topic)
    name = next(
        (person for head, value in cells if head in _NAMES | _offices(cells) and (person := person_name(value))), None
    )
    when = _time(cells, published_at)
    if name is None or where is None or when is None:
        return
    posts = [value for head, value in cells if head in _POSTS]
    if posts and _is_job(posts[0], where) and not any(values.get(head) for head in _UNITS):
        job = (("as", posts[0]),)
        yield RowStatement(row, name, "work for", where, when, "Person", "Organization", IMPLIED_CONFIDENCE, job)
    for office in _held(posts[0]) if posts else _headed(row, cells):
        of_unit = any(values.get(head) for head in _UNITS)
        if not of_unit or office.name.split()[0] in _WHOLE_FIRM:
            manner = (("manner", "interim"),) if office.interim else ()
            predicate = f"{office.name} of"
            yield RowStatement(row, name, predicate, where, when, "Person", "Organization", IMPLIED_CONFIDENCE, manner)


def _is_job(post: str, where: str) -> bool:
    """Whether a post is that of somebody who works at `where`, and no office told by its name: 'Director of Operations'."""
    if not is_post(post) or _held(post) or _OF_TIMES.search(post):
        return False
    return _NO_JOB.isdisjoint(re.findall(r"[a-z]+", post.lower())) and not _is_elsewhere(post, where)


def _is_elsewhere(post: str, where: str) -> bool:
    """Whether a post names another organisation than `where`: 'Engineer at Beta', 'Professor of Law, Oslo University'."""
    named = [match["name"] for match in _AT_NAME.finditer(post)]
    named += [part for part in _BESIDE.split(post)[1:] if part and is_organisation(part)]
    of = [match["name"] for match in _OF_NAME.finditer(post)]
    named += [name for name in of if is_organisation(name) and name.lower().split()[-1] not in _FIELDS]
    own = without_legal_form(where).casefold()
    return any(without_legal_form(name.strip()).casefold() != own and not _is_unit(name) for name in named)


def _is_unit(name: str) -> bool:
    words = name.lower().split()
    return bool({words[0], words[-1]} & _UNITS)


def _offices(cells: Sequence[tuple[str, str]]) -> frozenset[str]:
    return frozenset(head for head, _ in cells if office_name(head) is not None)


def _held(posts: str) -> list[Office]:
    """Return the offices that a cell lists, or none when a part of it is something else ('Director, Finance')."""
    found = [office_name(post) for post in _SPLIT_POSTS.split(posts)]
    return [office for office in found if office] if all(found) else []


def _headed(row: Row, cells: Sequence[tuple[str, str]]) -> list[Office]:
    """Return the office of the people's column, else the one of the heading; then each must say when."""
    heads = [head for head, _ in cells]
    named = [office for head in heads if head not in _NAMES and (office := office_name(head))]
    if not set(heads) & (_STARTS | _ENDS | _TERMS):
        return []
    heading = office_of_heading(row.chunk.heading_path[-1]) if row.chunk.heading_path else None
    return named or ([heading.office] if heading else [])


def _time(cells: Sequence[tuple[str, str]], published_at: Moment | None) -> Validity | None:
    """Return the time in the post that a row gives; `None` when it gives one that cannot be read."""
    start = end = None
    for head, value in cells:
        if head in _TERMS and value:
            held = tenure(value, published_at)
            if held is None and head not in _DATES:
                return None
            start, end = (held.valid_from, held.valid_to) if held else (start, end)
        elif head in _STARTS and value:
            since = tenure(value, published_at) if whole_date(value, published_at) is None else None
            period = whole_date(value, published_at)
            start = period.first if period else since.valid_from if since else None
            if start is None:
                return None
        elif head in _ENDS and (period := whole_date(value, published_at)):
            end = period.first
    if start and end and start.at >= end.at:
        end = Moment(end.end, end.precision)
        return Validity(start, end) if start.at < end.at else None
    return Validity(start, end)


def _date_of(cells: Sequence[tuple[str, str]], published_at: Moment | None) -> Validity:
    """Return the time that a column 'Year' or 'As of' gives the figures of a row."""
    for head, value in cells:
        period = whole_date(value, published_at) if head in _DATES else None
        if period is not None:
            return Validity(period.first, None if period.first.precision is Precision.DAY else period.until)
    return ALWAYS


# ------------------------------------------------------------------------------------------------------------- things


def _type_of(head: str) -> str | None:
    if head in _FIRMS | {"subsidiary", "supplier", "customer"}:
        return "Organization"
    if head in {"site", "plant", "facility"}:
        return "Facility"
    if head in _PLACES - {"headquarters", "head office", "seat"}:
        return "Place"
    return "Person" if head in _NAMES - {"name"} | {"employee"} else None


def _attribute(
    row: Row,
    thing: tuple[str, str | None],
    head: str,
    value: str,
    times: tuple[Validity | None, Validity],
    published_at: Moment | None,
) -> Iterator[RowStatement]:
    subject, kind = thing
    held, dated = times
    name = " ".join(re.sub(r"\([^()]*\)", "", head).lower().strip(" :").split())
    if not name:
        return
    if (period := whole_date(value, published_at)) is not None:
        verb, sure = (f"{name} in", CONFIDENCE) if _PAST.search(name) else (name, OPEN_CONFIDENCE)
        literal = Literal(value, Datatype.DATE, str(period.first))
        yield RowStatement(row, subject, verb, literal, ALWAYS, kind, confidence=sure)
    elif (measure := measure_of(head)) and re.search(r"\d", value):
        if (literal_or_none := figure(value, measure)) is not None:
            when = dated if measure.flow or dated.valid_to is None else Validity(dated.valid_from)
            yield RowStatement(row, subject, measure.name, literal_or_none, when, kind)
    elif (number := plain_figure(value, _unit_in(head))) is not None:
        if not set(name.split()) & FLOWS:
            yield RowStatement(row, subject, name, number, ALWAYS, kind, confidence=OPEN_CONFIDENCE)
    elif (
        held is not None
        and _is_name(value)
        and (_is_known_column(name, value) or _is_open_column(head, value, subject))
    ):
        yield _named(RowStatement(row, subject, name, value, held, kind))


def _is_name(value: str) -> bool:
    if value.lower() in _ANSWERS:
        return False
    return not re.search(r"\d", value) and len(value.split()) <= _LONGEST and _PROPER.match(value) is not None


def _unit_in(head: str) -> Unit | None:
    match = re.search(r"[(\[]([^()\[\]]*)[)\]]\s*$", head)
    return unit_of(match[1]) if match else None


def _named(said: RowStatement) -> RowStatement:
    """Turn what a column says of its row's subject into a relation: 'Owner' is the owner of it, 'City' where it lies."""
    name, value = said.predicate, str(said.object)
    office = office_name(name)
    if name in _PARENT_FIRMS and (
        said.subject_type == "Organization" or is_organisation(said.subject) or is_organisation(value)
    ):
        return replace(said, predicate="subsidiary of", object_type="Organization")
    if name in _BUSINESS:
        return _turned(said, name)
    if office is not None and person_name(value) is not None:
        return replace(_turned(said, office.name), subject_type="Person")
    if name.split()[-1] in _DOERS and not (name.endswith("manager") and person_name(said.subject)):
        return replace(_turned(said, re.sub(r"\blead$", "leader", name)), confidence=OPEN_CONFIDENCE)
    if name in _PLACES:
        verb = "located in" if name in {"location", "city", "place", "town", "municipality"} else name
        return replace(said, predicate=verb, object=value.split(",", maxsplit=1)[0].strip(), object_type="Place")
    return replace(said, confidence=OPEN_CONFIDENCE)


def _turned(said: RowStatement, role: str) -> RowStatement:
    """What a column names as the holder of a role, told of that one."""
    return replace(
        said,
        subject=str(said.object),
        predicate=f"{role} of",
        object=said.subject,
        subject_type=None,
        object_type=said.subject_type,
    )


def _is_open_column(head: str, value: str, subject: str) -> bool:
    """Whether an unknown column may be read: a short head in words, over a short name that is no list and no sentence."""
    if office_name(head) is not None:
        return False
    words = (
        len(head.split()) <= 3 and head[:1].isupper() and re.fullmatch(r"[^\W\d_]+(?:[ -][^\W\d_]+)*", head) is not None
    )
    return (
        words
        and len(value.split()) <= 5
        and not re.search(r"[,;:.!?]", value)
        and value.casefold() != subject.casefold()
    )


def _is_known_column(name: str, value: str) -> bool:
    return name in _BUSINESS | _PLACES or (office_name(name) is not None and person_name(value) is not None)
