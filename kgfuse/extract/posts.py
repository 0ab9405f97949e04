"""Posts that lines name beside a person: in lists, minutes, curricula and signatures."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kgfuse.extract.lexicon import POSTS_HELD
from kgfuse.extract.passages import Row
from kgfuse.extract.rows import LINE_CONFIDENCE, RowStatement
from kgfuse.extract.tenures import Office, office_name
from kgfuse.model import ALWAYS, Validity


def is_post(text: str) -> bool:
    """Whether a part of a line says what somebody does for a living: 'Head of Delivery'."""
    return text[:1].isupper() and not POSTS_HELD.isdisjoint(re.findall(r"[a-z]+", text.lower()))


def office_row(
    row: Row, person: str, office: Office, where: str, when: Validity = ALWAYS, *, interim: bool = False
) -> RowStatement:
    """Return that a person holds an office; `interim` where something else than its name says so."""
    manner = (("manner", "interim"),) if interim or office.interim else ()
    predicate = f"{office.name} of"
    return RowStatement(row, person, predicate, where, when, "Person", "Organization", LINE_CONFIDENCE, manner)


def post_rows(row: Row, person: str, post: str, where: str, when: Validity = ALWAYS) -> Iterator[RowStatement]:
    """Yield where a person works, and as what; and the office, where the post is one."""
    yield RowStatement(row, person, "work for", where, when, "Person", "Organization", LINE_CONFIDENCE, (("as", post),))
    office = office_name(post)
    if office is not None:
        yield office_row(row, person, office, where, when)
