"""Frozen values that are made fast are frozen values."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from kgfuse.frozen import quickly_made
from kgfuse.plain import Plain


@dataclass(frozen=True, slots=True)
class _Slow(Plain):
    name: str
    share: float
    more: tuple[str, ...] = ()
    stamp: int | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.share > 1:
            raise ValueError("a share is at most 1")


@quickly_made
@dataclass(frozen=True, slots=True)
class _Fast(Plain):
    name: str
    share: float
    more: tuple[str, ...] = ()
    stamp: int | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.share > 1:
            raise ValueError("a share is at most 1")


def test_it_holds_what_it_was_given_by_place_and_by_name() -> None:
    for made in (_Fast("a", 0.5, ("b",), 3), _Fast(name="a", share=0.5, more=("b",), stamp=3)):
        slow = _Slow("a", 0.5, ("b",), 3)
        assert type(made) is _Fast
        assert [getattr(made, f.name) for f in fields(made)] == [getattr(slow, f.name) for f in fields(slow)]
        assert repr(made) == repr(slow).replace("_Slow", "_Fast")
    assert _Fast("a", 0.5) == _Fast("a", 0.5, (), 7)  # the stamp is not compared
    assert hash(_Fast("a", 0.5)) == hash(_Fast("a", 0.5))
    assert replace(_Fast("a", 0.5), share=0.6) == _Fast("a", 0.6)


def test_it_cannot_be_changed_and_has_no_room_for_more() -> None:
    made = _Fast("a", 0.5)
    with pytest.raises(FrozenInstanceError):
        made.name = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del made.name
    assert not hasattr(made, "__dict__")


def test_what_its_class_refuses_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 1"):
        _Fast("a", 1.5)
    with pytest.raises(TypeError, match="share"):
        _Fast("a")  # type: ignore[call-arg]


def test_it_can_be_copied_and_sent_to_another_process() -> None:
    made = _Fast("a", 0.5, ("b",), 3)
    for other in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert other == made
        assert other.stamp == 3


def test_its_parameters_can_be_looked_up() -> None:
    assert str(inspect.signature(_Fast)) == str(inspect.signature(_Slow))


def test_a_field_made_anew_for_each_value_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Growing:
        found: list[str] = field(default_factory=list)

    with pytest.raises(AssertionError):
        quickly_made(Growing)
