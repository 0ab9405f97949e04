"""The values that flow through kgfuse.

    path -> Document -> Chunk -> Triple -> Claim -> Entity, Fact -> Hit -> Answer

All values are frozen and know no storage. Ids are content hashes (see `content_id`), so the same input gives the same
ids on every machine. All times are UTC; all intervals are half-open; all character offsets are offsets into
`Document.text`, half-open, counted in Unicode code points.

Three numbers never share a name: *extraction confidence* (`Triple.confidence`, `Claim.confidence`: was it said?),
*source reliability* (how often this source is right) and *fused confidence* (`Fact.confidence`: is it true?).
"""

from __future__ import annotations

import calendar
import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from kgfuse.frozen import quickly_made
from kgfuse.plain import Plain

# --------------------------------------------------------------------------------------------------------------- ids


def content_id(kind: str, *parts: str | int | float | None) -> str:
    """Return the content-hash id of a value: `kind` + ``:`` + 32 hex digits (128 bits of SHA-256).

    Every part is encoded with its type and its length before it is hashed, so that no two part lists share an encoding
    (``("ab", "c")`` and ``("a", "bc")`` differ, and so do ``"1"`` and ``1`` and ``None``).
    """
    encoded = ""
    for part in (kind, *parts):
        if type(part) is str and part.isascii():  # nearly all are
            encoded += f"str:{len(part)}:{part}"
        else:
            text = "" if part is None else str(part)
            encoded += f"{type(part).__name__}:{len(_utf8(text))}:{text}"
    return f"{kind}:{hashlib.sha256(_utf8(encoded)).hexdigest()[:32]}"


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


# ------------------------------------------------------------------------------------------------------------- times


class Precision(StrEnum):
    """How much of a date is known."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    SECOND = "second"


_MOMENT = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2})"
    r"(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?P<zone>Z|[+-]\d{2}:?\d{2})?)?)?)?"
)


@quickly_made
@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A point in time known to a precision: `at` is the first instant of the period it names (UTC).

    Written as ISO 8601 cut to its precision: ``2021``, ``2021-06``, ``2021-06-03``, ``2021-06-03T12:00:00Z``.
    Moments order by `at`, then by precision's name.
    """

    at: datetime
    precision: Precision = Precision.DAY

    @classmethod
    def of(cls, when: datetime, precision: Precision = Precision.SECOND) -> Moment:
        """Return `when` cut to `precision`; a naive datetime is read as UTC."""
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
        when = when.replace(microsecond=0)
        if precision is not Precision.SECOND:
            when = when.replace(hour=0, minute=0, second=0)
        if precision in (Precision.YEAR, Precision.MONTH):
            when = when.replace(day=1)
        if precision is Precision.YEAR:
            when = when.replace(month=1)
        return cls(when, precision)

    @classmethod
    def parse(cls, text: str) -> Moment:
        """Read an ISO 8601 date or time of any precision; times without a zone are UTC. Raises ValueError."""
        match = _MOMENT.fullmatch(text.strip())
        if match is None:
            raise ValueError(
                f"not an ISO 8601 date: {text!r} (write 2021, 2021-06, 2021-06-03 or 2021-06-03T12:00:00Z)"
            )
        if match["time"]:
            return cls.of(datetime.fromisoformat(text.strip()), Precision.SECOND)
        precision = Precision.DAY if match["day"] else Precision.MONTH if match["month"] else Precision.YEAR
        year, month, day = int(match["year"]), int(match["month"] or 1), int(match["day"] or 1)
        return cls(datetime(year, month, day, tzinfo=UTC), precision)

    @property
    def end(self) -> datetime:
        """The first instant after the period this moment names."""
        if self.precision is Precision.SECOND:
            return self.at + timedelta(seconds=1)
        if self.precision is Precision.DAY:
            return self.at + timedelta(days=1)
        if self.at.year == 9999:
            return datetime.max.replace(tzinfo=UTC)
        if self.precision is Precision.MONTH:
            return self.at + timedelta(days=calendar.monthrange(self.at.year, self.at.month)[1])
        return self.at.replace(year=self.at.year + 1)

    def covers(self, other: Moment) -> bool:
        """Whether `other` lies within the period this moment names (``2021`` covers ``2021-06``)."""
        return self.at <= other.at and other.end <= self.end

    def as_plain(self) -> str:
        """Return it as it is written."""
        return str(self)

    def __str__(self) -> str:
        if self.precision is Precision.SECOND:
            return self.at.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
        length = {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10}[self.precision]
        return self.at.date().isoformat()[:length]


