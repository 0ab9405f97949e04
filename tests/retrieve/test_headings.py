"""Whether a heading is what a question or an entity names."""

from __future__ import annotations

import pytest

from kgfuse.model import Chunk, Entity
from kgfuse.retrieve.headings import NamedHeadings, heading_of, is_headed


def under(*headings: str) -> Chunk:
    return Chunk("chunk:1", "document:1", 0, 4, "text", headings)


@pytest.mark.parametrize(
    ("question", "heading", "named"),
    [
        ("Where does the Grand Canal end?", "Grand Canal", True),
        ("Where does the Grand Canal end?", "Canal", True),
        ("Where does the Grand Canal end?", "Grand Canal (Venice)", True),
        ("Where does the GRAND CANAL end?", "Grand canal", True),
        ("What were the results of Acme in 2020?", "Results", False),
        ("What were the results of Acme in 2020?", "Acme", True),
        ("What were the results of Acme in 2020?", "2020", True),
        ("What were the results of Acme in 2020?", "Acme Energy", False),
        ("Is it so?", "It", False),
        ("Où est Besançon ?", "Besancon", True),
        ("", "Acme", False),
    ],
)
def test_a_question_names_a_heading_by_its_capitals(question: str, heading: str, named: bool) -> None:
    assert NamedHeadings(question).names(under(heading)) is named


def test_a_passage_is_about_the_entity_whose_name_stands_above_it() -> None:
    acme = Entity("entity:1", "Acme Energy AS", "Company", ("Acme",), 3, ())
    assert is_headed(under("Report", "Acme (company)"), acme)
    assert is_headed(under("ACME Energy AS"), acme)
    assert not is_headed(under("Acme", "Staff"), acme)
    assert not is_headed(under(), acme)
    assert heading_of(under("Mercury (planet)")) == "mercury"
