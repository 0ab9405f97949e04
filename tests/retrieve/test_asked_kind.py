"""What kind of thing a question asks for, and whether a sentence has one."""

from __future__ import annotations

import pytest

from kgfuse.ontology import builtin_ontology
from kgfuse.retrieve.asked_kind import asks_measure, has_answer, has_date
from kgfuse.retrieve.question import read_question


@pytest.mark.parametrize(
    ("question", "measure"),
    [("How deep is Acme?", True), ("How far is Acme from Beta?", True), ("How did Acme fail?", False)],
)
def test_what_asks_for_a_measure(question: str, measure: bool) -> None:
    assert asks_measure(question) is measure


@pytest.mark.parametrize(
    ("text", "dated"),
    [
        ("Acme closed on Oct. 5.", True),
        ("Yesterday, Mo Vint resigned.", True),
        ("Last Friday night Lee Fenn fell.", True),
        ("Last night Lee Fenn collapsed.", True),
        ("The fair ends at the end of May.", True),
        ("Trams came in the 1890s.", True),
        ("May Sutton won.", False),
        ("The minister resigned today.", True),
        ("The plan failed; today it is a carpet showroom.", False),
        ("It is today a carpet showroom.", False),
        ("Some 640 of them are in use today.", False),
    ],
)
def test_what_says_when(text: str, dated: bool) -> None:
    assert has_date(text) is dated


@pytest.mark.parametrize(
    ("question", "sentence", "answered"),
    [
        ("What illness did Ann Roe die of?", "Ann Roe died in October after a short illness.", False),
        ("What illness did Ann Roe die of?", "Ann Roe died of a rare illness, typhus.", True),
        ("Which ship did Ann Roe own?", "Ann Roe owned a ship called Alma.", True),
        ("What are Ann Roe's children called?", "Ann Roe, born in Lesnice, is married and has two children.", False),
        ("What are Ann Roe's children called?", "Ann Roe has two children, Tom and Ida.", True),
        ("How many people use Quillet?", "Handwriting, new in 4.2, is dropped: fewer than 1 % of you used it.", False),
        ("What share of people use Quillet?", "In Oslo 12 % of them used it.", True),
        ("How many people use Quillet?", "Some 4.2 million people used it.", True),
        ("How many people use Quillet?", "People have used it since 2019.", False),
        ("How many members has the Guild?", "Members of the Guild have four hours a week.", False),
        ("How many hours have members of the Guild?", "Members of the Guild have four hours a week.", True),
        ("Why is the Guild's hall red?", "The hall has been red since 1981.", False),
        ("Why is the Guild's hall red?", "The hall is red since red paint was cheap.", True),
        ("What caused the fire in Luddenhof?", "A fire destroys the paint shop in Luddenhof.", False),
        ("What was the winning time of the Guild?", "The Guild won the cup in its own time.", False),
        ("What was the winning time of the Guild?", "The Guild's winning time was 6:42.", True),
        ("How many people use Quillet?", "In 2019, 300 people used it.", True),
    ],
)
def test_whether_a_sentence_has_what_is_asked_for(question: str, sentence: str, answered: bool) -> None:
    assert has_answer(read_question(question, builtin_ontology()), sentence) is answered