@quickly_made
@dataclass(frozen=True, slots=True)
class Validity:
    """When something holds in the world: half-open ``[valid_from, valid_to)``; `None` is an unknown or open end.

    A boundary is the first instant of its moment: ``Validity(2019-03, 2021)`` holds from 1 March 2019 until the end of
    2020, and the precision says how far a boundary can be trusted. 'From 2015 to 2019' is ``[2015, 2019)``; 'in 2020'
    (said of a whole period, as revenue is) is ``[2020, 2021)``.
    """

    valid_from: Moment | None = None
    valid_to: Moment | None = None

    def contains(self, when: datetime) -> bool:
        """Whether the instant `when` (UTC) lies in the interval."""
        return (self.valid_from is None or self.valid_from.at <= when) and (
            self.valid_to is None or when < self.valid_to.at
        )

    def overlaps(self, other: Validity) -> bool:
        """Whether the two intervals share an instant."""
        return (self.valid_from is None or other.valid_to is None or self.valid_from.at < other.valid_to.at) and (
            other.valid_from is None or self.valid_to is None or other.valid_from.at < self.valid_to.at
        )

    def as_plain(self) -> dict[str, str | None]:
        """Return its two ends as they are written."""
        ends = {"from": self.valid_from, "to": self.valid_to}
        return {name: None if end is None else str(end) for name, end in ends.items()}

    @property
    def unbounded(self) -> bool:
        """Whether neither end is known."""
        return self.valid_from is None and self.valid_to is None

    def __str__(self) -> str:
        return f"{self.valid_from or '…'} – {self.valid_to or '…'}"


ALWAYS = Validity()

# --------------------------------------------------------------------------------------------------------- documents


class BlockKind(StrEnum):
    """What a block of a document is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    CAPTION = "caption"
    CODE = "code"
    QUOTE = "quote"  # said by somebody else, elsewhere: a quoted reply, a forwarded mail, a block quotation
    IMAGE = "image"


class DateSource(StrEnum):
    """Where a document's date was found, best first."""

    HEADER = "header"  # the Date header of a mail
    METADATA = "metadata"  # document information, meta tags, JSON-LD
    TEXT = "text"  # written at the top of the document
    PARENT = "parent"  # the date of the mail it was attached to
    FILE_TIME = "file_time"  # the modification time of the file: a last resort, weak evidence


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document's layout: ``document.text[start:end]`` is its text.

    `page` counts from 1. `bbox` is ``(left, top, right, bottom)`` in points from the page's top left corner. `level` is
    the depth of a heading (1 is the highest) or of a list item.
    """

    kind: BlockKind
    start: int
    end: int
    page: int | None = None
    bbox: tuple[float, float, float, float] | None = None
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Property:
    """What a file says of itself beside its text: a header of a mail, a link, an entry of an outline.

    `quote` is the evidence: the line of the header, as it stands there, decoded. Names and values, a mail's first:
    ``message_id``, ``replies_to`` and ``references`` (ids of mails, without brackets), ``sent_by``, ``sent_to``,
    ``copied_to`` (``Jane Roe <jane@acme.example>``), ``sent_on`` (ISO 8601 with the sender's time zone), ``link`` (an
    address), ``outline`` (a title; the quote has level and page), ``signature`` (MinHash, see ingest/copies).
    """

    name: str
    value: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its text, its layout and who said it when.

    `id` hashes `uri` and the file's bytes (`document_id`): a changed file is another document. `source` names who
    speaks, for reliability and independence (``mail:jane@acme.example``, ``web:acme.example``, ``author:Jane Roe``,
    ``file:<uri>`` when nothing better is known). `parent_id` is the mail an attachment came with. `family` names the near
    duplicates that it belongs to, where other sources have them too; it follows from the ledger and is not stored with it.
    """

    id: str
    uri: str
    media_type: str
    title: str
    text: str
    blocks: tuple[Block, ...]
    source: str
    published_at: Moment | None = None
    date_source: DateSource | None = None
    author: str | None = None
    parent_id: str | None = None
    properties: tuple[Property, ...] = ()
    family: str | None = None


