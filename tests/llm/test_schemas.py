"""Strict forms and violations, against pydantic as the oracle."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kgfuse.extract.llm_reply import REPLY_SCHEMA
from kgfuse.llm.schemas import strict_form, violation


class Part(BaseModel):
    """A nested object."""

    model_config = ConfigDict(strict=True)

    kind: Literal["x", "y"]
    size: int = Field(ge=0, le=3)


class Whole(BaseModel):
    """A bit of everything."""

    model_config = ConfigDict(strict=True)

    name: str = Field(min_length=1, max_length=3)
    note: str | None = None
    parts: list[Part] = Field(default=[], max_length=2)
    flag: bool = False


SCHEMA = Whole.model_json_schema()
SCALARS = st.none() | st.booleans() | st.integers(-1, 4) | st.sampled_from(["", "x", "y", "abc", "abcd"])
PARTS = st.fixed_dictionaries({}, optional={"kind": SCALARS, "size": SCALARS}) | SCALARS
WHOLES = st.fixed_dictionaries(
    {},
    optional={
        "name": SCALARS,
        "note": SCALARS,
        "parts": st.lists(PARTS, max_size=3) | SCALARS,
        "flag": SCALARS,
        "more": SCALARS,
    },
)


@given(WHOLES)
def test_violations_are_those_that_pydantic_finds(value: dict[str, Any]) -> None:
    try:
        Whole.model_validate(value)
    except ValidationError:
        assert violation(value, SCHEMA) is not None
    else:
        assert violation(value, SCHEMA) is None


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ([], "the reply: must be an object"),
        ({}, "the reply: 'name' is missing"),
        ({"name": "a", "parts": [{"kind": "z", "size": 1}]}, "parts[0].kind: must be one of 'x', 'y'"),
        ({"name": "a", "parts": [{"kind": "x", "size": 9}]}, "parts[0].size: 9 is out of bounds"),
        ({"name": "a", "flag": 1}, "flag: must be a boolean"),
    ],
)
def test_a_violation_says_where_and_what(value: Any, wrong: str) -> None:
    assert violation(value, SCHEMA) == wrong


def test_the_strict_form_requires_everything_and_nothing_else() -> None:
    strict = strict_form(SCHEMA)
    assert strict is not None
    assert strict["required"] == ["name", "note", "parts", "flag"]
    assert strict["$defs"]["Part"]["additionalProperties"] is False
    assert "maximum" not in str(strict)
    assert "default" not in str(strict)
    full = {"name": "a", "note": None, "parts": [{"kind": "x", "size": 1}], "flag": True}
    assert violation(full, strict) is None
    assert violation({**full, "more": 1}, strict) == "the reply: 'more' is not a field"


@pytest.mark.parametrize(
    "schema",
    [{}, {"type": "object"}, {"type": "object", "additionalProperties": {"type": "string"}}, {"type": "array"}],
)
def test_what_cannot_be_said_strictly(schema: dict[str, Any]) -> None:
    assert strict_form(schema) is None


def test_the_extraction_schema_has_a_strict_form() -> None:
    assert strict_form(REPLY_SCHEMA) is not None
