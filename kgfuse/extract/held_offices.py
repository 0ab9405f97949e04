"""Which office a sentence means that speaks of one without naming it: 'She stepped down in May', 'He was succeeded by Tom Poe'."""

from __future__ import annotations

from collections.abc import Iterable

from kgfuse.extract.offices import TakingUp
from kgfuse.extract.role_rules import is_office
from kgfuse.model import Mention, Triple


def office_meant(taken: TakingUp, person: str, place: str | None, before: Iterable[Triple]) -> Triple | None:
    """Return what was said last of the office that is meant; `before` is what the document said so far.

    Who takes up or leaves an office speaks of the last one named. Who is succeeded may have had several: then none is meant.
    """
    held = [t for t in before if t.subject.surface == person and is_office(t.predicate) and not t.negated]
    held = [t for t in held if place is None or _lies_in(t, place)]
    if taken.succeeded:
        held = _open_then(held, taken)
    return held[-1] if held else None


def _lies_in(office: Triple, place: str) -> bool:
    """Whether an office is one in this organisation, which may go by a shorter name."""
    where = _where(office)
    return f"{where} ".startswith(f"{place} ") or f"{place} ".startswith(f"{where} ")


def _where(office: Triple) -> str:
    return office.object.surface if isinstance(office.object, Mention) else ""


def _open_then(held: list[Triple], taken: TakingUp) -> list[Triple]:
    """Return what is said of the only office that had begun, and not ended, by the end that is told; else nothing."""
    end = taken.validity.valid_to
    offices: dict[tuple[str, str], list[Triple]] = {}
    for triple in held:
        offices.setdefault((triple.predicate, _where(triple)), []).append(triple)
    found = [
        said
        for said in offices.values()
        if end is not None
        and all(t.validity.valid_to is None for t in said)
        and all(t.validity.valid_from is None or t.validity.valid_from.at < end.at for t in said)
    ]
    return found[0] if len(found) == 1 else []