def document_id(uri: str, content: bytes) -> str:
    """Return the id of the document read from `content` at `uri`."""
    return content_id("document", uri, hashlib.sha256(content).hexdigest())


@dataclass(frozen=True, slots=True)
class Chunk(Plain):
    """A passage of one document, small enough to be embedded or sent to an LLM.

    ``document.text[start:end] == text``. `heading_path` holds the headings above it, highest first. `quoted` says that
    somebody else said it elsewhere (see `BlockKind.QUOTE`): what it claims is undated. `table_header` is the row of column
    names of the table that it begins in the middle of, else empty; it stands elsewhere in the document's text.
    """

    id: str
    document_id: str
    start: int
    end: int
    text: str
    heading_path: tuple[str, ...] = ()
    page: int | None = None
    quoted: bool = False
    table_header: str = ""

    @property
    def embedded(self) -> str:
        """What is embedded: the text below what it stands under, the nearest heading and the names of the columns."""
        above = [self.heading_path[-1]] if self.heading_path and not self.text.startswith(self.heading_path[-1]) else []
        return "\n".join([*above, *([self.table_header] if self.table_header else []), self.text])


def chunk_id(document_id: str, start: int, end: int) -> str:
    """Return the id of the chunk at ``[start, end)`` of a document."""
    return content_id("chunk", document_id, start, end)


# ------------------------------------------------------------------------------------------------------ what was said


class Datatype(StrEnum):
    """What a literal value is."""

    STRING = "string"
    NUMBER = "number"
    QUANTITY = "quantity"
    DATE = "date"
    BOOLEAN = "boolean"


@quickly_made
@dataclass(frozen=True, slots=True)
class Mention:
    """An entity as a text names it.

    `surface` is the name (after coreference: the name of what a pronoun stands for); ``[start, end)`` is where it was
    read. `entity_type` is the name of a type of the ontology (``Person``, ``Organization`` …) when known.
    """

    surface: str
    start: int
    end: int
    entity_type: str | None = None


@quickly_made
@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is no entity. `lexical` is how it was written, `value` its normal form.

    Normal forms: number and quantity, a plain decimal (``11900000``), `unit` being an ISO 4217 code, an SI symbol, ``%``
    or a lower-case singular noun; date, the ISO 8601 form of a `Moment`; boolean, ``true`` or ``false``; string, the
    text with white space folded.
    """

    lexical: str
    datatype: Datatype
    value: str
    unit: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two literals the same value."""
        return (self.datatype.value, self.value, self.unit or "")

    def __str__(self) -> str:
        return f"{self.value} {self.unit}" if self.unit else self.value


@quickly_made
@dataclass(frozen=True, slots=True)
class Evidence:
    """Where something was read: ``document.text[start:end] == quote``; `page` counts from 1."""

    document_id: str
    chunk_id: str
    start: int
    end: int
    quote: str
    page: int | None = None


Qualifiers = tuple[tuple[str, str], ...]
"""Further roles of an n-ary statement, sorted by name: ``(("amount", "5 million euros"), ("place", "Oslo"))``."""


