"""Sentences that tell of another one of several."""

from __future__ import annotations

import pytest

from kgfuse.ontology import builtin_ontology
from kgfuse.retrieve.another import tells_of_another
from kgfuse.retrieve.asked_kind import asked_of
from kgfuse.retrieve.question import read_question


@pytest.mark.parametrize(
    ("question", "sentence", "another"),
    [
        ("Who was Ann Roe's first husband?", "Her second husband directed the first performance.", True),
        ("Who was Ann Roe's first husband?", "Her first husband was Tom Poe, her second husband Bo Lee.", False),
        ("Who was Ann Roe's first husband?", "Ann Roe's husband was Tom Poe.", False),
        ("When did the north wing open?", "The new southern wing opened in 1950.", True),
        ("When did the northern wing open?", "The north wing opened in 1950.", False),
        ("When was Quillet 5.0 released?", "4.9 (12 March 2024): closes a leak", True),
        ("When was Quillet 5.0 released?", "Quillet 5.0 came out in March, half a year after 4.9.", False),
        ("When was Quillet 5.0 released?", "Quillet has had 4.9 million users since March.", False),
        ("Who is treasurer of the Guild today?", "Jane Roe: treasurer of the Guild 2015 – 2018", True),
        ("Who is treasurer of the Guild?", "Jane Roe was treasurer of the Guild until May 2018.", True),
        ("Who is treasurer of the Guild?", "Jane Roe, a clerk until 2018, is treasurer of the Guild.", False),
        ("Where was Acme's head office before 1990?", "Acme has had its seat in Quenby since 1990.", True),
        ("Where was Acme's head office before 1990?", "Acme's head office was in Oslo from 1950.", False),
        ("Who was treasurer of the Guild?", "Jane Roe: treasurer of the Guild 2015 – 2018", False),
        ("Who is treasurer of the Guild?", "Jane Roe: treasurer of the Guild 2015 – 2999", False),
    ],
)
def test_what_tells_of_another(question: str, sentence: str, another: bool) -> None:
    read = read_question(question, builtin_ontology())
    assert tells_of_another(read, asked_of(read), sentence) is another
