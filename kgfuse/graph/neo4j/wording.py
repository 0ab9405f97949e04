"""Names and literal values as properties."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from kgfuse.graph.neo4j.schema import LONGEST_NAME
from kgfuse.model import Datatype, Literal, Moment, content_id

_LARGEST = 2**63


def cut(name: str) -> dict[str, object]:
    """Return ``name``, and where it is too long for an index entry also ``full_name``."""
    if len(name) <= LONGEST_NAME:
        return {"name": name}
    return {"name": name[: LONGEST_NAME - 1] + "…", "full_name": name}


def value_id(datatype: str, value: str, unit: str | None) -> str:
    """Return the id of the node of a literal value: equal values share one."""
    return content_id("value", datatype, value, unit)


def literal_number(datatype: str, value: str) -> int | float | None:
    """Return a number or quantity as a number of Neo4j (64 bits), `None` for anything else."""
    if datatype not in (Datatype.NUMBER, Datatype.QUANTITY):
        return None
    try:
        exact = Decimal(value)
        if not exact.is_finite():
            return None
        if exact == exact.to_integral_value() and abs(exact) < _LARGEST:
            return int(exact)
        return float(exact)
    except (InvalidOperation, OverflowError, ValueError):
        return None


def entity_properties(name: str, literal: Literal) -> dict[str, object]:
    """Return the properties of an entity that carry a literal value: a quantity has its unit beside it."""
    if literal.datatype is Datatype.BOOLEAN:
        return {name: literal.value == "true"}
    number = literal_number(literal.datatype.value, literal.value)
    value = literal.value if number is None else number
    return {name: value, f"{name}_unit": literal.unit}


def moment_text(value: Moment | None) -> str | None:
    """Return a date as it is written, as precise as it is known."""
    return None if value is None else str(value)
