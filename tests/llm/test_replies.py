"""JSON is found in whatever a model wraps around it."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.llm.replies import read_object, well_formed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(), VALUES, max_size=5)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": {"b": 1}}',
        '\ufeff  {"a": {"b": 1}}\n',
        '```json\n{"a": {"b": 1}}\n```',
        'Sure! Here it is:\n```\n{"a": {"b": 1}}\n```\nAnything else?',
        'The object {} you want is {"a": {"b": 1}}.',
        '<think>{"a": {"c": 2, "long": "longer than the answer"}}</think>{"a": {"b": 1}}',
        '{oops {"a": {"b": 1}}',
    ],
)
def test_an_object_is_found(text: str) -> None:
    assert read_object(text) == {"a": {"b": 1}}


@pytest.mark.parametrize(
    "text",
    ["", "  ", "<think>hm</think>", "no", "[1, 2]", '{"a": 1', '{"a": NaN}', '{"a":' * 20_000, "1" * 5000],
)
def test_no_object(text: str) -> None:
    with pytest.raises(ValueError, match="reply"):
        read_object(text)


@given(OBJECTS, st.text("abc .:\n"), st.text("abc .:\n"))
def test_any_object_survives_prose_around_it(value: dict[str, object], before: str, after: str) -> None:
    assert read_object(f"{before}{json.dumps(value)}{after}") == value


def test_a_text_full_of_braces_costs_little() -> None:
    started = time.perf_counter()
    with pytest.raises(ValueError, match="no complete"):
        read_object('{"a":[' * 200_000)
    assert time.perf_counter() - started < 5


@given(st.text(st.characters(codec=None)))
def test_well_formed_text_can_be_stored(text: str) -> None:
    assert well_formed(text).encode("utf-8").decode("utf-8") == well_formed(text)
    assert well_formed(well_formed(text)) == well_formed(text)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_sound_text_stays(text: str) -> None:
    assert well_formed(text) == text
