"""Completions as servers send them: tokens and text brought together, whatever was trimmed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.llm.forms import kept_form, read_completion, read_kept
from kgfuse.protocols import Sample


def completion(content: Any, tokens: list[str] | None) -> str:
    choice: dict[str, Any] = {"message": {"content": content}, "finish_reason": "stop"}
    if tokens is not None:
        choice["logprobs"] = {"content": [{"token": token, "logprob": -0.5} for token in tokens]}
    return json.dumps({"choices": [choice]})


@pytest.mark.parametrize(
    ("content", "tokens", "kept"),
    [
        ('{"a": 1}', ['{"a', '": 1}'], '{"a": 1}'),
        ('{"a": 1}', ["  \n", '{"a', '": 1}', "\n", "<eos>"], '{"a": 1}'),
        ('{"a": 1}', ['\n {"a', '": 1}\n'], '\n {"a": 1}\n'),
        ('{"a": 1}', ["something", " else"], None),
        ('{"a": 1}', ['x{"a": 1}'], None),
        ("", ["x"], None),
        ('{"a": 1}', None, None),
    ],
    ids=["equal", "trimmed", "within tokens", "other", "glued", "no text", "no tokens"],
)
def test_tokens_make_up_the_text_or_are_none(content: str, tokens: list[str] | None, kept: str | None) -> None:
    [choice] = read_completion(completion(content, tokens)).choices
    if kept is None:
        assert choice.sample == Sample(content)
    else:
        assert "".join(token for token, _ in choice.sample.tokens) == choice.sample.text == kept


@given(st.lists(st.tuples(st.text(), st.lists(st.tuples(st.text(), st.floats(-9, 0)), max_size=3)), max_size=3))
def test_what_the_cache_keeps_comes_back(samples: list[tuple[str, list[tuple[str, float]]]]) -> None:
    given_ = tuple(Sample(text, tuple(tokens)) for text, tokens in samples)
    assert read_kept(kept_form(given_)) == given_


@pytest.mark.parametrize("text", ["", "null", "[1]", '[["x"]]', "{}", '{"a": 1}'])
def test_what_is_something_else_is_nothing(text: str) -> None:
    assert read_kept(text) == ()
