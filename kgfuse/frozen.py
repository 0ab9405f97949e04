"""Frozen dataclasses that are made as fast as others.

The ``__init__`` of a frozen dataclass sets each field by a call of ``object.__setattr__``, since an assignment is refused:
more than a microsecond for the thirteen fields of a claim, and fusion makes millions of values. While it is being made,
and nobody else has it yet, a value here is of a class with the same slots that does not refuse: a third of that.
"""

from __future__ import annotations

import dataclasses
from typing import TypeVar

T = TypeVar("T")

_INIT = """
def __init__(self, {parameters}):
    become(self, "__class__", Unfinished)
    {assignments}
    self.__class__ = Finished
    {check}
"""


def quickly_made(finished: type[T]) -> type[T]:
    """Give a class made by ``@dataclass(frozen=True, slots=True)`` a fast ``__init__``; all else stays as it is.

    It is not for classes that others derive from.
    """
    fields = dataclasses.fields(finished)  # type: ignore[arg-type]
    assert all(field.init and field.default_factory is dataclasses.MISSING for field in fields), finished
    slots = {"__slots__": vars(finished)["__slots__"]}
    unfinished = type(f"_Unfinished{finished.__name__}", finished.__bases__, slots)
    defaults = {field.name: field.default for field in fields if field.default is not dataclasses.MISSING}
    source = _INIT.format(
        parameters=", ".join(f"{f.name}=defaults[{f.name!r}]" if f.name in defaults else f.name for f in fields),
        assignments="; ".join(f"self.{field.name} = {field.name}" for field in fields),
        check="self.__post_init__()" if hasattr(finished, "__post_init__") else "",
    )
    made: dict[str, object] = {}
    known = {"become": object.__setattr__, "Unfinished": unfinished, "Finished": finished, "defaults": defaults}
    exec(source, known, made)
    init = made["__init__"]
    init.__qualname__ = f"{finished.__qualname__}.__init__"  # type: ignore[attr-defined]
    init.__annotations__ = {**finished.__init__.__annotations__}
    finished.__init__ = init  # type: ignore[assignment]
    return finished
