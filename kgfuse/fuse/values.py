"""Objects of claims as values that can be compared: equal, or one a coarser way of saying the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

from kgfuse.model import Datatype, Literal, Moment

Value = tuple[str, ...]
"""The identity of an object: ``("", entity id)`` or the key of a literal. Orders, so that ties fall the same way always."""


def value_of(object: str | Literal) -> Value:
    """Return what makes two objects the same value; a number and a quantity without unit are the same."""
    if isinstance(object, str):
        return ("", object)
    datatype, value, unit = object.key
    return ("quantity" if datatype == Datatype.NUMBER.value else datatype, _plain(value), unit)


def _plain(value: str) -> str:
    return value.casefold() if not _number(value) else format(_number(value) or Decimal(0), "f")


def _number(value: str) -> Decimal | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number.normalize() if number.is_finite() else None


def coarser(coarse: Value, fine: Value) -> bool:
    """Whether `coarse` says `fine` less precisely: ``2019`` for ``2019-03``, ``12000000`` for ``11900000``.

    A number is as precise as its last digit that is not a trailing zero (a single zero counts as a digit), and says every
    number of the same unit that rounds to it.
    """
    if coarse == fine or coarse[0] != fine[0] or coarse[0] == "":
        return False
    if coarse[0] == Datatype.DATE.value:
        try:
            first, second = Moment.parse(coarse[1]), Moment.parse(fine[1])
            return first.precision != second.precision and first.covers(second)
        except (ValueError, OverflowError):  # no date, or one at the very end of the calendar
            return False
    if coarse[0] != Datatype.QUANTITY.value or coarse[2] != fine[2]:
        return False
    about, exact = _number(coarse[1]), _number(fine[1])
    if about is None or exact is None or not about:
        return False
    step = _step(about)
    return step > _step(exact) and abs(about - exact) <= step / 2


def _step(number: Decimal) -> Decimal:
    """Return the unit of the last digit that says something."""
    exponent = int(number.normalize().as_tuple().exponent)
    return Decimal(1).scaleb(0 if exponent == 1 else exponent)


def refine(weights: Mapping[Value, int]) -> dict[Value, Value]:
    """Map each value to the finer value of the same data item that it stands for: the best supported one, then the first.

    `weights` are the total weights of the values. A value that is nobody's coarser form stands for itself.
    """
    ordered = sorted(weights, key=lambda value: (-weights[value], value))
    target: dict[Value, Value] = {}
    for value in ordered:
        target[value] = next((fine for fine in ordered if coarser(value, fine)), value)
    return {value: _last(target, value) for value in weights}


def _last(target: Mapping[Value, Value], value: Value) -> Value:
    while target[value] != value:
        value = target[value]
    return value


def representative(objects: Iterable[str | Literal]) -> str | Literal:
    """Return the object that stands for equal ones: of literals the one whose writing comes first."""
    return min(objects, key=lambda o: ("", o, "", "") if isinstance(o, str) else (*o.key, o.lexical))
