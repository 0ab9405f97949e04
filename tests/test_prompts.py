"""Prompt files: strict inputs, literal insertion, an unforgeable boundary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.prompts import Prompt, PromptError, load_prompt, parse_prompt, prompt_names

GREETING = """---
name: greeting
version: 2
description: A greeting.
inputs: [who, what]
---
Hello {{who}}, {{ what }}. {{boundary}}
"""


def greeting() -> Prompt:
    return parse_prompt(GREETING, "greeting.md")


def test_a_prompt_is_read() -> None:
    prompt = greeting()
    assert (prompt.name, prompt.version, prompt.inputs) == ("greeting", 2, ("who", "what"))
    assert prompt.text == "Hello {{who}}, {{ what }}. {{boundary}}"


@given(st.text(), st.text())
def test_values_are_inserted_as_they_are(who: str, what: str) -> None:
    rendered = greeting().render(who=who, what=what)
    start, boundary = rendered[:-34], rendered[-32:]
    assert start == f"Hello {who}, {what}"
    assert boundary not in who + what


def test_a_slot_in_a_value_stays_text() -> None:
    assert greeting().render(who="{{what}}", what="{{boundary}} \\1").startswith("Hello {{what}}, {{boundary}} \\1. ")


def test_the_boundary_depends_on_every_value() -> None:
    seen = {
        greeting().render(who=who, what=what)[-32:] for who, what in (("a", "b"), ("b", "a"), ("ab", ""), ("", "ab"))
    }
    assert len(seen) == 4
    assert greeting().render(who="a", what="b") == greeting().render(what="b", who="a")


@pytest.mark.parametrize(
    "values", [{}, {"who": "x"}, {"who": "x", "what": "y", "when": "z"}, {"who": "x", "boundary": "y"}]
)
def test_missing_and_extra_inputs_are_mistakes(values: dict[str, str]) -> None:
    with pytest.raises(PromptError, match="greeting"):
        greeting().render(**values)


@pytest.mark.parametrize(
    "source",
    [
        "Hello",
        GREETING.replace("version: 2", "version: 0"),
        GREETING.replace("version: 2", "version: ["),
        GREETING.replace("[who, what]", "[who]"),
        GREETING.replace("[who, what]", "[who, what, when]"),
        GREETING.replace("[who, what]", "[who, what, boundary]"),
        GREETING.replace("description", "summary"),
    ],
)
def test_a_malformed_file_is_refused(source: str) -> None:
    with pytest.raises(PromptError, match=r"greeting\.md"):
        parse_prompt(source, "greeting.md")


def test_every_prompt_that_ships_is_sound() -> None:
    assert set(prompt_names()) >= {"extract_system", "extract_user", "answer_system", "answer_user"}
    for name in prompt_names():
        prompt = load_prompt(name)
        assert prompt.description
        rendered = prompt.render(**{field: f"value of {field}" for field in prompt.inputs})
        assert "{{" not in rendered


def test_the_answer_prompts_keep_their_contract() -> None:
    assert load_prompt("answer_system").inputs == ()
    assert set(load_prompt("answer_user").inputs) == {"question", "as_of", "facts", "passages"}


@pytest.mark.parametrize("name", ["nothing", "../pyproject", "extract_system.md", ""])
def test_no_such_prompt(name: str) -> None:
    with pytest.raises(PromptError, match="no prompt"):
        load_prompt(name)