@quickly_made
@dataclass(frozen=True, slots=True)
class Triple:
    """What one source said.

    `predicate` is the lemmatised phrase that links the arguments ('chief executive of', 'acquire', 'be acquired by').
    `negated` says that the source denies it. `validity` is what the text states about when it held; an end that the text
    does not state is `None`. `confidence` is the extraction confidence, a probability.
    """

    id: str
    subject: Mention
    predicate: str
    object: Mention | Literal
    evidence: Evidence
    confidence: float
    extractor: str
    qualifiers: Qualifiers = ()
    negated: bool = False
    validity: Validity = ALWAYS

    def __post_init__(self) -> None:
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence must be a probability, not {self.confidence}")


def triple_id(
    subject: Mention,
    predicate: str,
    object: Mention | Literal,
    evidence: Evidence,
    negated: bool,
    validity: Validity,
    extractor: str,
) -> str:
    """Return the id of a triple: what was said, where it stands, and who read it there."""
    said = object.surface if isinstance(object, Mention) else "\x1f".join(object.key)
    place = (evidence.document_id, evidence.start, evidence.end)
    return content_id("triple", subject.surface, predicate, said, *place, negated, str(validity), extractor)


# ------------------------------------------------------------------------------------------------------------ fusion


class Judgement(StrEnum):
    """Whether two records are the same entity."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class CandidatePair:
    """Two mention groups that a blocking rule proposes for comparison, `left` < `right`."""

    left: str
    right: str
    blocking_rule: str


@dataclass(frozen=True, slots=True)
class MatchDecision:
    """A judgement on a pair; a person's or an LLM's outranks a score until it is revoked (UTC times)."""

    left: str
    right: str
    judgement: Judgement
    score: float
    decided_by: str
    decided_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an LLM concludes about two mention groups that no source relates in so many words; never evidence.

    `key` is the content hash of all that was asked, so that asking again costs nothing. `quotes` are the passages that the
    conclusion rests on: with any of their documents the proposal is forgotten. UTC times.
    """

    id: str
    key: str
    subject: str
    relation: str
    object: str
    confidence: float
    quotes: tuple[Evidence, ...]
    proposed_by: str
    proposed_at: datetime
    revoked_at: datetime | None = None


def proposal_id(key: str, subject: str, relation: str, object: str) -> str:
    """Return the id of what an LLM concluded from the input hashed in `key`."""
    return content_id("proposal", key, subject, relation, object)


@dataclass(frozen=True, slots=True)
class Advice:
    """Which of conflicting claims an LLM finds the better ones, by triple; both empty where it finds none better.

    `id` is the content hash of all that was asked, so that asking again costs nothing. It is forgotten with any of the
    triples that it was asked about (`asked`, sorted). UTC times.
    """

    id: str
    asked: tuple[str, ...]
    preferred: tuple[str, ...]
    rejected: tuple[str, ...]
    why: str
    advised_by: str
    advised_at: datetime
    revoked_at: datetime | None = None


@quickly_made
@dataclass(frozen=True, slots=True)
class Entity(Plain):
    """One thing in the world.

    `members` are the ids of the mention groups that were joined into it; the entity's own id is the least of them, and
    every member's id resolves to the entity, so that an id handed out before a merge stays valid.
    """

    id: str
    name: str
    type: str | None
    aliases: tuple[str, ...]
    mention_count: int
    members: tuple[str, ...] = ()

    @property
    def embedded(self) -> str:
        """What is embedded: the name, what kind of thing it is, and a few other names."""
        names = ", ".join((self.name, *self.aliases[:_ALIASES_EMBEDDED]))
        return f"{names} ({self.type})" if self.type else names


_ALIASES_EMBEDDED = 3


@quickly_made
@dataclass(frozen=True, slots=True)
class Claim:
    """A triple after linking: entity ids, the ontology's relation, who said it when.

    `observed_at` is when the source spoke; `None` for a quoted or undated statement, which supports a value without
    moving a boundary in time. `fingerprint` is the hash of the normalised sentence: equal ones are copies. What documents of
    one `family` (near duplicates) state alike is said once.
    """

    triple_id: str
    subject: str
    relation: str
    object: str | Literal
    validity: Validity
    observed_at: Moment | None
    confidence: float
    source: str
    evidence: Evidence
    fingerprint: str
    qualifiers: Qualifiers = ()
    negated: bool = False
    family: str | None = None


