"""The tree of errors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kgfuse import errors


def _tree(root: type[errors.KgfuseError]) -> Iterator[type[errors.KgfuseError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


_ALL = sorted(_tree(errors.KgfuseError), key=lambda kind: kind.__name__)
_LEAVES = [kind for kind in _ALL if not kind.__subclasses__() and kind is not errors.GraphStoreError]


@pytest.mark.parametrize("kind", _ALL)
def test_every_error_is_drawn_in_the_tree(kind: type[errors.KgfuseError]) -> None:
    lines = [line for line in (errors.__doc__ or "").splitlines() if line.strip(" │├└─").split(" ")[0] == kind.__name__]
    assert len(lines) == 1
    assert kind.transient == ("(transient)" in lines[0])


@pytest.mark.parametrize("kind", _LEAVES)
def test_every_leaf_says_what_to_do_next(kind: type[errors.KgfuseError]) -> None:
    assert kind("it happened").hint
    assert kind("it happened", hint="do this").hint == "do this"
    assert str(kind("it happened")) == "it happened"


def test_a_wrong_call_ends_with_two_and_all_else_with_one() -> None:
    assert {kind.exit_code for kind in _ALL if issubclass(kind, errors.UsageError)} == {2}
    assert {kind.exit_code for kind in _ALL if not issubclass(kind, errors.UsageError)} == {1}
