"""Objects of claims as values that can be compared: equal, or one a coarser way of saying the other."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from rapidfuzz.distance import Indel

from kgfuse.folding import unaccented
from kgfuse.fuse.containment import Containment
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
    number of the same unit that rounds to it. A text that names what is around another ('Norway', 'Oslo, Norway') says less.
    """
    if coarse == fine or coarse[0] != fine[0] or coarse[0] == "":
        return False
    if coarse[0] == Datatype.DATE.value:
        try:
            first, second = Moment.parse(coarse[1]), Moment.parse(fine[1])
            return first.precision != second.precision and first.covers(second)
        except (ValueError, OverflowError):  # no date, or one at the very end of the calendar
            return False
    if coarse[0] == Datatype.STRING.value:
        less, more = _parts(coarse[1]), _parts(fine[1])
        return all(less) and len(less) < len(more) and more[-len(less) :] == less
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


Finer = Mapping[Value, tuple[Value, ...]]
"""A value -> the values of its data item that say it more precisely."""

Similar = Mapping[Value, tuple[tuple[Value, float], ...]]
"""A value -> the values of its data item that are all but equal to it, each with how nearly: above 0, below 1."""

_COMPARED = (
    100  # values of one data item that are compared with each other; an item with more has no sharp values anyway
)


def finer_values(values: Sequence[Value], containment: Containment | None = None) -> dict[Value, tuple[Value, ...]]:
    """Return which of `values` say others of them more precisely: literals by themselves, things by what they lie in."""
    found: dict[Value, tuple[Value, ...]] = {}
    for coarse in values[:_COMPARED] if len(values) > 1 else ():
        finer = tuple(fine for fine in values[:_COMPARED] if _says(coarse, fine, containment))
        if finer:
            found[coarse] = finer
    return found


def _says(coarse: Value, fine: Value, containment: Containment | None) -> bool:
    if coarse[0] == fine[0] == "":
        return containment is not None and containment.contains(coarse[1], fine[1])
    return coarser(coarse, fine)


def refine(weights: Mapping[Value, int], finer: Finer | None = None) -> dict[Value, Value]:
    """Map each value to the finer value of the same data item that it stands for: the best supported one, then the first.

    `weights` are the total weights of the values. A value that is nobody's coarser form stands for itself.
    """
    if finer is None:
        finer = finer_values(sorted(weights))
    target = {
        value: min(
            (fine for fine in finer.get(value, ()) if fine in weights),
            key=lambda fine: (-weights[fine], fine),
            default=value,
        )
        for value in weights
    }
    return {value: _last(target, value) for value in weights}


def _last(target: Mapping[Value, Value], value: Value) -> Value:
    while target[value] != value:
        value = target[value]
    return value


def representative(objects: Iterable[str | Literal]) -> str | Literal:
    """Return the object that stands for equal ones: of literals the one whose writing comes first."""
    return min(objects, key=lambda o: ("", o, "", "") if isinstance(o, str) else (*o.key, o.lexical))


# -------------------------------------------------------------------------------------------------------------- likeness


_WORDS = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W\d_]+|[+#%&$€£]|(?<!\w)-(?=\d)")


def _form(text: str) -> str:
    """Fold what is form only: case, accents, white space, and punctuation that no number needs."""
    return " ".join(_WORDS.findall(unaccented(text)))


def _parts(text: str) -> list[str]:
    return [_form(part) for part in text.split(",")]


def one_form(values: Iterable[Value]) -> dict[Value, Value]:
    """Map texts that differ in form only to the one that is given most often, then first in order; others to themselves."""
    given = Counter(values)
    if len(given) < 2 or all(value[0] != Datatype.STRING.value for value in given):
        return {value: value for value in given}
    alike: dict[Value, list[Value]] = defaultdict(list)
    for value in sorted(given):
        form = _form(value[1]) if value[0] == Datatype.STRING.value else ""
        alike[(value[0], form, *value[2:]) if form else value].append(value)
    best = {key: min(group, key=lambda value: (-given[value], value)) for key, group in alike.items()}
    return {value: best[key] for key, group in alike.items() for value in group}


_TOLERANCE = 0.01  # numbers nearer than this part of the larger are all but equal
_ALIKE = 0.85  # texts that share this part of their letters are all but equal, if they share every number


def similar_values(values: Sequence[Value]) -> dict[Value, tuple[tuple[Value, float], ...]]:
    """Return which values are all but equal: near numbers of one unit, texts that share most letters and all numbers."""
    found: dict[Value, tuple[tuple[Value, float], ...]] = {}
    for value in values[:_COMPARED] if len(values) > 1 else ():
        near = tuple((other, likeness(value, other)) for other in values[:_COMPARED] if other != value)
        if any(amount for _, amount in near):
            found[value] = tuple((other, amount) for other, amount in near if amount)
    return found


def likeness(left: Value, right: Value) -> float:
    """Return how nearly two different values are equal, from 0 (different) to nearly 1; symmetric."""
    if left[0] != right[0] or left[2:] != right[2:] or left == right:
        return 0.0
    if left[0] == Datatype.QUANTITY.value:
        first, second = _number(left[1]), _number(right[1])
        if first is None or second is None or first == second:
            return 0.0
        apart = float(abs(first - second) / max(abs(first), abs(second)))
        return max(0.0, 1.0 - apart / _TOLERANCE)
    if left[0] != Datatype.STRING.value:
        return 0.0
    one, other = _form(left[1]), _form(right[1])
    if sorted(re.findall(r"\d+", one)) != sorted(re.findall(r"\d+", other)):
        return 0.0
    shared = Indel.normalized_similarity(one, other)
    return min(0.99, (shared - _ALIKE) / (1.0 - _ALIKE)) if shared > _ALIKE else 0.0


def lend(votes: Mapping[Value, int], similar: Similar, share: float) -> dict[Value, int]:
    """Add to each value's weight (micro-units) the share that values all but equal to it lend, as far as they have any."""
    return {
        value: votes[value]
        + round(share * sum(amount * max(0, votes.get(other, 0)) for other, amount in similar.get(value, ())))
        for value in votes
    }