class FactStatus(StrEnum):
    """What we make of a fact."""

    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"  # was true; its interval is closed
    DISPUTED = "disputed"  # lost or tied; `Fact.reason` says to what
    INFERRED = "inferred"  # not said by any source; follows from its premises
    RETRACTED = "retracted"  # no longer believed; kept in the history only


@quickly_made
@dataclass(frozen=True, slots=True)
class Fact(Plain):
    """What we believe after fusion; `object` is an entity's id or a literal.

    `supported_by` and `opposed_by` hold ids of triples, sorted. `premises` holds ids of facts, for an inferred fact only.
    `reason` says in a sentence why it has its status, naming what it lost to. `recorded_at` and `retracted_at` (UTC) are
    stamped by the store and are no part of the canonical dump.
    """

    id: str
    subject: str
    relation: str
    object: str | Literal
    validity: Validity
    confidence: float
    status: FactStatus
    supported_by: tuple[str, ...]
    opposed_by: tuple[str, ...] = ()
    reason: str = ""
    qualifiers: Qualifiers = ()
    premises: tuple[str, ...] = ()
    recorded_at: datetime | None = field(default=None, compare=False)
    retracted_at: datetime | None = field(default=None, compare=False)

    def unstamped(self) -> Fact:
        """Return the fact without the store's stamps."""
        return replace(self, recorded_at=None, retracted_at=None)


def fact_id(subject: str, relation: str, object: str | Literal, validity: Validity) -> str:
    """Return the id of a fact: what is believed and when it held; status, confidence and evidence are no part of it."""
    value = object if isinstance(object, str) else "\x1f".join(object.key)
    kind = "entity" if isinstance(object, str) else "literal"
    return content_id("fact", subject, relation, kind, value, str(validity))


@dataclass(frozen=True, slots=True)
class FusedGraph:
    """The result of fusion, in canonical order: a pure function of the ledger.

    `claims` holds every claim, the losing ones included. `groups` maps a mention's ``(document id, surface, type or "")``
    to its mention group, so that stored mentions find their entity.
    """

    entities: tuple[Entity, ...]
    facts: tuple[Fact, ...]
    claims: tuple[Claim, ...]
    groups: tuple[tuple[tuple[str, str, str], str], ...] = ()


# ---------------------------------------------------------------------------------------------------------- answering


@dataclass(frozen=True, slots=True)
class Hit(Plain):
    """Something retrieved: a fact or a chunk, and why.

    `scores` holds the score by part (``full_text``, ``vector``, ``graph``), `score` the fused one. `path` is the chain of
    facts that led here, nearest to the question first. What a `KnowledgeView` returns says the same in words, `path_words`,
    and in `citations` the best places, at most three, where it was read.
    """

    item: Fact | Chunk
    score: float
    scores: tuple[tuple[str, float], ...] = ()
    path: tuple[Fact, ...] = ()
    path_words: tuple[str, ...] = field(default=(), compare=False)
    citations: tuple[Citation, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Citation(Plain):
    """A place that carries a sentence of an answer."""

    document_id: str
    uri: str
    title: str
    start: int
    end: int
    quote: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Answer(Plain):
    """An answer and what it rests on; `abstained` says that the evidence did not carry one (then `text` says so).

    `dropped` holds sentences that a language model wrote and that the evidence they cite does not carry. `period` is the
    time that the question was taken to ask about (half-open, UTC; `None`: no time, or the present). `nearest` are the
    sentences that come nearest where nothing answers: places to look at, which need not say what is asked.
    """

    text: str
    citations: tuple[Citation, ...]
    confidence: float
    abstained: bool = False
    hits: tuple[Hit, ...] = ()
    dropped: tuple[str, ...] = ()
    period: Validity | None = None
    nearest: tuple[Citation, ...] = ()
